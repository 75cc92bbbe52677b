"""One file on its way to a reading, step by step.

The first of the two boundaries at which a defect of ours is caught: it is
logged, and costs that file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from feedsvc.content.references import extract_references
from feedsvc.content.template_tags import list_dropped_tags
from feedsvc.dialects import parse_text
from feedsvc.dialects.field_names import get_field_name_table, normalize_field_name
from feedsvc.dialects.types import ParsedText
from feedsvc.errors import EntryError
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, SIDECAR_SUFFIXES, get_extension
from feedsvc.model import Entry, Problem, State
from feedsvc.reading.context import EntryDraft
from feedsvc.reading.encoding import decode_text
from feedsvc.reading.entry import build_entry, is_redirect
from feedsvc.reading.entry_cache import make_digest, pack_entry
from feedsvc.reading.fields import EntryFields
from feedsvc.reading.files import read_bytes
from feedsvc.reading.published import parse_state
from feedsvc.reading.sidecars import FolderCache, read_inherited
from feedsvc.reading.values import value_to_text
from feedsvc.settings import Settings

log = logging.getLogger(__name__)
MAX_BATCH_FILES, MAX_BATCH_BYTES = 25, 1 << 20  # files and bytes that are read together
NO_RAW_FIELDS: Mapping[str, str] = MappingProxyType({})


class Reading(Struct, frozen=True, kw_only=True):
    """What a file came to: an entry, or *raw_fields* (what could be read of it) and its problems."""

    path: str
    content_hash: bytes = b""  # of the file, its sidecars and defaults, its assets' paths and sizes
    state: State | Literal["ignored", "error"]
    dialect: str = ""
    encoding: str = ""
    entry: Entry | None = None
    raw_fields: Mapping[str, str] = NO_RAW_FIELDS
    problems: tuple[Problem, ...] = ()
    asset_paths: tuple[str, ...] = ()  # files that the entry refers to, also those that are missing
    packed_entry: bytes = b""  # see `entry_cache`


class EntryParser:
    """One file; *reading* is what it came to, and ends its steps."""

    def __init__(self, path: str, neighbours: FolderCache, settings: Settings) -> None:
        self.root, self.path, self.folder_cache, self.settings = (
            neighbours.root,
            path,
            neighbours,
            settings,
        )
        self.sources: list[bytes] = []  # all that goes in
        self.dialect = self.encoding = ""
        self.problems: tuple[Problem, ...] = ()
        self.text = ""
        self.parsed: ParsedText | None = None
        self.context: EntryDraft | None = None
        self.state: State = "public"
        self.entry: Entry | None = None
        self.reading: Reading | None = None

    def run_step(self, step: Step) -> None:
        """Takes *step*; raises nothing, whatever the file holds."""
        try:
            step(self)
        except EntryError as error:
            self._fail(
                Problem(
                    code=error.code,
                    message=error.message,
                    remedy=error.remedy,
                    field=error.field,
                    line=error.line,
                )
            )
        except Exception:
            log.exception("reading %s failed", self.path)
            message = (
                "the program failed on this file (the log has the traceback); please report it"
            )
            self._fail(Problem(code="defect", message=message))

    # -- the steps -------------------------------------------------------------------

    def load(self) -> None:
        """The file becomes bytes."""
        self.sources.append(read_bytes(self.root, self.path))
        if get_extension(self.path) == "json" and self._is_sidecar():
            self._ignore()

    def parse(self) -> None:
        """Bytes become text, and text its dialect's fields and body."""
        self.text, self.encoding, self.problems = decode_text(self.sources[0])
        self.parsed = parse_text(self.text, self.path, get_field_name_table(self.settings.fields))
        self.dialect = self.parsed.dialect
        self.problems += self.parsed.problems
        if not self.dialect:
            self._ignore()

    def merge_inherited(self) -> None:
        """Fields meet those of sidecars and folders."""
        parsed = self.parsed
        assert parsed is not None
        inherited = read_inherited(self.path, self.folder_cache)
        if parsed.dialect == "plain" and any(
            normalize_field_name(one.name) == "title" for one in chain(*inherited.layers)
        ):
            # the sidecar is the header, so the first line is no title but text
            parsed = replace(parsed, fields=(), body=self.text, body_line=1)
        self.sources += inherited.sources
        self.problems += tuple(inherited.problems)
        fields = EntryFields(
            [parsed.fields, *inherited.layers], get_field_name_table(self.settings.fields)
        )
        self.context = EntryDraft(self.root, self.path, parsed, fields, self.settings)

    def interpret_fields(self) -> None:
        """Fields become an entry."""
        context = self.context
        assert context is not None
        self.state = parse_state(context)
        marked = context.parsed.dialect != "plain" and context.fields.first("published")
        if is_redirect(context) or not (get_extension(self.path) or marked):
            return self._ignore()
        try:
            self.entry = build_entry(context, self.encoding, self.state)
        except EntryError as error:
            if self.state != "draft":
                raise
            message = (
                error.message
                if error.code != "no-date"
                else f"this draft has no date yet; {error.message}"
            )
            if error.code != "no-date":
                context.add_problem(error.code, message)
            self._finish("draft")

    def collect_references(self) -> None:
        """The body names what the entry uses."""
        assert self.context is not None
        self._collect_assets(self.context.parsed)
        self._report_template_tags(self.context.parsed)
        self._finish(self.state)

    # -- what it came to -------------------------------------------------------------

    def _is_sidecar(self) -> bool:
        """Whether an entry of the same name stands beside this JSON file."""
        folder, _, name = self.path.rpartition("/")
        stem = next(
            name[: -len(end)] for end in reversed(SIDECAR_SUFFIXES) if name.lower().endswith(end)
        )
        return bool(
            self.folder_cache.list_existing(
                folder, [f"{stem}.{ending}" for ending in MARKUP_BY_EXTENSION]
            )
        )

    def _collect_assets(self, parsed: ParsedText) -> None:
        """Notes the files that the body refers to; one beside the entry that is missing is a problem."""
        assert self.context is not None
        for reference in extract_references(parsed.markup, parsed.body):
            known = len(self.context.assets)
            asset = self.context.resolve_asset(reference, None)
            if reference.startswith("/"):
                continue  # what is not here may be served by the rest of the site
            if asset is not None and asset.size < 0 and len(self.context.assets) > known:
                message = f"the file {reference!r}, to which the text refers, is not there; put it beside the entry"
                self.context.add_problem("asset-missing", message)

    def _report_template_tags(self, parsed: ParsedText) -> None:
        """Names the template tags that readers will not see."""
        assert self.context is not None
        if parsed.markup in ("markdown", "html"):
            for line, name in list_dropped_tags(parsed.body):
                message = f"the template tag {name!r} means nothing outside its site tool; it is left out of the text"
                self.context.add_problem("template-tag", message, line=line + parsed.body_line - 1)

    def _finish(self, state: State | Literal["ignored", "error"]) -> None:
        context = self.context
        assets = sorted(context.assets.values()) if context is not None else []
        self.sources += (
            f"{asset.path}\0{asset.size}\0".encode(errors="surrogateescape") for asset in assets
        )
        data = self.sources[0] if self.sources else b""
        digest = make_digest(data)
        self.reading = Reading(
            path=self.path,
            content_hash=make_digest(digest + b"".join(self.sources[1:]))
            if len(self.sources) > 1
            else digest,
            state=state,
            dialect=self.dialect,
            encoding=self.encoding,
            entry=self.entry,
            raw_fields=NO_RAW_FIELDS if self.entry is not None else self._build_raw_fields(),
            problems=self.problems + (tuple(context.problems) if context is not None else ()),
            asset_paths=tuple([asset.path for asset in assets]),
            packed_entry=pack_entry(self.entry, data, self.text, digest)
            if self.entry is not None
            else b"",
        )

    def _ignore(self) -> None:
        digest = make_digest(b"".join(self.sources))
        self.reading = Reading(
            path=self.path, content_hash=digest, state="ignored", encoding=self.encoding
        )

    def _fail(self, problem: Problem) -> None:
        """The file cannot be published."""
        self.entry = None
        self._finish("error")
        assert self.reading is not None
        self.reading = replace(self.reading, problems=(*self.reading.problems, problem))

    def _build_raw_fields(self) -> dict[str, str]:
        """What could be read of an entry that is none: for `check`."""
        if self.context is None:
            return {}
        fields = self.context.fields
        facts: dict[str, str] = {"language": self.context.language}
        for name in ("title", "published", "updated"):
            if (found := fields.first(name)) is not None:
                facts[name] = (
                    self.context.get_text("title")
                    if name == "title"
                    else value_to_text(found.value)
                )
        return facts


Step = Callable[[EntryParser], None]
STEPS: tuple[Step, ...] = (
    EntryParser.parse,
    EntryParser.merge_inherited,
    EntryParser.interpret_fields,
    EntryParser.collect_references,
)


def parse_files(root: Path, paths: Iterable[str], settings: Settings) -> Iterator[EntryParser]:
    """Readers of *paths* that have taken all steps.

    Some files take a step before any of them takes the next: what a step needs
    stays in the processor's caches, which makes reading a fifth faster.
    """
    readers: list[EntryParser] = []
    size, neighbours = 0, FolderCache(root)
    for path in paths:
        reader = EntryParser(path, neighbours, settings)
        reader.run_step(EntryParser.load)
        readers.append(reader)
        size += len(reader.sources[0]) if reader.sources else 0
        if len(readers) == MAX_BATCH_FILES or size > MAX_BATCH_BYTES:
            yield from _run_steps(readers)
            readers, size = [], 0
    yield from _run_steps(readers)


def _run_steps(readers: list[EntryParser]) -> list[EntryParser]:
    for step in STEPS:
        for reader in readers:
            if reader.reading is None:
                reader.run_step(step)
    return readers
