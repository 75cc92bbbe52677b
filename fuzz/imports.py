"""Old feeds: entry files that keep ids and dates, or one line that says what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

from feedsvc.commands.feed_file import FeedItem, parse_feed
from feedsvc.commands.import_ import parse_feed_date, write_item
from feedsvc.errors import EntryError
from feedsvc.reading import is_uri, read_file
from feedsvc.settings import Settings
from fuzz.folders import SETTINGS, make_temporary_folder
from fuzz.reading import check_one_reading, count_lines
from fuzz.target import Target, check_sentence


def check_imports(data: bytes) -> None:
    """Take *data* for a feed's file, write its entries into an empty folder and read them."""
    try:
        parsed = parse_feed(data)
    except EntryError as error:
        check_sentence(error)
        assert error.line is None or 1 <= error.line <= count_lines(data)
        return
    root = Path(make_temporary_folder().name) / "imported"
    settings = Settings(site=SETTINGS.site, base=root)
    try:
        for item in parsed.items:
            check_item(item, settings)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def check_item(item: FeedItem, settings: Settings) -> None:
    """Assert that the file of *item* lies in the folder, and says what the feed said."""
    path, is_new = write_item(item, settings, ())
    assert path.resolve().is_relative_to(settings.entries.resolve()), path
    assert write_item(item, settings, ()) == (path, False), "a second import writes it again"
    if not is_new:
        return
    name = path.relative_to(settings.entries).as_posix()
    reading = read_file(settings.entries, name, settings)
    check_one_reading(reading, count_lines(path.read_bytes()))
    language = str(item.fields.get("language", ""))
    published = parse_feed_date(str(item.fields.get("published", "")), settings, language)
    if published is not None and reading.state not in ("draft", "ignored"):
        assert reading.entry is not None, reading.problems
        assert reading.entry.published.seconds == published.seconds
        id_ = str(item.fields.get("id", ""))
        if is_uri(id_):
            assert reading.entry.id == id_
        elif id_:
            assert " ".join(reading.entry.id.split()) == " ".join(id_.split())


TARGET = Target(
    name="imports",
    check=check_imports,
    max_bytes=1536,
    examples=80,
)
