"""Names of months and weekdays in every language that CLDR (Babel) knows, and its order of day and month.

Words are read in the entry's language, else in English (the language of RFC 822),
else in all: each that knows every one of them has its say, and they must agree.
The tables of all languages take about half a second, once, when first needed.
"""

from __future__ import annotations

import pickle
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from babel import Locale

DATE_TOKEN = re.compile(r"\d+|[^\s\d,;/()\[\]-]+")
PATTERN_LITERAL = re.compile(
    r"'[^']+'|[^\W\d_a-zA-Z]+"
)  # in a pattern: 'de', and Armenian թ without quotes
MONTH_PREFIX = re.compile(r"([^\W\d_a-zA-Z]+)MMM")  # Hebrew: d בMMMM y
REGIONAL_LOCALE = re.compile(
    r"_(?:[A-Z]{2}|\d{3})\b"
)  # a region spells the months as its language does
# glue that CLDR's patterns do not have: "at", and the endings of ordinal numbers
FILLER_WORDS = frozenset(
    (
        "at",
        "of",
        "the",
        "on",
        "à",
        "às",
        "alle",
        "ore",
        "um",
        "uhr",
        "om",
        "kl",
        "las",
        "la",
        "в",
        "\u043e",
        "v",
    )
)
FILLER_WORDS |= {"st", "nd", "rd", "th", "er", "re", "o", "a", "de", "ad"}
MIN_ABBREVIATION_LETTERS = 3  # letters of an abbreviation by cutting: Sept, Thurs
MAX_NAME_WORDS = 3  # words of one name: tháng 9


class WordMeaning(NamedTuple):
    """What a name can be in one language: a month (from 1), a weekday (Monday is 0), a.m. or p.m.; else glue."""

    month: int = 0
    weekday: int | None = None
    half: str = ""


class PhraseMeaning(NamedTuple):
    """What a date's words say together: *month* 0 for none, CONTRADICTION for several."""

    month: int
    weekday: int | None
    half: str
    numbers: tuple[str, ...]


FILLER = WordMeaning()
SEVERAL_MONTHS = -1
NameTable = dict[str, WordMeaning]


def fold_name(name: str) -> str:
    """*name* as it is compared: tokens without case, dots and typographic apostrophes."""
    text = (
        unicodedata.normalize("NFKC", name)
        .casefold()
        .replace(".", "")
        .replace("\u2019", "'")
        .replace("\u0307", "")
    )
    return " ".join(DATE_TOKEN.findall("".join(c for c in text if unicodedata.category(c) != "Cf")))


def resolve_phrase(words: list[str], language: str) -> set[PhraseMeaning]:
    """What the folded *words* can mean in an entry written in *language* ("" if that is not known)."""
    for table in (load_name_table(language), load_name_table("en")):
        if sense := _parse_phrase(words, table, cut=True):
            return {sense}
    tables, speakers = load_all_name_tables()
    names = [word for word in words if not word.isdigit()]
    able = set.intersection(*(speakers.get(name, set()) for name in names)) if names else set()
    senses = (_parse_phrase(words, tables[number], cut=False) for number in able)
    return {sense for sense in senses if sense and sense.month != SEVERAL_MONTHS}


def is_date_word(word: str) -> bool:
    """Whether any language has the folded *word* in its dates."""
    return word.isdigit() or word in load_all_name_tables()[1]


def _parse_phrase(words: list[str], table: NameTable, *, cut: bool) -> PhraseMeaning | None:
    found: list[WordMeaning] = []
    numbers: list[str] = []
    place = 0
    while place < len(words):
        for size in range(min(MAX_NAME_WORDS, len(words) - place), 0, -1):
            phrase = " ".join(words[place : place + size])
            if meaning := table.get(phrase) or (
                _resolve_abbreviation(phrase, table) if cut else None
            ):
                found.append(meaning)
                break
        else:
            if not words[place].isdigit():
                return None
            numbers.append(words[place])
            size = 1
        place += size
    # Italian "mar 2 mag" is a Tuesday in May, "2 mar" is in March
    months = [name.month for name in found if name.month and name.weekday is None]
    months = months or [name.month for name in found if name.month][-1:]
    month = (months[0] if months else 0) if len(months) < 2 else SEVERAL_MONTHS
    weekdays = {
        name.weekday
        for name in found
        if name.weekday is not None and (not name.month or name.month != month)
    }
    halves = {name.half for name in found if name.half}
    return PhraseMeaning(
        month, weekdays.pop() if len(weekdays) == 1 else None, "".join(halves), tuple(numbers)
    )


