"""Experiments as plain functions."""
