"""From a wafer's measurements to a parameter set, and back: fits, and a simulated wafer to try them on."""
