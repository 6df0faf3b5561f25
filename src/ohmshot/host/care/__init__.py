"""Faults of a chip: found, avoided, made up for."""
