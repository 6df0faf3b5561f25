"""How well does a chip learn its next user after years of use, and what wears out first, cells or battery?"""
