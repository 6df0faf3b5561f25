"""Parameter sets from open raw measurements: each set fitted by one command from the files as they were published."""
