"""How many classes can chips tell apart after a few drawings of each, and what does it take?"""
