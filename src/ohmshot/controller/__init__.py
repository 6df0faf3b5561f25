"""The host's part of learning in integers: what a controller beside the array computes, block by block."""
