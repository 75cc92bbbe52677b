"""Dates of publication in the text, for entries without a date in their header.

Comes in: the lines of a body. Goes out: the words that can be its date, the more certain first:
labelled lines near the title, a line that is nothing but a date, a dateline (`ROTTERDAM, 2 March
2026 - …`), the kind of document with its date (`Press release of 2 March 2026`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from feedsvc.dates import is_date_like
from feedsvc.dialects.field_names import FieldNameTable
from feedsvc.dialects.labelled.labels import (
    KIND_AND_DATE,
    MAX_LABEL_CHARACTERS,
    PUBLISHED,
    IsDate,
    detect_label_block,
    get_label_field,
    is_event,
    match_dated_kind,
    parse_label_line,
    strip_edges,
)
from feedsvc.dialects.types import Field, Fields
from feedsvc.patterns import compile_lazily

MONTH = r"[^\W\d_]{3,12}\.?"
DAY = r"\d{1,2}(?:st|nd|rd|th)?\.?"
CLOCK = r"\d\d?:\d\d(?::\d\d)?"
DATE = (
    rf"(?:{MONTH} {DAY},? \d{{4}}|{DAY} (?:de )?{MONTH},? (?:de )?\d{{4}}|\d{{4}}-\d\d-\d\d"
    r"|\d{4} ?年 ?\d{1,2} ?月 ?\d{1,2} ?日)"
)
# What stands behind a dash is no text, but when it ends: `6 May 2024 - 8 May 2024`, `7 pm - 10 pm`
NO_SPAN = rf"(?!\s*(?:{DATE}|\d\d?(?:[:.h]\d\d|\s?[ap]\.?m\b|\s?uhr\b|\s?min\b|[./]\d\d?[./])))"
# YANGZHONG, March 2, 2023 (Wire) -- …  and  新华社北京2023年3月2日电
DATELINE = compile_lazily(
    rf"(?P<town>[^\n!?。]{{0,80}}?)[\s,，(（/–—-]*(?P<date>{DATE})[)）]?"
    rf"(?:\s*(?:/[^/\n]{{2,40}}/|\([^)\n]{{2,40}}\))?\s*(?:--|—|–|- |:){NO_SPAN}|(?P<wire>\s*[电訊讯電]))"
)
DATE_LINE = compile_lazily(
    rf"(?:{MONTH},? )?{DATE}(?:,? {CLOCK})?|\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?:[ T]{CLOCK})?"
)
# Rotterdam, le 2 mars 2026 – …: the head of a line, before a dash and perhaps the name of a wire
DATELINE_HEAD = compile_lazily(
    r"(?P<head>[^\n–—!?。]{8,100}?)\s*[.,:]?\s*(?:/[^/\n]{2,40}/|\([^)\n]{2,40}\))?[\s.:]*"
    rf"(?:–|—|--|\s-\s|[.)]-\s?){NO_SPAN}"
)
# by itself on a line only letters begin so: "Berlin, den 2. März 2026"
LETTER_LINE = compile_lazily(
    r"(?:(?P<town>[^\W\d_][^\d\n,]{1,40}),|Ve? [^\W\d_]{2,20}(?: [^\W\d_]{2,20})?) (?:le|den|dne|dnia|lì|ngày) (?P<date>\S.{4,40})",
)
DOCUMENT_LINE = compile_lazily(rf"[^\n.!?]{{0,80}} {KIND_AND_DATE}", re.IGNORECASE)
DATE_LINE_CHARACTERS = 60
BYLINE_PART = compile_lazily(r" [|·•] ")
BESIDE_DATE = frozenset({"authors", "origin", "tags", "categories"})
MAX_LABEL_VALUE_CHARACTERS = 100
HEAD_CHARACTERS = 2000  # of a body, near its title
MAX_LINES_ABOVE_LABELS = 2  # a heading, and a section above it
MAX_DATELINE_WORDS = 12
SENTENCE_OPENERS = frozenset(
    "In On At Since By From Until The A An As For After Before Effective Updated"
    " Am Vom Seit Ab Bis Im Zum Le Du Depuis Dès Au El Desde Hasta Em Il Dal Op Sinds Vanaf Den Od"
    " Do Dnia С В К До От З У Після Ngày".split()
)
DATE_PREFIX = compile_lazily(
    r"\A(?:(?:posted |published |written )?by [^\n\d]{2,60}?(?: on |[,|–—-]) ?"
    r"|(?:publié |posté )?(?:von|par|por|di|door|av|af) (?-i:[^\W\d_a-z])[^\n\d]{1,60}?(?: (?:am|le|el|il|op|den) |[,|–—-]) ?"
    r"|on |published |posted |date ?[:：]? ?)+",
    re.IGNORECASE,
)
# 2 March 2026 by Mara Lind, 2 March 2026 · 4 min read
DATE_SUFFIX = compile_lazily(
    r"(?<=\d)(?:,? (?:by|von|par|por|di|door|av|af) (?-i:[^\W\d_a-z])[^\d,;:.]{1,60})?"
    r"(?: ?[|·•–-] ?\d{1,3}[ -]min(?:ute)?s? read)?$",
    re.IGNORECASE,
)
BYLINE = compile_lazily(r"\b(?:by|von|par|por|di|door|av|af)\s+(?=[^\W\d_])", re.IGNORECASE)


class TextDate(Struct, frozen=True, kw_only=True):
    """Words that can be a date, the index of their line, and what else the line says."""

    words: str
    index: int
    is_whole_line: bool = False
    labels: Fields = ()  # of the block that the date belongs to; indexes for lines


def list_text_dates(
    body: str, names: FieldNameTable, *, is_page: bool = False, is_date: IsDate = is_date_like
) -> Iterator[TextDate]:
    """Yield what can be the date of a text, the more certain first.

    A saved page *is_page*: its dialect has asked it for labels, and lone dates in it are many.
    *is_date* says whether words are a date and nothing else."""
    head = body[:HEAD_CHARACTERS].split("\n")
    if not is_page:
        yield from list_labelled_dates(head, names, is_date)
    # runs of spaces are one: the patterns have several places for them
    filled = [(at, " ".join(words.split())) for at, words in enumerate(head) if words.strip()][:3]
    others = {at for (_, label), (at, _) in pairwise(filled) if is_other_label(label, names)}
    filled = [one for one in filled if one[0] not in others and not is_event(head, one[0], one[0])]
    for index, words in filled:
        if date := extract_date_line(words, is_page, is_date):
            is_whole_line = not BYLINE.search(words)
            labels = list_labels_beside(filled, index, names) if is_whole_line else ()
            yield TextDate(words=date, index=index, is_whole_line=is_whole_line, labels=labels)
    if filled:
        yield from list_datelines(*filled[0], is_date)
    for index, words in filled:
        match = match_dated_kind(words, is_date) or DOCUMENT_LINE.fullmatch(strip_edges(words))
        if match and is_date(match["date"]):
            yield TextDate(words=match["date"], index=index)
    above, line_end, last = body.rstrip().rpartition("\n")
    if line_end and (date := extract_date_line(last, is_page, is_date)):
        index = above.count("\n") + 1
        yield TextDate(words=date, index=index, is_whole_line=not BYLINE.search(last))


def list_labels_beside(filled: list[tuple[int, str]], index: int, names: FieldNameTable) -> Fields:
    """Return the labels of the lines next to the date in the line *index*: `Author: Ida Holm`."""
    at = next(number for number, one in enumerate(filled) if one[0] == index)
    near = [*filled[max(0, at - 1) : at], *filled[at + 1 : at + 2]]
    found = [(line, parse_label_line(words, line, names)) for line, words in near]
    return tuple(
        label
        for _, labels in found
        for label in labels
        if all(get_label_field(one.name, names) in BESIDE_DATE and is_short(one) for one in labels)
    )


def is_short(label: Field) -> bool:
    return 0 < len(str(label.value)) <= MAX_LABEL_VALUE_CHARACTERS


def is_other_label(words: str, names: FieldNameTable) -> bool:
    """Return whether a line is a label, of something else than the date of publication below it."""
    label = words.rstrip(" *_")
    is_label = label.endswith((":", "：")) and len(label) <= MAX_LABEL_CHARACTERS
    return is_label and get_label_field(strip_edges(label).rstrip(":："), names) not in PUBLISHED


def list_labelled_dates(
    lines: list[str], names: FieldNameTable, is_date: IsDate
) -> Iterator[TextDate]:
    """Yield the dates of publication of a block of labels below the heading."""
    block = detect_label_block(
        lines, names, above=MAX_LINES_ABOVE_LABELS, ends=False, is_date=is_date
    )
    if block is None:
        return
    labels = tuple(Field(field.name, field.value, field.line - 1) for field in block.fields)
    for field in labels:
        words = str(field.value)
        if get_label_field(field.name, names) in PUBLISHED and is_date(words):
            yield TextDate(words=words, index=field.line, labels=labels)


def list_datelines(index: int, words: str, is_date: IsDate) -> Iterator[TextDate]:
    """Yield the date of a dateline that begins the line *words*."""
    match = DATELINE.match(words)
    if match and (match["wire"] or is_town(match["town"])):
        yield TextDate(words=match["date"], index=index)
    found = DATELINE_HEAD.match(words)
    tokens = found["head"].split() if found else []
    for start in range(1, min(len(tokens), MAX_DATELINE_WORDS)):
        date = " ".join(tokens[start:])
        if is_town(" ".join(tokens[:start])) and is_date(date):
            yield TextDate(words=date, index=index)
            return


def is_town(words: str) -> bool:
    """Return whether *words* are a town, `NEW YORK, N.Y.`, and not the start of a sentence."""
    parts = [part for part in re.split(r"[\s,/()-]+", words) if part]
    return len(parts) < 8 and all(
        part[0].isalpha() and not part[0].islower() and part not in SENTENCE_OPENERS
        for part in parts
    )


def extract_date_line(words: str, is_page: bool, is_date: IsDate) -> str:
    """Return the date that is all of the line *words*, "" if there is more or none.

    On a page only what is written as in print counts, not the times of its mails and comments.
    """
    words = words.strip()
    if len(words) > DATE_LINE_CHARACTERS:
        return ""
    words = DATE_SUFFIX.sub("", strip_edges(words), count=1)
    bare = strip_edges(DATE_PREFIX.sub("", words, count=1))
    parts = BYLINE_PART.split(words)
    if len(parts) > 2 and any(map(BYLINE.match, parts)):  # by Ida Holm | March 2, 2023 | News
        dates = [part for part in parts if is_date(part)]
        bare = dates[0] if len(dates) == 1 else bare
    if DATE_LINE.fullmatch(bare):
        return bare
    if is_page:
        return ""
    if len(re.findall(r"\d+|[^\W\d_]+", bare)) > 1 and is_date(bare):
        return bare
    letter = LETTER_LINE.fullmatch(bare)
    is_letter = letter and is_town(letter["town"] or "") and is_date(letter["date"])
    return letter["date"] if letter and is_letter else ""
