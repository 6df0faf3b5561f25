"""`torchrun --nproc-per-node 2 -m ohmshot.meta ...`: `ohmshot meta-train` in several processes."""

import sys

from ohmshot.cli import main

if __name__ == "__main__":
    sys.argv.insert(1, "meta-train")
    main()
