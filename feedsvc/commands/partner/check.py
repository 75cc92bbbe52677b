"""`feedsvc check --for`: whether a partner will take each entry, and if not, why.

Comes in: the folder, read anew, and a partner of the settings or a profile. Goes out: a verdict
on each entry of its listing, in path order, and one on the feed as a whole.
"""

from __future__ import annotations

import heapq
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from feedsvc import feeds
from feedsvc.commands.check import (
    check_identity,
    write_json_line,
    write_problems,
    write_report_line,
)
from feedsvc.commands.reports import FileReport, build_report, format_count
from feedsvc.content.search_words import list_matches, list_phrases
from feedsvc.errors import SettingsError
from feedsvc.feeds.profiles import (
    FieldValue,
    Finding,
    Profile,
    Subject,
    apply_profile,
    check_feed,
    check_item,
    parse_profile,
)
from feedsvc.index import EntryKey, WalkedFile
from feedsvc.indexer import ReaderPool, read_walked_files, walk_files
from feedsvc.listing import Listing
from feedsvc.model import Channel, Entry, Feed, Item, Problem
from feedsvc.reading import (
    Reading,
    explain_fields,
    make_failed_reading,
    read_files,
    read_search_texts,
)
from feedsvc.settings import Settings
from feedsvc.site.channels import build_channel
from feedsvc.site.loader import EntryLoader
from feedsvc.site.partners import (
    Partner,
    Selection,
    list_profiles,
    load_partners,
    make_selection,
    read_profile,
)
from feedsvc.urls import make_partner_path, make_slug

COLORS = {"taken": "green", "refused": "red"}
ENDINGS = {"refused": " is refused"}
BODY_FIELDS = ("html", "text", "images", "summary")  # made of the body, at least in part
CANONICAL_NAMES = {  # of fields whose names in profiles are not those in entries
    "author": "authors",
    "category": "categories",
    "enclosure": "enclosures",
    "host": "url",
    "modified": "updated",
    "scheme": "url",
    "source": "origin",
    "valid": "expires",
}


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether a partner takes one entry: "taken", "refused", or "old" if it is not offered."""

    report: FileReport
    state: str
    findings: tuple[Finding, ...] = ()
    lines: tuple[int, ...] = ()  # line numbers in the file, one for each finding
    newness: tuple[int, str] = (0, "")  # sorts entries as their feed does

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The findings in the form of `check`; for a file without an entry, its problems."""
        if self.state == "error":
            return self.report.problems
        return tuple(map(make_problem, self.findings, self.lines))


def make_problem(finding: Finding, line: int | None = None) -> Problem:
    """Return a finding in the form of `check`; the remedy names the partner's page."""
    rule = finding.rule
    problem = Problem(
        code="partner-advises",
        message=finding.message,
        remedy=f"{rule.remedy} ({rule.page})",
        field=rule.field,
        line=line,
    )
    return replace(problem, code="partner-refuses") if finding.is_refused else problem


def select_partner(name: str, settings: Settings) -> Selection:
    """Return the selection of the partner *name*, or of all entries for the profile *name*.

    Raise SettingsError if there is neither, and for a partner without a profile.
    """
    partners = load_partners(settings)
    if name in partners:
        if partners[name].profile is None:
            message = "it has no profile, and therefore no rules"
            raise SettingsError(f"partners.{name}", message, "set profile, or check a profile")
        return partners[name]
    profiles = list_profiles(settings.base)
    if name not in profiles:
        known = f"partners are {', '.join(partners)}; " if partners else ""
        message = f"{name!r} is neither a partner nor a profile"
        raise SettingsError("--for", message, f"{known}profiles are {', '.join(profiles)}")
    profile = parse_profile(read_profile(name, settings.base, "--for"))
    partner = Partner(profile=name, format=profile.formats[0])
    return make_selection(name, partner, profile, settings.feeds)


def check_for_partner(selection: Selection, settings: Settings) -> Iterator[Verdict]:
    """Yield the verdict on each entry that the partner would be offered, in path order."""
    root = settings.entries
    now = int(time.time())
    owners: dict[tuple[str, str], str] = {}
    with closing(ReaderPool(root, settings)) as pool:
        read = partial(_check_batch, selection=selection, now=now)
        for verdict in pool.map_files(walk_files(root), read, _fail):
            if verdict is None:
                continue
            if verdict.report.id is not None:
                report = check_identity(verdict.report, owners)
                state = "error" if report.state == "error" else verdict.state
                verdict = replace(verdict, report=report, state=state)
            yield verdict


