"""Lines with labels, as content systems print them: `Release Time:2023-03-02Source:Clicks:1398`.

Comes in: one line, or the lines of a text. Goes out: the labels as fields, each with its words
and its line. One function takes a line apart for every dialect: plain text, Markdown below a
heading or front matter, and the text of an HTML document.

A label is a name of the one table (or of the settings) that begins its line, in any language of
the table. A date's label counts only before words that are nothing but a date, and not beside a
place: "Time: … Venue: …" is about an event.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice, takewhile

from msgspec import Struct

from feedsvc.dates import is_date_like
from feedsvc.dialects.field_names import (
    FALSE_WORDS,
    TRUE_WORDS,
    WRITING_NAMES,
    FieldNameTable,
    normalize_field_name,
)
from feedsvc.dialects.types import Field
from feedsvc.patterns import compile_lazily

IsDate = Callable[[str], bool]
MARK_FIELDS = frozenset({"draft", "withheld", "unlisted"})  # labels before yes or no
LABEL_FIELDS = MARK_FIELDS | frozenset(
    "title published release updated origin clicks authors categories tags summary".split()
)
PUBLISHED = frozenset({"published", "release"})
DATE_FIELDS = PUBLISHED | {"updated"}
# Names of fields that begin sentences and lists as often
PROSE_NAMES = frozenset(
    "name lead via deck original changed labels written link subtitle topic topics state".split()
)
# Labels that are words of another meaning in front matter, with the name of a field
LABEL_NAMES = {
    "data": "date",
    "ngày": "date",
    "petsa": "date",
    "création": "created",
    "creació": "created",
}
LABEL_NAMES |= dict.fromkeys("von par por di av door text words โดย".split(), "by")
LABEL_NAMES |= dict.fromkeys(
    "publication eingestellt publicación publicação pubblicazione publicatie publikacja публикация публікація"
    " δημοσίευση megjelenés publikace julkaisu публикуване প্রকাশ 公開 掲載 初出".split(),
    "publishedon",
)
WRITING_LABELS = frozenset(map(normalize_field_name, WRITING_NAMES.split())) | {"création"}
# Labels of any date: one of publication only without a place beside it
PLAIN_DATE_NAMES = frozenset(
    "date time datetime datum fecha data dato дата датум tarih tarix dátum dáta ημερομηνία 时间 時間 日期 日付 날짜"
    " التاريخ تاريخ تاریخ תאריך วันที่ tanggal tarikh päivämäärä pvm kuupäev datums dagsetning dyddiad"
    " თარიღი ամսաթիվ तिथि दिनांक তারিখ ngày petsa".split()
)
VENUE_LABEL = compile_lazily(
    r"(?<![^\W\d_])(?:(?:venue|location|place|where|meeting point|meet at|organi[sz]er|address|room|hall|ort|wo|treffpunkt|veranstalter|veranstaltungsort"
    r"|saal|raum|adresse|ort und zeit|zeit und ort|lieu|où|salle|rendez-vous|endroit|lugar|dónde|donde|ubicación|dirección|local|onde"
    r"|localização|endereço|luogo|dove|indirizzo|sede|sala|plaats|locatie|waar|adres|zaal|miejsce|gdzie|место(?: проведения)?|где"
    r"|адрес|місце(?: проведення)?|де|адреса|plats|var|sted|hvor|paikka|missä|osoite|místo(?: konání)?|kde|miesto|helyszín|hol"
    r"|loc|locul|locația|unde|mjesto|gdje|място|къде|τόπος|χώρος|τοποθεσία|πού|διεύθυνση|yer|nerede|konum|المكان|أين|מקום|איפה"
    r"|địa điểm|สถานที่|tempat|di mana|地[点點]|场所|場所|场地|場地|会场|會場|会場|地址|主办(?:方|单位)?|主辦(?:單位)?|장소|곳"
    # to get in, from when to when
    r"|admission|tickets?|doors?|rsvp|eintritt|einlass|entrée|tarifs?|billets|entradas?|ingresso|inträde|biljetter|wstęp|bilety|вход|вхід)"
    r"\s*[*_]{0,2}[:：]|(?:time|when|uhrzeit|zeit|heure|horaire|hora|horario|ora|orario|tijd|tid|godzina|время|时间|時間)\s*[:：]"
    r"\s*\d\d?(?:[:.h]\d\d|h)?\s?(?:uhr|[ap]\.?m\.?)?\s?(?:-|–|~|to|until|bis|à|alle|tot|till|do|до|至)\s?\d)",
    re.IGNORECASE,
)
# "Source: Coast Gazette Closing Date: …" and 来源：本站 活动时间：… do not say when the text
# appeared
QUALIFIER = compile_lazily(
    r"\b(?:closing|end|start|starting|opening|due|event|meeting|application|deadline|expiry"
    r"|effective|birth|arrival|departure|hearing|election|exam|registration)[ \t]$"
    r"|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,12}$",
    re.IGNORECASE,
)
UNSPACED = compile_lazily("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff]")  # written without spaces
# Where a label without a colon can end: at a space, or before digits
LABEL_GAP = compile_lazily(r"[ \t\u3000\xa0]+|(?<=[^\W\d_])(?=\d)")
DAY = r"\d{4}(?:[-/.]\d{1,2}[-/.]\d{1,2}|年\d{1,2}月\d{1,2}日)(?:\s\d\d?[:：]\d\d(?:[:：]\d\d)?)?"
LEADING_DAY = compile_lazily(rf"{DAY}\s+(?={UNSPACED.pattern})")
TRAILING_DAY = compile_lazily(rf"(?<=\S)\s+{DAY}$")
COLON = compile_lazily(r"[ \t\u3000\xa0]{0,4}(?:\*\*|__|[*_])?[ \t\u3000]{0,4}(?:::?|：|】[:：]?)")
# Between a label and its date: `Posted on `, `发布时间：`, `Published Monday, `
BEFORE_VALUE = compile_lazily(r"\s*(?P<colon>[:：])?\s*(?:(?<=[\s:：])[^\W\d_]{2,12}[,.]\s*)?$")
# What a text is, in a line of its own above its title, or before its date
DOCUMENT_KIND = (
    r"press release|news release|media release|press statement|statement|announcement|advisory"
    r"|bulletin|newsletter|release notes?|notice|communiqué(?: de presse)?|pressemitteilung"
    r"|medienmitteilung|mitteilung|bekanntmachung|nota de prensa|comunicado(?: de prensa)?"
    r"|nota de imprensa|comunicado de imprensa|comunicato(?: stampa)?|persbericht|pressmeddelande"
    r"|pressemeddelelse|pressemelding|lehdistötiedote|tiedote|komunikat prasowy|tisková zpráva"
    r"|basın bülteni|пресс-релиз|прес-реліз|بيان صحفي|新闻稿|新聞稿|プレスリリース|보도자료"
)
KIND_NUMBER = (
    r"(?:,? ?(?:nr|no|n°|nº|№|#|núm|num)\.? ?\d{1,4}(?: ?[/-] ?\d{2,4})?| \d{1,4}/\d{2,4})?"
)
KIND_LINE = compile_lazily(
    rf"(?P<kind>{DOCUMENT_KIND}){KIND_NUMBER}|for (?:immediate|public|general) release|zur sofortigen veröffentlichung"
    r"|pour diffusion immédiate|para publicación inmediata|per la pubblicazione immediata|即时发布",
    re.IGNORECASE,
)
KIND_AND_DATE = (
    rf"(?:{DOCUMENT_KIND}){KIND_NUMBER}(?:\s*[,|(–—:：-]\s*|\s+(?:vom|of|dated|du|del|di|van"
    r"|från|fra|от|від|z dnia|ze dne)?\s*)(?P<date>[^\n]{6,40}?)\)?"
)
# Press release of 2 March 2026, and 06.05.2024 | Pressemitteilung
DATED_KIND_LINES = (
    compile_lazily(KIND_AND_DATE, re.IGNORECASE),
    compile_lazily(
        rf"(?P<date>[^\n|–—·]{{6,40}}?)\s*[|–—·]\s*(?:{DOCUMENT_KIND}){KIND_NUMBER}", re.IGNORECASE
    ),
)
MAX_DATED_KIND_CHARACTERS = 120
EDGE_CHARACTERS = " \t\u3000\xa0|·•,;，；/[]【】()（）<>《》*_-–—#>+"
BRACKETS = dict(zip(")）]】>》", "(（[【<《", strict=True))
BYLINE = compile_lazily(r"[\s,|·–—-]*+(?:by|von|par|por|door|av|af)\s+(?=[^\W\d_])", re.IGNORECASE)
IN_SECTION = compile_lazily(r" in [A-Z][\w &]{1,40}$")  # "by Ida Holm in Awards"
# What stands behind a date without making a sentence of it: `| Press office`, `(updated)`, 次浏览,
# `updated 7 May`
ASIDE = compile_lazily(
    r"(?!\s*[(（\[]?\s*(?:(?:[A-Z]\w+ ){1,3}[Tt]ime|local time|\w{1,6}(?:时间|時間)|UTC|GMT))"  # its zone
    r"\s*+(?:[|｜·•;；/(（\[–—]|(?:in|under) [A-Z]|(?:(?:last )?updated|aktualisiert|mis à jour|actualizado|atualizado"
    r"|aggiornato|bijgewerkt|обновлено|(?:최종)?수정)\b\D{0,12}\d|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,12}\s?\d{0,9}\s?\w?$)"
)
PROPERTY = compile_lazily(r"(?P<name>[^\W\d_][^:\n]{0,30}): (?P<value>\S[^\n]{0,100})")
PARTS = compile_lazily(r"(?<=\S) [|·•] (?=\S)")
MAX_LABEL_CHARACTERS = 40
MAX_DATE_WORDS = 9
MAX_COLONS = 60  # of one line
MAX_VALUE_CHARACTERS = 300
NEAR_LINES = 12  # around a block, in which two lines with words are looked at
MAX_LINES_ABOVE, MAX_LINES_BELOW = 6, 8  # lines with words above the labels; labels below a text


class LabelBlock(Struct, frozen=True, kw_only=True):
    """A run of lines with labels, by the indexes of its first and last one, and their fields."""

    first: int
    last: int
    fields: list[Field]


class LabelBefore(Struct, frozen=True, kw_only=True):
    """A label that stands before a date: its words, where it begins, and if a colon follows."""

    words: str
    start: int
    has_colon: bool


class Label(Struct, frozen=True, kw_only=True):
    """One label of a line: its name as a field has it, and where label and colon begin and end."""

    name: str
    start: int
    end: int


def parse_label_line(words: str, line: int, names: FieldNameTable) -> list[Field]:
    """Return the labels of one line, each with its value; [] if no label begins its *words*."""
    words = words.strip().lstrip(EDGE_CHARACTERS)
    if words[:1].isdigit() and (match := LEADING_DAY.match(words)):  # 2026-03-02 10:00 来源：本站
        behind = parse_label_line(words[match.end() :], line, names)
        return [Field("date", match[0].strip(), line), *behind] if behind else []
    if len(parts := PARTS.split(words, maxsplit=3)) > 1 and ":" not in words:
        found = [parse_label_line(part, line, names) for part in parts]
        if all(found):  # Updated 7 May 2024 | Published 6 May 2024
            return [field for fields in found for field in fields]
    labels = _list_labels(words, names)
    ends = [*(label.start for label in labels), len(words)][1:]
    fields: list[Field] = []
    for label, end in zip(labels, ends, strict=True):
        value = strip_edges(words[label.end : end])
        if get_label_field(label.name, names) in MARK_FIELDS and not is_flag(value):
            return []  # `Draft: a new plan`
        fields += _build_fields(label.name, value, line, names)
    return fields


def is_flag(words: str) -> bool:
    folded = words.casefold()
    return folded in TRUE_WORDS or folded in FALSE_WORDS


def match_kind_line(words: str) -> re.Match[str] | None:
    """Match a line that only says what a text is; group "kind" has such as `Press release`."""
    return KIND_LINE.fullmatch(words.strip(EDGE_CHARACTERS)) if len(words) < 80 else None


def match_dated_kind(words: str, is_date: IsDate = is_date_like) -> re.Match[str] | None:
    """Match a line that only says what a text is and when it appeared; group "date" has that."""
    if len(words) > MAX_DATED_KIND_CHARACTERS:
        return None
    bare = strip_edges(words)
    matches = (pattern.fullmatch(bare) for pattern in DATED_KIND_LINES)
    return next((one for one in matches if one and is_date(one["date"])), None)


def strip_edges(words: str) -> str:
    """Return *words* without marks around them; a bracket that they opened stays closed."""
    inner = words.strip(EDGE_CHARACTERS)
    behind = words[words.find(inner) + len(inner) :][:1]
    opening = BRACKETS.get(behind)
    return inner + behind if opening and opening in inner else inner


def get_label_field(name: str, names: FieldNameTable) -> str:
    """Return the canonical field that the label *name* stands for, "" for none."""
    key = normalize_field_name(name)
    known = names.get(LABEL_NAMES.get(key, key))
    if known is None or (known[1] >= 0 and (known[0] not in LABEL_FIELDS or key in PROSE_NAMES)):
        return ""  # a name of the settings has a rank below 0
    return known[0]


def is_explicit(name: str) -> bool:
    """Return whether the label *name* of a date says that it is that of publication."""
    key = normalize_field_name(name)
    return key not in PLAIN_DATE_NAMES and key not in WRITING_LABELS


def is_event(lines: list[str], first: int, last: int) -> bool:
    """Return whether a line from *first* to *last*, or next to these, names a venue."""
    above = [line for line in lines[max(0, first - NEAR_LINES) : first] if line.strip()]
    below = [line for line in lines[last + 1 : last + 1 + NEAR_LINES] if line.strip()]
    near = [*above[-2:], *lines[first : last + 1], *below[:2]]
    return any(VENUE_LABEL.search(line) for line in near)


def _list_labels(words: str, names: FieldNameTable) -> list[Label]:
    """Return the labels of *words*; none if they do not begin with one."""
    labels: list[Label] = []
    floor = 0
    for colon in islice(COLON.finditer(words), MAX_COLONS):
        end = colon.start()
        first = max(floor, end - MAX_LABEL_CHARACTERS)
        starts = range(first, end) if labels else range(first, 1)
        start = next((at for at in starts if _is_label(words, at, end, names)), None)
        if start is not None:
            start = _extend_to_qualifier(words, start, end) if labels else start
            labels.append(_make_label(words[start:end], start, colon.end()))
        elif not labels:
            break
        floor = colon.end()
    if labels:
        return labels
    bare = _get_label_without_colon(words, names)
    return [bare] if bare else []


def _make_label(words: str, start: int, end: int) -> Label:
    key = normalize_field_name(words)
    name = LABEL_NAMES.get(key) or words.strip(EDGE_CHARACTERS).replace("\u3000", "")
    return Label(name=name, start=start, end=end)


def _is_label(words: str, start: int, end: int, names: FieldNameTable) -> bool:
    """Return whether words[start:end] are a label that begins where a word does."""
    before, first = words[start - 1 : start], words[start : start + 2]
    is_run_on = before.isascii() and first[:1].isupper() and first[1:].islower()  # BBCAuthor:
    if before.isalpha() and not (is_run_on or UNSPACED.match(first)):
        return False
    return get_label_field(words[start:end], names) != ""


def _extend_to_qualifier(words: str, start: int, end: int) -> int:
    """Return where the label at *start* begins with the words that make it an event's."""
    if normalize_field_name(words[start:end]) not in PLAIN_DATE_NAMES:
        return start
    above = max(0, start - 16)
    qualifier = QUALIFIER.search(words[above:start])
    return above + qualifier.start() if qualifier else start


