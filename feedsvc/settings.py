"""feedsvc.toml and the environment become `Settings`, or one sentence that stops the start.

Comes in: a settings file, environment variables. Goes out: one frozen value
that every later stage trusts. Nothing here opens an entry.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct, field
from msgspec.inspect import IntType, LiteralType, Metadata, StrType, VarTupleType, type_info
from msgspec.structs import replace

from feedsvc.errors import SettingsError
from feedsvc.urls import encode_host, is_reserved, quote_url

DEVELOPMENT_AUTHORITY = "localhost,2026"
DEFAULT_PORT = 8000
DateSource = Literal["field", "filename", "path", "text", "git", "mtime"]
PERMALINK_PLACEHOLDERS = ("year", "month", "day", "slug", "category", "path")


def _expect(description: str, pattern: str | None = None) -> Any:
    """Return the constraint of a string; *description* completes "expected …"."""
    return Meta(description=description, pattern=pattern and rf"^(?:{pattern})\Z")


class Site(Struct, frozen=True, kw_only=True):
    """Who publishes, under which addresses, from which folder."""

    title: Annotated[str, _expect("a title that is not empty", r"(?s:.*\S.*)")] = "News"
    url: Annotated[
        str,
        _expect("an absolute http or https URL without query, such as 'https://news.example.com/'"),
    ] = ""  # ends in "/"; loaded `Settings` always have one
    id_authority: Annotated[
        str,
        _expect(  # RFC 4151, section 2.1: a name we owned on a date
            "a host and a date at which it was yours, such as 'news.example.com,2023'",
            r"|([\w.+-]+@)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?,\d{4}(-\d\d(-\d\d)?)?",
        ),
    ] = ""
    description: str = ""
    language: Annotated[
        str,
        _expect("a language tag such as 'en' or 'zh-Hans'", r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"),
    ] = "en"
    timezone: Annotated[str, _expect("the IANA name of a time zone, such as 'Asia/Shanghai'")] = (
        "UTC"
    )
    author: str = ""
    rights: str = ""
    image: str = (
        ""  # the channel's picture: a URL, a file of the entries folder, or a path on this site
    )
    permalink: Annotated[
        str,
        _expect(
            "a path or URL pattern with {slug} or {path} and no names but "
            + ", ".join(PERMALINK_PLACEHOLDERS)
        ),
    ] = "/{year}/{month}/{day}/{slug}/"
    entries: str = "entries"
    index: str = ""  # a folder; empty: one of its own in the user's cache folder
    watch: Literal["auto", "poll", "off"] = "auto"
    theme: str = ""  # a folder with templates/ and static/ that go before ours

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of `timezone`; `ZoneInfo` keeps it."""
        return ZoneInfo(self.timezone)


class Dates(Struct, frozen=True, kw_only=True):
    """How dates are read."""

    order: Literal["", "dmy", "mdy"] = ""
    default_time: Annotated[
        str, _expect("a time of day such as '09:00'", r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
    ] = "00:00"
    sources: Annotated[tuple[DateSource, ...], Meta(min_length=1)] = (
        "field",
        "filename",
        "path",
        "text",
    )

    @property
    def clock(self) -> time:
        """Return `default_time` as a time."""
        return time.fromisoformat(self.default_time)


class Feeds(Struct, frozen=True, kw_only=True):
    """What a feed carries, and how long caches may keep it."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 30
    content: Literal["full", "summary"] = "full"
    max_age: Annotated[int, Meta(ge=0, le=86_400)] = 300  # seconds
    shared_max_age: Annotated[int, Meta(ge=0, le=86_400)] = 0  # seconds; 0: max_age
    archive: Literal["month", "year", "day"] = "month"
    hubs: Annotated[tuple[str, ...], Meta(description="a list of absolute URLs")] = ()  # WebSub

    @property
    def shared_age(self) -> int:
        """Return the seconds that a shared cache may keep a document."""
        return self.shared_max_age or self.max_age


class KnownAuthor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person whom entries name by a key."""

    name: str
    email: str = ""
    url: str = ""


class Settings(Struct, frozen=True, kw_only=True):
    """All settings, checked; *base* is the folder that relative paths start from."""

    site: Site = field(default_factory=Site)
    dates: Dates = field(default_factory=Dates)
    feeds: Feeds = field(default_factory=Feeds)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)  # canonical → further names
    authors: dict[str, str | KnownAuthor] = field(default_factory=dict)  # by key
    base: Path = field(default_factory=Path)
    development: bool = False  # neither `url` nor `id_authority` is set

    @property
    def entries(self) -> Path:
        """Return the entries folder."""
        return self.base / self.site.entries

    def to_tables(self) -> dict[str, Any]:
        """Return plain values from which `build_settings` makes equal settings elsewhere."""
        tables: dict[str, Any] = msgspec.to_builtins(self, enc_hook=str)
        return tables


