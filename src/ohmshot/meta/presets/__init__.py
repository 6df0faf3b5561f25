"""Settings of meta-training that come with the package, one TOML file each."""

from importlib import resources


def preset_names() -> tuple[str, ...]:
    """The names of the presets, in order."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))
