"""One entry while it is being read: its path, fields and rules, and the problems so far."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from msgspec import convert
from msgspec.structs import replace

from feedsvc.content.links import TAG_PREFIX
from feedsvc.content.references import extract_shown_references
from feedsvc.dates import DateRules, parse_path_date
from feedsvc.dialects.field_names import get_field_name_table
from feedsvc.dialects.scripts import detect_language
from feedsvc.dialects.types import Field, ParsedText, Value
from feedsvc.errors import EntryError
from feedsvc.fields.entry_fields import MAX_FIELD_CHARACTERS, EntryFields, InheritedFields
from feedsvc.fields.identity import normalize_language, parse_path
from feedsvc.fields.links import Link
from feedsvc.fields.measures import Measure
from feedsvc.fields.values import parse_flag, to_plain_text, value_to_text
from feedsvc.model import Author, Image, Problem
from feedsvc.settings import Dates, Settings
from feedsvc.urls import make_slug

MAX_FIELDS = 1_000  # including those in tables, sidecars and defaults
MAX_LOCATED_REFERENCES = 200
# Fields of which the beginning alone would be another id, address or day, or show what is hidden
DECISIVE_FIELDS = frozenset(
    "id exactid url slug language translation published release updated expires retracted draft"
    " public rendered password status unlisted listed redirect".split()
)
# by dialect: where `date: 2023-03-02` would be no field, or shown
FIELD_LINES = {
    "json": '"{name}": "{value}",',
    "toml": '{name} = "{value}"',
    "franklin": '@def {name} = "{value}"',
    "nikola": ".. {name}: {value}",
    "rst": ":{name}: {value}",
    "asciidoc": ":{name}: {value}",
    "org": "#+{name}: {value}",
    "html": '<meta name="{name}" content="{value}">',
    "wml": "<define-tag {name}>{value}</define-tag>",
    "myst": ":{name}: {value}",
}
# where a title is not written as other fields are
TITLE_REMEDIES = {
    "pandoc": "write it in the first line, such as `% {title}`",
    "myst": "add a heading such as `# {title}`",
}
SCRIPT_CHARACTERS = 4_000  # of a body, to detect its language by its script
HTML_TAG = re.compile(r"<[^<>]*>")


def make_problem(error: EntryError) -> Problem:
    """Return *error* as a problem of its file."""
    return convert(error, Problem, from_attributes=True)


@lru_cache(64)  # the entries of one language have the same
def make_date_rules(timezone: str, dates: Dates, language: str) -> DateRules:
    """Return the rules of a site in *timezone* for dates in *language*."""
    return DateRules(
        zone=ZoneInfo(timezone), order=dates.order, default_time=dates.clock, language=language
    )


class EntryDraft:
    """The state of the steps from fields to entry; these add *problems* and *asset_sizes*."""

    def __init__(
        self,
        root: Path,
        path: str,
        parsed: ParsedText,
        inherited: InheritedFields,
        settings: Settings,
        get_known_authors: Callable[[], Mapping[str, Author]] = dict,
    ) -> None:
        self.root = root
        self.path = path
        self.parsed = parsed
        self.inherited = inherited
        self.settings = settings
        table = get_field_name_table(settings.fields)
        layers = [parsed.fields, *inherited.layers]
        self.fields = EntryFields(layers, table, is_ordered=parsed.is_ordered)
        self.problems: list[Problem] = [*inherited.problems]
        self._note_excess()
        self.asset_sizes: dict[str, int] = {}  # bytes of files that are used, -1 for a missing one
        self.measures: dict[str, Measure] = {}  # of files with a readable header
        self.pictures: dict[str, Image] = {}  # of the text, by path
        self.inputs = list(inherited.inputs)  # further bytes on which the entry depends
        self.get_known_authors = get_known_authors
        self.text = parsed.body  # without template tags, as soon as they are replaced
        self.shown_references: frozenset[str] | None = None  # of the text, when they are needed
        self.located = 0  # references whose lines were searched for
        self.links: dict[str, Link] = {}  # references to files of entries
        self.variables: dict[str, str] = {}  # fields that the body shows, see `Entry`
        self.url = settings.site.url  # the entry's, as soon as it is known
        self.path_date = parse_path_date(path)
        self.path_facts = parse_path(path, self.path_date)
        self.language = self._resolve_language()
        self.date_rules = make_date_rules(settings.site.timezone, settings.dates, self.language)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the entry has its address on another site, with files that we do not know."""
        return not self.url.startswith(self.settings.site.url)

    def is_in_code(self, reference: str) -> bool:
        """Return whether the body has *reference* only in code, where it refers to nothing."""
        if self.shown_references is None:
            found = extract_shown_references(self.parsed.markup, self.text)
            self.shown_references = frozenset(found)
        return reference not in self.shown_references

    def get_line(self, reference: str) -> int | None:
        """Return the line of the body's *reference*, None if the body has it in another form.

        This searches the whole body, and so only for a limited number of references.
        """
        self.located += 1
        if self.located > MAX_LOCATED_REFERENCES:
            return None
        parsed, words = self.parsed, reference.removeprefix(TAG_PREFIX)
        offset = parsed.body.find(words)
        if offset < 0:  # `[[a b.png]]`, which is encoded to be a reference
            offset = parsed.body.find(unquote(words))
        return None if offset < 0 else parsed.body_line + parsed.body.count("\n", 0, offset)

    def resolve_author(self, author: Author) -> list[Author]:
        """Return the known authors whose keys ("jd, ml") *author* has as name, else *author*."""
        known = self.get_known_authors()
        if not known:
            return [author]
        keys = [author.name] if make_slug(author.name) in known else author.name.split(", ")
        people = [person for key in keys if (person := known.get(make_slug(key)))]
        if len(people) < len(keys):
            return [author]
        self.inputs += [f"author\0{person}\0".encode() for person in people]
        return [
            replace(person, email=author.email or person.email, uri=author.uri or person.uri)
            for person in people
        ]

    def add_problem(
        self,
        code: str,
        message: str,
        remedy: str = "",
        field: Field | None = None,
        line: int | None = None,
    ) -> None:
        """Note a problem that does not prevent publication."""
        name, line = (field.name, field.line) if field is not None else (None, line)
        problem = Problem(code=code, message=message, remedy=remedy, field=name, line=line)
        self.problems.append(problem)

    def suggest_line(self, name: str, value: str) -> str:
        """Return what to do to give the entry a field, in the form of its file."""
        if name == "title" and (remedy := TITLE_REMEDIES.get(self.parsed.dialect)):
            return remedy.format(title=value)
        return f"add a line such as `{self.format_line(name, value)}`"

    def format_line(self, name: str, value: str) -> str:
        """Return the line of a field in the form of the entry's file."""
        line = FIELD_LINES.get(self.parsed.dialect, "{name}: {value}")
        return line.format(name=name, value=value)

    def add_fields(self, fields: Iterable[Field]) -> None:
        """Add *fields* that were met in the text, after all others."""
        layers = [self.parsed.fields, *self.inherited.layers, tuple(fields)]
        table = get_field_name_table(self.settings.fields)
        self.fields = EntryFields(layers, table, is_ordered=self.parsed.is_ordered)

    def get_words(self, canonical: str) -> str:
        """Return the words of a field in one line as they were written, "" without the field."""
        field = self.fields.get_first(canonical)
        return value_to_text(field.value) if field is not None else ""

    def get_text(self, canonical: str) -> str:
        """Return the words of a field in one line of plain text, "" without the field."""
        field = self.fields.get_first(canonical)
        if field is None:
            return ""
        words = field.value if isinstance(field.value, str) else value_to_text(field.value)
        if not words and isinstance(field.value, dict):
            words = self._select_translation(field.value)
        return to_plain_text(words)

    def _select_translation(self, value: dict[str, Value]) -> str:
        """Return the words of `{en: Quay, de: Kai}` in the entry's language, or the only ones."""
        words = {normalize_language(tag): value_to_text(one) for tag, one in value.items()}
        language = self.language.partition("-")[0]
        near = [one for tag, one in words.items() if tag.partition("-")[0] == language]
        if not near and len(words) == 1 and "" not in words:
            near = list(words.values())
        return words.get(self.language) or next(iter(near), "")

    def is_set(self, canonical: str) -> bool:
        """Return whether a field says yes."""
        return self.get_flag(canonical) is True

    def get_flag(self, canonical: str) -> bool | None:
        """Return whether a field says yes or no; None for neither, or without the field."""
        return parse_flag(self.get_words(canonical))

    def _note_excess(self) -> None:
        """Note truncated fields; raise `EntryError` for one that needs all of its words."""
        if (count := self.fields.count_all()) > MAX_FIELDS:
            message = f"the entry has {count:,} fields, more than {MAX_FIELDS:,}"
            line = self.parsed.fields[MAX_FIELDS].line if self.parsed.fields[MAX_FIELDS:] else None
            raise EntryError(
                "too-many-fields", message, "remove those that it does not need", line=line
            )
        for canonical, field in self.fields.too_long:
            message = f"the field is longer than {MAX_FIELD_CHARACTERS:,} characters"
            if canonical in DECISIVE_FIELDS:
                raise EntryError(
                    "field-too-long", message, "shorten it", field=field.name, line=field.line
                )
            self.add_problem(
                "field-too-long",
                message,
                "shorten it; until then, only its beginning counts",
                field,
            )

    def _resolve_language(self) -> str:
        field = self.fields.get_first("language")
        if field is not None:
            words = value_to_text(field.value)
            if language := normalize_language(words):
                return language
            remedy = "write a tag such as 'en' or 'zh-Hans'"
            self.add_problem("language-unknown", f"{words!r} is not a language tag", remedy, field)
        return self.path_facts.language or self._detect_language()

    def _detect_language(self) -> str:
        """Return the site's language, unless the text's script is that of one other language."""
        default = self.settings.site.language
        head = self.parsed.body[:SCRIPT_CHARACTERS]
        if head.isascii():
            return default
        language = detect_language(HTML_TAG.sub("", head))
        return default if not language or default.partition("-")[0] == language else language
