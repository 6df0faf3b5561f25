"""Programming strategies: ways to bring cells to conductances."""
