"""Simulated chips in the memory of a GPU: the laws of the processor, one thread a cell. Needs the extra ``[cuda]``."""