SECTIONS: dict[str, type[Struct]] = {"site": Site, "dates": Dates, "feeds": Feeds}
CANONICAL_FIELDS = (  # the entry's fields that [fields] may give further names
    *("title", "id", "url", "slug", "aliases", "language", "translation"),
    *("published", "updated", "not_before", "expires", "retracted", "draft", "status", "minor"),
    *("authors", "origin", "categories", "tags", "summary", "image", "enclosures", "comments"),
    *("rights", "clicks", "correction", "reason"),
)
KEYS: dict[str, dict[str, Any]] = {  # section → key → type
    **{name: get_type_hints(kind, include_extras=True) for name, kind in SECTIONS.items()},
    "fields": dict.fromkeys(CANONICAL_FIELDS, tuple[str, ...]),
    "authors": {},
}
# Sections whose keys are the user's own: the type of each
FREE_SECTIONS: dict[str, Any] = {
    "authors": Annotated[
        str | KnownAuthor, _expect('a name, or a table such as {name = "Jane Doe", url = "…"}')
    ]
}


def load_settings(
    config: str | Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    entries: str | Path | None = None,
    port: int | None = None,
) -> Settings:
    """Return the settings of file and environment; raise `SettingsError` where one is wrong.

    *entries* and *port* come from the command line.
    """
    environ = os.environ if environ is None else environ
    path = Path(config or environ.get("FEEDSVC_CONFIG") or "feedsvc.toml")
    tables = _read_tables(path, required=bool(config or environ.get("FEEDSVC_CONFIG")))
    variables = _add_environment(tables, environ)
    values = {name: _check_section(name, tables.get(name, {}), variables) for name in KEYS}
    settings = msgspec.convert(
        {**values, "base": str(path.parent.absolute())}, Settings, dec_hook=_build_path
    )
    if entries is not None:
        settings = replace(
            settings, site=replace(settings.site, entries=str(Path(entries).absolute()))
        )
    _check_theme(settings)
    return resolve_addresses(settings, port or _parse_port(environ))


def build_settings(values: Mapping[str, Any]) -> Settings:
    """Return the settings of `Settings.to_tables`, which are known to be right."""
    return msgspec.convert(values, Settings, dec_hook=_build_path)


def _build_path(_: type, text: str) -> Path:
    return Path(text)


def _check_theme(settings: Settings) -> None:
    folder = settings.base / settings.site.theme
    if settings.site.theme and not folder.is_dir():
        message = f"{str(folder)!r} is not a folder"
        raise SettingsError("site.theme", message, "make it, or name another")


def resolve_addresses(settings: Settings, port: int = DEFAULT_PORT) -> Settings:
    """Return *settings* with URL and id authority, those of development mode with neither set."""
    site = settings.site
    # what leaves in headers and documents is a URI, whatever stands in the settings
    site = replace(
        site,
        url=quote_url(site.url),
        image=quote_url(site.image) if "://" in site.image else site.image,
        permalink=quote_url(site.permalink).replace("%7B", "{").replace("%7D", "}"),
    )
    feeds = replace(settings.feeds, hubs=tuple(map(quote_url, settings.feeds.hubs)))
    if site.url and not site.id_authority:
        host = urlsplit(site.url).hostname
        today = datetime.now(site.zone).date()
        raise SettingsError(
            "site.id_authority",
            "site.url is set, so ids need an authority that stays the same whatever happens to the "
            f'URL; add this line to [site]: id_authority = "{host},{today}"',
        )
    development = not site.url and not site.id_authority
    url = site.url or f"http://127.0.0.1:{port}/"
    site = replace(
        site, url=url.rstrip("/") + "/", id_authority=site.id_authority or DEVELOPMENT_AUTHORITY
    )
    pattern = "/" + site.permalink[len(site.url) :]
    pattern = pattern if site.permalink.startswith(site.url) else site.permalink
    if is_reserved(pattern):
        message = f"the addresses of {site.permalink!r} are the service's own"
        raise SettingsError("site.permalink", message, "let it begin with another segment")
    return replace(settings, site=site, feeds=feeds, development=development)


