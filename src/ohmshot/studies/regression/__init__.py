"""Can a chip learn a function of real numbers from a few of its values, and what is the learned start worth?"""
