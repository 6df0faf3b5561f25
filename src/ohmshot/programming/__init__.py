"""Programming as decisions about one cell: the same for a host that drives and for a chip that takes a plan."""
