"""Where tasks come from: Omniglot, embedded digits, invented alphabets, a person's own pictures."""
