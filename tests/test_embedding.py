"""The service within another's application: whatever is put on that is asked on every request."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import flask
import flask_limiter
import pytest
from flask import Flask, Response, abort
from flask_httpauth import HTTPBasicAuth
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry
from prometheus_flask_exporter import PrometheusMetrics
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from feedsvc import create_app, create_blueprint
from feedsvc.indexer import refresh_index
from feedsvc.settings import Settings
from feedsvc.web import create_standalone_app
from tests.support.console import parse_page
from tests.support.servers import ROOT
from tests.support.site import Site

PATHS = ["/", "/rss.xml", "/atom.xml", "/feed.json", "/2026/03/quay/", "/sitemap.xml"]
REQUESTS = 10


@pytest.fixture
def make_app(settings: Callable[..., Settings]) -> Callable[..., Flask]:
    """`make_app()`: a plain application over one entry, `make_app(create_standalone_app)` ours."""

    def make(factory: Callable[..., Flask] = create_app, **changes: Any) -> Flask:
        made = settings(**changes)
        Site(made).add("quay", tags="[ferry]")
        refresh_index(made)
        return factory(made, runs_writer=False)

    return make


def ask(app: Flask, path: str, **headers: str) -> list[int]:
    """Return the status of each of ten requests, each of a client of its own."""
    return [
        app.test_client().get(path, headers=headers or None).status_code for _ in range(REQUESTS)
    ]


@pytest.mark.parametrize("path", PATHS)
def test_a_password_is_asked_for_every_time(make_app: Callable[..., Flask], path: str) -> None:
    app, auth = make_app(), HTTPBasicAuth()
    auth.verify_password(lambda user, password: user if password == "quay" else None)
    app.before_request(auth.login_required(lambda: None))
    basic = "Basic " + base64.b64encode(b"partner:quay").decode()

    assert ask(app, path, Authorization=basic) == [200] * REQUESTS
    assert ask(app, path) == [401] * REQUESTS
    assert app.test_client().get(path).headers["WWW-Authenticate"].startswith("Basic")


def test_every_client_has_a_session_of_its_own(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.secret_key = "a test's"

    @app.before_request
    def number_client() -> None:
        flask.session.setdefault("number", app.config.setdefault("CLIENTS", 0) + 1)
        app.config["CLIENTS"] += 1

    cookies = {app.test_client().get("/rss.xml").headers["Set-Cookie"] for _ in range(REQUESTS)}

    assert len(cookies) == REQUESTS


def test_a_rate_limit_counts_every_request(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    flask_limiter.Limiter(
        lambda: flask.request.remote_addr or "",
        app=app,
        default_limits=["3 per minute"],
        storage_uri="memory://",
        headers_enabled=True,
    )

    assert ask(app, "/rss.xml") == [200] * 3 + [429] * 7
    assert "Retry-After" in app.test_client().get("/rss.xml").headers


def test_tracing_sees_every_request(make_app: Callable[..., Flask]) -> None:
    app, exporter, provider = make_app(), InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor: Any = FlaskInstrumentor()
    instrumentor.instrument_app(app, tracer_provider=provider)

    ask(app, "/rss.xml")

    assert len(exporter.get_finished_spans()) == REQUESTS


def test_a_counter_sees_every_request(make_app: Callable[..., Flask]) -> None:
    app, registry = make_app(), CollectorRegistry()
    PrometheusMetrics(app, path=None, registry=registry)

    ask(app, "/rss.xml")

    labels = {"method": "GET", "status": "200"}
    assert registry.get_sample_value("flask_http_request_total", labels) == REQUESTS


@pytest.mark.parametrize("factory", [create_app, create_standalone_app])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize("path", [*PATHS, "/none/", "/static/style.css", "/healthz", "//none"])
def test_hooks_run_on_every_request(
    make_app: Callable[..., Flask], factory: Callable[..., Flask], method: str, path: str
) -> None:
    app, seen = make_app(factory), SimpleNamespace(before=0, after=0)

    @app.before_request
    def before() -> None:
        seen.before += 1

    @app.after_request
    def after(response: Response) -> Response:
        seen.after += 1
        return response

    for _ in range(REQUESTS):
        app.test_client().open(path, method=method).close()

    assert (seen.before, seen.after) == (REQUESTS, REQUESTS)


def test_a_guarded_view_stays_guarded(make_app: Callable[..., Flask]) -> None:
    """Libraries also wrap the views themselves."""
    app = make_app(create_standalone_app)
    name = "feedsvc.send_document"
    view: Any = app.view_functions[name]

    def guard(**values: str) -> Any:
        return view(**values) if flask.request.authorization else "no"

    app.view_functions[name] = guard

    basic = "Basic " + base64.b64encode(b"partner:quay").decode()
    assert b"<rss" in app.test_client().get("/rss.xml", headers={"Authorization": basic}).data
    assert app.test_client().get("/rss.xml").data == b"no"


ABORTS: Mapping[str, tuple[Callable[[], Any], int, bytes]] = {
    "status": (lambda: abort(403), 403, b"permission"),
    "words": (lambda: abort(451, "Not in your country."), 451, b"Not in your country."),
    "response": (lambda: abort(Response("Later.", 503)), 503, b"Later."),
    "returned": (lambda: Response("A teapot.", 418), 418, b"A teapot."),
}


@pytest.mark.parametrize(("answer", "status", "words"), ABORTS.values(), ids=ABORTS.keys())
def test_what_a_hook_answers_is_the_answer(
    make_app: Callable[..., Flask], answer: Callable[[], Any], status: int, words: bytes
) -> None:
    app = make_app()
    app.before_request(answer)

    response = app.test_client().get("/rss.xml")

    assert response.status_code == status
    assert words in response.data


PERSONAL = {
    "a cookie": {"Set-Cookie": "session=1"},
    "private": {"Cache-Control": "private, max-age=60"},
    "no-store": {"Cache-Control": "no-store"},
    "a language": {"Vary": "Accept-Encoding, Accept-Language"},
    "a cookie's variant": {"Vary": "Cookie"},
    "any": {"Vary": "*"},
}


@pytest.mark.parametrize("changes", PERSONAL.values(), ids=PERSONAL.keys())
def test_the_front_holds_nothing_that_is_one_clients(
    make_app: Callable[..., Flask], changes: dict[str, str]
) -> None:
    """Also where no hook of Flask's has written it, but an application between the two."""
    app = make_app(create_standalone_app)
    front: Any = app.wsgi_app
    inner, asked = front.application, []

    def personal(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *info: Any) -> Any:
            kept = [(name, value) for name, value in headers if name not in changes]
            return start_response(status, [*kept, *changes.items()], *info)

        asked.append(environ["PATH_INFO"])
        return inner(environ, start)

    front.application = personal

    ask(app, "/rss.xml")

    assert len(asked) == REQUESTS


