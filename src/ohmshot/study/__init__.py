"""Experiments: what a study is, and what several studies share."""
