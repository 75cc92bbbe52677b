"""Write down every document of a folder: address, status, ETag, headers and a hash of the bytes.

Two snapshots of the same folder, taken before and after a change of the code, show
by `diff` what the change did to the output:

    python -m scripts.snapshot ENTRIES OUT.tsv [--limit N]

The addresses are those that links, feeds and `Link` headers lead to from `/`; the
clock stands still, so that time changes nothing. Lines of `check --format json`
follow as a second table, OUT.tsv.check.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections import deque
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin

from feedsvc.web import create_app

NOW = 1_790_000_000  # 2026-09-21T14:13:20Z, later than any entry of the samples
START = (
    *(
        "/",
        "/rss.xml",
        "/atom.xml",
        "/feed.json",
        "/feed",
        "/atom",
        "/index.json",
        "/subscribe",
        "/opml.xml",
    ),
    *(
        "/sitemap.xml",
        "/news-sitemap.xml",
        "/robots.txt",
        "/readyz",
        "/tags/",
        "/categories/",
        "/authors/",
    ),
    *(
        "/languages/",
        "/rss.xml?limit=2&content=summary",
        "/atom.xml?sort=updated",
        "/feed.json?q=the",
        "/nothing/",
    ),
)
TARGET = re.compile(
    rb"""(?:href|src|url)=["']([^"'<>]+)|<(?:loc|link|id)>([^<]+)<"""
    rb"""|"(?:url|next_url|feed_url)": ?"([^"]+)"|<([^<>]+)>; rel"""
)
KEPT_HEADERS = (
    "Content-Type",
    "Cache-Control",
    "Last-Modified",
    "Link",
    "Vary",
    "Location",
    "Content-Security-Policy",
)


def main() -> None:
    """Take one snapshot, as the arguments say."""
    parser = argparse.ArgumentParser(
        description="Write down every document of a folder of entries."
    )
    parser.add_argument("entries", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--limit", type=int, default=20_000, help="addresses at most")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "feedsvc.toml"
        config.write_text(
            f'[site]\ntitle = "Snapshot"\nurl = "https://news.example.com/"\n'
            f'id_authority = "news.example.com,2026"\n'
            f'timezone = "Asia/Shanghai"\n'
            f'entries = "{arguments.entries.resolve()}"\nindex = "{folder}/index"\n'
            f'permalink = "/{{year}}/{{month}}/{{slug}}/"\n',
            encoding="utf-8",
        )
        os.environ["FEEDSVC_CONFIG"] = str(config)
        subprocess.run(
            [sys.executable, "-m", "feedsvc", "index"], check=True, stdout=subprocess.DEVNULL
        )
        write_documents(arguments.out, arguments.limit)
        checked = subprocess.run(
            [sys.executable, "-m", "feedsvc", "check", "--format", "json"],
            capture_output=True,
            check=False,
        )
        Path(f"{arguments.out}.check").write_bytes(checked.stdout)


def write_documents(out: Path, limit: int) -> None:
    """Follow every link below the site from `START`; write a line a document, by address."""
    client = create_app(runs_writer=False, clock=lambda: NOW).test_client()
    waiting, seen, lines = deque(START), set(START), list[str]()
    while waiting and len(lines) < limit:
        address = waiting.popleft()
        response = client.get(address)
        headers = [
            f"{name}={response.headers[name]}" for name in KEPT_HEADERS if name in response.headers
        ]
        digest = hashlib.sha256(response.data).hexdigest()[:24]
        lines.append(
            "\t".join(
                (
                    address,
                    str(response.status_code),
                    response.headers.get("ETag", ""),
                    digest,
                    *headers,
                )
            )
        )
        for found in list_targets(address, response.data, response.headers.get("Link", "")):
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    out.write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")


def list_targets(address: str, body: bytes, link: str) -> list[str]:
    """Return the addresses below the site that a document leads to, without fragments."""
    base = "https://news.example.com"
    found = []
    for match in TARGET.finditer(body + b"\n" + link.encode()):
        words = unescape(next(filter(None, match.groups())).decode("utf-8", "replace"))
        try:
            url = urldefrag(urljoin(base + address, words)).url
        except ValueError:
            continue
        if url.startswith(base + "/"):
            found.append(url[len(base) :])
    return found


if __name__ == "__main__":
    main()
