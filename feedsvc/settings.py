"""feedsvc.toml and the environment become `Settings`, or one sentence that stops the start.

Comes in: a settings file, environment variables. Goes out: one frozen value
that every later stage trusts. Nothing here opens an entry.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feedsvc.errors import SettingsError

DEVELOPMENT_AUTHORITY = "localhost,2026"
DEFAULT_PORT = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who publishes, under which addresses, from which folder."""

    title: str = "News"
    url: str = ""  # ends in "/"; a loaded `Settings` always has one
    id_authority: str = ""
    description: str = ""
    language: str = "en"
    timezone: str = "UTC"
    author: str = ""
    rights: str = ""
    image: str = ""  # the channel's picture: an absolute URL, or a path on this site
    permalink: str = "/{year}/{month}/{slug}/"
    entries: str = "entries"
    index: str = ""  # a file; empty: one of its own in the user's cache folder
    watch: str = "auto"
    theme: str = ""  # a folder with templates/ and static/ that go before ours

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """How dates are read."""

    order: str = ""
    default_time: str = "00:00"
    sources: tuple[str, ...] = ("field", "filename", "path", "text")

    @property
    def clock(self) -> time:
        return time.fromisoformat(self.default_time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """What a feed carries, and how long caches may keep it."""

    limit: int = 30
    content: str = "full"
    max_age: int = 300  # seconds
    archive: str = "month"
    hubs: tuple[str, ...] = ()  # WebSub hubs that the feeds announce


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked; *base* is the folder that relative paths start from."""

    site: Site = field(default_factory=Site)
    dates: Dates = field(default_factory=Dates)
    feeds: Feeds = field(default_factory=Feeds)
    fields: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # canonical field → further names
    base: Path = field(default_factory=Path)
    development: bool = False  # neither `url` nor `id_authority` is set

    @property
    def entries(self) -> Path:
        return self.base / self.site.entries

    def to_tables(self) -> dict[str, Any]:
        """Plain values from which `load_tables` makes equal settings in another process."""
        return {**asdict(self), "base": str(self.base)}


SECTIONS: dict[str, type[Any]] = {"site": Site, "dates": Dates, "feeds": Feeds}
CANONICAL_FIELDS = (  # the entry's fields that [fields] may give further names
    *("title", "id", "url", "slug", "aliases", "language", "translation"),
    *("published", "updated", "not_before", "expires", "retracted", "draft", "status", "minor"),
    *("authors", "origin", "categories", "tags", "summary", "image", "enclosures", "comments"),
    *("rights", "clicks", "correction", "reason"),
)
DATE_SOURCES = ("field", "filename", "path", "text", "git", "mtime")
PERMALINK_PLACEHOLDERS = ("year", "month", "day", "slug", "category", "path")


def load_settings(
    config: str | Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    entries: str | Path | None = None,
    port: int | None = None,
) -> Settings:
    """Reads the settings file and the environment; *entries* and *port* come from the command line."""
    environ = os.environ if environ is None else environ
    path = Path(config or environ.get("FEEDSVC_CONFIG") or "feedsvc.toml")
    tables = _read_tables(path, required=bool(config or environ.get("FEEDSVC_CONFIG")))
    _add_environment(tables, environ)
    parts = {name: _build_section(name, tables.get(name, {})) for name in SECTIONS}
    settings = Settings(
        **parts, fields=_build_field_names(tables.get("fields", {})), base=path.parent.absolute()
    )
    if entries is not None:
        settings = replace(
            settings, site=replace(settings.site, entries=str(Path(entries).absolute()))
        )
    return resolve_addresses(settings, port or _parse_port(environ))


def build_settings(values: Mapping[str, Any]) -> Settings:
    """The settings that `Settings.to_tables` told, trusted as they are."""
    parts = {
        name: kind(
            **{
                key: tuple(value) if isinstance(value, list) else value
                for key, value in values[name].items()
            }
        )
        for name, kind in SECTIONS.items()
    }
    names = {key: tuple(more) for key, more in values["fields"].items()}
    return Settings(
        **parts, fields=names, base=Path(values["base"]), development=values["development"]
    )


def resolve_addresses(settings: Settings, port: int = DEFAULT_PORT) -> Settings:
    """Gives the site its URL and id authority, those of development mode when neither is set."""
    site = settings.site
    if site.url and not site.id_authority:
        host = urlsplit(site.url).hostname
        today = datetime.now(site.zone).date()
        raise SettingsError(
            "site.id_authority",
            f"site.url is set, so ids need an authority that stays the same whatever happens to the URL; "
            f'add this line to [site]: id_authority = "{host},{today}"',
        )
    development = not site.url and not site.id_authority
    url = site.url or f"http://127.0.0.1:{port}/"
    site = replace(
        site, url=url.rstrip("/") + "/", id_authority=site.id_authority or DEVELOPMENT_AUTHORITY
    )
    return replace(settings, site=site, development=development)


def _read_tables(path: Path, *, required: bool) -> dict[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if required:
            raise SettingsError("", f"the settings file {str(path)!r} is not there") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "", f"the settings file {str(path)!r} cannot be read: {error}"
        ) from error
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("", f"the settings file {str(path)!r} is not TOML: {error}") from error
    known = [*SECTIONS, "fields"]
    for name, table in tables.items():
        if name not in known:
            raise SettingsError(
                name, f"unknown section{_suggest(name, known)}; known are {', '.join(known)}"
            )
        if not isinstance(table, dict):
            raise SettingsError(name, f"{table!r} stands where the section [{name}] is expected")
    return tables


def _add_environment(tables: dict[str, dict[str, Any]], environ: Mapping[str, str]) -> None:
    """Lays FEEDSVC_SECTION_KEY over the file's values; other variables are not ours."""
    for variable in sorted(environ):
        match = re.fullmatch(r"FEEDSVC_(SITE|DATES|FEEDS|FIELDS)_([A-Z0-9_]+)", variable)
        if match is None:
            continue
        section, key = match[1].lower(), match[2].lower()
        kinds = (
            {item.name: str(item.type) for item in fields(SECTIONS[section])}
            if section in SECTIONS
            else {}
        )
        kind = kinds.get(key, "str" if section in SECTIONS else "tuple")
        tables.setdefault(section, {})[key] = _parse_variable(variable, environ[variable], kind)


def _parse_variable(variable: str, words: str, kind: str) -> object:
    if kind == "str":
        return words
    try:
        return tomllib.loads(f"value = {words}")["value"]
    except tomllib.TOMLDecodeError:
        wanted = "a whole number" if kind == "int" else 'a TOML list such as ["a", "b"]'
        raise SettingsError(variable, f"{words!r} stands where {wanted} is expected") from None


def _build_section(name: str, table: Mapping[str, Any]) -> Any:
    kind = SECTIONS[name]
    known = {item.name: str(item.type) for item in fields(kind)}
    values = {}
    for key, value in table.items():
        full = f"{name}.{key}"
        if key not in known:
            raise SettingsError(
                full,
                f"unknown setting (value {value!r}){_suggest(key, known)}; [{name}] has {', '.join(known)}",
            )
        values[key] = _check_value(full, value, known[key])
    return kind(**values)


def _check_value(full: str, value: Any, kind: str) -> Any:
    if kind == "str":
        fits = isinstance(value, str)
    elif kind == "int":
        fits = isinstance(value, int) and not isinstance(value, bool)
    else:
        fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not fits:
        wanted = {"str": "a string", "int": "a whole number"}.get(kind, "a list of strings")
        raise SettingsError(full, f"{value!r} stands where {wanted} is expected")
    value = tuple(value) if isinstance(value, list) else value
    check = CHECKS.get(full)
    wanted = check(value) if check is not None else ""
    if wanted:
        raise SettingsError(full, f"{value!r} stands where {wanted} is expected")
    return value


def _build_field_names(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    for key, names in table.items():
        if key not in CANONICAL_FIELDS:
            raise SettingsError(
                f"fields.{key}",
                f"unknown field{_suggest(key, CANONICAL_FIELDS)}; {', '.join(CANONICAL_FIELDS)}",
            )
        _check_value(f"fields.{key}", names, "tuple")
    return {key: tuple(names) for key, names in table.items()}


def _parse_port(environ: Mapping[str, str]) -> int:
    words = environ.get("PORT", "")
    return int(words) if words.isascii() and words.isdigit() else DEFAULT_PORT


def _suggest(name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""


# Checks return what is expected where the value is wrong, "" where it is right.


def _one_of(*choices: str) -> Callable[[str], str]:
    return lambda value: "" if value in choices else " or ".join(repr(choice) for choice in choices)


def _between(low: int, high: int) -> Callable[[int], str]:
    return lambda value: "" if low <= value <= high else f"a whole number from {low} to {high}"


def _matches(pattern: str, wanted: str) -> Callable[[str], str]:
    return lambda value: "" if re.fullmatch(pattern, value) else wanted


def _check_url(value: str) -> str:
    wanted = "an absolute http or https URL without query, such as 'https://news.example.com/',"
    try:
        parts = urlsplit(value)
        good = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and not parts.query
            and not parts.fragment
        )
    except ValueError:
        return wanted
    return "" if not value or (good and not re.search(r"[\s\"<>]", value)) else wanted


def _check_zone(value: str) -> str:
    try:
        ZoneInfo(value).utcoffset(datetime.now(UTC))
    except (KeyError, ValueError, OSError):
        return "the IANA name of a time zone, such as 'Asia/Shanghai',"
    return ""


def _check_time(value: str) -> str:
    good = re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", value)
    return "" if good else "a time of day such as '09:00'"


def _check_permalink(value: str) -> str:
    names = re.findall(r"\{([^{}]*)\}", value)
    good = value.startswith(("/", "http://", "https://")) and set(names) <= set(
        PERMALINK_PLACEHOLDERS
    )
    if good and ("slug" in names or "path" in names) and "?" not in value and "#" not in value:
        return ""
    return f"a path or URL pattern with {{slug}} or {{path}} and no names but {', '.join(PERMALINK_PLACEHOLDERS)}"


def _check_sources(value: tuple[str, ...]) -> str:
    return (
        ""
        if value and set(value) <= set(DATE_SOURCES)
        else f"a list of some of {', '.join(DATE_SOURCES)}"
    )


def _check_hubs(value: tuple[str, ...]) -> str:
    return (
        ""
        if all(hub and not _check_url(hub.partition("?")[0]) for hub in value)
        else "a list of absolute URLs"
    )


CHECKS: dict[str, Callable[[Any], str]] = {
    "site.title": lambda value: "" if value.strip() else "a title that is not empty",
    "site.url": _check_url,
    "site.id_authority": _matches(  # RFC 4151, section 2.1: a name we owned on a date
        r"|([\w.+-]+@)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?,\d{4}(-\d\d(-\d\d)?)?",
        "a host and a date at which it was yours, such as 'news.example.com,2023',",
    ),
    "site.language": _matches(
        r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language tag such as 'en' or 'zh-Hans'"
    ),
    "site.timezone": _check_zone,
    "site.permalink": _check_permalink,
    "site.watch": _one_of("auto", "poll", "off"),
    "dates.order": _one_of("", "dmy", "mdy"),
    "dates.default_time": _check_time,
    "dates.sources": _check_sources,
    "feeds.limit": _between(1, 500),
    "feeds.content": _one_of("full", "summary"),
    "feeds.max_age": _between(0, 86_400),
    "feeds.archive": _one_of("month", "year", "day"),
    "feeds.hubs": _check_hubs,
}
