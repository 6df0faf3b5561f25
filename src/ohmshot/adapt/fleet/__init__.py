"""Many different chips, each with a task of its own, in parts kept on disk."""