def _get_label_without_colon(words: str, names: FieldNameTable) -> Label | None:
    """Return the label before a date that no colon parts from it: `Released on 2021/09/14`."""
    head = words[: MAX_LABEL_CHARACTERS + 1]
    for match in reversed(list(LABEL_GAP.finditer(head))):
        name = words[: match.start()]
        if (
            get_label_field(name, names) in DATE_FIELDS
            and (split_leading_date(words[match.end() :])[0])
        ):
            return _make_label(name, 0, match.end())
    return None


def detect_label_before(words: str, names: FieldNameTable) -> LabelBefore | None:
    """Return the longest label that *words*, which stand before a date, end with; None for none.

    A weekday may stand between, and a label without spaces in it may follow a word.
    """
    end = BEFORE_VALUE.search(words)
    stop = end.start() if end else len(words)
    is_colon = end is not None and end["colon"] is not None
    for start in range(max(0, stop - MAX_LABEL_CHARACTERS), stop):
        before, first = words[start - 1 : start], words[start : start + 1]
        if before.isalpha() and not (is_colon and UNSPACED.match(first)):
            continue
        if first.isalnum() and get_label_field(words[start:stop], names):
            return LabelBefore(words=words[start:stop].strip(), start=start, has_colon=is_colon)
    return None


