"""Configuration for servers of static files: types, caching, addresses that have moved.

`_headers` and `_redirects` are read by Netlify, Cloudflare Pages and those who took their form;
`_nginx.conf` is included by `deploy/nginx-static.conf`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote, urlsplit

from feedsvc import feeds, pages
from feedsvc.commands.building.addresses import GONE_FOLDER
from feedsvc.commands.building.manifest import BuiltFile
from feedsvc.listing import Listing
from feedsvc.settings import Settings
from feedsvc.site.channels import list_feed_urls, list_hub_links
from feedsvc.urls import FEED_ALIASES, FEED_FILES, Route
from feedsvc.web.errors import SENTENCES, render_error_page
from feedsvc.web.responses import (
    COMMON_HEADERS,
    IMMUTABLE,
    get_error_cache_control,
    make_content_security_policy,
    make_file_cache_control,
)
from feedsvc.words import make_message

MAX_RULE_BYTES = 1_000  # of an address in a rule: nginx keeps each in one bucket of a table
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")


def render_server_files(settings: Settings, files: Mapping[str, BuiltFile]) -> dict[str, bytes]:
    """Return the content of each file by its name; *files* are those of the build, by address."""
    prefix = urlsplit(settings.site.url).path.rstrip("/")
    moved = [(prefix + address, one.target) for address, one in files.items() if one.target]
    gone = [
        (prefix + address, f"{prefix}/{one.file}")
        for address, one in files.items()
        if one.file.startswith(f"{GONE_FOLDER}/")
    ]
    moved, gone = list(_list_rules(sorted(moved))), list(_list_rules(sorted(gone)))
    remedy = make_message("It may have moved, or may never have been here.")
    return {
        "404.html": render_error_page(settings, 404, SENTENCES[404], remedy),
        "_headers": _render_headers(settings, prefix),
        "_redirects": _render_redirects(prefix, moved, gone),
        "_nginx.conf": _render_nginx_maps(settings, moved, gone),
    }


def _list_rules(rules: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield the rules that every server takes, without pairs that differ only by case."""
    seen = set()
    for source, target in rules:
        folded = unquote(source, errors="surrogateescape").lower()
        is_plain = not _UNSAFE.search(folded) and len(source) <= MAX_RULE_BYTES
        if is_plain and folded not in seen:
            seen.add(folded)
            yield source, target


def _render_redirects(
    prefix: str, moved: Iterable[tuple[str, str]], gone: Iterable[tuple[str, str]]
) -> bytes:
    lines = [
        f"{prefix}/{alias} {prefix}/{file} 200"
        for alias, file in FEED_ALIASES.items()
        if alias.endswith("/")
    ]
    for status, rules in ((301, moved), (410, gone)):
        lines += [f"{source} {target} {status}" for source, target in rules]
    return ("\n".join(lines) + "\n").encode()


def _render_headers(settings: Settings, prefix: str) -> bytes:
    cache_control = make_file_cache_control(settings.feeds)
    policy = make_content_security_policy(
        settings.site.url, is_page=True, has_theme=bool(settings.site.theme)
    )
    common = {
        **COMMON_HEADERS,
        "Content-Security-Policy": policy,
        "Cache-Control": cache_control,
    }
    rules = {f"{prefix}/*": common}
    urls = dict(list_feed_urls(settings, Listing()))
    for format_, name in FEED_FILES.items():
        media_type = feeds.MEDIA_TYPES[format_]
        itself = f'<{urls[format_]}>; rel="self"; type="{feeds.get_link_type(format_)}"'
        rules[f"{prefix}/*/{name}"] = {"Content-Type": media_type}
        rules[f"{prefix}/{name}"] = {
            "Content-Type": media_type,
            "Link": ", ".join([itself, *list_hub_links(settings)]),
        }
        for alias, file in FEED_ALIASES.items():
            if file == name:
                rules[f"{prefix}/{alias}"] = {"Content-Type": media_type}
    rules[f"{prefix}/{Route.OPML}"] = {"Content-Type": feeds.MEDIA_TYPES["opml"]}
    lines = (
        f"{path}\n" + "".join(f"  {name}: {value}\n" for name, value in headers.items())
        for path, headers in rules.items()
    )
    return "\n".join(lines).encode()


def _render_nginx_maps(
    settings: Settings, moved: Sequence[tuple[str, str]], gone: Sequence[tuple[str, str]]
) -> bytes:
    """Return the maps that `deploy/nginx-static.conf` uses."""
    policies = [
        make_content_security_policy(
            settings.site.url, is_page=is_page, has_theme=bool(settings.site.theme)
        )
        for is_page in (False, True)
    ]
    files = (
        pages.resolve_static_file(name, settings) for name in pages.list_static_files(settings)
    )
    marks = sorted({pages.make_static_mark(file) for file in files if file is not None})
    caching = make_file_cache_control(settings.feeds)
    # a long address needs a large bucket; another site of this server may also set it
    lines = ["map_hash_bucket_size 4096;", "map_hash_max_size 262144;"] if moved or gone else []
    lines += [
        f"map $sent_http_content_type $feedsvc_policy {{ default {_quote(policies[0])};",
        f'    "~^text/html" {_quote(policies[1])};',
        "}",
        'map $request_uri $feedsvc_link { default "";',
        *_list_link_rules(settings),
        "}",
        f'map "$status $uri?$args" $feedsvc_caching {{ default {_quote(caching)};',
        f'    "~^4" {_quote(get_error_cache_control(404))};',
        *(f'    "~^(200|304) .*/static/[^?]*\\?{mark}$" {_quote(IMMUTABLE)};' for mark in marks),
    ]
    for name, rules in (("moved", moved), ("gone", gone)):
        lines += ["}", f'map $uri $feedsvc_{name} {{ volatile; default "";']
        lines += [f"    {_quote_path(source)} {_quote(target)};" for source, target in rules]
    return ("\n".join([*lines, "}"]) + "\n").encode("utf-8", "surrogateescape")


def _list_link_rules(settings: Settings) -> Iterator[str]:
    """Yield the rules for the `Link` of feeds: itself and hubs, which hear of no partner's feed."""
    site = settings.site.url
    prefix = re.escape(urlsplit(site).path)
    for format_, name in FEED_FILES.items():
        itself = f'>; rel="self"; type="{feeds.get_link_type(format_)}"'
        hubs = "".join(f", {link}" for link in list_hub_links(settings))
        aliases = "|".join(re.escape(alias) for alias, file in FEED_ALIASES.items() if file == name)
        file = re.escape(name)
        for path, folder, others in (
            (f"(?:{aliases})", "", hubs),
            (rf"({Route.PARTNERS}/[\w.~%/-]+/){file}", "$1", ""),
            (rf"((?:[\w.~%!&'()*+=:@/-]+/)?){file}", "$1", hubs),
        ):
            value = _quote(f"<{site}")[:-1] + folder + _quote(name + itself + others)[1:]
            yield f'    "~^{prefix}{path}(?:\\?|$)" {value};'


def _quote_path(address: str) -> str:
    """Return *address* as nginx compares it: decoded."""
    return _quote_plain(unquote(address, errors="surrogateescape"))


def _quote(text: str) -> str:
    """Return *text* as a word of nginx's language, in which "$" begins a variable."""
    return _quote_plain(text.replace("$", "%24"))


def _quote_plain(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
