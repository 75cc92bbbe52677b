"""The application for servers that are started in this folder: `gunicorn wsgi:app`. The same as `feedsvc.wsgi`."""

from feedsvc.wsgi import app, application

__all__ = ["app", "application"]
