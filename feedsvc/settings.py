"""Turns feedsvc.toml and the environment into `Settings`, or one sentence that stops the start.

Comes in: a settings file, environment variables. Goes out: one frozen value
that every later stage trusts. Nothing here opens an entry.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct, field, inspect
from msgspec.structs import replace

from feedsvc.dates.timezones import load_zone, suggest_zone
from feedsvc.errors import FileError, SettingsError
from feedsvc.urls import encode_host, is_reserved, is_splittable, join_url, normalize_url, quote_url
from feedsvc.words import Words, get_words, read_catalog

Tables: TypeAlias = dict[str, dict[str, Any]]
DEVELOPMENT_AUTHORITY = "localhost,2026"
DEFAULT_PORT = 8000
DateSource = Literal["field", "filename", "path", "text", "git", "mtime"]
ArchivedKind = Literal["everything", "tags", "categories", "authors", "languages", "calendar"]
PERMALINK_PLACEHOLDERS = ("year", "month", "day", "slug", "category", "path")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# a brace, also percent-encoded, outside of a placeholder; a query; a fragment
STRAY_IN_PERMALINK = re.compile("[?#{}]|%7[BD]", re.IGNORECASE)


def expect(description: str, pattern: str | None = None) -> Any:
    """Return the constraint of a string; *description* completes "expected …"."""
    return Meta(description=description, pattern=pattern and rf"^(?:{pattern})\Z")


Urls = Annotated[tuple[str, ...], expect("a list of absolute http or https URLs without a user")]
Token = Annotated[str, expect("one word of visible ASCII", r"[!-~]*")]
Age = Annotated[int, Meta(ge=0, le=86_400)]  # seconds


class Site(Struct, frozen=True, kw_only=True):
    """The publisher, the site's addresses and its folders."""

    title: Annotated[str, expect("a title that is not empty", r"(?s:.*\S.*)")] = "News"
    url: Annotated[
        str,
        expect("an absolute http or https URL without user and query: 'https://example.com/'"),
    ] = ""  # ends in "/"; loaded `Settings` always have one
    id_authority: Annotated[
        str,
        expect(  # RFC 4151, section 2.1: a name we owned on a date
            "a host and a date on which it was yours, such as 'news.example.com,2023'",
            r"|([\w.+-]+@)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?,\d{4}"
            r"(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?",
        ),
    ] = ""
    description: str = ""
    language: Annotated[
        str,
        expect("a language tag such as 'en' or 'zh-Hans'", r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"),
    ] = "en"
    timezone: Annotated[str, expect("the IANA name of a time zone, such as 'Asia/Shanghai'")] = (
        "UTC"
    )
    author: str = ""
    rights: str = ""
    license: Annotated[
        str,
        expect("an absolute http or https URL, or a path of this site such as '/license.xml'"),
    ] = ""
    image: Annotated[  # the channel's picture
        str, expect("an http or https URL, a file of the entries folder, or a path of this site")
    ] = ""
    permalink: Annotated[
        str,
        expect(
            "a path or URL pattern with {slug} or {path} and no names but "
            + ", ".join(PERMALINK_PLACEHOLDERS)
        ),
    ] = "/{year}/{month}/{day}/{slug}/"
    entries: str = "entries"
    index: str = ""  # a folder; empty: one of its own in the user's cache folder
    watch: Literal["auto", "poll", "off"] = "auto"
    theme: str = ""  # a folder with templates/, static/ and translations/ that override ours
    root: str = "root"  # a folder of files for the site's root; it may be missing
    # pages offer nothing that needs a server, as in a static build
    static: bool = False

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of `timezone`; `ZoneInfo` keeps it."""
        return ZoneInfo(self.timezone)


class Dates(Struct, frozen=True, kw_only=True):
    """How dates are read."""

    order: Literal["", "dmy", "mdy"] = ""
    default_time: Annotated[
        str, expect("a time of day such as '09:00'", r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?")
    ] = "00:00"
    sources: Annotated[tuple[DateSource, ...], Meta(min_length=1)] = (
        *("field", "filename", "path", "text"),
    )

    @property
    def clock(self) -> time:
        """Return `default_time` as a time."""
        return time.fromisoformat(self.default_time)


class Feeds(Struct, frozen=True, kw_only=True):
    """What a feed contains, and how long caches may keep it."""

    limit: Annotated[int, Meta(ge=1, le=500)] = 30
    content: Literal["full", "summary"] = "full"
    max_age: Age = 300
    shared_max_age: Age = 0  # 0: max_age
    # seconds; -1: a tenth of the shorter age
    stale_while_revalidate: Annotated[int, Meta(ge=-1, le=86_400)] = -1
    stale_if_error: Annotated[int, Meta(ge=0, le=604_800)] = 86_400  # seconds
    archive: Literal["month", "year", "day"] = "month"
    archives_of: tuple[ArchivedKind, ...] = get_args(ArchivedKind)
    withdrawn_days: Annotated[int, Meta(ge=0, le=3_660)] = 30  # in RSS; 0: not at all
    hubs: Urls = ()  # WebSub

    @property
    def shared_age(self) -> int:
        """Return the seconds that a shared cache may keep a document."""
        return self.shared_max_age or self.max_age


class Push(Struct, frozen=True, kw_only=True):
    """Addresses to notify of changes, beside `feeds.hubs`; set secrets in the environment."""

    active: bool = True
    webhooks: Urls = ()
    webhook_secret: str = ""
    cdn: Literal["", "fastly", "cloudflare", "varnish"] = ""
    cdn_id: Annotated[
        str, expect("the id of a service or zone: letters, digits, '-' and '_'", r"[\w-]*")
    ] = ""
    cdn_token: Token = ""
    cdn_urls: Urls = ()
    surrogate_keys: Literal["", "Surrogate-Key", "Cache-Tag"] = ""  # the header's name
    indexnow_key: Annotated[
        str, expect("8 to 128 letters, digits and '-'", r"|[A-Za-z0-9-]{8,128}")
    ] = ""
    indexnow_url: Annotated[str, expect("an absolute http or https URL")] = (
        "https://api.indexnow.org/indexnow"
    )


class Metrics(Struct, frozen=True, kw_only=True):
    """Whether requests are counted, and who besides this machine may see the metrics."""

    active: bool = False
    networks: Annotated[
        tuple[str, ...], expect("a list of networks such as ['10.0.0.0/8', '2001:db8::/32']")
    ] = ()
    token: Token = ""


class Log(Struct, frozen=True, kw_only=True):
    """The log's level and format; empty: the server's, with `serve` info and text."""

    level: Literal["", "debug", "info", "warning", "error"] = ""
    format: Literal["", "text", "json"] = ""


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
    push: Push = field(default_factory=Push)
    metrics: Metrics = field(default_factory=Metrics)
    log: Log = field(default_factory=Log)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)  # canonical → further names
    authors: dict[str, str | KnownAuthor] = field(default_factory=dict)  # by key
    partners: Tables = field(default_factory=dict)  # see `site.partners`
    podcasts: Tables = field(default_factory=dict)  # see `site.podcasts`
    profiles: dict[str, str] = field(default_factory=dict)  # texts of partners' profiles, by name
    base: Path = field(default_factory=Path)
    development: bool = False  # neither `url` nor `id_authority` is set
    # drafts and scheduled entries are shown, too: only `serve --drafts` sets this, no file and no
    # variable can
    preview: bool = False

    @property
    def theme(self) -> str:
        """Return the theme's folder, "" without one."""
        return str(self.base / self.site.theme) if self.site.theme else ""

    @property
    def words(self) -> Words:
        """Return the words of the site's language; `get_words` keeps them."""
        return get_words(self.site.language, self.theme)

    @property
    def entries(self) -> Path:
        """Return the entries folder."""
        return self.base / self.site.entries

    @property
    def has_push(self) -> bool:
        """Return whether any address is to be notified of changes."""
        push = self.push
        return push.active and bool(
            self.feeds.hubs or push.webhooks or push.cdn or push.indexnow_key
        )

    @property
    def root(self) -> Path | None:
        """Return the folder of files for the site's root, None if none may be served.

        With the default name it is never the entries folder, nor the home of the user root.
        """
        folder = self.base / self.site.root
        if not self.site.root or str(folder) == "/root" or _overlaps(folder, self.entries):
            return None
        return folder

    @property
    def license_url(self) -> str:
        """Return the URL of the site's license, "" without one."""
        path = self.site.license
        return join_url(self.site.url, path) if path.startswith("/") else path

    @property
    def has_rsl_license(self) -> bool:
        """Whether the site's license is a document of Really Simple Licensing, by its name."""
        return urlsplit(self.site.license).path.endswith((".xml", ".rsl"))

    def to_tables(self) -> dict[str, Any]:
        """Return plain values from which `build_settings` makes equal settings elsewhere."""
        tables: dict[str, Any] = msgspec.to_builtins(self, enc_hook=str)
        return tables


SECTIONS: dict[str, type[Struct]] = {
    "site": Site,
    "dates": Dates,
    "feeds": Feeds,
    "push": Push,
    "metrics": Metrics,
    "log": Log,
}
SECRETS = ("push.webhook_secret", "push.cdn_token", "metrics.token")  # never quoted in messages
CANONICAL_FIELDS = (  # the fields that [fields] may give further names
    "title id url slug aliases language translation published updated not_before expires retracted"
    " draft status minor authors origin categories tags summary image enclosures comments rights"
    " clicks correction reason"
).split()
# Sections whose keys are the user's own: the type of each
FREE_SECTIONS: dict[str, Any] = {
    "authors": Annotated[
        str | KnownAuthor, expect('a name, or a table such as {name = "Jane Doe", url = "…"}')
    ],
    "partners": Annotated[
        dict[str, Any], expect('a table such as {profile = "google-news", tag = "wind"}')
    ],
    "podcasts": Annotated[
        dict[str, Any], expect('a table such as {listing = "categories/harbor-talk"}')
    ],
}
KEYS: Tables = {  # section → key → type
    **{name: get_type_hints(kind, include_extras=True) for name, kind in SECTIONS.items()},
    "fields": dict.fromkeys(CANONICAL_FIELDS, tuple[str, ...]),
    **{name: {} for name in FREE_SECTIONS},
}


def load_settings(
    config: str | Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    entries: str | Path | None = None,
    port: int | None = None,
) -> Settings:
    """Return the settings of file and environment; raise `SettingsError` if one is invalid.

    *entries* and *port* come from the command line.
    """
    environ = os.environ if environ is None else environ
    path = Path(config or environ.get("FEEDSVC_CONFIG") or "feedsvc.toml")
    tables = _read_tables(path, required=bool(config or environ.get("FEEDSVC_CONFIG")))
    variables = _add_environment(tables, environ)
    values = {name: check_section(name, tables.get(name, {}), variables) for name in KEYS}
    settings = build_settings({**values, "base": str(path.parent.absolute())})
    if entries is not None:
        settings = replace(
            settings, site=replace(settings.site, entries=str(Path(entries).absolute()))
        )
    _check_folders(settings)
    _check_theme(settings)
    _check_push(settings.push)
    return resolve_addresses(settings, port or _parse_port(environ))


def build_settings(values: Mapping[str, Any]) -> Settings:
    """Return the settings of *values*, as `Settings.to_tables` has them: known to be valid."""
    return msgspec.convert(values, Settings, dec_hook=lambda _, text: Path(text))


def _check_theme(settings: Settings) -> None:
    folder = settings.base / settings.site.theme
    for file in sorted(folder.glob("translations/*.po")) if settings.site.theme else ():
        try:
            read_catalog(file)
        except FileError as error:
            raise SettingsError("site.theme", f"{file}: {error.message}", error.remedy) from None


def _check_push(push: Push) -> None:
    """Raise `SettingsError` if an address lacks a setting that its notification needs."""
    needs_id = push.cdn == "cloudflare" or (push.cdn == "fastly" and bool(push.surrogate_keys))
    needs = (  # (setting, whether it has a value, what makes it necessary)
        ("webhook_secret", push.webhook_secret, bool(push.webhooks), "webhooks are signed with it"),
        ("cdn_token", push.cdn_token, push.cdn in ("fastly", "cloudflare"), "the CDN asks for it"),
        ("cdn_id", push.cdn_id, needs_id, "it is the zone at Cloudflare, the service at Fastly"),
        ("cdn_urls", push.cdn_urls, push.cdn == "varnish", "each Varnish is notified separately"),
    )
    for key, value, is_needed, reason in needs:
        if is_needed and not value:
            raise SettingsError(f"push.{key}", f"expected a value: {reason}")


def _check_folders(settings: Settings) -> None:
    for key in ("root", "theme", "index"):
        subject, value = f"site.{key}", getattr(settings.site, key)
        path = str(settings.base / value)
        if value in ("", getattr(Site(), key)):
            continue
        if not os.path.isdir(path) and (key == "theme" or os.path.exists(path)):
            raise SettingsError(subject, f"{path!r} is not a folder", "create it, or name another")
        owner = get_owner(Path(path), settings)
        clash = "" if owner in ("", subject) else f"is or lies in the folder of {owner}"
        if key == "root" and settings.root is None:
            clash = clash or "contains the entries folder, or is /root"
        if clash:
            remedy = "give its files a folder of their own"
            raise SettingsError(subject, f"{value!r} {clash}", remedy)


def get_owner(path: Path, settings: Settings) -> str:
    """Return the setting of the published folder that *path* is or lies in, else ""."""
    for name in ("entries", "root", "theme"):
        folder = getattr(settings, name)
        if folder and Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
            return f"site.{name}"
    return ""


def _overlaps(folder: Path, other: Path) -> bool:
    """Whether one of two folders is the other, or lies in it."""
    one, two = (Path(os.path.realpath(path)) for path in (folder, other))
    return one.is_relative_to(two) or two.is_relative_to(one)


def resolve_addresses(settings: Settings, port: int = DEFAULT_PORT) -> Settings:
    """Return *settings* with URL and id authority; if neither is set, those of development."""
    site = settings.site
    # headers and documents need a URI, whatever the settings have
    site = replace(
        site,
        url=normalize_url(quote_url(site.url)),
        license=quote_url(site.license),
        image=quote_url(site.image) if "://" in site.image else site.image,
        permalink=normalize_url(quote_url(site.permalink)).replace("%7B", "{").replace("%7D", "}"),
    )
    feeds = replace(settings.feeds, hubs=tuple(dict.fromkeys(map(quote_url, settings.feeds.hubs))))
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
        message = f"the addresses of {site.permalink!r} are reserved for the service"
        raise SettingsError("site.permalink", message, "start it with another segment")
    return replace(settings, site=site, feeds=feeds, development=development)


def _read_tables(path: Path, *, required: bool) -> Tables:
    """Return the file's sections by name, none if there is no file."""
    where = f"the settings file {str(path)!r}"
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if required:
            raise SettingsError("", f"{where} is not there") from None
        return {}
    except UnicodeDecodeError:
        raise SettingsError("", f"{where} is not UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise SettingsError("", f"{where} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # a number too long, nesting too deep
        raise SettingsError("", f"{where} is not TOML: {error}") from error
    for name, table in tables.items():
        if name not in KEYS:
            owners = [f"[{section}]" for section, keys in KEYS.items() if name in keys]
            belongs = f"; as a setting, it belongs below the line {' or '.join(owners)}"
            hint = belongs if owners else suggest(name, KEYS)
            raise SettingsError(name, f"unknown section{hint}; known are {', '.join(KEYS)}")
        if not isinstance(table, dict):
            raise SettingsError(name, f"expected the section [{name}], got {table!r}")
    return tables


def _add_environment(tables: Tables, environ: Mapping[str, str]) -> dict[str, str]:
    """Override the file's values by FEEDSVC_SECTION_KEY; ignore other variables.

    Return the names of the variables used, by "section.key".
    """
    variables: dict[str, str] = {}
    pattern = rf"FEEDSVC_({'|'.join(KEYS).upper()})_([A-Z0-9_]+)"
    for variable in sorted(environ):
        if match := re.fullmatch(pattern, variable):
            section, key = match[1].lower(), match[2].lower()
            other = FREE_SECTIONS[section] if section in ("partners", "podcasts") else str
            value = _parse_variable(variable, environ[variable], KEYS[section].get(key, other))
            tables.setdefault(section, {})[key] = value
            variables[f"{section}.{key}"] = variable
    return variables


def _parse_variable(variable: str, text: str, kind: Any) -> object:
    """Return the value of *text*, which is TOML unless *kind* is a string."""
    info = _get_plain_type(kind)
    if isinstance(info, inspect.StrType | inspect.LiteralType):
        return text
    text = text.lower() if isinstance(info, inspect.BoolType) else text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        expected = 'a TOML list such as ["a", "b"]'
        if isinstance(info, inspect.IntType | inspect.BoolType | inspect.DictType):
            expected = describe_type(kind)
        raise SettingsError(variable, f"expected {expected}, got {text!r}") from None


def check_section(
    section: str,
    table: Mapping[str, Any],
    variables: Mapping[str, str],
    known: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the values of one section; raise `SettingsError` for the first invalid one.

    The error names the one of *variables*, those of the environment, that set the value. *known*
    are the types of the keys if the section is not in `KEYS`.
    """
    free = FREE_SECTIONS.get(section)
    if known is None:
        known = KEYS[section] if free is None else dict.fromkeys(table, free)
    for key, value in table.items():
        name = f"{section}.{key}"
        shown = f"{variables[name]} ({name})" if name in variables else name
        if key not in known:
            is_secret = section.startswith(("push", "metrics", "partners"))  # may be a secret
            quoted = "" if is_secret else f" (value {value!r})"
            problem = f"unknown setting{quoted}{suggest(key, known)}"
            raise SettingsError(shown, f"{problem}; [{section}] has {', '.join(known)}")
        check = CHECKS.get(name)
        if isinstance(value, str) and NOT_IN_TEXT.search(value):
            raise SettingsError(shown, "expected UTF-8 without control characters")
        try:
            converted = msgspec.convert(value, known[key])
            is_right = check is None or check(converted)
        except (msgspec.ValidationError, ValueError):
            is_right = False
        if not is_right:
            is_secret = name in SECRETS or section == "partners" or key == "keys"
            got = "another value" if is_secret else repr(value)
            problem = f"expected {describe_type(known[key])}, got {got}"
            meant = suggest_zone(str(value)) if name == "site.timezone" else ""
            raise SettingsError(shown, problem + (f", did you mean {meant!r}?" if meant else ""))
    return dict(table)


def _get_plain_type(kind: Any) -> inspect.Type:
    """Return the type of a key without its description."""
    info = inspect.type_info(kind)
    return info.type if isinstance(info, inspect.Metadata) else info


def describe_type(kind: Any) -> str:
    """Return a description of a key's type that completes "expected …"."""
    match inspect.type_info(kind):
        case inspect.Metadata(extra_json_schema={"description": description}):
            return str(description)
        case inspect.LiteralType(values=choices):
            return " or ".join(map(repr, choices))
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType(ge=low, le=high):
            return f"a whole number from {low} to {high}"
        case inspect.VarTupleType(item_type=inspect.LiteralType(values=choices)):
            return f"a list of some of {', '.join(map(str, choices))}"
        case inspect.VarTupleType():
            return "a list of strings"
    return "a string"


def _parse_port(environ: Mapping[str, str]) -> int:
    words = environ.get("PORT", "")
    return int(words) if words.isascii() and words.isdigit() else DEFAULT_PORT


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `, did you mean …?` if one of *known* resembles *name*, else ""."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f", did you mean {close[0]!r}?" if close else ""


# Checks that no type expresses: whether a value is valid; ValueError means no.


def _is_site_url(value: str) -> bool:
    parts = urlsplit(value)
    return not value or (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and not (parts.query or parts.fragment or re.search(r"[\s\"<>]", value))
        and is_splittable(value)
        and "@" not in parts.netloc  # it would be published
        and not re.search(r"/\.\.?(/|$)", parts.path)
        and bool(encode_host(parts.netloc))  # ValueError if it has no URI form
    )


def _is_license(value: str) -> bool:
    if value.startswith("/"):
        return not value.startswith("//") and not re.search(r"[\s\"<>?#]", value)
    is_plain = not re.search(r"[\s\"<>]", value)
    return not value or (is_plain and _is_web_url(value.partition("#")[0]))


def _is_image(value: str) -> bool:
    if re.match(r"[a-z][a-z0-9+.-]*:|//", value, re.ASCII | re.IGNORECASE):
        return _is_web_url(value.partition("#")[0])
    return ".." not in value.split("/")


def _is_permalink(value: str) -> bool:
    names = set(PLACEHOLDER.findall(value))
    return (
        value.startswith(("/", "http://", "https://"))
        and names <= set(PERMALINK_PLACEHOLDERS)
        and not names.isdisjoint({"slug", "path"})
        and not STRAY_IN_PERMALINK.search(PLACEHOLDER.sub("", value))
        and (value.startswith("/") or _is_web_url(value))
    )


def _is_web_url(value: str) -> bool:
    """Return whether *value* is an absolute URL; unlike that of the site it may have a query."""
    path, _, _ = value.partition("?")
    return bool(path) and _is_site_url(path)


def _are_networks(values: tuple[str, ...]) -> bool:
    return all(ip_network(value) for value in values)  # ValueError for an invalid one


# Forbidden in documents (XML 1.0, 2.2), and bytes of the environment that are not UTF-8
NOT_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
CHECKS: dict[str, Callable[[Any], bool]] = {
    "site.url": _is_site_url,
    "site.license": _is_license,
    "site.image": _is_image,
    "site.timezone": lambda name: load_zone(name) is not None,
    "site.permalink": _is_permalink,
    **dict.fromkeys(
        ("feeds.hubs", "push.webhooks", "push.cdn_urls"), lambda urls: all(map(_is_web_url, urls))
    ),
    "push.indexnow_url": _is_web_url,
    "metrics.networks": _are_networks,
}
