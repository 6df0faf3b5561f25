"""Formal proofs about the gates: what holds for every input, from every state after a reset."""
