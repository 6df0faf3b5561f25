"""The physics of one 1T1R ReRAM cell, over tensors of any shape."""
