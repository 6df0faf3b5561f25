"""Forms for the raw files of public data sets."""
