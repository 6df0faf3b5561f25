"""What every room stands on: errors for people, random streams, safe files."""