def _fail(file: WalkedFile, reason: str) -> Verdict | None:
    """Return the verdict on a file whose reading ended the process."""
    return Verdict(report=build_report(make_failed_reading(file.path, reason)), state="error")


def _check_batch(
    root: Path, files: Sequence[WalkedFile], settings: Settings, *, selection: Selection, now: int
) -> Iterator[Verdict | None]:
    loader = EntryLoader(settings)
    channel = make_channel(selection, settings)
    for reading in read_walked_files(root, files, settings):
        yield _check_reading(reading, selection, settings, loader, channel, now)


def _check_reading(
    reading: Reading,
    selection: Selection,
    settings: Settings,
    loader: EntryLoader,
    channel: Channel,
    now: int,
) -> Verdict | None:
    """Return the verdict on one file, None if it has no entry for this partner."""
    report, entry = build_report(reading), reading.entry
    if report.state == "error":
        return Verdict(report=report, state="error")
    states = ("public", "scheduled") if selection.shows_scheduled else ("public",)
    if entry is None or report.state not in states:
        return None
    if not _is_listed(entry, selection.listing, reading, settings):
        return None
    newness = (entry.published.seconds, reading.path)
    if selection.max_age is not None and now - entry.published.seconds > selection.max_age:
        return Verdict(report=report, state="old", newness=newness)
    item = loader.render_item(EntryKey(reading.path, reading.content_hash), entry)
    subject = Subject(item=item, channel=channel, values=selection.values, now=now)
    findings = check_item(_get_profile(selection), subject)
    is_refused = any(finding.is_refused for finding in findings)
    return Verdict(
        report=report,
        state="refused" if is_refused else "taken",
        findings=findings,
        lines=_list_lines(findings, entry, settings) if findings else (),
        newness=newness,
    )


def _get_profile(selection: Selection) -> Profile:
    if selection.profile is None:
        raise ValueError(f"{selection.name} has no profile")  # `select_partner` refuses those
    return selection.profile


def make_channel(selection: Selection, settings: Settings) -> Channel:
    """Return the channel of the partner's feed, without the parts that depend on the listing."""
    return replace(build_channel(settings, selection.listing), hubs=())


# -- which entries the listing has --------------------------------------------------


def _is_listed(entry: Entry, listing: Listing, reading: Reading, settings: Settings) -> bool:
    """Whether *listing* has *entry*, by the rules of the index."""
    slugs = {
        "tag": {make_slug(name) for name in entry.tags},
        "category": {make_slug(name) for name in entry.categories},
        "author": {make_slug(author.name) for author in entry.authors},
        "language": {make_slug(entry.language)},
    }
    if not all(slugs[kind] & set(wanted) for kind, wanted in listing.names):
        return False
    excluded = set(listing.without)
    if excluded & (slugs["tag"] | slugs["category"] | slugs["author"]):
        return False
    if not listing.words:
        return True
    packed = [(reading.path, reading.packed_entry)]
    text = next(read_search_texts(settings.entries, packed, settings))
    return all(list_matches(text, [phrase]) for phrase in list_phrases(listing.words))


# -- the line in the file of a finding ----------------------------------------------


def _list_lines(findings: Iterable[Finding], entry: Entry, settings: Settings) -> tuple[int, ...]:
    """Return the line for each finding: that of its field, or where the field belongs."""
    lines: dict[str, int] = {}
    for line in explain_fields(settings.entries, entry.path, settings):
        if line.kind == "field" and line.line is not None:
            lines.setdefault(line.field, line.line)
    return tuple(_get_line(finding.rule.field, lines, entry) for finding in findings)


def _get_line(field: str, lines: dict[str, int], entry: Entry) -> int:
    name = field.partition(".")[0]
    is_of_body = name in BODY_FIELDS or (name == "image" and entry.image is None)
    otherwise = entry.body_line if is_of_body else 1  # the head of the file
    return lines.get(CANONICAL_NAMES.get(name, name), otherwise)


# -- the feed as a whole ------------------------------------------------------------


