"""A reading reduced to the row that the index keeps of it."""

from __future__ import annotations

from feedsvc.index.database import NEVER
from feedsvc.index.store import Row, Stat
from feedsvc.model import Entry
from feedsvc.reading import Reading


def build_row(reading: Reading, stat: Stat) -> Row:
    """The row of *reading*; what listings and addresses need of its entry, nothing of its text."""
    problems = tuple((one.code, one.field, one.line, one.message) for one in reading.problems)
    entry = reading.entry
    if entry is None:
        return Row(reading.path, stat, reading.state, reading.hash, uses=reading.uses, problems=problems)
    published = entry.published.seconds
    starts = max(published, entry.not_before.seconds) if entry.not_before else published
    changed = max(starts, entry.changed.seconds)
    retracted = None
    if entry.retracted is not None:
        retracted = (entry.retracted.seconds, str(entry.retracted), entry.reason)
    return Row(
        path=reading.path,
        stat=stat,
        state=reading.state,
        hash=reading.hash,
        id=entry.id,
        place=entry.place,
        slug=entry.slug,
        url=entry.url,
        published=published,
        starts=starts,
        ends=entry.expires.seconds if entry.expires else NEVER,
        changed=changed,
        language=entry.language,
        story=entry.translation,
        terms=_find_terms(entry),
        aliases=entry.aliases,
        uses=reading.uses,
        retracted=retracted,
        problems=problems,
    )


def _find_terms(entry: Entry) -> tuple[tuple[str, str], ...]:
    return (
        *(("tag", tag) for tag in entry.tags),
        *(("category", category) for category in entry.categories),
        *(("author", author.name) for author in entry.authors),
        *((("language", entry.language),) if entry.language else ()),
    )
