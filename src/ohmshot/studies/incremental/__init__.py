"""How many classes can a chip learn one after another, and does it forget any?"""
