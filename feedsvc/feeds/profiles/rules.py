"""Checks one entry or one feed by a profile's rules: what the partner would refuse, and why.

What a rule cannot decide (a picture of unknown width) is a note, never a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from feedsvc.feeds.profiles.fields import (
    ENTRY_FIELDS,
    FEED_FIELDS,
    FieldValue,
    Subject,
    get_field,
    get_site_field,
)
from feedsvc.feeds.profiles.form import Profile, Rule
from feedsvc.model import Channel


class Finding(Struct, frozen=True, kw_only=True):
    """A rule that an entry breaks, or that cannot be decided; *message* says what was found."""

    rule: Rule
    message: str
    is_refused: bool


def check_item(profile: Profile, subject: Subject) -> tuple[Finding, ...]:
    """Return the findings about one entry, in the order of the rules; () if it is accepted.

    Age decides whether an entry is offered at all, and is not checked here.
    """
    found = (
        check_rule(rule, get_field(rule.field, subject))
        for rule in profile.rule
        if rule.field in ENTRY_FIELDS and rule.field != "age"
    )
    return tuple(filter(None, found))


def check_feed(
    profile: Profile, channel: Channel, values: Mapping[str, str], facts: Mapping[str, FieldValue]
) -> tuple[Finding, ...]:
    """Return the findings about a feed as a whole; *facts* are the values of `FEED_FIELDS`."""
    found = (
        check_rule(
            rule,
            facts[rule.field]
            if rule.field in FEED_FIELDS
            else get_site_field(rule.field, channel, values),
        )
        for rule in profile.rule
        if rule.field not in ENTRY_FIELDS
    )
    return tuple(filter(None, found))


def check_rule(rule: Rule, value: FieldValue) -> Finding | None:
    """Return the finding of *rule* about a field's *value*, None if it is satisfied."""
    if value is None or value in ("", ()):
        return _check_missing(rule, is_unknown=value is None)
    got = next(_list_breaches(rule, value), None)
    if got is None:
        return None
    return _make_finding(rule, f"{rule.message} ({got})" if got else rule.message)


def _check_missing(rule: Rule, *, is_unknown: bool) -> Finding | None:
    """Return the finding for a field without a value.

    An unknown number may be right, so that is a note. A missing value breaks only rules that
    require one.
    """
    if rule.required:
        return _make_finding(rule, rule.message)
    if rule.min_characters or rule.min_count:
        return _make_finding(rule, f"{rule.message} (there is none)")
    if is_unknown and (rule.min is not None or rule.max is not None):
        message = f"{rule.field!r} is not known, so that this cannot be decided: {rule.message}"
        return Finding(rule=rule, message=message, is_refused=False)
    return None


def _list_breaches(rule: Rule, value: FieldValue) -> Iterator[str]:
    """Yield what was found instead of what *rule* requires, "" if its message suffices."""
    if rule.absent:
        yield "" if value == "true" else _show(value)
    if isinstance(value, int | float):
        if not _lies_within(value, rule.min, rule.max):
            yield f"{value:,}"
    elif isinstance(value, str):
        length = len(value)
        if not _lies_within(length, rule.min_characters, rule.max_characters):
            yield f"{length:,} character{'' if length == 1 else 's'}"
        size = len(value.encode("utf-8", "surrogatepass")) if rule.max_bytes is not None else 0
        if rule.max_bytes is not None and size > rule.max_bytes:
            yield f"{size:,} bytes"
    elif value is not None and not _lies_within(len(value), rule.min_count, rule.max_count):
        yield f"{len(value):,}"
    yield from _list_wrong_words(rule, value)


def _list_wrong_words(rule: Rule, value: FieldValue) -> Iterator[str]:
    words = value if isinstance(value, tuple) else (str(value),)
    if rule.among and (wrong := [word for word in words if word not in rule.among]):
        yield _show(tuple(wrong))
    if rule.none_of and (wrong := [word for word in words if word in rule.none_of]):
        yield _show(tuple(wrong))


def _lies_within(number: float, low: float | None, high: float | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)


def _show(value: FieldValue) -> str:
    words = ", ".join(value) if isinstance(value, tuple) else str(value)
    return words if len(words) <= 64 else words[:61] + "..."


def _make_finding(rule: Rule, message: str) -> Finding:
    return Finding(rule=rule, message=message, is_refused=rule.level == "refuse")
