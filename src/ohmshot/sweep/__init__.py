"""One run of adaptations at many settings: grids, Latin hypercubes, searches within an energy budget.

From below to above: `configuration` (all settings of a run), `parameters` and `axis` (the settings that are varied),
`file` and `plan` (the request and the points it asks for), `work` (the rows of some points), `result`, `search`, and
`run`, which carries out a whole sweep.
"""
