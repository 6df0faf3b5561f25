"""From the blocks to cells of a process: synthesis, area, timing, and energy from the toggles of an adaptation."""
