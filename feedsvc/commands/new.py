"""What is written into the folder, at the author's word only: `new` and `import`.

Comes in: a title, or an old feed. Goes out: new entry files with YAML front
matter; none that is there is ever touched.
"""

from __future__ import annotations

import json
import re
import unicodedata
import uuid
from collections.abc import Container, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from feedsvc.commands.check import read_reports
from feedsvc.commands.feed_file import FeedItem, ItemFields, parse_feed
from feedsvc.dates import DateRules, parse_date
from feedsvc.errors import DateError, EntryError, FileError
from feedsvc.index.scanner import map_files
from feedsvc.index.walk import walk_files
from feedsvc.reading import read_file
from feedsvc.reading.identity import URI
from feedsvc.settings import Settings
from feedsvc.urls import is_reserved

MAX_FILE_NAME_CHARACTERS = 60  # characters of a file's name that come from a title
# JSON is YAML but for these, which YAML takes for line ends or refuses
YAML_UNSAFE_CHARACTERS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
TEMPLATE_TAG_START = re.compile(r"\{(?=[{%])")


# ---- new


def write_draft(title: str, settings: Settings) -> Path:
    """Writes a draft with today's date in the site's zone and an id for ever; returns its path."""
    title = " ".join(
        "".join(" " if unicodedata.category(one) in ("Cc", "Cs") else one for one in title).split()
    )
    if not title:
        raise FileError(
            repr(title), "the title is empty; give the words that are to stand above the entry"
        )
    now = datetime.now(settings.site.zone)
    fields = {
        "title": title,
        "date": now.isoformat(timespec="minutes"),
        "id": f"tag:{settings.site.id_authority}:{now:%Y-%m-%d}:{uuid.uuid4().hex[:12]}",
        "draft": True,
    }
    path = settings.entries / f"{now:%Y}" / f"{now:%Y-%m-%d}-{make_file_name(title)}.md"
    return write_new_file(path, render_entry_file(fields, "\n"))[0]


def make_file_name(words: str) -> str:
    """A file's name of the letters and digits of *words*, in any script."""
    kept = (
        one if unicodedata.category(one)[0] in "LMN" else " "
        for one in unicodedata.normalize("NFC", words)
    )
    name = "-".join("".join(kept).casefold().split())
    if len(name) > MAX_FILE_NAME_CHARACTERS:
        name = name[:MAX_FILE_NAME_CHARACTERS].rsplit("-", 1)[0]
    return name or "entry"


def render_entry_file(fields: ItemFields, body: str) -> bytes:
    """An entry's file with YAML front matter."""
    head = "".join(f"{name}: {format_yaml_value(value)}\n" for name, value in fields.items())
    return f"---\n{head}---\n{body}".encode("utf-8", "replace")


def write_new_file(path: Path, data: bytes) -> tuple[Path, bool]:
    """Writes *data* to *path*, or beside it where another file is there; False where this very one is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, free = 1, path
    while True:
        try:
            with free.open("xb") as file:
                file.write(data)
            return free, True
        except FileExistsError:
            if free.read_bytes() == data:
                return free, False
            number += 1
            free = path.with_name(f"{path.stem}-{number}{path.suffix}")


def format_yaml_value(value: object) -> str:
    """*value* in one line of YAML; words that stand for themselves stay bare."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.+-]+", value):
        return value
    return YAML_UNSAFE_CHARACTERS.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False)
    )


# ---- import


def import_feed(feed: Path, settings: Settings) -> Iterator[Path]:
    """Writes an entry file for each item of *feed* whose id no entry has yet; yields their paths."""
    try:
        items = parse_feed(feed.read_bytes())
    except OSError as error:
        raise FileError(str(feed), f"the feed cannot be read: {error.strerror}") from None
    except EntryError as error:
        raise FileError(str(feed), str(error)) from None
    root = settings.entries
    ids, places = set[str](), set[str]()
    for facts in map_files(walk_files(root), read_reports, root, settings):
        ids.add(facts.id or "")
        places.add(facts.place)
    for item in items:
        if item.fields.get("id") in ids - {""}:
            continue
        path, new = write_item(item, settings, places)
        if not new:
            continue
        entry = read_file(root, path.relative_to(root).as_posix(), settings).entry
        ids |= {str(item.fields.get("id", "")), entry.id if entry else ""}
        places.add(entry.permalink_path if entry else "")
        yield path


def write_item(item: FeedItem, settings: Settings, places: Container[str]) -> tuple[Path, bool]:
    """Writes one item under its date and the last part of its address; *places* are taken already."""
    known = dict(item.fields)
    published, updated = (
        normalize_feed_date(known.pop(name, ""), settings) for name in ("published", "updated")
    )
    url, own = (
        resolve_item_url(str(known.pop("url", "")), settings, places),
        str(known.pop("id", "")),
    )
    language, site = str(known.pop("language", "")), settings.site.language.casefold()
    same = language.casefold().startswith(site) or site.startswith(language.casefold())
    fields = {
        "title": known.pop("title", ""),
        "date": published,
        "updated": updated if updated != published else "",
        "id" if not own or URI.match(own) else "exact_id": own,
        "url": url,
        "language": "" if same else language,
        **known,
    }
    fields = {name: value for name, value in fields.items() if value}
    segment = re.sub(r"\.\w{1,5}$", "", unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2])
    name = make_file_name(
        segment if re.search(r"[^\W\d_]{2}", segment) else str(fields.get("title", ""))
    )
    day = published[:10] if re.match(r"\d{4}-\d\d-\d\d", published) else ""
    path = settings.entries / (f"{day[:4]}/{day}-{name}.html" if day else f"undated/{name}.html")
    # what looks like a template's tag was none in a feed: it is to be shown
    return write_new_file(
        path, render_entry_file(fields, TEMPLATE_TAG_START.sub("&#123;", item.html).strip() + "\n")
    )


def normalize_feed_date(words: str, settings: Settings) -> str:
    """RFC 3339 of a feed's date with its own offset; the words themselves where they name no moment for certain."""
    dates = settings.dates
    try:
        reading = parse_date(
            words, DateRules(zone=settings.site.zone, order=dates.order, clock=dates.clock)
        )
    except DateError:
        return words
    return str(reading.moment)[:10] if reading.moment.precision == "day" else str(reading.moment)


def resolve_item_url(url: str, settings: Settings, places: Container[str]) -> str:
    """The item's link if its entry can have it: elsewhere any, on this site one that is free."""
    if not re.match(r"https?://[^\s/]+", url):
        return ""
    place = "/" + url.removeprefix(settings.site.url) if url.startswith(settings.site.url) else ""
    taken = place and (re.search("[?#]", place) or is_reserved(place) or place in places)
    return "" if taken else url
