"""Where the bundle begins: it is the program, its helpers, and the module named by ``-m``."""

from __future__ import annotations

import multiprocessing
import sys


def begin() -> int:
    """Be what the command line asks for; the exit status."""
    multiprocessing.freeze_support()  # a process of `multiprocessing` goes no further than this
    from app.own_program import MODULES

    if sys.argv[1:2] == ["-m"] and sys.argv[2:3] and sys.argv[2] in MODULES:
        import runpy

        sys.argv = sys.argv[2:]
        runpy.run_module(sys.argv[0], run_name="__main__")
        return 0
    from main import main

    return main()


if __name__ == "__main__":
    sys.exit(begin())
