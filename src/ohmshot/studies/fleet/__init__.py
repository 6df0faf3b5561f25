"""How do chips of one design differ once they have learned, how many are good enough, and what tells?"""