def split_leading_date(words: str) -> tuple[str, str]:
    """Return the date that *words* begin with and what stands behind it; ("", words) for none.

    What stands behind must not make a sentence of it: a by-line, or what a mark parts from it.
    """
    if is_date_like(words.rstrip(".")):
        return words.rstrip("."), ""
    gaps = list(islice(re.finditer(r"\s+|(?=[|｜(（;；])", words), MAX_DATE_WORDS))
    for gap in reversed(gaps):
        date, rest = words[: gap.start()].rstrip(" ,"), words[gap.start() :]
        if is_date_like(date) and (ASIDE.match(rest) or BYLINE.match(rest)):
            return date, rest.strip()
    return "", words


def _build_fields(name: str, value: str, line: int, names: FieldNameTable) -> list[Field]:
    """Return the field of a label, and those of what stands behind the date of a date's label."""
    if get_label_field(name, names) not in DATE_FIELDS:
        if UNSPACED.match(name) and (match := TRAILING_DAY.search(value)):  # 来源：本站 2026-03-02
            return [
                Field(name, value[: match.start()], line),
                Field("date", match[0].strip(), line),
            ]
        return [Field(name, value, line)]
    date, rest = split_leading_date(value)
    if not date or not rest:
        return [Field(name, date or value, line)]
    byline = BYLINE.match(rest)
    more = (
        Field("by", IN_SECTION.sub("", rest[byline.end() :]), line)
        if byline
        else Field("", strip_edges(rest), line)
    )
    return [Field(name, date, line), more]


