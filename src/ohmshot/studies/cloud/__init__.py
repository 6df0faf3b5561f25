"""What do learning and classifying on the chip save against sending the pictures away, and where not?"""
