"""The chip's end of the wire."""
