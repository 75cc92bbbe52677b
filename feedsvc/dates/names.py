"""Names of months and weekdays in every language that CLDR (Babel) knows, and its order of day and month.

A word is looked up in the entry's language first, then in English (the language
of RFC 822), then in all: there it counts only if every language that has it
agrees. The tables of all languages take about a second, once, when first needed.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from babel import Locale

TOKEN = re.compile(r"\d+|[^\s\d,;/()\[\]-]+")
QUOTED = re.compile(r"'([^']+)'")
PREFIX = re.compile(r"([^\W\d_a-zA-Z]+)MMM")  # Hebrew: d בMMMM y
REGIONAL = re.compile(r"_(?:[A-Z]{2}|\d{3})\b")  # a region spells the months as its language does
# glue that CLDR's patterns do not have: "at", and the endings of ordinal numbers
GLUE = frozenset(
    ("at", "of", "the", "on", "à", "às", "alle", "ore", "um", "uhr", "om", "kl", "las", "la", "в", "\u043e", "v")
)
GLUE |= {"st", "nd", "rd", "th", "er", "re", "o", "a"}
SHORTEST = 3  # letters of an abbreviation by cutting: Sept, Thurs
LONGEST = 3  # words of one name: tháng 9


class Meaning(NamedTuple):
    """What a name can be: months from 1, weekdays from Monday, 0; several where languages disagree; or glue."""

    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    glue: bool = False

    def __or__(self, other: Meaning) -> Meaning:
        return Meaning(self.months | other.months, self.weekdays | other.weekdays, self.glue or other.glue)


NOTHING = Meaning()
Table = dict[str, Meaning]


def fold(name: str) -> str:
    """*name* as it is compared: tokens without case, dots and typographic apostrophes."""
    text = unicodedata.normalize("NFKC", name).casefold().replace(".", "").replace("\u2019", "'").replace("\u0307", "")
    return " ".join(TOKEN.findall("".join(c for c in text if unicodedata.category(c) != "Cf")))


def find_meaning(words: list[str], language: str) -> tuple[int, Meaning]:
    """How many of the folded *words* are one name, and what it means to an entry in *language*; (0, …) for none."""
    phrases = [(size, " ".join(words[:size])) for size in range(min(LONGEST, len(words)), 0, -1)]
    for table in (load_table(language), load_table("en")):
        for size, phrase in phrases:
            if meaning := table.get(phrase) or _find_abbreviated(phrase, table):
                return size, meaning
    return next(((size, meaning) for size, phrase in phrases if (meaning := load_all().get(phrase))), (0, NOTHING))


def _find_abbreviated(word: str, table: Table) -> Meaning | None:
    if len(word) < SHORTEST:
        return None
    meanings = {meaning for name, meaning in table.items() if name.startswith(word) and not meaning.glue}
    return meanings.pop() if len(meanings) == 1 else None


@lru_cache(maxsize=64)
def load_table(language: str) -> Table:
    """The names of *language* (BCP 47); empty if CLDR does not have it."""
    locale = find_locale(language)
    return _build_table(locale) if locale else {}


@lru_cache(maxsize=1)
def load_all() -> Table:
    """The names of all languages, each with as many numbers as they disagree about it."""
    from babel import Locale, localedata

    everything: Table = {}
    for identifier in sorted(localedata.locale_identifiers()):
        if not REGIONAL.search(identifier):
            for name, meaning in _build_table(Locale.parse(identifier)).items():
                everything[name] = everything.get(name, NOTHING) | meaning
    # "de" is "of" in many languages before it is December in one
    return {name: Meaning(glue=True) if meaning.glue else meaning for name, meaning in everything.items()}


def _build_table(locale: Locale) -> Table:
    patterns = [str(locale.date_formats[length].pattern) for length in ("medium", "long", "full")]
    glue = {word for pattern in patterns for literal in QUOTED.findall(pattern) for word in fold(literal).split()}
    table = {word: Meaning(glue=True) for word in GLUE | glue}
    prefixes = {"", *(match[1] for pattern in patterns for match in PREFIX.finditer(pattern))}
    named: Table = {}
    for name, number in _list_names(locale.days):
        named[name] = named.get(name, NOTHING) | Meaning(weekdays=frozenset({number}))
    for name, number in _list_names(locale.months):
        for prefix in prefixes:
            named[prefix + name] = named.get(prefix + name, NOTHING) | Meaning(months=frozenset({number}))
    return table | named


def _list_names(forms: Any) -> list[tuple[str, int]]:
    return [
        (name, number)
        for context in ("stand-alone", "format")
        for width in ("abbreviated", "wide")
        for number, text in forms.get(context, {}).get(width, {}).items()
        # CLDR's placeholder for a language without names is M01
        if re.search(r"[^\W\d_]", name := fold(text)) and not re.fullmatch(r"m\d+", name)
    ]


@lru_cache(maxsize=64)
def find_locale(language: str) -> Locale | None:
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
def find_order(language: str) -> str:
    """ "dmy" or "mdy" where CLDR's short date leaves no doubt for *language*, else "".

    A language without a region is in doubt when its form for a whole part of the
    world differs: English is month first, world English (en-001) day first.
    """
    from babel import localedata

    locale = find_locale(language)
    if locale is None:
        return ""
    orders = {_find_pattern_order(locale)}
    if not locale.territory:
        worlds = [name for name in localedata.locale_identifiers() if re.fullmatch(rf"{locale.language}_\d{{3}}", name)]
        orders |= {_find_pattern_order(world) for name in worlds if (world := find_locale(name))}
    return orders.pop() if len(orders) == 1 else ""


def _find_pattern_order(locale: Locale) -> str:
    order = "".join(dict.fromkeys(re.sub("[^dmy]", "", str(locale.date_formats["short"].pattern).casefold())))
    return order if order in ("dmy", "mdy") else ""
