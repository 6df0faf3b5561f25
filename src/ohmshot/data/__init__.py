"""Data of the tasks: Omniglot, embedded digits, invented alphabets and gestures, a person's own files."""
