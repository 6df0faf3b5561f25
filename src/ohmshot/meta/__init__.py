"""Off-chip, once: the network, the inner and the outer loop, the training run."""
