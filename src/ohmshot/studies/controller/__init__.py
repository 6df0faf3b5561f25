"""The controller: how many bits its numbers need, and what it takes."""
