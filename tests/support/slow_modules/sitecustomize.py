"""Load modules slowly, and say on stderr when two threads load modules at once.

Python resolves two threads that wait for each other's modules by handing one of them a module
that is half loaded.
"""

from __future__ import annotations

import sys
import threading
import time
from importlib.machinery import SourceFileLoader
from types import ModuleType

SLOW = ("flask", "werkzeug")  # loaded by servers, not by the writer
load = SourceFileLoader.exec_module
modules: dict[int, str] = {}  # being loaded, by thread


def load_slowly(self: SourceFileLoader, module: ModuleType) -> None:
    thread = threading.get_ident()
    outer = modules.get(thread)
    modules[thread] = module.__name__
    if len(modules) > 1:
        print("loaded at once:", *modules.values(), file=sys.stderr, flush=True)
    if module.__name__.startswith(SLOW):
        time.sleep(0.02)
    load(self, module)
    if outer is None:
        del modules[thread]
    else:
        modules[thread] = outer


SourceFileLoader.exec_module = load_slowly  # type: ignore[assignment, method-assign]
