"""The controller in C99; `ohmshot.controller.firmware` writes it with the constants of a bundle."""
