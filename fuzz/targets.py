"""The registry: each target by its name."""

from __future__ import annotations

from fuzz import (
    addresses,
    conditions,
    dates,
    dialects,
    feeds,
    imports,
    markup,
    queries,
    reading,
    settings,
)

MODULES = (
    dates,
    dialects,
    reading,
    markup,
    feeds,
    imports,
    queries,
    conditions,
    settings,
    addresses,
)
TARGETS = {module.TARGET.name: module.TARGET for module in MODULES}
