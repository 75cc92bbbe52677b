"""Take pictures of the pages over the samples in entries/, to look at.

    python -m scripts.screenshots [FOLDER] [--readme]

FOLDER defaults to screenshots/. With --readme it also takes docs/screenshot.png,
the picture of the README.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from feedsvc.indexer import refresh_index
from feedsvc.settings import load_settings
from feedsvc.web import create_app
from tests.support.browser import open_browser, save_picture, serve
from tests.support.servers import pick_free_port

ROOT = Path(__file__).parent.parent
PAGES = {
    "index": "/",
    "entry": "/2026/03/launch-of-halva/",
    "tag": "/tags/halva/",
    "tags": "/tags/",
    "subscribe": "/subscribe?tag=halva",
    "rss": "/rss.xml",
    "atom": "/atom.xml",
    "not-found": "/nowhere/",
}
LOOKS = {
    "wide": {"viewport": {"width": 1180, "height": 800}},
    "dark": {"viewport": {"width": 1180, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2},
}


def main(arguments: list[str]) -> None:
    """Takes every page in every look."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not there: sudo apt-get install chromium")
    folder = Path(next((word for word in arguments if word != "--readme"), ROOT / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    port = pick_free_port()
    with tempfile.TemporaryDirectory() as work, open_browser(chromium) as browser:
        environ = {"FEEDSVC_SITE_INDEX": f"{work}/index.sqlite"}
        settings = load_settings(ROOT / "feedsvc.toml", environ=environ, port=port)
        refresh_index(settings)
        with serve(create_app(settings, runs_writer=False), port):
            for look, options in LOOKS.items():
                context = browser.new_context(base_url=f"http://127.0.0.1:{port}", **options)  # type: ignore[arg-type]
                page = context.new_page()
                for name, path in PAGES.items():
                    page.goto(path)
                    save_picture(page, folder / f"{name}-{look}.png")
            if "--readme" in arguments:
                page = browser.new_context(
                    base_url=f"http://127.0.0.1:{port}", **LOOKS["wide"]
                ).new_page()  # type: ignore[arg-type]
                page.goto(PAGES["tag"])
                (ROOT / "docs").mkdir(exist_ok=True)
                save_picture(page, ROOT / "docs" / "screenshot.png", whole=False)


if __name__ == "__main__":
    main(sys.argv[1:])
