"""Data of the tasks: Omniglot, digits, EMG, speech, invented alphabets, gestures and EMG, a person's own files."""
