"""What MkDocs calls while it builds: navigation, parts from the code, links to the repository.

Comes in: the pages of docs/. Goes out: their navigation by folder, what the code knows in place of
`<!-- from the code: NAME -->`, and an error for whatever a page asks of another host. A link to
`repo:deploy/nginx.conf` leads to that file on the project's page, and has to be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page

from scripts.documentation.commands import render_commands
from scripts.documentation.fields import render_fields
from scripts.documentation.formats import render_formats
from scripts.documentation.metrics import render_metrics
from scripts.documentation.partners import render_partners
from scripts.documentation.problems import render_problems
from scripts.documentation.settings import add_facts
from scripts.documentation.urls import (
    render_aliases,
    render_parameters,
    render_reserved,
    render_routes,
)

ROOT = Path(__file__).parents[2]
PARTS: dict[str, Callable[[], str]] = {  # by the name that a page's comment has
    "aliases": render_aliases,
    "commands": render_commands,
    "fields": render_fields,
    "formats": render_formats,
    "metrics": render_metrics,
    "parameters": render_parameters,
    "partners": render_partners,
    "problems": render_problems,
    "reserved": render_reserved,
    "routes": render_routes,
}
SECTIONS = (  # name, folder, and the sections within
    ("Tutorial", "tutorial", ()),
    (
        "How-to guides",
        "howto",
        (
            ("Move to feedsvc", "howto/moving"),
            ("Deploy", "howto/deploying"),
            ("Partners", "howto/partners"),
        ),
    ),
    ("Reference", "reference", ()),
    ("Explanation", "explanation", ()),
)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_PART = re.compile(r"^<!-- from the code: (\w+) -->$", re.MULTILINE)
_REPOSITORY_LINK = re.compile(r"\]\(repo:([^)#\s]*)")
# What a browser fetches without being asked to
_FETCHED = re.compile(
    r"<(?:script|img|iframe|source|audio|video)\b[^>]*?\ssrc=[\"']?(?:https?:)?//[^\"' >]+"
    r"|<link\b[^>]*?\srel=[\"']?(?:stylesheet|preconnect|preload|icon)\b[^>]*?(?:https?:)?//[^>]*"
    r"|data-md-component=\"?source\b"  # Material's script asks GitHub for stars
    r"|@import[^;]*//[^;]*|url\([\"']?(?:https?:)?//[^)]*"
)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Build the navigation from the folders of docs/."""
    docs = Path(config.docs_dir)
    nav: list[Any] = [{"Home": "index.md"}]
    for name, folder, parts in SECTIONS:
        pages: list[Any] = list_pages(docs, folder)
        for title, inner in parts:
            if within := list_pages(docs, inner):
                pages.append({title: within})
        nav.append({name: pages})
    config.nav = nav
    return config


def list_pages(docs: Path, folder: str) -> list[str]:
    """Return the pages of *folder* below *docs*, `index.md` first, the others by their titles."""
    return sorted(
        (f"{folder}/{path.name}" for path in docs.glob(f"{folder}/*.md")),
        key=lambda path: _get_order(path, (docs / path).read_text(encoding="utf-8")),
    )


def _get_order(path: str, text: str) -> tuple[bool, str]:
    title = _TITLE.search(text)
    if title is None:
        raise PluginError(f"docs/{path} has no title: begin it with a line such as '# Use a theme'")
    return not path.endswith("/index.md"), title[1].casefold()


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Put in what the code knows, and lead links to files of the repository to their pages."""

    def resolve(match: re.Match[str]) -> str:
        if not (ROOT / match[1]).exists():
            raise PluginError(f"docs/{page.file.src_uri}: there is no {match[1]} in the repository")
        return f"]({config.repo_url}/blob/main/{match[1]}"

    if page.file.src_uri == "reference/settings.md":
        markdown = add_facts(markdown)
    markdown = _PART.sub(lambda match: PARTS[match[1]](), markdown)
    return _REPOSITORY_LINK.sub(resolve, markdown)


def on_post_page(output: str, page: Page, **_: Any) -> str:
    """Refuse what a browser would fetch from another host."""
    if found := _FETCHED.search(output):
        raise PluginError(f"docs/{page.file.src_uri}: {found[0]!r} is on another host")
    return output
