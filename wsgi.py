"""The application, for any WSGI server: `gunicorn wsgi:app`, `granian --interface wsgi wsgi:app`.

Its settings are those of `$FEEDSVC_CONFIG`, else of `feedsvc.toml` in the current folder.
"""

from __future__ import annotations

from feedsvc.web import create_app

app = application = create_app()
