"""A person's own classes: learned on a chip, kept, and told apart."""
