"""The Flask application: requests in, documents out; Werkzeug judges conditions and codings.

`create_app` is the factory; what it returns is the WSGI application that any
server runs, with the front before Flask.
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
    """The application of *settings* (else those of the environment); *keep* sees that a writer is alive."""
    app = Flask("feedsvc", static_folder=None)
    settings = settings or load_settings()
    publisher = Publisher(settings, IndexClient(settings, runs_writer=keep), clock)
    app.extensions["feedsvc"] = publisher
    register_routes(app, publisher)
    app.wsgi_app = Front(app.wsgi_app, publisher)  # type: ignore[method-assign]
    return app
