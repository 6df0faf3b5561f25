"""One run of adaptations at many settings: grids, Latin hypercubes, searches within an energy budget.

From below to above: `configuration` (all that a run can be told), `parameters` and `axis` (what of it is varied),
`file` and `plan` (what a person asks for), `work` (the rows of some settings), `result`, `search`, and `run`, which
carries out a whole sweep.
"""
