"""The Flask application: requests in, responses out.

`create_app` is the factory. What it returns is a WSGI application for any server, with the
front before Flask. Nothing starts here: index, writer and locks are made at the first request.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Flask

from feedsvc.index import IndexClient
from feedsvc.settings import Settings, load_settings
from feedsvc.site.publisher import Publisher
from feedsvc.web.front import Front
from feedsvc.web.routes import register_routes

__all__ = ["create_app"]


def create_app(
    settings: Settings | None = None, *, keep: bool = True, clock: Callable[[], float] = time.time
) -> Flask:
    """Return the application of *settings*, by default those of the environment.

    With *keep* it sees that a writer keeps the index current. Raises SettingsError.
    """
    app = Flask("feedsvc", static_folder=None)
    settings = settings or load_settings()
    publisher = Publisher(settings, IndexClient(settings, runs_writer=keep), clock)
    app.extensions["feedsvc"] = publisher
    register_routes(app, publisher)
    app.wsgi_app = Front(app.wsgi_app, publisher)  # type: ignore[method-assign]
    return app
