"""Drive Debian's Chromium by Playwright before a real server, on this machine only."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

FLAGS = [
    "--no-sandbox",  # root, as in a container, has none
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - Werkzeug's name
        """Says nothing."""


@contextmanager
def serve(app: Flask, port: int) -> Iterator[None]:
    """Answers on *port* of 127.0.0.1 while the block runs."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def open_browser(chromium: str) -> Iterator[Browser]:
    """Chromium without a window, with a profile of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS, timeout=120_000)
        try:
            yield browser
        finally:
            browser.close()


def save_picture(page: Page, file: Path, *, whole: bool = True) -> None:
    """A PNG of *page*; unlike Playwright's own it also takes XML, which has no body to wait for."""
    width, height = page.evaluate(
        "[document.documentElement.clientWidth, document.documentElement.scrollHeight]"
        if whole
        else "[innerWidth, innerHeight]"
    )
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    session = page.context.new_cdp_session(page)
    shot = session.send("Page.captureScreenshot", {"captureBeyondViewport": whole, "clip": clip})
    file.write_bytes(base64.b64decode(shot["data"]))
