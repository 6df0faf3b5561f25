"""`python -m ohmshot`: the command line."""

from ohmshot.cli import main

main()
