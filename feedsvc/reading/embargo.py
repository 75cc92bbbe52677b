"""Finds the lines of a text that say it is not to be public, or not yet: `EMBARGOED UNTIL 9 AM ET`.

An embargo with a certain time is the field `release`, by the labels of `dialects.labelled`. Without
one it holds the entry back: what is not known to be public is not published. In a text without a
header a line such as `Draft: yes` is a field.
"""

from __future__ import annotations

import re

from feedsvc.dates import is_date_like
from feedsvc.dialects.field_names import (
    EMBARGO_NAME,
    get_field_name_table,
    normalize_field_name,
)
from feedsvc.dialects.labelled.labels import parse_label_line
from feedsvc.dialects.types import Field
from feedsvc.fields.draft import HTML_TAG, EntryDraft
from feedsvc.fields.status import AMBIGUOUS_NAMES, PUBLISHED_FLAGS, STATE_BY_STATUS, has_any
from feedsvc.fields.values import parse_flag, value_to_text
from feedsvc.patterns import compile_lazily

HEAD_CHARACTERS = 600  # of a text, where such a line stands; searching more costs 2 % of a reading
PAGE_CHARACTERS, MAX_LINE_CHARACTERS = 200_000, 200
SCRIPT = compile_lazily(r"<(?:script|style)\b(?:[^<]++|<(?!/(?:script|style)))*+", re.IGNORECASE)
# One, or DRAFT, is in each such line; the first also in pages, which have forms "not for
# publication"
PAGE_WORDS = ("mbarg", "perrfrist", "보도시점", "보도일시")
WORDS = (*PAGE_WORDS, "not for ", "hold for ", "do not ", "status", "onfidential", "nternal use ")
# In texts of a language, and in those that are not ASCII: each word costs half a percent of a
# reading
LANGUAGE_WORDS = {
    "de": ("ntwurf", "zur ver", "ertraulich", "ienst", "nternen ge"),
    "en": ("not to be ",),
    "fr": ("rouillon", "ne pas ", "onfidentiel", "usage interne"),
    "es": ("orrador", "no publi", "onfidencial", "uso interno"),
    "it": ("bozza", "non pubb", "onfidenziale", "riservato", "uso interno"),
    "pt": ("ascunho", "o publi", "onfidencial", "uso interno"),
}
LETTERS = (
    "эмбарго черновик 解禁 草稿 下書き 엠바고 초안 مسودة служебного 外秘 대외비 内部 机密 機密"
).split()
HEADERLESS_DIALECTS = frozenset({"plain", "labelled"})
FLAGS_OF_TEXTS = frozenset({"draft", "withheld", "unlisted"})
MARK_LINE = re.compile(
    r"[\W_]{0,6}([^\W\d_][^:：]{1,28}?)[\s*_]{0,3}[:：][\s*_]{0,4}([^\s:：][^:：]{0,30}?)[\s*_.]{0,4}"
)
MAX_MARK_CHARACTERS = 60
END = r"\b[^\w\n]*$"
NAMES = (
    "draft|entwurf|brouillon|borrador|bozza|rascunho|черновик|草稿|下書き|초안|مسودة"  # of a draft
)
UNTIL = r" (?:until|till|before|prior to)\b"
BEFORE = r" (?:avant|jusqu|antes|hasta|até|prima)"  # not "Ne pas publier de photos", a headline
TIME = r"(?:\d[:.h]\d\d|\d\s?[ap]\.?m\b|\b(?:uhr|gmt|utc|noon|midnight)\b)"
# 보도시점: 2026. 3. 2.(월) 12:00 이후, "to be reported from"; 조간 is the paper of that morning
KOREAN = compile_lazily(
    r"보도(?:시점|일시)[*_ ]*[:：]?[*_ ]*(?P<time>[^\n]{0,60}?)\s*(?:조간)?\s*(?:이후|부터|$)[^\n]*"
)
# Not "Embargo on oil" and "Embargo: what it means", which are headlines
EMBARGO = compile_lazily(
    r"^[^\w\n]{0,10}(?:draft[^\w\n]{1,5}|this (?:press |news |media )?(?:release|statement) is )?"
    rf"(?:(?:strictly )?embargoed(?:\s*[:：]|{END}|{UNTIL}| (?:to|for)\b)"
    rf"|(?:strict )?embargo(?:{END}|{UNTIL}| (?:date|time|ends?|lifts?)\b)"
    rf"|(?:strict )?embargo.{{0,20}}[:：].{{0,60}}{TIME}"
    rf"|under (?:strict )?embargo(?:{END}|{UNTIL})"
    # in capitals, as it is stamped on a paper; a sentence of its own
    rf"|(?-i:(?:STRICTLY )?CONFIDENTIAL|STRENG VERTRAULICH|VERTRAULICH|CONFIDENTIEL|CONFIDENCIAL"
    rf"|CONFIDENZIALE|RISERVATO){END}"
    r"|(?:strictly confidential|private (?:and|&) confidential|(?:for )?internal use only"
    r"|streng vertraulich|nur (?:für den|zum|für) (?:internen|dienst)\s?gebrauch"
    rf"|(?:à |pour )?usage interne(?: uniquement)?|(?:para |per |solo per )?uso interno"
    rf"|для служебного пользования|[社部]外秘|대외비|内部[资資]料|[机機]密){END}"
    rf"|not for (?:publication|release|broadcast)(?:{END}|.{{0,30}}{UNTIL})"
    rf"|(?:hold for release|do not (?:publish|release))(?:{END}|{UNTIL})"
    rf"|sperrfrist(?:\s*[:：]|{END}| bis\b)"
    r"|(?:(?:post |publication )?status|statut|estado|stato|статус|状态|狀態|状態|상태|الحالة)"
    r"[*_ ]*[:：][*_ ]*"
    rf"(?:{NAMES}|unpublished|private|pending|(?:in|under|for|pending) review|not published"
    r"|drafting|in draft|not started|to do|backlog"
    rf"|(?:needs|ready for) (?:review|edit(?:ing|s)?)){END}"
    # a line of its own, or before a title
    rf"|(?-i:{NAMES.upper()})(?:[\])）】]|[*_ ]*[:：][*_ ]*(?=\S+ \S)|{END})"
    r"|not to be (?:published|released|broadcast)\b.{0,30}\b(?:before|until|till)\b"
    rf"|(?:ne pas (?:diffuser|publier)|no publicar|não publicar|non pubblicare)(?:{END}|{BEFORE})"
    rf"|zur veröffentlichung (?:am|ab)\b|эмбарго(?:\s*[:：]| до\b|{END})|엠바고\s*[:：]"
    r"|보도(?:시점|일시)[*_ ]*(?:[:：]|(?=\d)).{0,60}?(?:이후|부터)|보도시점[*_ ]*[:：]?[*_ ]*\d"
    r"|(?:情報|報道|报道|報導)?解禁(?:日時?|时间|時間|日期)?\s*[:：]"
    r"|(?:sous|bajo|sob|sotto|onder) embargo\b"
    r"|embarg(?:o|ad[oa]|at[oa]) (?:jusqu|hasta|até|fino|tot\b))",
    re.IGNORECASE | re.MULTILINE,
)


