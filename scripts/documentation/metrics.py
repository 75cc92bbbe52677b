"""The page of metrics and log lines: names and help from an answer of `/metrics`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from feedsvc.commands.render import render_path
from feedsvc.settings import load_settings

SETTINGS = """
[site]
index = "index"
url = "https://news.example.com/"
id_authority = "news.example.com,2026"
[metrics]
active = true
[push]
webhooks = ["https://hook.example.com/"]
webhook_secret = "0123456789abcdef"
"""
AGE = ("feedsvc_index_age_seconds", "gauge")


def render_metrics() -> str:
    """Return the part of the page that the code knows."""
    lines = ["| metric | type | labels | meaning |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{name}` | {kind} | {labels} | {words} |"
        for name, kind, labels, words in list_metrics()
    ]
    return "\n".join(lines)


def list_metrics() -> list[tuple[str, str, str, str]]:
    """Return name, type, labels and help of each metric of a site that counts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "entries").mkdir()
        config = folder / "feedsvc.toml"
        config.write_text(SETTINGS, encoding="utf-8")
        settings = load_settings(config, environ={})
        text = ""
        for _ in range(2):  # a request is counted once it has been answered
            text = render_path("/metrics", settings).get_data(as_text=True)
    found = [
        (
            family.name + ("_total" if family.type == "counter" else ""),
            family.type,
            ", ".join(
                f"`{one}`" for one in sorted({key for s in family.samples for key in s.labels})
            ),
            family.documentation,
        )
        for family in text_string_to_metric_families(text)
    ]
    words = "Seconds since the whole folder was last compared with the index."
    return [*found, (AGE[0], AGE[1], "", words)]
