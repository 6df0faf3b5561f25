"""What do an update and a classification cost on the chip, and which assumption decides it?"""