# -- a blueprint --------------------------------------------------------------------


@pytest.fixture
def host(settings: Callable[..., Settings]) -> Flask:
    """Somebody's application with the news below /news."""
    made = settings(url="https://example.com/news/")
    site = Site(made)
    site.add("quay", tags="[ferry]")
    site.add("gone", status="retracted", retracted="2026-03-03")
    refresh_index(made)
    app = Flask("host", static_folder=None)
    app.register_blueprint(create_blueprint(made, runs_writer=False), url_prefix="/news")
    app.add_url_rule("/about", "about", lambda: "About us")
    app.register_error_handler(404, lambda _: ("The host knows nothing.", 404))
    return app


@pytest.mark.parametrize("path", PATHS)
def test_a_blueprint_answers_below_its_prefix(
    host: Flask, settings: Callable[..., Settings], path: str
) -> None:
    own = create_app(settings(url="https://example.com/news/"), runs_writer=False).test_client()

    response = host.test_client().get("/news" + path)

    assert response.status_code == 200
    assert response.data == own.get(path).data
    assert dict(response.headers) == dict(own.get(path).headers)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/news", "https://example.com/news/"),
        ("/news?tag=ferry", "https://example.com/news/?tag=ferry"),
        ("/news/tags", "https://example.com/news/tags/"),
        ("/news/2026/03/quay", "https://example.com/news/2026/03/quay/"),
    ],
)
def test_redirects_of_a_blueprint_stay_below_its_prefix(
    host: Flask, path: str, location: str
) -> None:
    response = host.test_client().get(path, headers={"Host": "evil.example"})

    assert (response.status_code, response.headers["Location"]) == (301, location)


def test_the_host_keeps_its_pages_and_its_errors(host: Flask) -> None:
    client = host.test_client()

    assert client.get("/about").text == "About us"
    assert client.get("/none").text == "The host knows nothing."
    assert client.get("/rss.xml").text == "The host knows nothing."
    assert client.get("/about/").status_code == 404
    assert client.get("/news/rss.xml?limit=x").status_code == 400


