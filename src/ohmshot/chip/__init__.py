"""Arrays of cells and what surrounds them."""
