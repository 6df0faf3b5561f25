"""One run of adaptations at many settings: grids, Latin hypercubes, searches within an energy budget."""
