"""One file becomes one reading: an entry, or what is wrong with it.

The first of the two boundaries at which a defect of ours is caught: it is
logged, and costs that file.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from feedsvc.errors import EntryError
from feedsvc.model import Entry, Problem
from feedsvc.reading.assets import make_resolver
from feedsvc.reading.context import Context
from feedsvc.reading.dialects import parse_text
from feedsvc.reading.entry import build_entry, find_title, is_redirect
from feedsvc.reading.fields import Fields, find_table, normalise
from feedsvc.reading.folders import MARKUPS, SIDECARS, classify, concerns, find_ending, is_candidate
from feedsvc.reading.inherited import find_existing, find_inherited
from feedsvc.reading.markup import extract_text, find_references, find_template_tags
from feedsvc.reading.parsed import Parsed
from feedsvc.reading.publication import find_state
from feedsvc.reading.shapes import to_words
from feedsvc.reading.source import decode, read_bytes
from feedsvc.settings import Settings

__all__ = [
    "Reading",
    "classify",
    "concerns",
    "explain_entry",
    "is_candidate",
    "make_resolver",
    "read_entry",
    "read_words",
]

log = logging.getLogger("feedsvc")
NO_FACTS: Mapping[str, object] = MappingProxyType({})


class Reading(NamedTuple):
    """What a file came to; *facts* tell what could be read where there is no entry."""

    path: str
    hash: bytes  # of all that goes in: the file, sidecars, defaults, the assets' paths and sizes
    state: str  # "public", "draft", "unlisted", "retracted", "ignored" or "error"
    dialect: str = ""
    encoding: str = ""
    entry: Entry | None = None
    facts: Mapping[str, object] = NO_FACTS
    problems: tuple[Problem, ...] = ()
    uses: tuple[str, ...] = ()  # files of the folder that the entry refers to, also those that are not there


def read_entry(root: Path, path: str, settings: Settings) -> Reading:
    """The reading of *path* below *root*; raises nothing, whatever the file holds."""
    reader = Reader(root, path, settings)
    try:
        return reader.read()
    except EntryError as error:
        problem = Problem(code=error.code, message=error.message, field=error.field, line=error.line)
        return reader.give_up(problem)
    except Exception:
        log.exception("reading %s failed", path)
        message = "the program failed on this file (the log has the traceback); please report it"
        return reader.give_up(Problem(code="defect", message=message))


def read_words(root: Path, path: str, settings: Settings) -> str:
    """Title, summary and text of the entry at *path*, for the full-text search; "" for what cannot be read."""
    try:
        context = Reader(root, path, settings).take_apart()
        if context is None:
            return ""
        text = extract_text(context.parsed.markup, context.parsed.body)
        return f"{find_title(context)}\n{context.find_words('summary')}\n{text}"
    except EntryError:
        return ""
    except Exception:
        log.exception("reading the words of %s failed", path)
        return ""


class Reader:
    """One file on its way to a reading."""

    def __init__(self, root: Path, path: str, settings: Settings) -> None:
        self.root, self.path, self.settings = root, path, settings
        self.sources: list[bytes] = []  # all that goes in
        self.dialect = self.encoding = ""
        self.problems: tuple[Problem, ...] = ()
        self.context: Context | None = None

    def read(self) -> Reading:
        context = self.context = self.take_apart()
        if context is None:
            return self._ignore()
        state = find_state(context)
        marked = context.parsed.dialect != "plain" and context.fields.first("published")
        if is_redirect(context) or not (find_ending(self.path) or marked):
            return self._ignore()
        try:
            entry = build_entry(context, self.encoding, state)
        except EntryError as error:
            if state != "draft":
                raise
            message = error.message if error.code != "no-date" else f"this draft has no date yet; {error.message}"
            if error.code != "no-date":
                context.note(error.code, message)
            return self._finish("draft", None)
        self._find_used(context.parsed)
        self._find_left_out(context.parsed)
        return self._finish(state, entry)

    def take_apart(self) -> Context | None:
        """The fields and the body, not interpreted yet; None for a file that is no entry."""
        data = read_bytes(self.root, self.path)
        self.sources.append(data)
        if find_ending(self.path) == "json" and self._is_sidecar():
            return None
        text, self.encoding, self.problems = decode(data)
        table = find_table(self.settings.fields)
        parsed = parse_text(text, self.path, table)
        self.dialect = parsed.dialect
        if not parsed.dialect:
            return None
        self.problems += parsed.problems
        inherited = find_inherited(self.root, self.path)
        if parsed.dialect == "plain" and any(normalise(one.name) == "title" for one in chain(*inherited.layers)):
            # the sidecar is the header, so the first line is no title but text
            parsed = parsed._replace(fields=(), body=text, body_line=1)
        self.sources += inherited.sources
        self.problems += tuple(inherited.problems)
        fields = Fields([parsed.fields, *inherited.layers], table)
        return Context(self.root, self.path, parsed, fields, self.settings)

    def _is_sidecar(self) -> bool:
        """Whether an entry of the same name stands beside this JSON file."""
        folder, _, name = self.path.rpartition("/")
        stem = next(name[: -len(end)] for end in reversed(SIDECARS) if name.lower().endswith(end))
        return bool(find_existing(self.root, folder, [f"{stem}.{ending}" for ending in MARKUPS]))

    def _find_used(self, parsed: Parsed) -> None:
        """Notes the files that the body refers to; one beside the entry that is missing is a problem."""
        assert self.context is not None
        for reference in find_references(parsed.markup, parsed.body):
            known = len(self.context.assets)
            asset = self.context.find_file(reference, None)
            if reference.startswith("/"):
                continue  # what is not here may be served by the rest of the site
            if asset is not None and asset.size < 0 and len(self.context.assets) > known:
                message = f"the file {reference!r}, to which the text refers, is not there; put it beside the entry"
                self.context.note("asset-missing", message)

    def _find_left_out(self, parsed: Parsed) -> None:
        """Names the template tags that readers will not see."""
        assert self.context is not None
        if parsed.markup in ("markdown", "html"):
            for line, name in find_template_tags(parsed.body):
                message = f"the template tag {name!r} means nothing outside its site tool; it is left out of the text"
                self.context.note("template-tag", message, line=line + parsed.body_line - 1)

    def _finish(self, state: str, entry: Entry | None) -> Reading:
        context = self.context
        assets = sorted(context.assets.values()) if context is not None else []
        self.sources += (f"{asset.path}\0{asset.size}\0".encode(errors="surrogateescape") for asset in assets)
        return Reading(
            path=self.path,
            hash=self._make_hash(),
            state=state,
            dialect=self.dialect,
            encoding=self.encoding,
            entry=entry,
            facts=NO_FACTS if entry is not None else self._find_facts(),
            problems=self.problems + (tuple(context.problems) if context is not None else ()),
            uses=tuple(asset.path for asset in assets),
        )

    def _make_hash(self) -> bytes:
        made = hashlib.sha256(self.sources[0] if self.sources else b"")  # most processors have instructions for it
        for source in self.sources[1:]:
            made.update(source)
        return made.digest()[:16]

    def _ignore(self) -> Reading:
        return Reading(path=self.path, hash=self._make_hash(), state="ignored", dialect="", encoding=self.encoding)

    def give_up(self, problem: Problem) -> Reading:
        """The reading of a file that cannot be published."""
        reading = self._finish("error", None)
        return reading._replace(problems=(*reading.problems, problem))

    def _find_facts(self) -> dict[str, object]:
        """What could be read of an entry that is none: for `check`."""
        if self.context is None:
            return {}
        fields = self.context.fields
        facts: dict[str, object] = {"language": self.context.language}
        for name in ("title", "published", "updated"):
            if (found := fields.first(name)) is not None:
                facts[name] = self.context.find_words("title") if name == "title" else to_words(found.value)
        return facts


def explain_entry(root: Path, path: str, settings: Settings) -> list[tuple[str, str, int | None, str, str]]:
    """For `explain`: (field, the author's words, line, what was read, why), the rejected readings of dates included."""
    from feedsvc.reading.explain import explain_context  # wanted for one file at a time

    reader = Reader(root, path, settings)
    try:
        reading = reader.read()
    except EntryError as error:
        reading = reader.give_up(Problem(code=error.code, message=error.message, field=error.field, line=error.line))
    return explain_context(reader.context, reading.entry) if reader.context is not None else []
