"""ohmshot: few-shot learning on the chip, in resistive memory (ReRAM).

    import ohmshot as oh

Every public name is in ``oh.__all__`` and loads when it is first used; anything else may change without notice.
"""

from importlib.metadata import version

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = version("ohmshot")
