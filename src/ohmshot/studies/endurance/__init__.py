"""How many tasks can a chip learn before its cells wear out, and what helps when they get stuck?"""
