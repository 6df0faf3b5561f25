"""Settings of training runs, one TOML file a preset."""
