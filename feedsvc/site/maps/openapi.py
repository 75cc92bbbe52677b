"""What a program may ask this service, as OpenAPI 3.1 (RFC 8631's service-desc).

Its paths are made from the folders and files of `urls` and the media types of `feeds`. What they
refer to is in `components.json`: parameters with their bounds, and the forms of answers. A route or
a parameter without words there, or another bound than that of `listing`, fails a test.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from feedsvc import __version__, feeds, pages
from feedsvc.settings import Settings
from feedsvc.site.exceptions import DocumentNotFound
from feedsvc.site.partners.addresses import TIME_PARAMETERS
from feedsvc.site.recipes import Recipe, RecipeContext, Rendering
from feedsvc.urls import (
    FEED_ALIASES,
    FEED_FILES,
    FOLDER_BY_KIND,
    LISTING_FILES,
    OPENAPI_MEDIA_TYPE,
    TERM_FOLDERS,
    Route,
)

Json: TypeAlias = dict[str, Any]
UNSORTED = ("limit", "sort", "before")  # which an archive, cut by the calendar, does not have
TEXT: Json = {"type": "string"}
COMPONENTS: Json = json.loads(Path(__file__).with_name("components.json").read_bytes())
PARAMETERS, PATH_PARAMETERS = (
    [name for name, one in COMPONENTS["parameters"].items() if one["in"] == where]
    for where in ("query", "path")
)
ERRORS = {"404": "NotFound", "414": "TooLong", "503": "NotReady"}  # of any document
PARTNER_SECURITY: list[Json] = [{}, {"bearer": []}, {"basic": []}]


def make_openapi_recipe(context: RecipeContext) -> Recipe:
    """Return the recipe of the description; raises DocumentNotFound among files, which only are."""
    settings = context.settings
    if settings.site.static:
        raise DocumentNotFound
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
        "components": COMPONENTS,
    }


def _add_path_parameters(path: str, item: Json) -> Json:
    names = [name for name in PATH_PARAMETERS if f"{{{name}}}" in path]
    if names:
        item["parameters"] = [_make_reference("parameters", name) for name in names]
    return item


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
    media_type = feeds.MEDIA_TYPES[format_]
    item = _build_document(words, media_type)
    schema = {"$ref": "#/components/schemas/Feed"} if format_ == "json" else TEXT
    item["get"]["responses"]["200"]["content"] = {_get_type(media_type): {"schema": schema}}
    item["get"]["responses"]["400"] = _make_reference("responses", "BadRequest")
    query = [_make_reference("parameters", name) for name in names if name not in without]
    item["get"]["parameters"] += query
    return item


def _build_document(words: str, media_type: str) -> Json:
    """Return the path item of a document, whose validators a request may bring."""
    headers = {name: _make_reference("headers", name) for name in COMPONENTS["headers"]}
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
    responses |= {status: _make_reference("responses", name) for status, name in ERRORS.items()}
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
