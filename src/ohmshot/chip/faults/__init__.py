"""Faults on purpose: in cells, in lines, in the supply, in the temperature."""
