"""Can a chip learn a function from a few of its values, and what is the learned start worth?"""
