"""Turns one file into one reading: an entry, or its problems.

`read` has the steps: a file's bytes (`files`), their text (`encoding`), the text's fields and
body (`dialects`), inherited fields (`sidecars`), and the meaning of fields (`entry`, with
`status`, `published`, `media` and `identity`). Other packages import from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from feedsvc.content.references import extract_search_text
from feedsvc.fields.identity import is_uri
from feedsvc.fields.links import (
    ANY_FOLDER,
    PAGE_END,
    Link,
    describe_missing_links,
    get_dependency,
    list_entry_names,
    list_page_files,
    list_page_names,
    make_entry_name,
    split_page,
)
from feedsvc.fields.links.near_misses import MAX_NAMES, list_names, suggest_file
from feedsvc.fields.media import make_resolver
from feedsvc.fields.status import HOLDING_CODES
from feedsvc.file_kinds import classify, get_affected_entries
from feedsvc.reading.encoding import decode_text
from feedsvc.reading.entry_cache import make_digest, read_packed_entry, unpack_fields
from feedsvc.reading.explain import ExplainLine, explain_fields
from feedsvc.reading.files import read_bytes, resolve_inside
from feedsvc.reading.known_authors import digest_outer_authors
from feedsvc.reading.read import (
    Reading,
    make_failed_reading,
    make_unsaved_draft,
    read_file,
    read_files,
)
from feedsvc.reading.saved_pages import (
    SAVED_PAGE_EXTENSIONS,
    get_saved_page,
    is_part_of_saved_page,
)
from feedsvc.reading.sidecars import FolderCache, is_orphan_sidecar, locate_error
from feedsvc.reading.sidecars import parse_fields as parse_sidecar_fields
from feedsvc.settings import Settings

__all__ = [
    "ANY_FOLDER",
    "HOLDING_CODES",
    "MAX_NAMES",
    "PAGE_END",
    "SAVED_PAGE_EXTENSIONS",
    "ExplainLine",
    "FolderCache",
    "Link",
    "Reading",
    "classify",
    "decode_text",
    "describe_missing_links",
    "digest_outer_authors",
    "explain_fields",
    "get_affected_entries",
    "get_dependency",
    "get_saved_page",
    "is_orphan_sidecar",
    "is_part_of_saved_page",
    "is_uri",
    "list_entry_names",
    "list_names",
    "list_page_files",
    "list_page_names",
    "locate_error",
    "make_digest",
    "make_entry_name",
    "make_failed_reading",
    "make_resolver",
    "make_unsaved_draft",
    "parse_sidecar_fields",
    "read_bytes",
    "read_file",
    "read_files",
    "read_packed_entry",
    "read_search_texts",
    "resolve_inside",
    "split_page",
    "suggest_file",
    "unpack_fields",
]


def read_search_texts(
    root: Path, packed_entries: Iterable[tuple[str, bytes]], settings: Settings
) -> Iterator[str]:
    """Yield title, summary and text of each of *packed_entries* (path, bytes), "" if unreadable."""
    for path, packed in packed_entries:
        entry = read_packed_entry(root, path, packed, settings.site.url)
        entry = entry or read_file(root, path, settings).entry
        if entry is None:
            yield ""
        else:
            text = extract_search_text(entry.markup, entry.body)
            yield f"{entry.title}\n{entry.summary}\n{text}"
