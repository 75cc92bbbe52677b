"""When an entry was published: its dates from fields, file name, path, text, git or the file's time.

The sources are asked in the order of the settings. The first that has a date counts, and if
it cannot be read the entry is refused: the date of another source would be a guess.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from feedsvc.dates import parse_date
from feedsvc.dialects.field_names import BOOLEAN_WORDS
from feedsvc.dialects.types import Field
from feedsvc.errors import DateError, EntryError
from feedsvc.model import Moment
from feedsvc.reading.draft import EntryDraft
from feedsvc.reading.values import HTTP_URL, value_to_text

NO_DATE_REMEDY = "add a line such as `date: 2023-03-02`, or begin the file's name with it"
URL_DATE = re.compile(r"(?:^|/)((?:19|20|21)\d\d)[/-](\d\d)[/-](\d\d)(?=[/-]|$)")
TIME_ONLY = re.compile(r"\d{1,2}:\d\d(:\d\d)?( ?[ap]\.?m\.?)?", re.IGNORECASE)
# Not those of inline elements: "Last updated <time>…</time>" is one line
HTML_TAG = re.compile(
    r"\n?</?(?!(?:time|span|a|b|i|em|strong|small|abbr|font)\b)[^<>]*>\n?", re.IGNORECASE
)
INLINE_TAG = re.compile(r"<[^<>]*>")
HTML_HEAD_CHARACTERS = 20_000  # of a body, in which a date is looked for
GIT_TIMEOUT_SECONDS = 20

MONTH = r"[^\W\d_]{3,12}\.?"
DAY = r"\d{1,2}(?:st|nd|rd|th)?\.?"
CLOCK = r"\d\d?:\d\d(?::\d\d)?"
DATE = (
    rf"(?:{MONTH} {DAY},? \d{{4}}|{DAY} (?:de )?{MONTH},? (?:de )?\d{{4}}|\d{{4}}-\d\d-\d\d"
    r"|\d{4} ?年 ?\d{1,2} ?月 ?\d{1,2} ?日)"
)
# YANGZHONG, March 2, 2023 (Wire) -- …  and  新华社北京2023年3月2日电
DATELINE = re.compile(
    rf"(?P<town>[^\n!?。]{{0,80}}?)[\s,，(（/–—-]*(?P<date>{DATE})[)）]?"
    r"(?:\s*(?:/[^/\n]{2,40}/|\([^)\n]{2,40}\))?\s*(?:--|—|–|- |:)|(?P<wire>\s*[电訊讯電]))"
)
DATE_LINE = re.compile(
    rf"(?:{MONTH},? )?{DATE}(?:,? {CLOCK})?|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?:[ T]{CLOCK})?"
)
DATE_LINE_CHARACTERS = 60
SENTENCE_OPENERS = frozenset(
    "In On At Since By From Until The A An As For After Before Effective Updated".split()
)
DATE_PREFIX = re.compile(
    r"(?:(?:posted |published |written )?by [^\n\d]{2,60}?(?: on |[,|–—-]) ?"
    r"|on |published |posted |date ?[:：]? ?)+",
    re.IGNORECASE,
)
EDGE_CHARACTERS = " \t\u3000()（）[]【】*_-–—|·"


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
    """Return a date that an entry can do without; one that is not readable is a problem."""
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
    """Return the date of the first field that has one; raise `EntryError`."""
    for field in (*draft.fields.get_all("published"), *draft.fields.get_all("release")):
        words = value_to_text(field.value)
        if not words or words.casefold() in BOOLEAN_WORDS or TIME_ONLY.fullmatch(words):
            continue  # a field "time" stands beside one for the day
        moment = parse_moment(draft, words, f"field:{field.name}", field)
        if draft.path_date is not None and draft.path_date.source == "filename":
            compare_with_filename(draft, draft.path_date.date_text[:10], moment, field)
        return moment
    for field in draft.fields.get_all("url"):  # Zola: path = "2015/05/15/name"
        url = value_to_text(field.value)
        match = URL_DATE.search(url.partition("?")[0])
        if match and not HTTP_URL.match(url):
            return parse_moment(draft, "-".join(match.groups()), f"field:{field.name}", field)
    return None


def compare_with_filename(draft: EntryDraft, day: str, moment: Moment, field: Field) -> None:
    """Note a problem if *moment* is not on the file name's *day*, in its own zone or the site's."""
    if moment.words.startswith(day):
        return
    length = {"year": 4, "month": 7}.get(moment.precision, 10)
    local = moment.when.astimezone(draft.date_rules.zone) if length == 10 else moment.when
    if day[:length] not in (str(moment.when.date())[:length], str(local.date())[:length]):
        message = f"the file's name says {day}, the field {moment.words!r}"
        remedy = "the field counts: rename the file"
        draft.add_problem("date-disagrees", message, remedy, field)


# -- the other sources ----------------------------------------------------------------


def resolve_published(draft: EntryDraft) -> Moment:
    """Return the date of publication from the first source that has one; raise `EntryError`."""
    for source in draft.settings.dates.sources:
        if source == "field":
            moment = parse_published_field(draft)
        elif source == "text":
            moment = parse_text_date(draft)
        else:
            words = get_source_words(draft, source)
            moment = parse_moment(draft, words, source) if words else None
        if moment is not None:
            return moment
    raise EntryError("no-date", "no date is found", NO_DATE_REMEDY)


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
    """Return the first date that stands in the text; words that are no date are passed over."""
    body = draft.parsed.body
    if draft.parsed.markup in ("html", "wml"):
        head = body[:HTML_HEAD_CHARACTERS]
        head = HTML_TAG.sub(lambda match: "\n" * (1 + match[0].count("\n")), head)
        body = INLINE_TAG.sub("", head)
    for words, line in detect_text_dates(body, draft.parsed.body_line):
        with suppress(EntryError):
            return parse_moment(draft, words, "text", line=line)
    return None


def detect_text_dates(body: str, line: int) -> Iterator[tuple[str, int]]:
    """Yield (words, line) of what can be the date of a text, the more certain first.

    That is a line of its own among the first three, a dateline, and the very last line.
    *line* is the number of the body's first line.
    """
    head = body[:2000].split("\n")
    filled = [(number, words.strip()) for number, words in enumerate(head) if words.strip()][:3]
    for number, words in filled:
        if date := extract_date_line(words):
            yield date, line + number
    if filled:
        number, words = filled[0]
        match = DATELINE.match(words)
        if match and (match["wire"] or is_town(match["town"])):
            yield match["date"], line + number
    above, line_end, last = body.rstrip().rpartition("\n")
    if line_end and (date := extract_date_line(last)):
        yield date, line + above.count("\n") + 1


def is_town(words: str) -> bool:
    """Return whether *words* are a town, `NEW YORK, N.Y.`, and not the start of a sentence."""
    parts = [part for part in re.split(r"[\s,/()]+", words) if part]
    return len(parts) < 8 and all(
        part[0].isupper() and part not in SENTENCE_OPENERS for part in parts
    )


def extract_date_line(words: str) -> str:
    """Return the date that is all of the line *words*, "" if there is more or none."""
    if len(words) > DATE_LINE_CHARACTERS:
        return ""
    words = DATE_PREFIX.sub("", words.strip(EDGE_CHARACTERS), count=1).strip(EDGE_CHARACTERS)
    return words if DATE_LINE.fullmatch(words) else ""