def test_errors_below_the_prefix_are_ours_and_the_others_the_hosts(host: Flask) -> None:
    client, own = host.test_client(), {"Accept": "text/html"}
    for status in (400, 410, 414, 503):
        host.register_error_handler(status, lambda _: ("The host has its say.", 418))
    host.register_error_handler(401, lambda _: ("Log in to the host.", 401))
    host.before_request(lambda: abort(401) if "refuse" in flask.request.args else None)
    host.register_error_handler(405, lambda _: ("The host takes no such method.", 405))
    host.register_error_handler(500, lambda _: ("The host has failed.", 500))
    host.add_url_rule("/fails", "fails", lambda: 1 // 0)  # type: ignore[arg-type]

    for path, status in (
        ("/news/none/", 404),
        ("/news/files/none.png", 404),
        ("/news/2026/03/gone/", 410),
        ("/news/rss.xml?limit=x", 400),
        (f"/news/{'x' * 9000}", 414),
    ):
        response = client.get(path, headers=own)
        assert (response.status_code, "The host" in response.text) == (status, False), path
        assert "/news/static/style.css" in response.text
    assert client.get("/none/", headers=own).text == "The host knows nothing."
    assert client.post("/about").text == "The host takes no such method."
    host.testing = host.config["PROPAGATE_EXCEPTIONS"] = False
    assert client.get("/fails").text == "The host has failed."
    # what a hook of the host refuses is the host's answer
    assert client.get("/news/rss.xml?refuse").text == "Log in to the host."


def test_templates_and_static_files_of_the_host_are_its_own(
    settings: Callable[..., Settings], tmp_path: Path
) -> None:
    """Whatever they are called: ours are found by nobody else, and theirs not by us."""
    made = settings(url="https://example.com/news/")
    Site(made).add("quay", tags="[ferry]")
    refresh_index(made)
    names = [one.name for one in (ROOT / "feedsvc/pages/templates").iterdir()]
    for folder in ("templates", "static"):
        (tmp_path / "host" / folder).mkdir(parents=True)
    for name in names:
        (tmp_path / "host/templates" / name).write_text("The host's {{ words }}", encoding="utf-8")
    (tmp_path / "host/static/style.css").write_text("/* the host's */", encoding="utf-8")
    app = Flask("host", root_path=str(tmp_path / "host"))
    app.add_url_rule("/", "home", lambda: flask.render_template("listing.html", words="list"))
    app.jinja_env.filters["date"] = lambda _: "the host's"
    app.context_processor(lambda: {"root": "the host's", "words": "words"})
    app.register_blueprint(create_blueprint(made, runs_writer=False), url_prefix="/news")
    client = app.test_client()
    own = create_app(made, runs_writer=False).test_client()

    assert client.get("/").text == "The host's list"
    with client.get("/static/style.css") as response:
        assert response.get_data(as_text=True) == "/* the host's */"
    for path in ("/", "/2026/03/quay/", "/tags/", "/subscribe", "/none/", "/static/style.css"):
        assert client.get("/news" + path).data == own.get(path).data


def test_every_hook_of_the_host_runs_below_the_prefix(host: Flask) -> None:
    seen = []
    host.before_request(lambda: seen.append("before"))
    host.teardown_request(lambda _: seen.append("teardown"))

    @host.after_request
    def after(response: Response) -> Response:
        seen.append("after")
        response.headers["X-Host"] = "example"
        return response

    for path in ["/news" + path for path in (*PATHS, "/none/", "/static/style.css")]:
        for _ in range(3):
            seen.clear()
            with host.test_client().get(path) as response:
                assert response.headers["X-Host"] == "example"
            assert seen == ["before", "after", "teardown"], path


def test_the_example_of_the_documentation_runs(
    settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the settings of the folder that it is started in, below the path that `url` names."""
    page = (ROOT / "docs" / "howto" / "deploying" / "flask.md").read_text(encoding="utf-8")
    (block,) = [one.text for one in parse_page(page) if "create_blueprint(" in one.text]
    made = settings(url="https://example.com/news/")
    Site(made).add("quay")
    refresh_index(made)
    monkeypatch.chdir(made.base)
    monkeypatch.setenv("FEEDSVC_SITE_URL", "https://example.com/news/")
    monkeypatch.setenv("FEEDSVC_SITE_ID_AUTHORITY", "example.com,2026")
    monkeypatch.setenv("FEEDSVC_SITE_INDEX", str(made.base / "index.sqlite"))
    names: dict[str, Any] = {"__name__": "tests.test_embedding"}  # whose folder Flask looks for

    exec(block, names)

    app = names["app"]
    try:
        assert b"<rss" in app.test_client().get("/news/rss.xml").data
    finally:
        app.extensions["feedsvc"].index.close()


def test_two_sites_live_in_one_application(host: Flask, settings: Callable[..., Settings]) -> None:
    other = settings(url="https://example.com/sport/", title="Sport")
    host.register_blueprint(
        create_blueprint(other, runs_writer=False), url_prefix="/sport", name="sport"
    )
    refresh_index(other)

    assert b"<title>Sport" in host.test_client().get("/sport/rss.xml").data
    assert b"<title>Example News" in host.test_client().get("/news/rss.xml").data


# -- a mount ------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?tag=ferry", "?q=%C3%A9"])
@pytest.mark.parametrize("host_header", ["evil.example", "example.com:8080", "xn--r8jz45g.jp"])
@pytest.mark.parametrize("factory", [create_app, create_standalone_app])
def test_a_mount_without_its_slash_is_redirected_to_the_sites_url(
    make_app: Callable[..., Flask], factory: Callable[..., Flask], host_header: str, query: str
) -> None:
    app = make_app(factory, url="https://example.com/company/news/")
    outer = Client(DispatcherMiddleware(Response("outside", 404), {"/company/news": app.wsgi_app}))

    response = outer.get("/company/news" + query, headers={"Host": host_header})

    assert response.status_code == 301
    assert response.headers["Location"] == "https://example.com/company/news/" + query
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert outer.get("/company/news/").status_code == 200
