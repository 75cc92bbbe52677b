"""Write feedsvc/dates/month_names.json, the names of months and weekdays, from Babel's CLDR data.

    python -m scripts.make_month_names            writes the file
    python -m scripts.make_month_names --check    exits 1 if the file is not what would be written

The check passes with another Babel than the file's: newer names are a decision, not a fault.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import babel
from babel import Locale, localedata

from feedsvc.dates.month_names import drop_accents, fold_name

FILE = Path(__file__).parent.parent / "feedsvc" / "dates" / "month_names.json"
# in a pattern: 'de', and Armenian թ without quotes
PATTERN_LITERAL = re.compile(r"'[^']+'|[^\W\d_a-zA-Z]+")
MONTH_PREFIX = re.compile(r"([^\W\d_a-zA-Z]+)MMM")  # Hebrew: d בMMMM y
# a region spells the months as its language does
LATER_LETTER = re.compile("[\U00011bc0-\U00011be0]")  # Sunuwar: none before Python 3.14
REGIONAL_LOCALE = re.compile(r"_(?:[A-Z]{2}|\d{3})\b")
# what CLDR's patterns do not have: "at", and the endings of ordinal numbers
FILLER_WORDS = frozenset(
    fold_name(word)
    for word in (
        *"at of the on à às alle ore um uhr om kl las la в \u043e v".split(),
        *"st nd rd th er re o a de ad".split(),
        # "Montag, den 2. März", "le 1er mars", "2 marca 2026 r.", "2. března 2026 v 10 hod."
        *"den dem der le el il r roku rok klo kello godz uur hod hrs pukul ngày năm".split(),
        # "2 марта 2026 года", "d. 2. marts", "dnia 2 marca", "2. ožujka 2026. u 10 sati"
        *"года году год року рік година године godine godina d dd dne dnia dňa".split(),
        *"hodin sati u у ob del addì".split(),  # "2 de mayo del 2026"
        *"kell plkst ч hs min בשעה жылғы ж yil il cü ci án én jén ján ko ta'".split(),
    )
)


def number_months(names: str) -> dict[str, int]:
    """Return the numbers of twelve folded *names*, whose words an underscore joins."""
    return {fold_name(name.replace("_", " ")): at for at, name in enumerate(names.split(), 1)}


# what people write beside CLDR's names
MORE_MONTHS = {
    "de": {"mrz": 3, "maerz": 3, "jän": 1, "jänner": 1, "jaenner": 1, "feber": 2},
    "es": {"setiembre": 9, "set": 9},
    "nl": {"mrt": 3},
    # in the genitive and the locative
    "sr": number_months(
        "јануара фебруара марта априла маја јуна јула августа септембра октобра новембра децембра"
    ),
    "lv": number_months(
        "janvārī februārī martā aprīlī maijā jūnijā"
        " jūlijā augustā septembrī oktobrī novembrī decembrī"
    ),
    "eu": number_months(
        "urtarrilaren otsailaren martxoaren apirilaren maiatzaren ekainaren uztailaren abuztuaren"
        " irailaren urriaren azaroaren abenduaren"
    ),
    # as in the Levant and the Maghreb, and beside the others: أيار/مايو
    "ar": number_months(
        "كانون_الثاني شباط آذار نيسان أيار حزيران"
        " تموز آب أيلول تشرين_الأول تشرين_الثاني كانون_الأول"
    )
    | {"جانفي": 1, "فيفري": 2, "أفريل": 4, "ماي": 5, "جوان": 6, "جويلية": 7, "أوت": 8}
    | {"يوليوز": 7, "غشت": 8, "شتنبر": 9, "نونبر": 11, "دجنبر": 12},
}


MIN_COMMON_NAMES = 400  # of languages, that CLDR has in a language which news is written in


def build_names(data: Mapping[str, Any], language: str) -> str:
    """Return the names of one locale's *data*, of *language*, as the JSON object of one table."""
    formats = data.get("date_formats") or {}
    patterns = [
        str(formats[length].pattern) for length in ("medium", "long", "full") if length in formats
    ]
    literals = [literal for text in patterns for literal in PATTERN_LITERAL.findall(text)]
    filler = {word for literal in literals for word in fold_name(literal.strip("'")).split()}
    weekdays = {name: number for number, name in list_names(data.get("days"))}
    if language == "sv":  # måndagen den 2 mars
        weekdays |= {f"{name}en": number for name, number in weekdays.items() if name[-3:] == "dag"}
    prefixes = {"", *(match[1] for text in patterns for match in MONTH_PREFIX.finditer(text))}
    months = {
        prefix + name: number
        for (number, name), prefix in product(list_names(data.get("months")), prefixes)
    }
    months = {fold_name(name): at for name, at in MORE_MONTHS.get(language, {}).items()} | months
    periods = {
        name: period
        for period, name in list_names(data.get("day_periods"))
        if period in ("am", "pm") and name not in {*weekdays, *months}
    }
    taken = {*months, *weekdays, *periods}
    months |= list_unaccented(months, taken)
    weekdays |= list_unaccented(weekdays, taken)
    table = {
        "months": [list_keys(months, number) for number in range(1, 13)],
        "weekdays": [list_keys(weekdays, number) for number in range(7)],
        "day_periods": {period: list_keys(periods, period) for period in ("am", "pm")},
        "filler": sorted(filler - {*FILLER_WORDS, *weekdays, *months, *periods}),
    }
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"))


