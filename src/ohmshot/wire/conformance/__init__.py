"""Checks that someone with a chip runs against their own firmware: protocol, physics, timing."""
