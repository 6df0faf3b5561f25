"""`ohmshot show`: what a file of ohmshot holds, whatever it is called."""
