"""feedsvc serves a folder of news as RSS, Atom, JSON Feed and HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feedsvc.web import create_app, create_blueprint

__all__ = ["create_app", "create_blueprint"]
__version__ = "1.0.0rc1"


def __getattr__(name: str) -> Any:
    """Import the factories when they are first used: `import feedsvc` alone loads no Flask."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from feedsvc import web

    return getattr(web, name)
