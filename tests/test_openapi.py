"""The description of the service says what it does: validated, and asked by a fuzzer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from feedsvc.listing import (
    KIND_BY_PARAMETER,
    MAX_DOCUMENT_ENTRIES,
    MAX_QUERY_TERMS,
    Listing,
)
from feedsvc.settings import Settings
from feedsvc.site.maps import openapi
from feedsvc.urls import FEED_ALIASES, FEED_FILES, MAX_NAME_CHARACTERS, TERM_FOLDERS, Route
from tests.support.entries import write_entry
from tests.support.servers import BIN, pick_free_port, run_server
from tests.support.site import Site

# One of each kind of address: feeds of other names and years are made by the same code
PATHS = (
    r"^/($|tags/($|.*/$|.*/feed)|\{year\}/\{month\}/feed|partners/.*/feed"
    r"|[a-z-]+\.(xml|json)|[a-z]+z$)"
)
OPTIONS = [
    *("--seed", "1", "--max-examples", "2", "--phases", "examples,fuzzing", "--workers", "2"),
    # what is refused is the code's to say: a pattern does not know how long February is
    *("--exclude-checks", "positive_data_acceptance,negative_data_rejection"),
    *("--include-path-regex", PATHS, "--no-color"),
]
PATH_VALUES = {"name": "wind", "year": "2026", "month": "03", "period": "2026-03", "partner": "msn"}
UNDESCRIBED = {  # addresses of people, crawlers and operators; what has no fixed form
    *(Route.ARCHIVE, Route.FAVICON, Route.FILES, Route.METRICS, Route.PARTNERS, Route.ROBOTS),
    *(Route.SEARCH, Route.STATIC, Route.SUBSCRIBE),
}


@pytest.fixture
def description(settings: Callable[..., Settings]) -> dict[str, Any]:
    found: Any = Site(settings()).get("/openapi.json").json
    assert isinstance(found, dict)
    return found


def test_the_description_is_openapi(description: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(description).validate()

    assert description["openapi"] == "3.1.0"
    assert description["servers"] == [{"url": "https://news.example.com"}]


def test_every_parameter_and_route_is_described(description: dict[str, Any]) -> None:
    terms = tuple((kind, ("x",)) for kind in TERM_FOLDERS.values())
    names = {name for name, _ in Listing(groups=terms, without=("x",)).list_parameters()}
    assert set(openapi.PARAMETERS) == names

    paths = description["paths"]
    described = {f"/{route}" for route in set(Route) - UNDESCRIBED}
    described |= {f"/{file}" for file in (*FEED_FILES.values(), *FEED_ALIASES)}
    described |= {f"/{folder}/{{name}}/rss.xml" for folder in TERM_FOLDERS}
    archives = ("", "archive/{period}/", "archive/{period}/{part}/")
    partners = {
        f"/partners/{{partner}}/{rest}{file}" for rest in archives for file in FEED_FILES.values()
    }
    described |= partners
    assert all("401" in paths[path]["get"]["responses"] for path in partners)
    assert described <= set(paths)


def test_its_bounds_are_those_of_listings(description: dict[str, Any]) -> None:
    parameters = description["components"]["parameters"]
    names = {"type": "string", "maxLength": MAX_NAME_CHARACTERS}
    lists = {"type": "array", "items": names, "maxItems": MAX_QUERY_TERMS}

    assert all(parameters[name]["schema"] == lists for name in (*KIND_BY_PARAMETER, "not"))
    assert all(
        f"this {kind}." in parameters[n]["description"] for n, kind in KIND_BY_PARAMETER.items()
    )
    assert parameters["limit"]["schema"]["maximum"] == MAX_DOCUMENT_ENTRIES
    assert str(MAX_DOCUMENT_ENTRIES) in parameters["limit"]["description"]


def test_the_front_page_leads_to_it(settings: Callable[..., Settings]) -> None:
    site = Site(settings())
    site.add("story", tags="[wind]")
    link = (
        '<link rel="service-desc" type="application/vnd.oai.openapi+json"'
        ' href="https://news.example.com/openapi.json">'
    )

    assert link in site.get("/").text
    assert "service-desc" not in site.get("/tags/wind/").text
    answer: Any = site.get("/feed.json?sort=updated&since=2020").json
    assert answer["_feedsvc"]["service_desc"] == "https://news.example.com/openapi.json"
    response = site.get("/openapi.json")
    assert response.mimetype == "application/vnd.oai.openapi+json"
    etag = {"If-None-Match": response.headers["ETag"]}
    assert site.get("/openapi.json", headers=etag).status_code == 304


def test_files_have_no_description(settings: Callable[..., Settings]) -> None:
    site = Site(settings(static=True))

    assert site.get("/openapi.json").status_code == 404
    assert "service-desc" not in site.get("/").text


def test_everything_described_is_answered_as_described(tmp_path: Path) -> None:
    entries = tmp_path / "entries"
    for n in range(40):
        fields = {"tags": "[wind]", "author": "Ada", "category": "news"}
        write_entry(entries, f"n{n}.md", f"News {n}", date=f"2026-0{n % 3 + 1}-02", **fields)
    write_entry(entries, "gone.md", status="retracted", retracted="2026-03-09")
    port = pick_free_port()
    config = tmp_path / "feedsvc.toml"
    config.write_text(
        f'[site]\nurl = "http://127.0.0.1:{port}/"\nid_authority = "news.example.com,2026"\n'
        f'index = "{tmp_path}/index"\n[partners.msn]\ntag = "wind"\n'
    )
    serve = [sys.executable, "-m", "feedsvc", "serve", "--config", str(config), "--port", str(port)]
    values = "".join(f'"path.{name}" = "{value}"\n' for name, value in PATH_VALUES.items())
    (tmp_path / "schemathesis.toml").write_text(f"[parameters]\n{values}")
    with run_server(serve, port, tmp_path / "log"):
        fuzz = [str(BIN / "schemathesis"), "run", f"http://127.0.0.1:{port}/openapi.json", *OPTIONS]
        done = subprocess.run(fuzz, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr
    assert "Traceback" not in (tmp_path / "log").read_text()
