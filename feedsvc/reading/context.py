"""What every step of reading one entry has at hand: the entry's path, fields and rules, and where problems go."""

from __future__ import annotations

from datetime import time
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from feedsvc.dates import DateRules, PathDate, parse_path_date
from feedsvc.dialects.types import Field, ParsedText
from feedsvc.model import Problem
from feedsvc.reading.assets import Asset, resolve_asset
from feedsvc.reading.fields import EntryFields
from feedsvc.reading.identity import PathFacts, normalize_language, parse_path
from feedsvc.reading.values import parse_flag, to_plain_text, value_to_text
from feedsvc.settings import Settings


@lru_cache(maxsize=512)
def make_date_rules(zone: str, order: str, clock: str, language: str) -> DateRules:
    return DateRules(
        zone=ZoneInfo(zone), order=order, default_time=time.fromisoformat(clock), language=language
    )


class EntryDraft:
    """One entry in the making: the words it has, and the problems met on the way."""

    def __init__(
        self, root: Path, path: str, parsed: ParsedText, fields: EntryFields, settings: Settings
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
        self.path_date: PathDate | None = parse_path_date(path)
        self.name: PathFacts = parse_path(path, self.path_date)
        self.title = ""
        self.language = self._resolve_language()
        dates = settings.dates
        self.date_rules = make_date_rules(
            settings.site.timezone, dates.order, dates.default_time, self.language
        )

    def add_problem(
        self, code: str, message: str, field: Field | None = None, line: int | None = None
    ) -> None:
        """A problem that does not keep the entry from being published."""
        name, at = (field.name, field.line) if field is not None else (None, line)
        self.problems.append(Problem(code=code, message=message, field=name, line=at))

    def get_text(self, canonical: str) -> str:
        field = self.fields.first(canonical)
        if field is None:
            return ""
        return to_plain_text(
            field.value if isinstance(field.value, str) else value_to_text(field.value)
        )

    def is_set(self, canonical: str) -> bool:
        field = self.fields.first(canonical)
        return field is not None and parse_flag(field.value) is True

    def resolve_asset(self, reference: str, field: Field | None) -> Asset | None:
        """The file of the folder that *reference* means; one that is not there is a problem."""
        asset = resolve_asset(self.root, self.path, reference)
        if asset is not None:
            if asset.size < 0 and asset.path not in self.assets and field is not None:
                self.add_problem(
                    "asset-missing",
                    f"the file {reference!r} is not there; put it beside the entry",
                    field,
                )
            self.assets[asset.path] = asset
        return asset

    def _resolve_language(self) -> str:
        field = self.fields.first("language")
        if field is not None:
            if language := normalize_language(value_to_text(field.value)):
                return language
            message = f"{value_to_text(field.value)!r} is no language; write a tag such as 'en' or 'zh-Hans'"
            self.add_problem("language-unknown", message, field)
        return self.name.language or self.settings.site.language
