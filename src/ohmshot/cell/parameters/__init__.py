"""Parameter sets of the cell as data files, with the source beside every number."""
