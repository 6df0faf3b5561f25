"""One run at many settings: a grid, a Latin hypercube, or a search under an energy budget."""
