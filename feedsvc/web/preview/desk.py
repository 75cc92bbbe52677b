"""`/_desk`: the problems and the state of each file; only in a preview.

The page polls the version of the index every second, and reloads itself when that has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from flask import Flask, Response, request
from msgspec.structs import replace

from feedsvc import pages
from feedsvc.index import (
    FileOverview,
    ProblemRow,
    Queries,
    count_problems,
    select_files,
    select_problems,
)
from feedsvc.log_lines import escape_controls
from feedsvc.model import Entry
from feedsvc.pages import DeskFile, DeskProblem, l10n
from feedsvc.reading import unpack_fields
from feedsvc.settings import Settings
from feedsvc.site.channels import build_channel
from feedsvc.site.exceptions import DocumentNotFound
from feedsvc.site.publisher import Publisher
from feedsvc.urls import add_query, join_url
from feedsvc.web.errors import ALLOWED_METHODS
from feedsvc.web.responses import add_common_headers, make_json_response

DESK = "_desk"
SCRIPT, STYLE = "desk.js", "desk.css"
MEDIA_TYPES = {SCRIPT: "text/javascript", STYLE: "text/css"}
FOLDER = Path(__file__).parent
MAX_FILES = 200  # on one page
MAX_PROBLEMS = 500
STATES = ("error", "draft", "scheduled", "public", "unlisted", "expired", "retracted")


def register_desk(app: Flask, publisher: Publisher) -> None:
    """Add the desk of *publisher* to *app*: page, script, style, and version."""
    desk = Desk(publisher)
    for rule, view in (
        (f"/{DESK}", desk.show_page),
        (f"/{DESK}/version", desk.show_version),
        (f"/{DESK}/<name>", desk.send_file),
    ):
        app.add_url_rule(
            rule,
            f"desk.{view.__name__}",
            view,
            methods=ALLOWED_METHODS,
            provide_automatic_options=False,
        )


class Desk:
    """The views of the desk."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self.settings = publisher.settings

    def show_page(self) -> Response:
        """Show the desk; `?state=` selects files, `?skip=` is how many of them to skip."""
        state = request.args.get("state", "")
        state = state if state in STATES else ""
        words = request.args.get("skip", "")
        skip = int(words) if words.isascii() and words.isdigit() and len(words) < 9 else 0
        now = int(self.publisher.clock())
        with self.publisher.index.open_snapshot(now) as queries:
            page = build_desk_page(queries, self.settings, state, skip)
        response = Response(
            pages.render_page(page, self.settings), content_type=pages.HTML_MEDIA_TYPE
        )
        add_common_headers(response, self.settings)
        policy = response.headers["Content-Security-Policy"]
        response.headers["Content-Security-Policy"] = (
            f"{policy}; script-src 'self'; connect-src 'self'"
        )
        return response

    def show_version(self) -> Response:
        """Show a text that changes whenever the page would."""
        now = int(self.publisher.clock())
        with self.publisher.index.open_snapshot(now) as queries:
            version = get_version(queries)
        return make_json_response({"version": version}, self.settings)

    def send_file(self, name: str) -> Response:
        """Send the desk's script or style."""
        if name not in MEDIA_TYPES:
            raise DocumentNotFound
        response = Response((FOLDER / name).read_bytes(), content_type=MEDIA_TYPES[name])
        add_common_headers(response, self.settings)
        return response


def get_version(queries: Queries) -> str:
    """Return a text that changes with the index, and when a scheduled entry becomes public."""
    return f"{queries.get_generation()}-{queries.select_next_change()}"


def build_desk_page(queries: Queries, settings: Settings, state: str, skip: int) -> pages.DeskPage:
    """Return the desk with the files in *state*, "" for all, after the first *skip*."""
    url = join_url(settings.site.url, DESK)
    files = select_files(queries, state, MAX_FILES + 1, skip)
    counts = queries.count_states()
    more = {"state": state, "skip": str(skip + MAX_FILES)}
    return pages.DeskPage(
        channel=build_channel(settings),
        title=f"Desk: {settings.site.title}",
        canonical=url,
        version=get_version(queries),
        problems=list_files_with_problems(select_problems(queries, MAX_PROBLEMS)),
        problem_count=count_problems(queries),
        counts={name: counts[name] for name in STATES if counts.get(name)},
        state=state,
        files=tuple(make_desk_file(file, settings) for file in files[:MAX_FILES]),
        older=add_query(url, more.items()) if len(files) > MAX_FILES else "",
    )


def list_files_with_problems(rows: Sequence[ProblemRow]) -> tuple[DeskFile, ...]:
    """Return the files of *rows* with their problems."""
    return tuple(
        DeskFile(
            path=show(path),
            state=state,
            problems=tuple(
                DeskProblem(code=row.code, where=_make_where(row), message=show(row.message))
                for row in group
            ),
        )
        for (path, state), group in groupby(rows, key=lambda row: (row.path, row.state))
    )


def _make_where(row: ProblemRow) -> str:
    parts = [f"line {row.line}"] if row.line else []
    return show(", ".join([*parts, f"field {row.field!r}"] if row.field else parts))


def make_desk_file(file: FileOverview, settings: Settings) -> DeskFile:
    """Return what the desk shows of *file*."""
    path = file.permalink_path
    shown = DeskFile(
        path=show(file.path),
        state=file.state,
        url=join_url(settings.site.url, path) if path else file.url or "",
    )
    if file.state in ("expired", "retracted"):
        shown = replace(shown, url="")  # it has no page
    if not file.packed:
        return shown
    entry = unpack_fields(file.path, file.packed, settings.site.url)
    return replace(shown, title=show(entry.title), due=_format_due(entry, file.state, settings))


def _format_due(entry: Entry, state: str, settings: Settings) -> str:
    moment = entry.not_before or entry.published
    if state == "expired" and entry.expires is not None:
        moment = entry.expires
    if state == "draft" and entry.published.source == "mtime":
        return ""  # the file's own time, which no author wrote
    return l10n.format_moment(moment, settings.site.language)


def show(words: str) -> str:
    """Return *words*, an author's or a file name, with every invisible character escaped."""
    return escape_controls(words.encode("utf-8", "backslashreplace").decode())
