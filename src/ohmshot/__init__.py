"""ohmshot: few-shot learning on the chip, in resistive memory (ReRAM).

    import ohmshot as oh

Public are the names in ``oh.__all__`` and those in ``__all__`` of the packages among them (``oh.nn``): each loads when
it is first used, and has a docstring with an example. Everything else, the modules ``ohmshot.*`` among it, is not
public and may change without notice (docs/api.md).
"""

from importlib.metadata import PackageNotFoundError, version

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
try:
    __version__ = version("ohmshot")
except PackageNotFoundError:  # a checkout on the path that was never installed
    __version__ = "0+unknown"
