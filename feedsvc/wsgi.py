"""The application for any WSGI server: `gunicorn feedsvc.wsgi:app`.

It is the service alone, with nothing before or beside it; an application with hooks of its own uses
`feedsvc.create_app()` or `feedsvc.create_blueprint()`. Its settings are those of
`$FEEDSVC_CONFIG`, else of `feedsvc.toml` in the current folder.
"""

from __future__ import annotations

import sys

from feedsvc.errors import IndexFileError, SettingsError
from feedsvc.log_lines import configure_logging
from feedsvc.settings import load_settings
from feedsvc.web import create_standalone_app

try:
    settings = load_settings()
    configure_logging(settings.log.level, settings.log.format, owns_process=False)
    app = application = create_standalone_app(settings)
except (SettingsError, IndexFileError) as error:
    print(f"feedsvc: {error}", file=sys.stderr, flush=True)
    # gunicorn's sign of a worker that need not be tried again; mod_wsgi logs what it came from
    raise SystemExit(3) from None