# -- blocks of lines --------------------------------------------------------------------


def detect_label_block(
    lines: list[str],
    names: FieldNameTable,
    *,
    above: int = MAX_LINES_ABOVE,
    ends: bool = True,
    is_date: IsDate = is_date_like,
) -> LabelBlock | None:
    """Return the labels near the top of *lines*, or at their very end; None if there are none.

    At most *above* lines with words stand above them; the end is looked at if *ends* is set.
    """
    filled = [number for number, words in enumerate(lines) if words.strip()]
    is_code = False
    for number in filled[: above + 1]:
        if lines[number].startswith(("```", "~~~")):
            is_code = not is_code
        elif not is_code and (block := parse_label_block(lines, number, names, is_date)):
            return block
    if not ends:
        return None
    last = filled[above + 1 :][-MAX_LINES_BELOW:]
    run = list(takewhile(lambda number: parse_label_line(lines[number], 1, names), last[::-1]))
    return parse_label_block(lines, run[-1], names) if run else None


def parse_line_between(lines: list[str], index: int, names: FieldNameTable) -> list[Field]:
    """Return a field that is no label elsewhere, `Status: Done`, in a line among lines of labels.

    Notion exports the properties of a page so.
    """
    match = PROPERTY.fullmatch(lines[index])
    if match is None or not lines[index - 1].strip() or index + 1 == len(lines):
        return []
    canonical = names.get(normalize_field_name(match["name"]), ("", 0))[0]
    if not canonical or canonical in MARK_FIELDS:
        return []
    is_among = parse_label_line(lines[index + 1], index + 2, names)
    return [Field(match["name"], match["value"], index + 1)] if is_among else []


