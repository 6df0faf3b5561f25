"""How many levels does a cell need, where should they lie, and how should a pair share a weight?"""
