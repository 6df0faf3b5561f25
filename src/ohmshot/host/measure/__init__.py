"""Measurements that a host makes of a chip: health, datasheet, levels."""
