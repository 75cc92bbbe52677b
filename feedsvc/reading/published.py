"""When an entry was and is published: its dates from fields, file name, path and text, and its state.

The sources are asked in the order of the settings; the first that says
something counts, and if it cannot be read the entry is refused: another source
would be a guess.
"""

from __future__ import annotations

import re

from feedsvc.dates import parse_date
from feedsvc.dialects.field_names import BOOLEAN_WORDS, normalize_field_name
from feedsvc.dialects.types import Field
from feedsvc.errors import DateError, EntryError
from feedsvc.model import Moment, State
from feedsvc.reading.context import EntryDraft
from feedsvc.reading.dateline import detect_text_dates
from feedsvc.reading.values import parse_flag, parse_list, value_to_text

STATE_BY_STATUS: dict[str, State] = {
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
STATE_FIELDS = frozenset({"draft", "status", "retracted", "unlisted"})
NO_DATE_REMEDY = "add a line such as `date: 2023-03-02`, or begin the file's name with it"
URL_DATE = re.compile(r"(?:^|/)((?:19|20|21)\d\d)[/-](\d\d)[/-](\d\d)(?=[/-]|$)")
TIME_ONLY = re.compile(r"\d{1,2}:\d\d(:\d\d)?( ?[ap]\.?m\.?)?", re.IGNORECASE)
HTML_TAG = re.compile(r"\n?<[^<>]*>\n?")
HTTP_URL = re.compile(r"https?://[^\s/]+", re.IGNORECASE)


def parse_state(context: EntryDraft) -> State:
    """Whether the entry is to be seen, and where."""
    found: State = "public"
    if "_drafts/" in context.path and "_drafts" in context.path.split("/"):
        return "draft"
    if context.fields.has_none_of(STATE_FIELDS) and context.parsed.dialect != "nikola":
        return "draft" if is_unpublished(context) else found
    for field in context.fields.find("draft"):
        flag = parse_flag(field.value)
        if flag is None:
            context.add_problem(
                "flag-unknown",
                f"{value_to_text(field.value)!r} is neither true nor false; kept as a draft",
                field,
            )
        if flag is not False:
            return "draft"
    if is_unpublished(context):
        return "draft"
    for field in context.fields.find("status"):
        words = value_to_text(field.value)
        state = STATE_BY_STATUS.get(normalize_field_name(words))
        if state is None:
            if normalize_field_name(field.name) != "state":  # an address has a state too
                context.add_problem("status-unknown", f"the status {words!r} is unknown, so the entry is public; "
                          "write draft, unlisted, retracted or published", field)  # fmt: skip
        elif state != "public":
            found = state
            break
    withdrawn = context.fields.first("retracted")
    if withdrawn is not None and parse_flag(withdrawn.value) is not False:
        found = "retracted"
    if found == "public" and (context.is_set("unlisted")):
        found = "unlisted"
    if context.parsed.dialect == "nikola" and (tags := context.fields.first("tags")):
        names = {tag.casefold() for tag in parse_list(tags.value)}
        found = "draft" if names & {"draft", "private"} else found
    return found


def is_unpublished(context: EntryDraft) -> bool:
    """Whether the entry says `published: false`."""
    return any(
        parse_flag(one.value) is False and value_to_text(one.value) != "0"
        for one in context.fields.find("published")
    )


def resolve_published(context: EntryDraft) -> Moment:
    """The date of publication from the first source that has one; raises `EntryError`."""
    for source in context.settings.dates.sources:
        if source == "field":
            found = parse_published_field(context)
        elif source in ("filename", "path"):
            date = context.path_date
            named = date is not None and date.source == source
            found = (
                parse_moment(context, "published", date.date_text, source)
                if named and date
                else None
            )
        elif source == "text":
            found = detect_text_date(context)
        else:
            from feedsvc.reading.git_dates import read_external_date  # rarely wanted, and slow

            words = read_external_date(context.root, context.path, source)
            found = parse_moment(context, "published", words, source) if words else None
        if found is not None:
            return found
    raise EntryError("no-date", f"no date is found; {NO_DATE_REMEDY}")


def parse_published_field(context: EntryDraft) -> Moment | None:
    for field in (*context.fields.find("published"), *context.fields.find("release")):
        words = value_to_text(field.value)
        if (
            not words or words.casefold() in BOOLEAN_WORDS or TIME_ONLY.fullmatch(words)
        ):  # a field "time" beside one for the day
            continue
        moment = parse_moment(context, "published", words, f"field:{field.name}", field)
        if context.path_date is not None and context.path_date.source == "filename":
            compare_with_filename(context, moment, field)
        return moment
    for field in context.fields.find("url"):  # Zola: path = "2015/05/15/name"
        match = URL_DATE.search(value_to_text(field.value).partition("?")[0])
        if match and not HTTP_URL.match(value_to_text(field.value)):
            return parse_moment(
                context, "published", "-".join(match.groups()), f"field:{field.name}", field
            )
    return None


def compare_with_filename(context: EntryDraft, moment: Moment, field: Field) -> None:
    """Says so when the file's name has another day than the field, in its zone and in the site's."""
    assert context.path_date is not None
    day = context.path_date.date_text[:10]
    if moment.words.startswith(day):
        return
    own = str(moment.when.date())
    if moment.precision in ("month", "year"):
        agrees = day.startswith(own[:7] if moment.precision == "month" else own[:4])
    else:
        agrees = day in (own, str(moment.when.astimezone(context.date_rules.zone).date()))
    if not agrees:
        message = f"the file's name says {day}, the field {moment.words!r}; the field counts: rename the file"
        context.add_problem("date-disagrees", message, field)


def detect_text_date(context: EntryDraft) -> Moment | None:
    body = context.parsed.body
    if context.parsed.markup in ("html", "wml"):
        body = HTML_TAG.sub(lambda match: "\n" * (1 + match[0].count("\n")), body[:20_000])
    for words, line in detect_text_dates(body, context.parsed.body_line):
        try:
            reading = parse_date(words, context.date_rules, source="text")
        except DateError:
            continue  # words of a text are not bound to be a date
        for remark in reading.remarks:
            context.add_problem("date-remark", f"{words!r} {remark}", line=line)
        return reading.moment
    return None


def parse_moment(
    context: EntryDraft, canonical: str, words: str, source: str, field: Field | None = None
) -> Moment:
    """The moment of *words*; raises `EntryError`."""
    try:
        parsed = parse_date(words, context.date_rules, source=source)
    except DateError as error:
        name, line = (field.name, field.line) if field is not None else (None, None)
        raise EntryError(
            "date-unreadable", error.message, error.remedy, field=name, line=line
        ) from None
    for remark in parsed.remarks:
        context.add_problem("date-remark", f"{words!r} {remark}", field)
    return parsed.moment


def parse_date_field(context: EntryDraft, canonical: str) -> Moment | None:
    """A date that an entry can do without: what is unreadable is a problem."""
    field = context.fields.first(canonical)
    words = value_to_text(field.value) if field is not None else ""
    if field is None or not words or words.casefold() in BOOLEAN_WORDS:
        return None
    try:
        return parse_moment(context, canonical, words, f"field:{field.name}", field)
    except EntryError as error:
        context.add_problem(error.code, error.message, field)
        return None


def parse_release(context: EntryDraft, published: Moment) -> Moment | None:
    release = (
        parse_date_field(context, "release")
        if context.fields.first("release") is not None
        else None
    )
    return release if release is not None and release.seconds > published.seconds else None
