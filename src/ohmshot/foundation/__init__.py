"""Common ground of all rooms: errors for people, random streams, safe files, statistics."""
