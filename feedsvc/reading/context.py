"""What every step of reading one entry has at hand: the entry's path, fields and rules, and where problems go."""

from __future__ import annotations

from datetime import time
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from feedsvc.dates import DateRules, NameDate, find_name_date
from feedsvc.dialects.types import Field, Parsed
from feedsvc.model import Problem
from feedsvc.reading.assets import Asset, find_asset
from feedsvc.reading.fields import Fields
from feedsvc.reading.identity import Name, make_language, read_name
from feedsvc.reading.values import to_flag, to_line, to_words
from feedsvc.settings import Settings


@lru_cache(maxsize=512)
def make_rules(zone: str, order: str, clock: str, language: str) -> DateRules:
    return DateRules(
        zone=ZoneInfo(zone), order=order, clock=time.fromisoformat(clock), language=language
    )


class Context:
    """One entry in the making: the words it has, and the problems met on the way."""

    def __init__(
        self, root: Path, path: str, parsed: Parsed, fields: Fields, settings: Settings
    ) -> None:
        self.root, self.path, self.parsed, self.fields, self.settings = (
            root,
            path,
            parsed,
            fields,
            settings,
        )
        self.problems: list[Problem] = []
        self.assets: dict[str, Asset] = {}
        self.name_date: NameDate | None = find_name_date(path)
        self.name: Name = read_name(path, self.name_date)
        self.title = ""
        self.language = self._find_language()
        dates = settings.dates
        self.rules = make_rules(
            settings.site.timezone, dates.order, dates.default_time, self.language
        )

    def note(
        self, code: str, message: str, field: Field | None = None, line: int | None = None
    ) -> None:
        """A problem that does not keep the entry from being published."""
        name, at = (field.name, field.line) if field is not None else (None, line)
        self.problems.append(Problem(code=code, message=message, field=name, line=at))

    def find_words(self, canonical: str) -> str:
        field = self.fields.first(canonical)
        if field is None:
            return ""
        return to_line(field.value if isinstance(field.value, str) else to_words(field.value))

    def is_set(self, canonical: str) -> bool:
        field = self.fields.first(canonical)
        return field is not None and to_flag(field.value) is True

    def find_file(self, reference: str, field: Field | None) -> Asset | None:
        """The file of the folder that *reference* means; one that is not there is a problem."""
        asset = find_asset(self.root, self.path, reference)
        if asset is not None:
            if asset.size < 0 and asset.path not in self.assets and field is not None:
                self.note(
                    "asset-missing",
                    f"the file {reference!r} is not there; put it beside the entry",
                    field,
                )
            self.assets[asset.path] = asset
        return asset

    def _find_language(self) -> str:
        field = self.fields.first("language")
        if field is not None:
            if language := make_language(to_words(field.value)):
                return language
            message = (
                f"{to_words(field.value)!r} is no language; write a tag such as 'en' or 'zh-Hans'"
            )
            self.note("language-unknown", message, field)
        return self.name.language or self.settings.site.language
