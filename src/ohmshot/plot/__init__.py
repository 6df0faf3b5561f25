"""The common style of all figures."""
