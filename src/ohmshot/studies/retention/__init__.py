"""How long does an adapted chip keep its accuracy at a use temperature, and what mends it cheaply?"""
