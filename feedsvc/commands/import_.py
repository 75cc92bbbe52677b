"""`feedsvc import`: an old feed becomes entry files that keep ids, dates and addresses.

Comes in: the path of a feed's file. Goes out: the paths of new files with YAML front matter;
existing files are never touched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from msgspec.structs import replace

from feedsvc.commands.feed_file import (
    BROKEN_ITEM,
    ITEM_ERRORS,
    REMEDY,
    FeedFile,
    FeedItem,
    html_to_text,
    parse_feed,
)
from feedsvc.commands.file_writing import write_new_file
from feedsvc.commands.new import make_file_name, render_entry_file
from feedsvc.commands.reports import format_count, read_reports
from feedsvc.dates import MAX_YEAR, MIN_YEAR, parse_date
from feedsvc.errors import DateError, EntryError, FileError
from feedsvc.feeds import drop_empty
from feedsvc.fields.draft import make_date_rules
from feedsvc.model import Moment
from feedsvc.reading import Reading, is_uri, read_file
from feedsvc.settings import Settings
from feedsvc.site.channels import get_author
from feedsvc.urls import is_reserved, parse_own_permalink

MAX_FEED_BYTES = 1 << 30  # far above any export; /dev/zero and the like have no end
MAX_SHOWN_IDS = 5  # of repeated ones
MAX_SHOWN_ENTRIES = 5  # of those that are held back
TEMPLATE_TAG_START = re.compile(r"\{(?=[{%])")


def import_feed(
    feed: Path, settings: Settings, print_remark: Callable[[str], object] = lambda _: None
) -> Iterator[Path]:
    """Write an entry file for each item of *feed* whose id no entry has; yield their paths.

    In the end *print_remark* is called with each line on what differs from the old site. Raise
    `FileError` then, if there was a file in the place of a folder.
    """
    parsed = read_feed(feed)
    root = settings.entries
    ids, permalink_paths = collect_taken(settings)
    met, repeated, readings = set[str](), list[str](), list[Reading]()
    left_out, blocked = Counter(parsed.left_out), Counter[str]()
    for item in parsed.items:
        id_ = item.fields.get("id")
        if id_ and id_ in met:
            repeated.append(id_)
        met.add(id_ or "")
        if id_ in ids:
            continue
        try:
            path, is_new = write_item(item, settings, permalink_paths)
        except ITEM_ERRORS:
            left_out[BROKEN_ITEM] += 1
            continue
        except (FileExistsError, NotADirectoryError) as error:  # from the folder of its file
            blocked[str(error.filename)] += 1
            continue
        reading = read_file(root, path.relative_to(root).as_posix(), settings)
        entry = reading.entry
        if id_:
            ids.add(id_)
        if entry is not None:
            ids.add(entry.id)
            permalink_paths.add(entry.permalink_path)
        if is_new:  # not one that another import has just written
            readings.append(replace(reading, packed_entry=b""))
            yield path
    for remark in list_remarks(left_out, repeated, readings):
        print_remark(remark)
    refuse_blocked(blocked)


def collect_taken(settings: Settings) -> tuple[set[str], set[str]]:
    """Return the ids and the permalink paths that entries have."""
    ids, permalink_paths = set[str](), set[str]()
    for report in read_reports(settings):
        ids.add(report.id or report.own_id)
        permalink_paths.add(report.permalink_path)
    return ids - {""}, permalink_paths


def refuse_blocked(blocked: Mapping[str, int]) -> None:
    """Raise `FileError` for a file in the place of a folder, given with the number of items."""
    for name, count in blocked.items():
        message = f"it is not a folder, so {format_count(count, 'item')} could not be written"
        raise FileError(name, message, "rename it, and import again")


def read_feed(feed: Path) -> FeedFile:
    """Return the content of the file *feed*; raise `FileError`."""
    try:
        with feed.open("rb") as file:
            data = file.read(MAX_FEED_BYTES + 1)
        if len(data) > MAX_FEED_BYTES:
            message = f"the feed has more than {MAX_FEED_BYTES:,} bytes"
            raise FileError(str(feed), message, "split it, and import the parts")
        return parse_feed(data)
    except OSError as error:
        raise FileError(str(feed), f"the feed cannot be read: {error.strerror}") from None
    except EntryError as error:
        if error.code in ("empty", "binary"):
            error.remedy = REMEDY  # in place of that for an entry
        raise FileError(str(feed), str(error)) from None


def list_remarks(
    left_out: Mapping[str, int], repeated: Sequence[str], readings: Iterable[Reading]
) -> Iterator[str]:
    """Yield a line on each kind of item that was left out, is not public, or has no page here."""
    if left_out:
        kinds = (format_count(count, kind) for kind, count in left_out.items())
        yield f"Left out, because they are not entries: {', '.join(kinds)}."
    if repeated:
        ids = ", ".join(map(repr, repeated[:MAX_SHOWN_IDS]))
        items = format_count(len(repeated), "item")
        yield f"{items} left out, because an earlier item in the feed has the same id: {ids}."
    hosts, drafts, unread = Counter[str](), 0, list[Reading]()
    for reading in readings:
        drafts += reading.state == "draft"
        if reading.state == "error":
            unread.append(reading)
        if reading.entry is not None and not reading.entry.permalink_path:
            hosts[urlsplit(reading.entry.url).netloc] += 1
    if unread:
        entries = format_count(len(unread), "entry", "entries")
        yield f"{entries} held back: `feedsvc check` says why."
    for reading in unread[:MAX_SHOWN_ENTRIES]:
        yield f"{reading.path}: {reading.problems[-1].sentence}"  # the last: what made it an error
    if drafts:
        yield f"{format_count(drafts, 'draft')}: not public in the feed."
    for host, count in hosts.items():
        verbs = "keeps its address" if count == 1 else "keep their address"
        entries = format_count(count, "entry", "entries")
        yield f"{entries} {verbs} at {host} and {'has' if count == 1 else 'have'} no page here."


def write_item(
    item: FeedItem, settings: Settings, permalink_paths: Container[str]
) -> tuple[Path, bool]:
    """Write one item to a file named after its date and its address's last segment, else its title.

    *permalink_paths* are taken; return the path, and False if the same file was there already.
    """
    given, owner = dict(item.fields), get_author(settings)
    title, id_, language = (given.pop(name, "") for name in ("title", "id", "language"))
    url = resolve_item_url(str(given.pop("url", "")), settings, permalink_paths)
    dates = [str(given.pop(name, "")) for name in ("published", "updated")]
    published, updated = (parse_feed_date(text, settings, language) for text in dates)
    is_edited = dates[0] != dates[1] and (
        updated is None or published is None or updated.seconds != published.seconds
    )
    if given.get("authors") == [drop_empty({"name": owner.name, "email": owner.email})]:
        del given["authors"]  # the feed's own, which entries without an author have here, too
    fields = drop_empty(
        {
            "title": title,
            "date": format_feed_date(published) or dates[0],
            "updated": is_edited and (format_feed_date(updated) or dates[1]),
            "id" if is_uri(id_) else "exact_id": id_,
            "url": url,
            "language": "" if is_same_language(language, settings.site.language) else language,
            **given,
        }
    )
    segment = re.sub(r"\.\w{1,5}$", "", unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2])
    is_name = re.search(r"[^\W\d_]{2}", segment)
    name = make_file_name(segment if is_name else html_to_text(str(title)))
    day = str(published or fields.get("date", ""))[:10]
    folder = f"{day[:4]}/{day}-" if re.match(r"\d{4}-\d\d-\d\d", day) else "undated/"
    # A feed has no template tags: what looks like one is to be shown. And a file with a NUL, which
    # only JSON can write, is no text.
    body = TEMPLATE_TAG_START.sub("&#123;", item.html.replace("\0", "")).strip() + "\n"
    return write_new_file(
        settings.entries / f"{folder}{name}.html", render_entry_file(fields, body)
    )


def parse_feed_date(text: str, settings: Settings, language: str) -> Moment | None:
    """Return the moment of a date in a feed in *language*, None if it is empty or uncertain."""
    site = settings.site
    rules = make_date_rules(site.timezone, settings.dates, language or site.language)
    try:
        return parse_date(text, rules).moment
    except DateError:
        return None


def format_feed_date(moment: Moment | None) -> str:
    """Return RFC 3339 with the moment's own offset, or the day if it has no time.

    A year that only RFC 822 can have, such as 1066, is written in that form.
    """
    if moment is None:
        return ""
    if not MIN_YEAR <= moment.when.year <= MAX_YEAR:
        return format_datetime(moment.when)
    return str(moment)[:10] if moment.precision == "day" else str(moment)


def is_same_language(tag: str, other: str) -> bool:
    """Whether one of two language tags is a prefix of the other ("en" of "en-GB")."""
    tag, other = tag.casefold(), other.casefold()
    return tag.startswith(other) or other.startswith(tag)


def resolve_item_url(url: str, settings: Settings, permalink_paths: Container[str]) -> str:
    """Return an item's link if its entry can have it: any on another site, a free one on this.

    Blogger's export has only the path.
    """
    path, address = parse_own_permalink(url, settings.site.url) or ("", "")
    return "" if path and (is_reserved(path) or path in permalink_paths) else address
