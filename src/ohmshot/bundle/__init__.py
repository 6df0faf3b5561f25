"""The learned initialisation as one file."""
