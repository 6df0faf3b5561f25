"""Layers of a network of one's own on crossbars."""
