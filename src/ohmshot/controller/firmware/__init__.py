"""The controller as C99 for a microcontroller: fixed sources, and one header with the constants of a configuration."""
