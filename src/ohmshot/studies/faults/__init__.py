"""What do faults of cells, lines, supply and connection cost when the host does something about them?"""
