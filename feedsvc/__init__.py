"""feedsvc serves a folder of news as RSS, Atom, JSON Feed and HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feedsvc.web import create_app

__all__ = ["create_app"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import `create_app` when it is first used: `import feedsvc` alone loads no Flask."""
    if name != "create_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from feedsvc.web import create_app

    return create_app
