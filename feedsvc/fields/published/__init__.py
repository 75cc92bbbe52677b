"""When an entry was published: by its fields, file name, path, text, git, or its file's time.

The sources are tried in the order of the settings. The first that has a date counts, and if
that is unreadable the entry is refused: the date of another source would be a guess. Only the
file's name may replace an unreadable field, if nothing in the field contradicts it.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

from msgspec.structs import replace

from feedsvc.dates import DATE_REMEDY, is_date_like, is_date_meant, list_named_months, parse_date
from feedsvc.dates.filenames import list_doubtful_name_dates
from feedsvc.dialects.field_names import (
    BOOLEAN_WORDS,
    WRITING_NAMES,
    get_field_name_table,
    normalize_field_name,
)
from feedsvc.dialects.labelled.labels import (
    LABEL_FIELDS,
    PUBLISHED,
    IsDate,
    get_label_field,
    is_event,
    parse_label_line,
)
from feedsvc.dialects.types import Field, ParsedText
from feedsvc.errors import DateError, EntryError
from feedsvc.fields.draft import EntryDraft, make_problem
from feedsvc.fields.published.text_dates import HEAD_CHARACTERS, TextDate, list_text_dates
from feedsvc.fields.slips import suggest_main_name
from feedsvc.fields.values import HTTP_URL, value_to_text
from feedsvc.model import PRECISION_LENGTHS, Moment

URL_DATE = re.compile(r"(?:^|/)((?:19|20|21)\d\d)[/-](\d\d)[/-](\d\d)(?=[/-]|$)")
TIME_ONLY = re.compile(r"\d{1,2}:\d\d(:\d\d)?( ?[ap]\.?m\.?)?", re.IGNORECASE)
# Not those of inline elements: "Last updated <time>…</time>" is one line
TAG_OR_LINE_END = re.compile(
    r"(?P<block>\n?</?(?!(?:time|span|a|b|i|em|strong|small|abbr|font)\b)[^<>]*+>\n?)"
    r"|(?P<inline><[^<>]*+>)|\n",
    re.IGNORECASE,
)
# <time datetime="2024-05-06">6 May</time>
TIME_TAG = re.compile(
    r"""<time\b(?:[^<>\n]{0,200}?\bdatetime=["']?(?P<datetime>[\w:+.-]{4,40})(?=["'\s>]))?"""
    r"[^<>\n]{0,200}>"
    r"(?P<words>[^<\n]{0,60})</time>",
    re.IGNORECASE,
)
TAG_ON_LINE = re.compile(r"</?(?:time|p|div|span|small|em|strong|b|i|center|sub|font)\b[^<>\n]*>")
HTML_HEAD_CHARACTERS = 20_000  # of a body, searched for a date
GIT_TIMEOUT_SECONDS = 20
WRITING = frozenset(map(normalize_field_name, WRITING_NAMES.split()))
PUBLICATION = re.compile("(?:first|date)?publish(?:ed|ing)?(?:at|on|date|time)*")  # no "publisher"

MAX_FIELD_CHARACTERS = 200
PAGE_DIALECTS = ("html", "wml")
TEXT_LABELS = LABEL_FIELDS - PUBLISHED - {"title", "summary"}
ANY_LABEL = re.compile(
    r"[\W_]{0,6}([^\W\d_][^:：<>\n]{1,40}?)[\s*_]{0,4}[:：][\s*_]*+([^\n]{6,80})"
)
ZONE_AND_CLOCK = re.compile(
    r"(?<!\d)\d{1,2}:[\d:.]*|(?<=[\d:. ])[+-]\d\d:?\d\d(?!\d)|T\d\d(?=\d|:)"
    r"|(?<=\d{4}-\d\d-\d\d )\d{1,2}\.\d\d"
)
# Words of a field that is not filled in: the file's name does not make it public
NOT_YET = re.compile(
    r"\b(?:tb[acd]|todo|soon|later|tomorrow|never|not yet|pending|draft|unscheduled)\b",
    re.IGNORECASE,
)


# -- fields ---------------------------------------------------------------------------


def parse_moment(
    draft: EntryDraft,
    words: str,
    source: str,
    field: Field | None = None,
    line: int | None = None,
) -> Moment:
    """Return the moment of *words*, which *source* has (see `Moment`); raise `EntryError`."""
    try:
        parsed = parse_date(words, draft.date_rules, source=source)
    except DateError as error:
        name, line = (field.name, field.line) if field is not None else (None, line)
        raise EntryError(
            "date-unreadable", error.message, error.remedy, field=name, line=line
        ) from None
    for remark in parsed.remarks:
        draft.add_problem("date-remark", f"{words!r} {remark}", field=field, line=line)
    return parsed.moment


def parse_date_field(draft: EntryDraft, canonical: str) -> Moment | None:
    """Return an optional date; an unreadable one is a problem."""
    field = draft.fields.get_first(canonical)
    words = draft.get_words(canonical)
    if field is None or not words or words.casefold() in BOOLEAN_WORDS:
        return None
    try:
        return parse_moment(draft, words, f"field:{field.name}", field)
    except EntryError as error:
        draft.add_problem(error.code, error.message, error.remedy, field)
        return None


def parse_published_field(draft: EntryDraft) -> Moment | None:
    """Return the date of the first field that has one; raise `EntryError`.

    The date of writing is none if a field for that of publication is empty (Strapi's drafts).
    """
    for field in list_date_fields(draft):
        words = value_to_text(field.value)
        if not words or words.casefold() in BOOLEAN_WORDS or TIME_ONLY.fullmatch(words):
            continue  # a field "time" stands beside one for the day
        if normalize_field_name(field.name) in WRITING and (empty := get_empty_name(draft)):
            message = f"{empty!r} is empty, and {field.name!r} is only when it was written"
            remedy = make_no_date_remedy(draft)
            raise EntryError("no-date", message, remedy, field=field.name, line=field.line)
        moment = parse_moment(draft, words, f"field:{field.name}", field)
        if draft.path_date is not None and draft.path_date.source == "filename":
            compare_with_filename(draft, draft.path_date.date_text[:10], moment, field)
        return moment
    return None


def list_date_fields(draft: EntryDraft) -> list[Field]:
    """Return the fields that may have the date of publication, the one that counts first.

    `publishDate` schedules what has a date, and is itself the date of what has only one of writing.
    """
    published, release = draft.fields.get_all("published"), draft.fields.get_all("release")
    if published and release and normalize_field_name(published[0].name) in WRITING:
        names = [normalize_field_name(field.name) for field in release]
        own = [one for one, name in zip(release, names, strict=True) if PUBLICATION.fullmatch(name)]
        return [*own, *published, *release]
    return [*published, *release]


def get_empty_name(draft: EntryDraft) -> str:
    """Return the name of a field for the date of publication that has no value, "" for none."""
    names = (field.name for field in draft.parsed.fields if not field.value)
    return next((name for name in names if PUBLICATION.fullmatch(normalize_field_name(name))), "")


def get_empty_date(draft: EntryDraft) -> Field | None:
    """Return the first field or label of the file for the date of publication without a value."""
    names = get_field_name_table(draft.settings.fields)
    labels = (
        label
        for line, words in enumerate(draft.parsed.body[:HEAD_CHARACTERS].split("\n"))
        for label in parse_label_line(words, draft.parsed.body_line + line, names)
    )
    empty = (one for one in (*draft.parsed.fields, *labels) if not one.value)
    return next((one for one in empty if get_label_field(one.name, names) in PUBLISHED), None)


def parse_permalink_date(draft: EntryDraft) -> Moment | None:
    """Return the date in the entry's own address on this site: Zola's path = "2015/05/15/name"."""
    for field in draft.fields.get_all("url"):
        url = value_to_text(field.value)
        match = URL_DATE.search(url.partition("?")[0])
        if match and not HTTP_URL.match(url):
            return parse_moment(draft, "-".join(match.groups()), f"field:{field.name}", field)
    return None


def compare_with_filename(draft: EntryDraft, day: str, moment: Moment, field: Field) -> None:
    """Note a problem if *moment* is not on the file name's *day*, in its own zone or the site's."""
    if moment.words.startswith(day):
        return
    length = PRECISION_LENGTHS.get(moment.precision, 10)
    local = moment.when.astimezone(draft.date_rules.zone) if length == 10 else moment.when
    if day[:length] not in (str(moment.when.date())[:length], str(local.date())[:length]):
        message = f"the file's name says {day}, the field {moment.words!r}"
        remedy = "the field counts; rename the file"
        draft.add_problem("date-disagrees", message, remedy, field)


# -- the other sources ----------------------------------------------------------------


def resolve_published(draft: EntryDraft) -> Moment:
    """Return the date of publication from the first source that has one; raise `EntryError`.

    The date in a permalink counts after the names of file and folders, before what the text shows.
    """
    for source in add_permalink(draft.settings.dates.sources):
        if (moment := parse_source(draft, source)) is not None:
            return moment
    raise make_no_date_error(draft)


@lru_cache(16)  # a site has one setting
def add_permalink(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Return *sources* with "permalink" in its place, if they have "field"."""
    if "field" not in sources:
        return sources
    later = [source for source in sources if source in ("text", "git", "mtime")]
    at = sources.index(later[0]) if later else len(sources)
    return (*sources[:at], "permalink", *sources[at:])


def make_no_date_error(draft: EntryDraft) -> EntryError:
    """Return the error for a file without a date; it names the line that may be meant as one."""
    for words, line in list_doubtful_dates(draft):
        try:
            if parse_date(words, draft.date_rules).moment.precision not in ("month", "year"):
                continue
            reason, remedy = f"{words!r} names no day", DATE_REMEDY
        except DateError as error:
            reason, remedy = error.message, error.remedy
        return EntryError("no-date", f"no date was found: {reason}", remedy, line=line)
    if (empty := get_empty_date(draft)) is not None:
        message = f"no date was found: {empty.name!r} is empty"
        remedy = "write the date there, such as 2023-03-02"
        return EntryError("no-date", message, remedy, field=empty.name, line=empty.line)
    remedy = suggest_field(draft) or make_no_date_remedy(draft)
    lines = [one.strip() for one in draft.parsed.body[:HEAD_CHARACTERS].split("\n")]
    for index, shown in enumerate(lines):
        match = ANY_LABEL.fullmatch(shown)
        if is_date_like(match[2] if match else shown) and is_event(lines, index, index):
            message = f"no date was found: {shown!r} is beside the venue of an event"
            return EntryError("no-date", message, remedy, line=draft.parsed.body_line + index)
    for label in list_date_labels(draft):
        try:
            parse_date(value_to_text(label.value), draft.date_rules)
        except DateError as error:
            message = f"no date was found: {error.message}"
            return EntryError("no-date", message, error.remedy, line=label.line)
    return EntryError("no-date", "no date was found", remedy)


def list_date_labels(draft: EntryDraft) -> Iterator[Field]:
    """Yield the labels for the date of publication in a text; also those of a mail within it."""
    names = get_field_name_table(draft.settings.fields)
    lines = list(enumerate(draft.parsed.body[:HEAD_CHARACTERS].split("\n"), draft.parsed.body_line))
    if title := draft.fields.get_first("title"):
        lines.insert(0, (title.line, value_to_text(title.value)))
    for line, words in lines if "text" in draft.settings.dates.sources else ():
        for label in parse_label_line(words, line, names):
            if label.value and get_label_field(label.name, names) in PUBLISHED:
                yield label


def make_no_date_remedy(draft: EntryDraft) -> str:
    return f"{draft.suggest_line('date', '2023-03-02')}, or begin the file's name with it"


def resolve_draft_date(draft: EntryDraft) -> Moment:
    """Return the date under which a preview shows a draft: its own, else that of its file."""
    try:
        return resolve_published(draft)
    except EntryError as error:
        if error.code != "no-date":
            draft.problems.append(make_problem(error))
        return parse_moment(draft, get_source_words(draft, "mtime"), "mtime")


def parse_source(draft: EntryDraft, source: str) -> Moment | None:
    """Return the date in *source*, None for none; raise `EntryError` for an unreadable one."""
    if source == "field":
        return parse_field_or_filename(draft)
    if source == "permalink":
        return parse_permalink_date(draft)
    if source == "text":
        return parse_text_date(draft)
    words = get_source_words(draft, source)
    return parse_moment(draft, words, source) if words else None


def parse_field_or_filename(draft: EntryDraft) -> Moment | None:
    """Return the date of the fields; of one that cannot be read the file name's, with a problem.

    Raise `EntryError` if the file's name has no date, or the field has a number that is not in it.
    """
    try:
        return parse_published_field(draft)
    except EntryError as error:
        words = get_source_words(draft, "filename")
        field = next(
            (one for one in draft.fields.get_all("published") if one.line == error.line), None
        )
        if not (words and field and "filename" in draft.settings.dates.sources):
            raise
        if not agrees_with_filename(draft, value_to_text(field.value), words[:10]):
            raise
        moment = parse_moment(draft, words, "filename")
        message = f"{error.message}; the file name's date {words[:10]} counts"
        draft.add_problem(error.code, message, error.remedy, field)
        return moment


def agrees_with_filename(draft: EntryDraft, words: str, day: str) -> bool:
    """Return whether nothing in the unreadable *words* of a field contradicts *day*, YYYY-MM-DD."""
    if NOT_YET.search(words):
        return False
    year, month, day_of_month = map(int, day.split("-"))
    bare = ZONE_AND_CLOCK.sub(" ", words)
    numbers = [int(number) for number in re.findall(r"\d+", bare[:MAX_FIELD_CHARACTERS])]
    others = sorted(number for number in numbers if number != year)
    named = list_named_months(bare[:MAX_FIELD_CHARACTERS], draft.language)
    if any(number != month for number in named):
        return False
    expected = [day_of_month] if named else sorted((month, day_of_month))
    return others in ([], expected)


def suggest_field(draft: EntryDraft) -> str:
    """Return what to set for a field of another name that looks like a date, "" without one."""
    for field in draft.parsed.fields:
        words = value_to_text(field.value)
        if not is_known_name(draft, field.name) and is_date_like(words):
            if suggest_main_name(normalize_field_name(field.name)) == "date":
                return f"write `{draft.format_line('date', words)}`"
            return (
                f'`{field.name}: {words}` looks like one: set [fields] published = ["{field.name}"]'
            )
    for index, line in enumerate(draft.parsed.body[:HEAD_CHARACTERS].split("\n")):
        match = ANY_LABEL.fullmatch(line.strip())
        words = match[2].rstrip(" \t*_") if match else ""
        if match and not is_known_name(draft, match[1]) and is_date_like(words):
            where = f"line {draft.parsed.body_line + index}, `{match[1]}: {words}`,"
            return f'{where} looks like one: set [fields] published = ["{match[1]}"]'
    return ""


def list_doubtful_dates(draft: EntryDraft) -> Iterator[tuple[str, int | None]]:
    """Yield the words, and their line, that may have been meant as the date of the text."""
    yield from ((words, None) for words in list_doubtful_name_dates(draft.path))
    if "text" in draft.settings.dates.sources:
        title = draft.fields.get_first("title")
        words = value_to_text(title.value) if title is not None else ""
        names = get_field_name_table(draft.settings.fields)
        labels = [
            value_to_text(label.value)
            for label in parse_label_line(words, 1, names)
            if get_label_field(label.name, names) in PUBLISHED
        ]
        for meant in filter(is_date_meant, (words, *labels)):
            yield meant, title.line if title is not None else None
        for found in detect_text_dates(draft, is_date=is_date_meant):
            yield found.words, draft.parsed.body_line + found.index


def is_known_name(draft: EntryDraft, name: str) -> bool:
    """Return whether the table has a field of that *name*."""
    return normalize_field_name(name) in get_field_name_table(draft.settings.fields)


def get_source_words(draft: EntryDraft, source: str) -> str:
    """Return the date that "filename", "path", "git" or "mtime" has for the entry, "" for none."""
    if source == "git":
        return get_git_date(draft)
    if source == "mtime":
        seconds = int((draft.root / draft.path).stat().st_mtime)
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    date = draft.path_date
    return date.date_text if date is not None and date.source == source else ""


def get_git_date(draft: EntryDraft) -> str:
    """Return the author's time of the commit that added the file (RFC 3339), "" without one."""
    options = ("--follow", "--diff-filter=A", "--format=%aI")
    command = ["git", "-C", str(draft.root), "log", *options, "--", draft.path]
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=GIT_TIMEOUT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip().rpartition("\n")[2]


def parse_text_date(draft: EntryDraft) -> Moment | None:
    """Return the first date in the text; words that are no date are skipped.

    Labels around it become fields of the entry, after all others, and their lines leave the text;
    so does a line that is nothing but the date.
    """
    for found in detect_text_dates(draft):
        line = draft.parsed.body_line + found.index
        with suppress(EntryError):
            moment = parse_moment(draft, found.words, "text", line=line)
            if moment.precision not in ("month", "year"):
                take_out_of_text(draft, found)
                return moment
    return None


def detect_text_dates(draft: EntryDraft, *, is_date: IsDate = is_date_like) -> Iterator[TextDate]:
    """Yield what can be the date of the text of *draft*, the more certain first."""
    names = get_field_name_table(draft.settings.fields)
    is_page = draft.parsed.dialect in PAGE_DIALECTS and is_date is is_date_like
    body = draft.parsed.body
    if draft.parsed.dialect not in PAGE_DIALECTS and "<time" in body[:HEAD_CHARACTERS]:
        head, rest = body[:HEAD_CHARACTERS], body[HEAD_CHARACTERS:]
        body = TIME_TAG.sub(_get_time, head) + rest
    if draft.parsed.markup not in ("html", "wml"):
        if draft.parsed.markup == "markdown" and "<" in body[:HEAD_CHARACTERS]:
            body = TAG_ON_LINE.sub("", body[:HEAD_CHARACTERS]) + body[HEAD_CHARACTERS:]
        yield from list_text_dates(body, names, is_page=is_page, is_date=is_date)
        return
    text, lines = drop_tags(body[:HTML_HEAD_CHARACTERS])
    for found in list_text_dates(text, names, is_page=is_page, is_date=is_date):
        yield replace(found, index=lines[found.index])


def _get_time(match: re.Match[str]) -> str:
    """Return the date of a `<time>`: that of its attribute, else its words."""
    return match["datetime"] or match["words"]


def drop_tags(html: str) -> tuple[str, list[int]]:
    """Return the text of *html*, a line end for each tag of a block, and where its lines were.

    These are indexes of the lines of *html* in which the lines of the text begin.
    """
    parts, lines, line, start = list[str](), [0], 0, 0
    for match in TAG_OR_LINE_END.finditer(html):
        parts.append(html[start : match.start()])
        start = match.end()
        ends = match[0].count("\n")
        if match["block"]:
            lines.append(line)
        if not match["inline"]:
            lines += range(line + 1, line + ends + 1)
            parts.append("\n" * (ends + bool(match["block"])))
        line += ends
    return "".join((*parts, html[start:])), lines


def take_out_of_text(draft: EntryDraft, found: TextDate) -> None:
    """Make the labels around a date fields, and leave out the lines that say nothing else."""
    if draft.parsed.markup in ("html", "wml"):
        return
    kept: set[int] = set()
    labels: list[Field] = []
    for field in found.labels:
        canonical = get_label_field(field.name, get_field_name_table(draft.settings.fields))
        if canonical in TEXT_LABELS and draft.fields.get_first(canonical) is None:
            labels.append(Field(field.name, field.value, draft.parsed.body_line + field.line))
        elif field.value and canonical not in PUBLISHED:
            kept.add(field.line)  # what the header has, or nothing knows, stays in the text
    if labels:
        draft.add_fields(
            label for label in labels if label.line - draft.parsed.body_line not in kept
        )
    gone = {field.line for field in found.labels} - kept
    if found.is_whole_line:
        gone.add(found.index)
    if gone:
        draft.parsed = drop_lines(draft.parsed, gone)


def drop_lines(parsed: ParsedText, gone: set[int]) -> ParsedText:
    """Return *parsed* with the body's lines of the indexes *gone* empty, or cut off at the top."""
    lines = parsed.body.split("\n")
    for index in gone:
        lines[index] = ""
    first = next((index for index, words in enumerate(lines) if words.strip()), len(lines))
    start = min(first, max(gone) + 1)
    return replace(parsed, body="\n".join(lines[start:]), body_line=parsed.body_line + start)
