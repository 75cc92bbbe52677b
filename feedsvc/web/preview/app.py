"""The application of a preview: the service, the desk, and the guard before both."""

from __future__ import annotations

from flask import Flask

from feedsvc.settings import Settings
from feedsvc.web import create_app
from feedsvc.web.preview.desk import register_desk
from feedsvc.web.preview.guard import Guard


def create_preview_app(settings: Settings) -> Flask:
    """Return the application of *settings*, those of `make_preview_settings`."""
    app = create_app(settings)
    register_desk(app, app.extensions["feedsvc"])
    app.wsgi_app = Guard(app.wsgi_app, settings.site.url)  # type: ignore[method-assign]
    return app
