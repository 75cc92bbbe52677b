"""Names of months and weekdays in every language of CLDR, and its order of day and month.

Comes in: the folded words of a date. Goes out: what they can mean. Words are read in
the entry's language, else in English (the language of RFC 822), else in all: each
language that has every one of them is asked, those with few data in CLDR only if no other
has them, and they must agree. The names are in
`month_names.json`, which `scripts/make_month_names.py` writes; Babel only resolves tags.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from feedsvc.memo import remember_short

DATE_TOKEN = re.compile(r"\d+|[^\s\d,;/()\[\]-]+")
ACCENT = re.compile("[\u0300-\u036f\u0653-\u0655]")  # the latter are hamza and madda of Arabic
MIN_ABBREVIATION_LETTERS = 3  # letters of an abbreviation by cutting: Sept, Thurs
MIN_LETTERS_OF_FEW_DATA = 5  # of a name without its language, if CLDR has few data of that
# Weekdays without an accent or cut, but before a date "about", "to", "after", "in" elsewhere
PREPOSITIONS = frozenset("al ca fim in po sau to za".split())
MAX_NAME_WORDS = 3  # words of one name: tháng 9
SEVERAL_MONTHS = -1


class WordMeaning(Struct, frozen=True, kw_only=True):
    """The meaning of a name in one language: month, weekday, a.m. or p.m.; if none: filler."""

    month: int = 0  # from 1
    weekday: int | None = None  # 0 is Monday
    day_period: str = ""  # "am" or "pm"


FILLER = WordMeaning()


class PhraseMeaning(Struct, frozen=True, kw_only=True):
    """The combined meaning of a date's words: *month* is 0 for none, or SEVERAL_MONTHS."""

    month: int
    weekday: int | None
    day_period: str
    numbers: tuple[str, ...]


NameTable = dict[str, WordMeaning]


class LanguageNames(Struct, frozen=True, kw_only=True):
    """The folded names of one language; a month and a weekday may share one."""

    months: tuple[tuple[str, ...], ...] = ()
    weekdays: tuple[tuple[str, ...], ...] = ()
    day_periods: dict[str, tuple[str, ...]] = {}
    filler: tuple[str, ...] = ()  # "de" in "2 de marzo"


class NamesFile(Struct, frozen=True, kw_only=True):
    """The content of month_names.json; languages with equal names share an item of *tables*."""

    babel: str  # the version that the names were taken from
    filler: tuple[str, ...]  # of all tables
    tables: tuple[LanguageNames, ...]
    locales: dict[str, int]  # the table of every locale
    languages: tuple[int, ...]  # tables of the languages, without the variants of a region
    common: frozenset[int]  # of these, the tables of languages that CLDR describes at length
    orders: dict[str, str]  # "dmy" or "mdy" of every locale where that is beyond doubt


def fold_name(name: str) -> str:
    """Return *name* in the form for comparison: without case, dots, typographic apostrophes."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = text.replace(".", "").replace("\u2019", "'").replace("\u0307", "").replace("°", "")
    return " ".join(DATE_TOKEN.findall("".join(c for c in text if unicodedata.category(c) != "Cf")))


def drop_accents(name: str) -> str:
    """Return a folded *name* as it is written in capitals (`FEVRIER`, `MAYIS`) or in haste."""
    if name.isascii():
        return name
    text = ACCENT.sub("", unicodedata.normalize("NFD", name)).replace("ı", "i")
    return unicodedata.normalize("NFC", text)


def resolve_phrase(words: list[str], language: str) -> set[PhraseMeaning]:
    """Return what the folded *words* can mean in an entry written in *language* ("": unknown)."""
    for tag in (language, "en"):
        if meaning := _parse_phrase(words, load_name_table(tag), can_cut=True):
            return {meaning}
    speakers = load_tables_by_word()
    names = [
        word if word in speakers else drop_accents(word) for word in words if not word.isdigit()
    ]
    able = set.intersection(*(speakers.get(name, set()) for name in names)) if names else set()
    meanings = {
        number: _parse_phrase(words, _build_table(number), can_cut=False) for number in able
    }
    # `mai` is August in Taroko: such a language is asked where no other has the words
    for numbers in (able & _load_names_file().common, able):
        found = {one for number in numbers if (one := meanings[number])}
        found = {one for one in found if one.month != SEVERAL_MONTHS}
        # `okt` is a weekday in Rukiga, where "6 okt 2024" names no day then
        if dated := {one for one in found if one.month or len(one.numbers) > 2}:
            return dated
    return found


def is_date_word(word: str) -> bool:
    """Whether the folded *word* is in the dates of any language."""
    words = load_tables_by_word()
    return word.isdigit() or word in words or drop_accents(word) in words


def get_cldr_order(language: str) -> str:
    """Return "dmy" or "mdy" if CLDR's short date is unambiguous for *language*, else ""."""
    return _load_names_file().orders.get(resolve_locale(language), "")


