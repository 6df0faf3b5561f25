"""The controller in gates: every block in Amaranth, equal to its integer model bit for bit."""
