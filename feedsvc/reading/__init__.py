"""One file becomes one reading: an entry, or what is wrong with it.

`read` is the way of a file: its bytes (`files`), their text (`encoding`), the text's fields
and body (`dialects`), fields by one name (`fields`, `sidecars`), and their meaning (`entry`,
with `status`, `published`, `media` and `identity`). Whoever is outside imports from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from feedsvc.content.references import extract_search_text
from feedsvc.file_kinds import classify, get_affected_entries
from feedsvc.reading.encoding import decode_text
from feedsvc.reading.entry_cache import read_packed_entry
from feedsvc.reading.explain import ExplainLine, explain_fields
from feedsvc.reading.identity import is_uri
from feedsvc.reading.known_authors import digest_outer_authors
from feedsvc.reading.links import (
    ANY_FOLDER,
    Link,
    choose_named,
    describe_missing_link,
    get_dependency,
    list_entry_names,
)
from feedsvc.reading.media import make_resolver
from feedsvc.reading.read import Reading, read_file, read_files
from feedsvc.reading.sidecars import is_orphan_sidecar
from feedsvc.reading.status import HOLDING_CODES
from feedsvc.settings import Settings

__all__ = [
    "ANY_FOLDER",
    "HOLDING_CODES",
    "ExplainLine",
    "Link",
    "Reading",
    "choose_named",
    "classify",
    "decode_text",
    "describe_missing_link",
    "digest_outer_authors",
    "explain_fields",
    "get_affected_entries",
    "get_dependency",
    "is_orphan_sidecar",
    "is_uri",
    "list_entry_names",
    "make_resolver",
    "read_file",
    "read_files",
    "read_packed_entry",
    "read_search_texts",
]


def read_search_texts(
    root: Path, packed_entries: Iterable[tuple[str, bytes]], settings: Settings
) -> Iterator[str]:
    """Yield title, summary and text of each of *packed_entries* (path, bytes), "" for none."""
    for path, packed in packed_entries:
        entry = read_packed_entry(root, path, packed) or read_file(root, path, settings).entry
        if entry is None:
            yield ""
        else:
            text = extract_search_text(entry.markup, entry.body)
            yield f"{entry.title}\n{entry.summary}\n{text}"