def list_unaccented(names: Mapping[str, int], taken: set[str]) -> dict[str, int]:
    """Return the *names* without accents that are not *taken* and mean one number."""
    numbers: dict[str, set[int]] = {}
    for name, number in names.items():
        numbers.setdefault(drop_accents(name), set()).add(number)
    return {
        name: found.pop()
        for name, found in numbers.items()
        if len(found) == 1 and len(name) > 3 and name not in taken  # `cet` is a zone
    }


def list_keys(numbers: Mapping[str, Any], number: Any) -> list[str]:
    """Return the names with *number*, sorted."""
    return sorted(name for name, value in numbers.items() if value == number)


def list_names(forms: Any) -> Iterator[tuple[Any, str]]:
    """Yield number (or day period) and folded name of each form that CLDR has."""
    for context, width in product(("stand-alone", "format"), ("abbreviated", "wide")):
        texts = (forms or {}).get(context, {}).get(width)
        # no mapping is a reference to another form, which is listed too
        for number, text in texts.items() if isinstance(texts, Mapping) else ():
            name = fold_name(text)
            # M01 stands for a language without names
            if (
                re.search(r"[^\W\d_]", name)
                and not re.fullmatch(r"m ?\d+", name)
                and not LATER_LETTER.search(name)
            ):
                yield number, name


def get_order(locale: Locale) -> str:
    """Return "dmy" or "mdy" as in the short date of *locale*, "" for any other order."""
    letters = re.sub("[^dmy]", "", str(locale.date_formats["short"].pattern).casefold())
    order = "".join(dict.fromkeys(letters))
    return order if order in ("dmy", "mdy") else ""


def build_orders(locales: Mapping[str, Locale]) -> dict[str, str]:
    """Return the order of day and month of each locale that has one beyond doubt.

    A language without a region is in doubt when its form for a whole part of the
    world differs: English is month first, world English (en_001) day first.
    """
    orders = {}
    for identifier, locale in locales.items():
        found = {get_order(locale)}
        if not locale.territory:
            world = re.compile(rf"{locale.language}_\d{{3}}")
            found |= {get_order(other) for name, other in locales.items() if world.fullmatch(name)}
        if len(found) == 1 and (order := found.pop()):
            orders[identifier] = order
    return orders


def build_file() -> str:
    """Return the whole file: one table a line, then which locale has which."""
    identifiers = sorted(localedata.locale_identifiers())
    locales = {str(locale): locale for locale in map(Locale.parse, identifiers)}
    numbers: dict[str, int] = {}  # the JSON of a table → its number

    def number(data: Mapping[str, Any], language: str) -> int:
        return numbers.setdefault(build_names(data, language), len(numbers))

    by_locale = {
        name: number(
            {
                "date_formats": locale.date_formats,
                "days": locale.days,
                "months": locale.months,
                "day_periods": locale.day_periods,
            },
            locale.language,
        )
        for name, locale in locales.items()
    }
    languages = {number for name, number in by_locale.items() if not REGIONAL_LOCALE.search(name)}
    common = {
        by_locale[name]
        for name, locale in locales.items()
        if not REGIONAL_LOCALE.search(name) and len(locale.languages) >= MIN_COMMON_NAMES
    }
    facts = {
        "babel": babel.__version__,
        "filler": sorted(FILLER_WORDS),
        "locales": by_locale,
        "languages": sorted(languages),
        "common": sorted(common),
        "orders": build_orders(locales),
    }
    lines = [f'"{key}":{json.dumps(value, separators=(",", ":"))}' for key, value in facts.items()]
    lines.append('"tables":[\n' + ",\n".join(numbers) + "\n]")
    return "{" + ",\n".join(lines) + "}\n"


def main() -> int:
    """Write the file, or with `--check` compare it; return the exit code."""
    if "--check" not in sys.argv[1:]:
        FILE.write_text(build_file(), encoding="utf-8")
        return 0
    present = FILE.read_text(encoding="utf-8")
    version = json.loads(present)["babel"]
    if version != babel.__version__:
        print(f"{FILE.name} is from Babel {version}; {babel.__version__} is installed")
        return 0
    return int(present != build_file())


if __name__ == "__main__":
    sys.exit(main())
