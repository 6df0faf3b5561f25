"""The computer in the loop."""
