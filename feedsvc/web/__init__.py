"""The Flask application: requests in, responses out.

`create_app` and `create_blueprint` return plain Flask objects: their hooks run on every request,
and each request is answered from a finished document. `create_standalone_app`, which
`feedsvc.wsgi` and `serve` run, puts the front before it. Nothing starts here: the index, the
writer and the locks are made at the first request.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from feedsvc.index import IndexClient
from feedsvc.settings import Settings, load_settings
from feedsvc.site.publisher import Publisher
from feedsvc.web.errors import handle_error
from feedsvc.web.front import Front
from feedsvc.web.limits import limit_request
from feedsvc.web.routes import register_routes

if TYPE_CHECKING:
    from feedsvc.web.metrics.requests import Meter

__all__ = ["create_app", "create_blueprint", "create_standalone_app"]
BLUEPRINT_NAME = "feedsvc"
METER = "feedsvc.meter"  # key in the extensions of an application


def create_blueprint(
    settings: Settings | None = None,
    *,
    runs_writer: bool = True,
    clock: Callable[[], float] = time.time,
) -> Blueprint:
    """Return the service as a blueprint for another application, which gives it its `url_prefix`.

    `site.url` has to name that prefix. Parameters and errors are those of `create_app`.
    """
    settings = settings or load_settings()
    publisher = Publisher(settings, IndexClient(settings, runs_writer=runs_writer), clock)
    blueprint = Blueprint(BLUEPRINT_NAME, "feedsvc")
    meter = make_meter(publisher)
    register_routes(blueprint, publisher, meter)
    if meter is not None:
        blueprint.after_request(meter.count_response)

    def add_publisher(state: BlueprintSetupState) -> None:
        state.app.extensions[state.name] = publisher
        state.app.extensions[METER] = meter

    blueprint.record(add_publisher)
    return blueprint


def make_meter(publisher: Publisher) -> Meter | None:
    """Return the meter of requests and renderings, None if `[metrics]` is off."""
    if not publisher.settings.metrics.active:
        return None
    from feedsvc.web.metrics.counters import Counters
    from feedsvc.web.metrics.requests import Meter

    # the same for all settings of a folder
    folder, name = os.path.split(publisher.index.path)
    meter = Meter(Counters(os.path.join(folder, name.partition("-")[0])))
    publisher.document_cache.report_rendering = meter.count_rendering
    return meter


def create_app(
    settings: Settings | None = None,
    *,
    runs_writer: bool = True,
    clock: Callable[[], float] = time.time,
) -> Flask:
    """Return the application of *settings*, by default those of the environment.

    With *runs_writer* it makes sure that a writer keeps the index current. Raises SettingsError.
    """
    settings = settings or load_settings()
    app = Flask("feedsvc", static_folder=None)
    app.register_blueprint(create_blueprint(settings, runs_writer=runs_writer, clock=clock))
    if meter := app.extensions[METER]:
        app.after_request(meter.count_response)
    # requests that match no rule of the blueprint: 405, and paths that begin with two slashes
    app.before_request(limit_request)
    app.register_error_handler(Exception, lambda error: handle_error(error, settings))
    return app


def create_standalone_app(
    settings: Settings | None = None,
    *,
    runs_writer: bool = True,
    clock: Callable[[], float] = time.time,
) -> Flask:
    """Return `create_app` with the front before it, for an application without further hooks.

    If hooks are added, the front stores nothing.
    """
    app = create_app(settings, runs_writer=runs_writer, clock=clock)
    meter = app.extensions[METER]
    app.wsgi_app = Front(app, meter and meter.counters)  # type: ignore[method-assign]
    return app
