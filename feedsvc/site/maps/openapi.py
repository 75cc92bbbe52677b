"""What a program may ask this service, as OpenAPI 3.1 (RFC 8631's service-desc).

Made from what answers: the folders and files of `urls`, the parameters and bounds of `listing`, the
media types of `feeds`. A parameter or a route that has no words here fails a test.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from feedsvc import __version__, feeds, pages
from feedsvc.listing import KIND_BY_PARAMETER, MAX_DOCUMENT_ENTRIES
from feedsvc.settings import Settings
from feedsvc.site.exceptions import DocumentNotFound
from feedsvc.site.recipes import Recipe, RecipeContext, Rendering
from feedsvc.urls import (
    FEED_ALIASES,
    FEED_FILES,
    FOLDER_BY_KIND,
    LISTING_FILES,
    MAX_NAME_CHARACTERS,
    OPENAPI_MEDIA_TYPE,
    TERM_FOLDERS,
    Route,
)

Json: TypeAlias = dict[str, Any]
DAY, CLOCK, OFFSET = r"(0[1-9]|[12]\d|3[01])", r"([01]\d|2[0-3]):[0-5]\d", r"[+-][01]\d:?[0-5]\d"
TIME = rf"^(?!0000)\d{{4}}(-(0[1-9]|1[0-2])(-{DAY}(T{CLOCK}(:[0-5]\d)?(Z|{OFFSET})?)?)?)?$"
NAMES = {"type": "string", "maxLength": MAX_NAME_CHARACTERS}
MOMENT = {"type": "string", "pattern": TIME, "examples": ["2026-03", "2026-03-02T14:30Z"]}
NAME_WORDS = "A comma means OR, a repeated parameter AND. Names are written as in addresses."
PARAMETERS: dict[str, tuple[str, Json]] = {  # by name: what it does, and its schema
    **{
        name: (
            f"Only entries with this {kind}. {NAME_WORDS}",
            {"type": "array", "items": NAMES, "maxItems": 32},
        )
        for name, kind in KIND_BY_PARAMETER.items()
    },
    "not": (
        f"No entries with this tag, category or author. {NAME_WORDS}",
        {"type": "array", "items": NAMES, "maxItems": 32},
    ),
    "q": (
        "Only entries with these words in title, summary or text; at most 16 words.",
        {"type": "string", "maxLength": 200},
    ),
    "since": (
        "Only entries from this time on; with `sort=updated`, only those changed since.",
        MOMENT,
    ),
    "until": ("Only entries up to and including this time.", MOMENT),
    "limit": (
        f"How many entries; more than {MAX_DOCUMENT_ENTRIES} counts as {MAX_DOCUMENT_ENTRIES}.",
        {"type": "integer", "minimum": 1, "maximum": MAX_DOCUMENT_ENTRIES},
    ),
    "content": (
        "Whole texts, or summaries.",
        {"type": "string", "enum": ["full", "summary"]},
    ),
    "sort": (
        "`updated`: what changed last comes first. With `since` or `until` the answer has"
        " tombstones of what has left the listing, and says what to ask for next.",
        {"type": "string", "enum": ["updated", "published"]},
    ),
    "before": (
        "Continues a page; take it from links and from `next_url`.",
        {"type": "string", "pattern": r"^-?\d{1,19}(\.-?\d{1,19})?$"},
    ),
}
UNSORTED = ("limit", "sort", "before")  # which an archive, cut by the calendar, does not have
TIME_PARAMETERS = ("since", "until", "sort", "before")
PATH_PARAMETERS: dict[str, tuple[str, Json]] = {
    "name": ("The name as it appears in addresses.", {"type": "string", "minLength": 1}),
    "partner": ("The partner's name in the settings.", {"type": "string", "minLength": 1}),
    "year": ("The year.", {"type": "string", "pattern": r"^[1-9]\d{3}$"}),
    "month": ("The month.", {"type": "string", "pattern": r"^(0[1-9]|1[0-2])$"}),
    "period": (
        "A year, month or day, as the setting `feeds.archive` cuts the history.",
        {"type": "string", "pattern": r"^\d{4}(-\d\d(-\d\d)?)?$"},
    ),
    "part": (
        "For the second and further parts of a large period.",
        {"type": "integer", "minimum": 2},
    ),
}
TEXT: Json = {"type": "string"}
URL: Json = {"type": "string", "format": "uri"}
INSTANT: Json = {"type": "string", "format": "date-time"}
HEADERS: dict[str, tuple[str, Json]] = {
    "ETag": ("The same for these bytes in every coding; send it as `If-None-Match`.", TEXT),
    "Cache-Control": ("How long it may be kept: never past the next scheduled change.", TEXT),
    "Last-Modified": ("The latest date that the entries name.", TEXT),
    "Link": ("This document and its other formats, hubs, the license (RFC 8288).", TEXT),
}
SCHEMAS: Json = {
    "Tombstone": {
        "description": "An entry that is not in the listing any more.",
        "type": "object",
        "required": ["id", "date_deleted"],
        "properties": {"id": TEXT, "url": URL, "date_deleted": INSTANT, "reason": TEXT},
    },
    "Item": {
        "description": "An entry, as JSON Feed 1.1 has it.",
        "type": "object",
        "required": ["id", "url", "title", "date_published", "date_modified"],
        "properties": {
            **dict.fromkeys(("id", "title", "summary", "content_html", "content_text"), TEXT),
            "url": URL,
            **dict.fromkeys(("date_published", "date_modified"), INSTANT),
            "tags": {"type": "array", "items": TEXT},
            "language": TEXT,
            "_feedsvc": {
                "type": "object",
                "properties": {
                    "precision": {"enum": ["second", "minute", "day", "month", "year"]},
                    **dict.fromkeys(("embargo", "expires"), INSTANT),
                },
            },
        },
    },
    "Feed": {
        "description": "JSON Feed 1.1 (https://jsonfeed.org/version/1.1).",
        "type": "object",
        "required": ["version", "title", "home_page_url", "feed_url", "items", "_feedsvc"],
        "properties": {
            "version": {"const": "https://jsonfeed.org/version/1.1"},
            "title": TEXT,
            **dict.fromkeys(("home_page_url", "feed_url"), URL),
            "next_url": {"type": "string", "format": "uri-reference"},
            "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
            "_feedsvc": {
                "type": "object",
                "properties": {
                    "deleted": {
                        "type": "array",
                        "items": {"$ref": "#/components/schemas/Tombstone"},
                    },
                    **dict.fromkeys(("next_since", "known_since"), INSTANT),
                },
            },
        },
    },
    "Problem": {
        "description": "What is wrong, and what would be right (RFC 9457).",
        "type": "object",
        "required": ["status", "title"],
        "properties": {"status": {"type": "integer"}, "title": TEXT, "detail": TEXT},
    },
    "Status": {
        "type": "object",
        "required": ["status"],
        "properties": {"status": TEXT, "entries": {"type": "object"}},
    },
}
PARAMETERS_BY_LOCATION = {
    "query": PARAMETERS,
    "path": PATH_PARAMETERS,
    "header": {"If-None-Match": ("The ETag of the last answer.", TEXT)},
}
ERRORS = {
    "400": ("BadRequest", "A value that no listing can have."),
    "401": ("KeyRequired", "The feed is for one partner; the key is missing or not valid."),
    "404": ("NotFound", "Nothing is there: no entry has that name or period."),
    "414": ("TooLong", "The address is too long."),
    "503": ("NotReady", "The first index is being built; ask again after a few seconds."),
}
HEAD_TOO_LARGE = {"description": "The address and headers are too long for the server in front."}
PARTNER_SECURITY: list[Json] = [{}, {"bearer": []}, {"basic": []}]
SECURITY_SCHEMES = {kind: {"type": "http", "scheme": kind} for kind in ("bearer", "basic")}


def make_openapi_recipe(context: RecipeContext) -> Recipe:
    """Return the recipe of the description; raises DocumentNotFound among files, which only are."""
    settings = context.settings
    if settings.site.static:
        raise DocumentNotFound("There is no page at this address.")
    description = build_description(settings)
    return context.make_recipe(
        OPENAPI_MEDIA_TYPE,
        description,
        lambda: Rendering(
            body=json.dumps(description, ensure_ascii=False, indent=1).encode(), modified=None
        ),
    )


def build_description(settings: Settings) -> Json:
    """Return the OpenAPI document of a site."""
    errors = {key: _build_error(words) for key, words in ERRORS.values()}
    unchanged = {"description": "Nothing has changed since the answer with that ETag."}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": settings.site.title,
            "description": "News as feeds and pages: every listing in four formats, narrowed by its"
            " query. Answers have an ETag; a request that brings it as `If-None-Match` is answered"
            " 304 as long as nothing has changed.",
            "version": __version__,
        },
        "servers": [{"url": settings.site.url.rstrip("/")}],
        "paths": {path: _add_path_parameters(path, item) for path, item in _list_paths()},
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": SECURITY_SCHEMES,
            "headers": {
                name: {"description": words, "schema": schema}
                for name, (words, schema) in HEADERS.items()
            },
            "parameters": {
                name: _build_parameter(name, where, *facts)
                for where, table in PARAMETERS_BY_LOCATION.items()
                for name, facts in table.items()
            },
            "responses": {"NotModified": unchanged, "HeadTooLarge": HEAD_TOO_LARGE, **errors},
        },
    }


def _add_path_parameters(path: str, item: Json) -> Json:
    names = [name for name in PATH_PARAMETERS if f"{{{name}}}" in path]
    if names:
        item["parameters"] = [_make_reference("parameters", name) for name in names]
    return item


def _build_parameter(name: str, where: str, words: str, schema: Json) -> Json:
    required = {"required": True} if where == "path" else {}
    return {"name": name, "in": where, "description": words, **required, "schema": schema}


def _build_error(words: str) -> Json:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    content = {kind: {"schema": TEXT} for kind in ("text/plain", "text/html")}
    return {"description": words, "content": {"application/problem+json": problem, **content}}


def _list_paths() -> Iterator[tuple[str, Json]]:
    """Yield path and item of everything that is described."""
    for folder, words in _list_folders():
        for format_, file in LISTING_FILES.items():
            yield f"/{folder}{file}", _build_listing(f"The feed or page of {words}.", format_)
        for format_, file in FEED_FILES.items():
            for rest, part in (("{period}/", ""), ("{period}/{part}/", ", the part of a period")):
                text = f"An archive document (RFC 5005) of {words}{part}."
                path = f"/{folder}{Route.ARCHIVE}/{rest}{file}"
                yield path, _build_listing(text, format_, without=UNSORTED)
    formats = {file: format_ for format_, file in FEED_FILES.items()}
    for alias, file in FEED_ALIASES.items():
        yield f"/{alias}", _build_listing(f"Another name of `/{file}`.", formats[file])
    for folder, kind in TERM_FOLDERS.items():
        yield f"/{folder}/", _build_document(f"Every {kind}, with counts.", pages.HTML_MEDIA_TYPE)
    yield from _list_partner_paths()
    for route, words, media_type in (
        (Route.OPML, "All feeds, as a list that feed readers import.", feeds.MEDIA_TYPES["opml"]),
        (Route.SITEMAP, "All pages, for search engines.", feeds.MEDIA_TYPES["sitemap"]),
        (Route.NEWS_SITEMAP, "The last two days, for Google News.", feeds.MEDIA_TYPES["sitemap"]),
        (Route.OPENAPI, "This description.", OPENAPI_MEDIA_TYPE),
    ):
        yield f"/{route}", _build_document(words, media_type)
    for route, words in (
        (Route.HEALTH, "Whether the process is alive."),
        (Route.READINESS, "Whether the index can be read, with counts of entries by state."),
    ):
        yield f"/{route}", _build_status(words)


def _list_partner_paths() -> Iterator[tuple[str, Json]]:
    """Yield path and item of the documents of a partner, for whom some are closed."""
    for rest, text, without in (
        ("", "The feed of a partner", ()),
        ("archive/{period}/", "An archive document of a partner's feed", UNSORTED),
        ("archive/{period}/{part}/", "An archive document of a partner's feed, a part", UNSORTED),
    ):
        for format_, file in FEED_FILES.items():
            item = _build_listing(f"{text}.", format_, names=TIME_PARAMETERS, without=without)
            item["get"]["security"] = PARTNER_SECURITY
            item["get"]["responses"]["401"] = _make_reference("responses", "KeyRequired")
            yield f"/{Route.PARTNERS}/{{partner}}/{rest}{file}", item


def _list_folders() -> Iterator[tuple[str, str]]:
    """Yield the folder of each kind of listing, with its slash, and what it has."""
    yield "", "all entries"
    for kind, folder in FOLDER_BY_KIND.items():
        yield f"{folder}/{{name}}/", f"one {kind}"
    yield "{year}/", "one year"
    yield "{year}/{month}/", "one month"


def _build_listing(
    words: str, format_: str, *, without: Iterable[str] = (), names: Iterable[str] = PARAMETERS
) -> Json:
    media_type = pages.HTML_MEDIA_TYPE if format_ == "html" else feeds.MEDIA_TYPES[format_]
    item = _build_document(words, media_type)
    schema = {"$ref": "#/components/schemas/Feed"} if format_ == "json" else TEXT
    item["get"]["responses"]["200"]["content"] = {_get_type(media_type): {"schema": schema}}
    item["get"]["responses"]["400"] = _make_reference("responses", "BadRequest")
    query = [_make_reference("parameters", name) for name in names if name not in without]
    item["get"]["parameters"] += query
    return item


def _build_document(words: str, media_type: str) -> Json:
    """Return the path item of a document, whose validators a request may bring."""
    headers = {name: _make_reference("headers", name) for name in HEADERS}
    schema: Json = {"type": "object"} if media_type == OPENAPI_MEDIA_TYPE else TEXT
    responses: Json = {
        "200": {
            "description": words,
            "headers": headers,
            "content": {_get_type(media_type): {"schema": schema}},
        },
        "304": _make_reference("responses", "NotModified"),
        "431": _make_reference("responses", "HeadTooLarge"),
    }
    for status in ("404", "414", "503"):
        responses[status] = _make_reference("responses", ERRORS[status][0])
    parameters = [_make_reference("parameters", "If-None-Match")]
    return {"get": {"summary": words, "parameters": parameters, "responses": responses}}


def _build_status(words: str) -> Json:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}}
    responses: Json = {"200": {"description": words, "content": content}}
    responses["503"] = _make_reference("responses", "NotReady")
    return {"get": {"summary": words, "responses": responses}}


def _make_reference(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _get_type(media_type: str) -> str:
    return media_type.partition(";")[0]
