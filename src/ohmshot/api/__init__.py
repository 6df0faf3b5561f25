"""What a person who imports ohmshot calls: everything that the command line does, in one or two calls."""
