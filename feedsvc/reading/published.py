"""When an entry was and is published: its dates from fields, file name, path and text, and its state.

The sources are asked in the order of the settings; the first that says
something counts, and if it cannot be read the entry is refused: another source
would be a guess.
"""

from __future__ import annotations

import re

from feedsvc.dates import parse_date
from feedsvc.dialects.field_names import FLAGS, normalise
from feedsvc.dialects.types import Field
from feedsvc.errors import DateError, EntryError
from feedsvc.model import Moment, State
from feedsvc.reading.context import Context
from feedsvc.reading.dateline import find_text_dates
from feedsvc.reading.values import to_flag, to_list, to_words

STATES: dict[str, State] = {
    **dict.fromkeys(
        "published publish public live active featured sticky scheduled future final accepted approved done complete"
        " completed current released 已发布".split(),
        "public",
    ),
    **dict.fromkeys(
        "draft private pending inherit trash autodraft skip internal members paid tiers 草稿".split(),
        "draft",
    ),
    **dict.fromkeys("hidden unlisted".split(), "unlisted"),
    **dict.fromkeys("retracted revoked".split(), "retracted"),
}
STATING = frozenset({"draft", "status", "retracted", "unlisted"})
REMEDY = "add a line such as `date: 2023-03-02`, or begin the file's name with it"
PERIOD_DATE = re.compile(r"(?:^|/)((?:19|20|21)\d\d)[/-](\d\d)[/-](\d\d)(?=[/-]|$)")
CLOCK = re.compile(r"\d{1,2}:\d\d(:\d\d)?( ?[ap]\.?m\.?)?", re.IGNORECASE)
TAG = re.compile(r"\n?<[^<>]*>\n?")
IS_URL = re.compile(r"https?://[^\s/]+", re.IGNORECASE)


def find_state(context: Context) -> State:
    """Whether the entry is to be seen, and where."""
    found: State = "public"
    if "_drafts/" in context.path and "_drafts" in context.path.split("/"):
        return "draft"
    if context.fields.lack(STATING) and context.parsed.dialect != "nikola":
        return "draft" if is_held_back(context) else found
    for field in context.fields.find("draft"):
        flag = to_flag(field.value)
        if flag is None:
            context.note(
                "flag-unknown",
                f"{to_words(field.value)!r} is neither true nor false; kept as a draft",
                field,
            )
        if flag is not False:
            return "draft"
    if is_held_back(context):
        return "draft"
    for field in context.fields.find("status"):
        words = to_words(field.value)
        state = STATES.get(normalise(words))
        if state is None:
            if normalise(field.name) != "state":  # an address has a state too
                context.note("status-unknown", f"the status {words!r} is unknown, so the entry is public; "
                          "write draft, unlisted, retracted or published", field)  # fmt: skip
        elif state != "public":
            found = state
            break
    withdrawn = context.fields.first("retracted")
    if withdrawn is not None and to_flag(withdrawn.value) is not False:
        found = "retracted"
    if found == "public" and (context.is_set("unlisted")):
        found = "unlisted"
    if context.parsed.dialect == "nikola" and (tags := context.fields.first("tags")):
        names = {tag.casefold() for tag in to_list(tags.value)}
        found = "draft" if names & {"draft", "private"} else found
    return found


def is_held_back(context: Context) -> bool:
    """Whether the entry says `published: false`."""
    return any(
        to_flag(one.value) is False and to_words(one.value) != "0"
        for one in context.fields.find("published")
    )


def find_published(context: Context) -> Moment:
    """The date of publication from the first source that has one; raises `EntryError`."""
    for source in context.settings.dates.sources:
        if source == "field":
            found = read_published_field(context)
        elif source in ("filename", "path"):
            date = context.name_date
            named = date is not None and date.source == source
            found = (
                parse_moment(context, "published", date.words, source) if named and date else None
            )
        elif source == "text":
            found = read_text_date(context)
        else:
            from feedsvc.reading.git_dates import find_outside_date  # rarely wanted, and slow

            words = find_outside_date(context.root, context.path, source)
            found = parse_moment(context, "published", words, source) if words else None
        if found is not None:
            return found
    raise EntryError("no-date", f"no date is found; {REMEDY}")


def read_published_field(context: Context) -> Moment | None:
    for field in (*context.fields.find("published"), *context.fields.find("release")):
        words = to_words(field.value)
        if (
            not words or words.casefold() in FLAGS or CLOCK.fullmatch(words)
        ):  # a field "time" beside one for the day
            continue
        moment = parse_moment(context, "published", words, f"field:{field.name}", field)
        if context.name_date is not None and context.name_date.source == "filename":
            compare_with_name(context, moment, field)
        return moment
    for field in context.fields.find("url"):  # Zola: path = "2015/05/15/name"
        match = PERIOD_DATE.search(to_words(field.value).partition("?")[0])
        if match and not IS_URL.match(to_words(field.value)):
            return parse_moment(
                context, "published", "-".join(match.groups()), f"field:{field.name}", field
            )
    return None


def compare_with_name(context: Context, moment: Moment, field: Field) -> None:
    """Says so when the file's name has another day than the field, in its zone and in the site's."""
    assert context.name_date is not None
    day = context.name_date.words[:10]
    if moment.words.startswith(day):
        return
    own = str(moment.when.date())
    if moment.precision in ("month", "year"):
        agrees = day.startswith(own[:7] if moment.precision == "month" else own[:4])
    else:
        agrees = day in (own, str(moment.when.astimezone(context.rules.zone).date()))
    if not agrees:
        message = f"the file's name says {day}, the field {moment.words!r}; the field counts: rename the file"
        context.note("date-disagrees", message, field)


def read_text_date(context: Context) -> Moment | None:
    body = context.parsed.body
    if context.parsed.markup in ("html", "wml"):
        body = TAG.sub(lambda match: "\n" * (1 + match[0].count("\n")), body[:20_000])
    for words, line in find_text_dates(body, context.parsed.body_line):
        try:
            reading = parse_date(words, context.rules, source="text")
        except DateError:
            continue  # words of a text are not bound to be a date
        for remark in reading.remarks:
            context.note("date-remark", f"{words!r} {remark}", line=line)
        return reading.moment
    return None


def parse_moment(
    context: Context, canonical: str, words: str, source: str, field: Field | None = None
) -> Moment:
    """The moment of *words*; raises `EntryError`."""
    try:
        moment, remarks = parse_date(words, context.rules, source=source)
    except DateError as error:
        name, line = (field.name, field.line) if field is not None else (None, None)
        raise EntryError("date-unreadable", str(error), field=name, line=line) from None
    for remark in remarks:
        context.note("date-remark", f"{words!r} {remark}", field)
    return moment


def read_date(context: Context, canonical: str) -> Moment | None:
    """A date that an entry can do without: what is unreadable is a problem."""
    field = context.fields.first(canonical)
    words = to_words(field.value) if field is not None else ""
    if field is None or not words or words.casefold() in FLAGS:
        return None
    try:
        return parse_moment(context, canonical, words, f"field:{field.name}", field)
    except EntryError as error:
        context.note(error.code, error.message, field)
        return None


def find_release(context: Context, published: Moment) -> Moment | None:
    release = read_date(context, "release") if context.fields.first("release") is not None else None
    return release if release is not None and release.seconds > published.seconds else None
