"""`site.image`: a file of the entries folder, or elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedsvc.settings import Settings
from tests.support.site import Site


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("logo.png", "https://news.example.com/files/logo.png"),
        ("/files/logo.png", "https://news.example.com/files/logo.png"),
        ("https://news.example.com/files/logo.png", "https://news.example.com/files/logo.png"),
        ("./logo.png", "https://news.example.com/files/logo.png"),
    ],
)
def test_the_sites_picture_may_be_a_file_of_the_folder(
    settings: Callable[..., Settings], image: str, url: str
) -> None:
    site = Site(settings(image=image))
    site.write("logo.png", b"PNG")
    site.write("other.png", b"PNG")
    site.add("quay")

    assert f"<url>{url}</url>" in site.get("/rss.xml").text
    assert site.get("/files/logo.png", buffered=True).status_code == 200
    assert site.get("/files/other.png").status_code == 404


@pytest.mark.parametrize(
    ("image", "url"),
    [
        ("/logo.png", "https://news.example.com/logo.png"),
        ("/static/my logo.png", "https://news.example.com/static/my%20logo.png"),
        ("static/logo.png", "https://news.example.com/static/logo.png"),
        ("https://cdn.example/logo.png", "https://cdn.example/logo.png"),
    ],
)
def test_the_sites_picture_may_be_elsewhere(
    settings: Callable[..., Settings], image: str, url: str
) -> None:
    site = Site(settings(image=image))
    site.write("logo.png", b"PNG")

    assert f"<url>{url}</url>" in site.get("/rss.xml").text
    assert site.get("/files/logo.png").status_code == 404