def check_whole_feed(
    taken: Iterable[tuple[int, str]], selection: Selection, settings: Settings
) -> tuple[Finding, ...]:
    """Return the findings about the feed of the newest of *taken*, pairs of (second, path)."""
    newest = [path for _, path in heapq.nlargest(selection.listing.limit, taken)]
    loader = EntryLoader(settings)
    items = [
        loader.render_item(EntryKey(reading.path, reading.content_hash), reading.entry)
        for reading in read_files(settings.entries, newest, settings)
        if reading.entry is not None
    ]
    profile = _get_profile(selection)
    channel = make_channel(selection, settings)
    facts: dict[str, FieldValue] = {
        "feed.entries": len(items),
        "feed.bytes": len(_render(items, channel, selection, settings)),
        "feed.languages": tuple(dict.fromkeys(item.entry.language for item in items)),
    }
    found = check_feed(profile, channel, selection.values, facts)
    # the feed is cut to what the partner takes, so its length is no reason to refuse
    return tuple(
        replace(one, is_refused=False, message=f"{one.message}; the oldest are left out")
        if one.rule.field == "feed.bytes" and one.is_refused
        else one
        for one in found
    )


def _render(
    items: Sequence[Item], channel: Channel, selection: Selection, settings: Settings
) -> bytes:
    format_ = selection.format
    is_full = (selection.listing.content or settings.feeds.content) == "full"
    channel = replace(channel, urls=tuple(selection.paths.items()))
    feed = Feed(channel=channel, items=tuple(items), full=is_full)
    profile = _get_profile(selection)
    return feeds.RENDERERS[format_](apply_profile(feed, profile, format_, selection.values))


# -- two formats --------------------------------------------------------------------


class Totals:
    """The counts of all verdicts so far."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.notes = 0
        self.taken: list[tuple[int, str]] = []

    def add(self, verdict: Verdict) -> None:
        """Count one entry."""
        self.states[verdict.state] += 1
        self.notes += sum(not finding.is_refused for finding in verdict.findings)
        if verdict.state == "taken":
            self.taken.append(verdict.newness)


def write_partner_check(name: str, settings: Settings, *, is_json: bool) -> bool:
    """Write the verdicts of the partner or profile *name*; return whether it takes all entries."""
    selection = select_partner(name, settings)
    totals, wrong = Totals(), list[Verdict]()
    for verdict in check_for_partner(selection, settings):
        totals.add(verdict)
        if is_json:
            write_json_line(verdict.report, verdict.problems, verdict=verdict.state)
            continue
        _write_line(verdict)
        if verdict.findings:
            wrong.append(verdict)
    found = check_whole_feed(totals.taken, selection, settings)
    state = "refused" if any(one.is_refused for one in found) else "taken"
    path = make_partner_path(name, selection.format)
    problems = tuple(map(make_problem, found))
    if is_json:
        report = FileReport(path=path, state="feed", title=_get_profile(selection).title)
        write_json_line(report, problems, verdict=state)
        sys.stdout.buffer.flush()
    else:
        for verdict in wrong:
            write_problems(verdict.report.path, ENDINGS.get(verdict.state, ""), verdict.problems)
        if problems:
            write_problems(f"the feed as a whole, /{path}", ENDINGS.get(state, ""), problems)
        _write_totals(selection, totals, found)
    return state == "taken" and not totals.states["refused"]


def _write_line(verdict: Verdict) -> None:
    if verdict.state in COLORS:
        write_report_line(verdict.report, verdict.state, COLORS[verdict.state])


def _write_totals(selection: Selection, totals: Totals, found: Sequence[Finding]) -> None:
    states = totals.states
    notes = totals.notes + sum(not finding.is_refused for finding in found)
    refused = states["refused"] + sum(finding.is_refused for finding in found)
    offered = states["taken"] + states["refused"]
    parts = [f"{states['taken']:,} taken", f"{states['refused']:,} refused"]
    parts += [format_count(notes, "note")] if notes else []
    title = _get_profile(selection).title
    text = f"{format_count(offered, 'entry', 'entries')} for {title}: {', '.join(parts)}."
    if any(finding.is_refused for finding in found):
        text += " The feed as a whole is refused."
    if states["old"] and selection.max_age is not None:
        days = format_count(selection.max_age // 86_400, "day")
        old = format_count(states["old"], "entry is", "entries are")
        text += f" {old} older than {days}, and not offered."
    if states["error"]:
        text += (
            f" {format_count(states['error'], 'file')} cannot be published at all;"
            " `feedsvc check` says why."
        )
    click.echo()
    click.secho(text, fg="red" if refused else "green")
