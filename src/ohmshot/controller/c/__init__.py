"""The controller's arithmetic in C99; `ohmshot.controller.export_c` writes it with the constants of a bundle."""
