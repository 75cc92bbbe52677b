"""The words of pages and feeds in the language of their reader, by catalogues of gettext.

English stands in code and templates. `translations/` has a catalogue for each other language,
and a theme's folder of the same name may change words of ours or add a language. Nothing here
knows the process's locale: a language is named, and the same one has the same words everywhere.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from msgspec import Struct

from feedsvc.errors import FileError
from feedsvc.memo import remember_short

FOLDER = Path(__file__).parent / "translations"
SOURCE_LANGUAGE = "en"
CONTEXT_SEPARATOR = "\x04"  # between context and text in a catalogue, as gettext has it


class Message(str):
    """A sentence in English that has translations: its text, and what fills it.

    Programs get it as it is; `Words.translate` makes it a person's.
    """

    __slots__ = ("text", "values")
    text: str
    values: dict[str, object]


def make_message(text: str, **values: object) -> Message:
    """Return the message of *text*, in which `%(name)s` stands for a value of that name."""
    message = Message(text % values if values else text)
    message.text, message.values = text, values
    return message


class Words(Struct, frozen=True, kw_only=True):
    """The words of one language: *language* is the tag of its catalogue, "en" where none is."""

    language: str
    catalog: NullTranslations

    def fits(self, language: str) -> bool:
        """Whether these are the words of *language*, and not those of another in its place."""
        return self.language.replace("-", "_") in _list_catalog_names(language)

    def gettext(self, text: str, **values: object) -> str:
        """Return *text* in this language, filled with *values*."""
        found = self.catalog.gettext(text)
        return found % values if values else found

    def ngettext(self, singular: str, plural: str, count: int, **values: object) -> str:
        """Return the form for *count*, filled with *values*."""
        return self.catalog.ngettext(singular, plural, count) % values

    def pgettext(self, context: str, text: str, **values: object) -> str:
        """Return *text* as it reads in *context*, filled with *values*."""
        found = self.catalog.pgettext(context, text)
        return found % values if values else found

    def translate(self, sentence: str) -> str:
        """Return a `Message` in this language, its dates in words; any other text as it is."""
        if not isinstance(sentence, Message):
            return sentence
        return self.gettext(
            sentence.text, **{name: self._show(value) for name, value in sentence.values.items()}
        )

    def _show(self, value: object) -> object:
        if isinstance(value, date):
            return format_date(value, "long", locale=self.language.replace("-", "_"))
        return self.translate(value) if isinstance(value, str) else value


@remember_short(256)
def detect_locale(language: str) -> Locale | None:
    """Return the locale of *language*, else of the tag shortened from its end, else None."""
    parts = language.split("-")
    while parts:
        try:
            return Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError):
            parts.pop()
    return None


@remember_short(256)
def get_words(language: str, theme: str = "") -> Words:
    """Return the words of *language*, those of the folder *theme* before ours; else English.

    A tag leads to the most special catalogue there is: "zh-TW" to that of "zh-Hant".
    """
    folders = [Path(theme) / "translations"] if theme else []
    catalog: NullTranslations | None = None
    found = SOURCE_LANGUAGE
    # a more general catalogue says what a more special one does not
    for name in reversed(_list_catalog_names(language)):
        for folder in (FOLDER, *folders):
            file = folder / f"{name}.po"
            if file.is_file():
                special = _read_compiled(file)
                if catalog is not None:
                    special.add_fallback(catalog)
                catalog, found = special, name
    return Words(language=found.replace("_", "-"), catalog=catalog or NullTranslations())


@remember_short(256)
def _list_catalog_names(language: str) -> tuple[str, ...]:
    """Return names of catalogues for a tag, the most special first: pt_AO, pt_PT, pt."""
    locale = detect_locale(language)
    return tuple(dict.fromkeys(_iterate_catalog_names(locale))) if locale is not None else ()


def _iterate_catalog_names(locale: Locale) -> Iterator[str]:
    parents = get_global("parent_exceptions")
    language, script, territory = locale.language, locale.script, locale.territory
    likely = get_global("likely_subtags").get(language, "").split("_")
    own_script = likely[1] if len(likely) == 3 else ""
    script = script or own_script
    names = [(language, script, territory), (language, script), (language, territory)]
    if script == own_script:  # "zh-Hant" is more than "zh" in other letters
        names.append((language,))
    for parts in names:
        if all(parts):
            name = "_".join(map(str, parts))
            yield name
            if (parent := parents.get(name, "root")) != "root":
                yield parent


def read_catalog(file: Path) -> Any:
    """Return the Babel catalogue of a .po file; raises FileError for what is wrong with it.

    A translation with other placeholders than its text is wrong: it would fail when filled.
    """
    # only where there is something to translate: it takes 50 ms to import
    from babel.messages.catalog import TranslationError
    from babel.messages.pofile import PoFileError, read_po

    try:
        catalog = read_po(io.BytesIO(file.read_bytes()), locale=None, abort_invalid=True)
        for message in catalog:
            for error in message.check(catalog):
                raise error
    except (PoFileError, TranslationError, UnicodeDecodeError, UnknownLocaleError) as error:
        remedy = "correct it, as tools for gettext do (msgfmt --check, Poedit)"
        raise FileError(str(file), str(error), remedy) from None
    return catalog


def _read_compiled(file: Path) -> GNUTranslations:
    from babel.messages.mofile import write_mo

    compiled = io.BytesIO()
    write_mo(compiled, read_catalog(file))
    compiled.seek(0)
    return GNUTranslations(compiled)