def _resolve_abbreviation(word: str, table: NameTable) -> WordMeaning | None:
    if len(word) < MIN_ABBREVIATION_LETTERS or not word.isalpha():
        return None
    meanings = {meaning for name, meaning in table.items() if name.startswith(word)} - {FILLER}
    return meanings.pop() if len(meanings) == 1 else None


@lru_cache(maxsize=64)
def load_name_table(language: str) -> NameTable:
    """The names of *language* (BCP 47); empty if CLDR does not have it."""
    locale = resolve_locale(language)
    if locale is None:
        return {}
    return _build_name_table(locale.date_formats, locale.days, locale.months, locale.day_periods)


@lru_cache(maxsize=1)
def load_all_name_tables() -> tuple[list[NameTable], dict[str, set[int]]]:
    """The tables of all languages, and for each word the tables that it occurs in."""
    from babel import localedata

    tables: list[NameTable] = []
    speakers: dict[str, set[int]] = {}
    for identifier in sorted(localedata.locale_identifiers()):
        if REGIONAL_LOCALE.search(identifier):
            continue
        # each language's own file, not Locale: that would keep 150 MB of everything else in memory
        with Path(localedata.resolve_locale_filename(identifier)).open("rb") as file:
            own = pickle.load(file)
        tables.append(
            _build_name_table(
                own.get("date_formats", {}),
                own.get("days"),
                own.get("months"),
                own.get("day_periods"),
            )
        )
        for word in {word for name in tables[-1] for word in name.split()}:
            speakers.setdefault(word, set()).add(len(tables) - 1)
    return tables, speakers


def _build_name_table(formats: Any, days: Any, months: Any, periods: Any) -> NameTable:
    patterns = [
        str(formats[length].pattern) for length in ("medium", "long", "full") if length in formats
    ]
    literals = [
        literal.strip("'") for pattern in patterns for literal in PATTERN_LITERAL.findall(pattern)
    ]
    table = dict.fromkeys(FILLER_WORDS, FILLER)
    table |= dict.fromkeys(
        (word for literal in literals for word in fold_name(literal).split()), FILLER
    )
    for half, name in _list_numbered_names(periods):
        if half in ("am", "pm"):
            table[name] = WordMeaning(half=half)
    named: NameTable = {
        name: WordMeaning(weekday=number) for number, name in _list_numbered_names(days)
    }
    prefixes = {"", *(match[1] for pattern in patterns for match in MONTH_PREFIX.finditer(pattern))}
    for (number, name), prefix in product(_list_numbered_names(months), prefixes):
        named[prefix + name] = WordMeaning(number, named.get(prefix + name, FILLER).weekday)
    return table | named


def _list_numbered_names(forms: Any) -> Iterator[tuple[Any, str]]:
    for context, width in product(("stand-alone", "format"), ("abbreviated", "wide")):
        texts = (forms or {}).get(context, {}).get(width)
        # what is no mapping refers to another form, which is listed too; M01 stands for a language without names
        for number, text in texts.items() if isinstance(texts, Mapping) else ():
            if re.search(r"[^\W\d_]", name := fold_name(text)) and not re.fullmatch(
                r"m ?\d+", name
            ):
                yield number, name


@lru_cache(maxsize=64)
def resolve_locale(language: str) -> Locale | None:
    """The locale that is nearest to *language*: `de-CH-1996` → de-CH, `de-XX` → de."""
    from babel import Locale, UnknownLocaleError

    parts = language.replace("_", "-").split("-")
    while parts and parts[0]:
        try:
            return Locale.parse("-".join(parts), sep="-")
        except (UnknownLocaleError, ValueError):
            parts.pop()
    return None


@lru_cache(maxsize=64)
def get_cldr_order(language: str) -> str:
    """ "dmy" or "mdy" where CLDR's short date leaves no doubt for *language*, else "".

    A language without a region is in doubt when its form for a whole part of the
    world differs: English is month first, world English (en-001) day first.
    """
    from babel import localedata

    locale = resolve_locale(language)
    if locale is None:
        return ""
    orders = {_get_pattern_order(locale)}
    if not locale.territory:
        worlds = [
            name
            for name in localedata.locale_identifiers()
            if re.fullmatch(rf"{locale.language}_\d{{3}}", name)
        ]
        orders |= {_get_pattern_order(world) for name in worlds if (world := resolve_locale(name))}
    return orders.pop() if len(orders) == 1 else ""


def _get_pattern_order(locale: Locale) -> str:
    order = "".join(
        dict.fromkeys(re.sub("[^dmy]", "", str(locale.date_formats["short"].pattern).casefold()))
    )
    return order if order in ("dmy", "mdy") else ""