def add_marks(draft: EntryDraft, text: str) -> None:
    """Make fields of the lines at the top of *text* that say it is a draft or not to be listed."""
    if draft.parsed.dialect not in HEADERLESS_DIALECTS:
        return
    marks: list[Field] = []
    for line, words in enumerate(text[:HEAD_CHARACTERS].split("\n"), 1):
        if words.startswith(("```", "~~~", "    ", "\t")):
            break
        if match := MARK_LINE.fullmatch(words[: MAX_MARK_CHARACTERS + 1]):
            marks += [Field(match[1], match[2], line)] if is_mark(draft, match[1], match[2]) else []
    if marks:
        draft.add_fields(marks)


def is_mark(draft: EntryDraft, name: str, value: str) -> bool:
    """Return whether a line `name: value` says that the entry is not public."""
    name = normalize_field_name(name)
    canonical, flag = draft.fields.get_canonical(name), parse_flag(value)
    if canonical in FLAGS_OF_TEXTS:
        return flag is True
    if canonical == "status" and name not in AMBIGUOUS_NAMES | {"status"}:
        return STATE_BY_STATUS.get(normalize_field_name(value), "public") != "public"
    is_unpublished = canonical == "published" and name in PUBLISHED_FLAGS and flag is False
    return is_unpublished or (canonical == "release" and "embargo" in name and flag is True)


def note_embargo(draft: EntryDraft, text: str) -> bool:
    """Return whether an embargo at the beginning of *text*, or of the body, is not certain.

    It is a problem then. A certain one becomes a field.
    """
    found = detect_embargo(draft, text)
    if found is None or draft.fields.get_first("release"):
        return False
    words, line = found
    table = get_field_name_table(draft.settings.fields)
    draft.add_fields(
        field
        for field in parse_label_line(KOREAN.sub(r"엠바고: \g<time>", words), line or 1, table)
        if EMBARGO_NAME.search(normalize_field_name(field.name))
        and is_date_like(value_to_text(field.value))
    )
    if draft.fields.get_first("release"):
        return False
    message = f"{words[:60]!r} says that it is not to be public yet, so the entry is held back"
    remedy = "remove this line, or write one such as `Embargo: 2026-03-02 09:00 CET`"
    draft.add_problem("embargo-unread", message, remedy, line=line)
    return True


def detect_embargo(draft: EntryDraft, text: str) -> tuple[str, int | None] | None:
    """Return the words of an embargo, and their line if it is known."""
    body = draft.parsed.body
    # most texts have no such words, and one search for them costs half of two
    if (
        draft.parsed.markup != "html"
        and text.endswith(body)
        and not has_words(text[: len(text) - len(body) + HEAD_CHARACTERS], draft.language)
    ):
        return None
    body = body[:HEAD_CHARACTERS]
    heads: list[tuple[str, int]]
    if draft.parsed.markup != "html":
        heads = [(text[:HEAD_CHARACTERS], 1), (body, draft.parsed.body_line)]
    else:  # its body lacks the lines above the text
        page = text[:PAGE_CHARACTERS]
        heads = [(page if has_any(page.casefold(), PAGE_WORDS) else "", 0), (body, 0)]
    for number, (head, first) in enumerate(heads):
        if not has_words(head, draft.language):
            continue
        lines = head if first else HTML_TAG.sub("\n", SCRIPT.sub("", head))
        for match in EMBARGO.finditer(lines):
            if first or number or has_any(match[0].casefold(), PAGE_WORDS):
                line = first + lines.count("\n", 0, match.start()) if first else None
                words_behind = lines[match.start() : match.end() + MAX_LINE_CHARACTERS]
                return words_behind.strip().split("\n")[0], line
    return None


def has_words(head: str, language: str) -> bool:
    """Return whether *head* has one of the words that are in each line of an embargo or draft."""
    folded = head.casefold()
    return (
        has_any(folded, WORDS)
        or "DRAFT" in head
        or has_any(folded, LANGUAGE_WORDS.get(language[:2], ()))
        or (not folded.isascii() and has_any(folded, LETTERS))
    )
