"""The application for servers started here: `gunicorn wsgi:app` is `gunicorn feedsvc.wsgi:app`."""

from feedsvc.wsgi import app, application

__all__ = ["app", "application"]
