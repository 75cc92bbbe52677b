"""A real WebSub hub, `python -m tests.support.websub_hub PORT FOLDER`: flask-websub."""

from __future__ import annotations

import sys
from pathlib import Path

import celery
import flask
import flask_websub.hub


def main() -> None:
    """Serve until the process is ended."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    app = flask.Flask("hub")
    app.config["PUBLISH_SUPPORTED"] = True
    tasks = celery.Celery("hub")
    tasks.conf.task_always_eager = True  # within the request that asks for it
    storage = flask_websub.hub.SQLite3HubStorage(str(folder / "hub.sqlite"))
    hub = flask_websub.hub.Hub(storage, tasks, PUBLISH_SUPPORTED=True)
    app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))
    app.add_url_rule("/readyz", "readyz", lambda: "ready")
    app.run("127.0.0.1", port, threaded=True)


if __name__ == "__main__":
    main()