def _parse_phrase(words: list[str], table: NameTable, *, can_cut: bool) -> PhraseMeaning | None:
    """Return the meaning of *words* by one language's *table*, None if a word is not in it."""
    found: list[WordMeaning] = []
    numbers: list[str] = []
    start = 0
    while start < len(words):
        size, meaning = _match_longest(words[start : start + MAX_NAME_WORDS], table, can_cut)
        start += size
        if meaning is not None:
            found.append(meaning)
        elif words[start - 1].isdigit():
            numbers.append(words[start - 1])
        else:
            return None
    # Italian "mar 2 mag" is a Tuesday in May, "2 mar" is in March
    months = [name.month for name in found if name.month and name.weekday is None]
    months = months or [name.month for name in found if name.month][-1:]
    month = months[0] if months else 0
    if len(months) > 1 and (len(numbers) > 2 or len(set(months)) > 1):  # not أيار/مايو
        month = SEVERAL_MONTHS
    weekdays = {
        name.weekday
        for name in found
        if name.weekday is not None and (not name.month or name.month != month)
    }
    return PhraseMeaning(
        month=month,
        weekday=weekdays.pop() if len(weekdays) == 1 else None,
        day_period="".join({name.day_period for name in found}),
        numbers=tuple(numbers),
    )


def _match_longest(
    words: list[str], table: NameTable, can_cut: bool
) -> tuple[int, WordMeaning | None]:
    """Return how many of the first *words* form one name, and its meaning; (1, None) if none."""
    for size in range(len(words), 0, -1):
        phrase = " ".join(words[:size])
        meaning = table.get(phrase) or table.get(drop_accents(phrase))
        meaning = meaning or (_resolve_abbreviation(phrase, table) if can_cut else None)
        if meaning is not None:
            return size, meaning
    return 1, None


def _resolve_abbreviation(word: str, table: NameTable) -> WordMeaning | None:
    """Return the one meaning of all names that begin with *word*, None if they have several."""
    if len(word) < MIN_ABBREVIATION_LETTERS or not word.isalpha():
        return None
    meanings = {meaning for name, meaning in table.items() if name.startswith(word)}
    meanings.discard(FILLER)
    return meanings.pop() if len(meanings) == 1 else None


@remember_short(64)
def load_name_table(language: str) -> NameTable:
    """Return the names of *language* (BCP 47); empty if CLDR does not have it."""
    number = _load_names_file().locales.get(resolve_locale(language))
    return {} if number is None else _build_table(number)


@cache
def load_tables_by_word() -> dict[str, set[int]]:
    """Return for each word of all languages the numbers of the tables that have it.

    Short ones are left out (`du` and `php` are months too, `est` a weekday), and prepositions.
    """
    file = _load_names_file()
    speakers: dict[str, set[int]] = {}
    for number in file.languages:
        for name, meaning in _build_table(number).items():
            least = 0
            if number not in file.common:
                least = MIN_LETTERS_OF_FEW_DATA
            elif meaning != FILLER:
                least = MIN_ABBREVIATION_LETTERS if meaning.month else 2
            for word in name.split():
                is_sure = len(word) >= least or not word.isascii() or word in file.filler
                if is_sure and word not in PREPOSITIONS:
                    speakers.setdefault(word, set()).add(number)
    return speakers


@cache
def _build_table(number: int) -> NameTable:
    file = _load_names_file()
    names = file.tables[number]
    table = dict.fromkeys(file.filler + names.filler, FILLER)
    for period, texts in names.day_periods.items():
        table |= dict.fromkeys(texts, WordMeaning(day_period=period))
    for weekday, texts in enumerate(names.weekdays):
        table |= dict.fromkeys(texts, WordMeaning(weekday=weekday))
    for month, texts in enumerate(names.months, 1):
        for name in texts:
            weekday_too = table[name].weekday if name in table else None
            table[name] = WordMeaning(month=month, weekday=weekday_too)
    return table


@cache
def _load_names_file() -> NamesFile:
    content = (files("feedsvc.dates") / "month_names.json").read_bytes()
    return msgspec.json.decode(content, type=NamesFile)


@remember_short(64)
def resolve_locale(language: str) -> str:
    """Return the locale nearest to *language*, "" for none: `de-CH-1996` → de_CH, `de-XX` → de."""
    from feedsvc.words import detect_locale  # it loads Babel, which plain dates do without

    return str(detect_locale(language.replace("_", "-")) or "")