def _read_tables(path: Path, *, required: bool) -> dict[str, dict[str, Any]]:
    """Return the file's sections by name; no section where there is no file."""
    where = f"the settings file {str(path)!r}"
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if required:
            raise SettingsError("", f"{where} is not there") from None
        return {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError("", f"{where} is not TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("", f"{where} cannot be read: {error}") from error
    for name, table in tables.items():
        if name not in KEYS:
            problem = f"unknown section{_suggest(name, KEYS)}; known are {', '.join(KEYS)}"
            raise SettingsError(name, problem)
        if not isinstance(table, dict):
            raise SettingsError(name, f"expected the section [{name}], got {table!r}")
    return tables


def _add_environment(
    tables: dict[str, dict[str, Any]], environ: Mapping[str, str]
) -> dict[str, str]:
    """Put FEEDSVC_SECTION_KEY over the file's values; other variables are not ours.

    Return the names of those that are, by "section.key".
    """
    variables: dict[str, str] = {}
    pattern = rf"FEEDSVC_({'|'.join(KEYS).upper()})_([A-Z0-9_]+)"
    for variable in sorted(environ):
        if match := re.fullmatch(pattern, variable):
            section, key = match[1].lower(), match[2].lower()
            value = _parse_variable(variable, environ[variable], KEYS[section].get(key, str))
            tables.setdefault(section, {})[key] = value
            variables[f"{section}.{key}"] = variable
    return variables


def _parse_variable(variable: str, text: str, kind: Any) -> object:
    """Return the value of *text*, which is TOML where *kind* is no string."""
    info = _get_plain_type(kind)
    if isinstance(info, StrType | LiteralType):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        expected = 'a TOML list such as ["a", "b"]'
        if isinstance(info, IntType):
            expected = _describe_type(kind)
        raise SettingsError(variable, f"expected {expected}, got {text!r}") from None


def _check_section(
    section: str, table: Mapping[str, Any], variables: Mapping[str, str]
) -> dict[str, Any]:
    """Return the values of one section; raise `SettingsError` for the first that is wrong.

    It names the one of the environment's *variables* from which the value is.
    """
    free = FREE_SECTIONS.get(section)
    known = KEYS[section] if free is None else dict.fromkeys(table, free)
    for key, value in table.items():
        name = f"{section}.{key}"
        shown = f"{variables[name]} ({name})" if name in variables else name
        if key not in known:
            problem = f"unknown setting (value {value!r}){_suggest(key, known)}"
            raise SettingsError(shown, f"{problem}; [{section}] has {', '.join(known)}")
        check = CHECKS.get(name)
        try:
            converted = msgspec.convert(value, known[key])
            is_right = check is None or check(converted)
        except (msgspec.ValidationError, ValueError):
            is_right = False
        if not is_right:
            problem = f"expected {_describe_type(known[key])}, got {value!r}"
            raise SettingsError(shown, problem)
    return dict(table)


def _get_plain_type(kind: Any) -> msgspec.inspect.Type:
    """Return the type of a key without its description."""
    info = type_info(kind)
    return info.type if isinstance(info, Metadata) else info


def _describe_type(kind: Any) -> str:
    """Return what values of a key's type are, as completes "expected …"."""
    match type_info(kind):
        case Metadata(extra_json_schema={"description": description}):
            return str(description)
        case LiteralType(values=choices):
            return " or ".join(map(repr, choices))
        case IntType(ge=low, le=high):
            return f"a whole number from {low} to {high}"
        case VarTupleType(item_type=LiteralType()):
            return f"a list of some of {', '.join(get_args(DateSource))}"
        case VarTupleType():
            return "a list of strings"
    return "a string"


def _parse_port(environ: Mapping[str, str]) -> int:
    words = environ.get("PORT", "")
    return int(words) if words.isascii() and words.isdigit() else DEFAULT_PORT


def _suggest(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""


# Checks that no type expresses: whether a value is right; ValueError is no.


def _is_site_url(value: str) -> bool:
    parts = urlsplit(value)
    return not value or (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not (parts.query or parts.fragment or re.search(r"[\s\"<>]", value))
        and bool(encode_host(parts.netloc))  # ValueError where it has no URI
    )


def _is_zone(value: str) -> bool:
    try:
        ZoneInfo(value).utcoffset(datetime.now(UTC))
    except (KeyError, OSError):
        return False
    return True


def _is_permalink(value: str) -> bool:
    names = set(re.findall(r"\{([^{}]*)\}", value))
    return (
        value.startswith(("/", "http://", "https://"))
        and names <= set(PERMALINK_PLACEHOLDERS)
        and not names.isdisjoint({"slug", "path"})
        and not set("?#") & set(value)
    )


CHECKS: dict[str, Callable[[Any], bool]] = {
    "site.url": _is_site_url,
    "site.timezone": _is_zone,
    "site.permalink": _is_permalink,
    "feeds.hubs": lambda urls: all(url and _is_site_url(url.partition("?")[0]) for url in urls),
}
