"""A site of real files with a real index, asked through Flask or through the front."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import Client, TestResponse

from feedsvc.indexer import refresh_index
from feedsvc.settings import Settings
from feedsvc.site.publisher import Publisher
from feedsvc.web import create_standalone_app
from feedsvc.web.front import Front
from tests.support.entries import BODY, write_entry, write_file

NOW = 1_790_000_000  # 2026-09-21T14:13:20Z

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Site:
    """A folder of entries and the application over it; `get` asks through the front."""

    def __init__(self, settings: Settings, clock: Callable[[], float] | None = None) -> None:
        self.settings = settings
        self.folder = settings.entries
        self.clock = clock or Clock()
        self._app: Flask | None = None

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file into the folder."""
        return write_file(self.folder, path, content)

    def add(self, name: str, date: str = "2026-03-02", body: str = BODY, **fields: str) -> Path:
        """Write an entry of Markdown with YAML front matter, by default named as its file."""
        fields.setdefault("title", name.capitalize())
        return write_entry(self.folder, f"{name}.md", body=body, date=date, **fields)

    def refresh(self) -> None:
        """Does what the writer does when the folder has changed."""
        refresh_index(self.settings)
        self.publisher.index.last_probe_time = self.publisher.index.last_writer_check = 0.0

    @property
    def app(self) -> Flask:
        if self._app is None:
            refresh_index(self.settings)
            self._app = create_standalone_app(self.settings, runs_writer=False, clock=self.clock)
        return self._app

    @property
    def publisher(self) -> Publisher:
        publisher: Publisher = self.app.extensions["feedsvc"]
        return publisher

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def get_xml(self, path: str) -> ElementTree.Element:
        """Return the root of the document at *path*."""
        response = self.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return ElementTree.fromstring(response.data)

    def make_client(self, kind: str) -> Client:
        """A client of the whole application ("front") or of Flask alone ("flask")."""
        front = self.app.wsgi_app
        assert isinstance(front, Front)
        return Client(front if kind == "front" else front.application)


def read(site: Site, path: str, status: int = 200) -> Any:
    """The tree of the page at *path*, as a browser gets it."""
    response = site.get(path, headers=BROWSER)
    assert response.status_code == status, (path, response.status_code)
    return html.fromstring(response.get_data(as_text=True))


def say(page: Any, path: str) -> str:
    """The text of the first element at an XPath, with single spaces."""
    return " ".join(page.xpath(path)[0].text_content().split())
