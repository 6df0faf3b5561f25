"""Many different chips that share one learned initialisation: on every core of a machine, or on many over Ray."""
