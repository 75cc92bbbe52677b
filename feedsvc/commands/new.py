"""`feedsvc new`: a draft with front matter; also how `import` writes a new entry file.

Comes in: a title. Goes out: the path of a new file; existing files are never touched.
"""

from __future__ import annotations

import json
import re
import unicodedata
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from feedsvc.commands.file_writing import number_names, write_new_file
from feedsvc.dates import parse_path_date
from feedsvc.errors import FileError
from feedsvc.fields.identity import parse_path
from feedsvc.indexer import walk_files
from feedsvc.settings import Settings

MAX_FILE_NAME_CHARACTERS = 60  # of a file's name, from a title
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+-]+")  # unquoted in YAML
# JSON is YAML except for these, which YAML takes for line ends or refuses
YAML_UNSAFE_CHARACTERS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def write_draft(title: str, settings: Settings) -> Path:
    """Write a draft with an id and the current time in the site's zone; return its path."""
    control = ("Cc", "Cs")
    title = "".join(" " if unicodedata.category(one) in control else one for one in title)
    title = " ".join(title.split())
    if not title:
        remedy = "write the title that the entry is to have"
        raise FileError(repr(title), "the title is empty", remedy)
    now = datetime.now(settings.site.zone)
    own_id = f"{now:%Y-%m-%d}:{uuid.uuid4().hex[:12]}"
    fields = {
        "title": title,
        "date": now.isoformat(timespec="minutes"),
        # without an authority the id follows from this once the settings have one
        "id": own_id if settings.development else f"tag:{settings.site.id_authority}:{own_id}",
        "draft": True,
    }
    # no day in the name: publishing changes it
    name = choose_name(make_file_name(title), settings)
    path = settings.entries / f"{now:%Y}" / f"{name}.md"
    return write_new_file(path, render_entry_file(fields, "\n"))[0]


def choose_name(name: str, settings: Settings) -> str:
    """Return *name*, with a number if its entry would have the permalink of another."""
    pattern = settings.site.permalink
    if "{day}" in pattern or "{path}" in pattern:
        return name
    paths = (file.path for file in walk_files(settings.entries))
    slugs = {parse_path(path, parse_path_date(path)).slug for path in paths}
    return next(one for one in number_names(name) if one not in slugs)


def make_file_name(text: str) -> str:
    """Return the letters and digits of *text*, in any script, as a file name."""
    characters = (
        one if unicodedata.category(one)[0] in "LMN" else " "
        for one in unicodedata.normalize("NFC", text)
    )
    name = "-".join("".join(characters).casefold().split())
    if len(name) > MAX_FILE_NAME_CHARACTERS:
        name = name[:MAX_FILE_NAME_CHARACTERS].rsplit("-", 1)[0]
    return name or "entry"


def render_entry_file(fields: Mapping[str, object], body: str) -> bytes:
    """Return an entry's file with YAML front matter."""
    head = "".join(f"{name}: {format_yaml_value(value)}\n" for name, value in fields.items())
    return f"---\n{head}---\n{body}".encode("utf-8", "replace")


def format_yaml_value(value: object) -> str:
    """Return *value* in one line of YAML."""
    if isinstance(value, str) and TIMESTAMP.fullmatch(value):
        return value
    return YAML_UNSAFE_CHARACTERS.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False)
    )
