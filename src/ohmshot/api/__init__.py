"""What the command line does, as functions: one call each."""
