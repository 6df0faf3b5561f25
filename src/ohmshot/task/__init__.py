"""A person's own classes: learned on a chip, stored, and classified."""