def parse_label_block(
    lines: list[str], first: int, names: FieldNameTable, is_date: IsDate = is_date_like
) -> LabelBlock | None:
    """Return the labels from index *first* on; None if they give no date, mark or two facts."""
    fields: list[Field] = []
    last = first
    for index in range(first, len(lines)):
        if not lines[index].strip():
            continue
        found = parse_label_line(lines[index], index + 1, names)
        if not found and fields:
            found = parse_line_between(lines, index, names)
        if not found or (
            fields and any(len(str(label.value)) > MAX_VALUE_CHARACTERS for label in found)
        ):
            break
        fields += found
        last = index
    kinds = {get_label_field(field.name, names) for field in fields} - {""}
    dates = [field for field in fields if get_label_field(field.name, names) in PUBLISHED]
    plain = [one for one in dates if normalize_field_name(one.name) in PLAIN_DATE_NAMES]
    if any(is_explicit(one.name) and is_date(str(one.value)) for one in dates):
        # "Date:" beside "Published:" is that of something else
        fields = [Field("", one.value, one.line) if one in plain else one for one in fields]
        plain = []
    is_plain = bool(plain)
    if is_plain and is_event(lines, first, last):
        return None
    is_dated = any(is_date(str(field.value)) for field in dates)
    if is_dated or len(kinds) > 1 or kinds & MARK_FIELDS:
        return LabelBlock(first=first, last=last, fields=fields)
    return None
