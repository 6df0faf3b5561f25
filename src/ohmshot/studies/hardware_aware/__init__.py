"""What does meta-training gain, in accuracy, writes and energy, by knowing what programming does?"""
