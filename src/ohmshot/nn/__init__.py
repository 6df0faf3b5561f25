"""Layers of a network of one's own on crossbars: `CrossbarLinear`, `on_chip`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
