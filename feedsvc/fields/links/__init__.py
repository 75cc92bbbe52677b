"""References to the files of entries: which files a reference may mean, by its text alone.

Comes in: a reference as written, in any site tool's spelling, and the path of the entry.
Goes out: a `Link` with the paths that it may mean. Nothing is read from disk: the index knows
which of them exists, and where its page is.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from feedsvc.content.links import SCHEME_SLIP, TAG_PREFIX
from feedsvc.dates import parse_path_date
from feedsvc.fields.identity import detect_language, parse_path
from feedsvc.fields.links.near_misses import ListFolder, make_remedy, suggest_path
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, MEDIA_TYPES, get_extension, strip_extension
from feedsvc.model import Problem
from feedsvc.urls import make_slug

EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:|//|#|\?|$", re.ASCII | re.IGNORECASE)
QUERY_OR_FRAGMENT = re.compile(r"[?#]")
# Pelican's `{filename}b.md`, Zola's `@/b.md`, and what template tags and wiki links become
PREFIX = re.compile(rf"(?:[{{|]filename[}}|]|(?P<root>@/)|(?P<tag>{re.escape(TAG_PREFIX)}))")
# What is one of the web or of a mailbox, and lacks its scheme; not "photo@2x.png"
BARE_ADDRESS = re.compile(r"www\.\w[\w-]*\.\w|[\w.+-]++@(?!\dx\.)\w[\w-]*\.[\w.-]+$")
MAX_DESCRIBED_LINKS = 100  # of one file: a folder is searched for what each may have meant
ANY_FOLDER = "*/"  # begins a candidate that is an entry's name in any folder
PAGE_END = "/"  # ends a candidate that is the address of a page: `2026/quay/` of `2026/quay.md`
# Pages that a site may have beside its entries, so that a link to one is no mistake
PAGE_EXTENSIONS = frozenset({"html", "htm", "xhtml"})


class Link(Struct, frozen=True, kw_only=True):
    """A reference to an entry's file; the first existing one of its *candidates* counts."""

    reference: str  # as `make_link_key` returns it
    candidates: tuple[str, ...]  # paths, pages such as "2026/quay/", or "*/name"
    is_required: bool  # it can only mean an entry's file
    line: int | None = None


@lru_cache(maxsize=16)
def list_link_roots(entries: str, url: str) -> tuple[str, ...]:
    """Return the prefixes above the entries folder with which a path from the root may begin.

    The path of the site's *url* ("company/news/"), and the last folders of the setting *entries*.
    """
    parts = [part for part in entries.split("/") if part not in ("", ".", "..")]
    folders = ["/".join(parts[-count:]) + "/" for count in range(1, min(3, len(parts)) + 1)]
    return tuple(filter(None, (urlsplit(url).path.lstrip("/"), *folders)))


def make_link_key(reference: str) -> str:
    """Return *reference* without query, fragment and percent-encoding, and with slashes only.

    To a browser a backslash is a slash (WHATWG URL, section 4.4); on Windows they are in paths.
    """
    return unquote(QUERY_OR_FRAGMENT.split(reference, maxsplit=1)[0]).replace("\\", "/")


def parse_link(reference: str, path: str, roots: Iterable[str]) -> Link | None:
    """Return the link of *reference* in the entry *path*; None if it names no entry's file.

    *roots* are what a path from the root may begin with, although it is above the folder:
    "company/news/" of the site's URL, "content/blog/" of the folder itself.
    """
    key = make_link_key(reference)
    if SCHEME_SLIP.match(reference):
        return Link(reference=key, candidates=(), is_required=True)
    if EXTERNAL.match(reference):
        return None
    prefix = PREFIX.match(key)
    target = key[prefix.end() :] if prefix else key
    is_tag = bool(prefix and prefix["tag"])
    extension = get_extension(target)
    is_bare = extension not in MEDIA_TYPES and BARE_ADDRESS.match(target) is not None
    is_page = not prefix and not is_bare and is_page_address(target)
    if "\0" in target or not (is_tag or is_bare or is_page or extension in MARKUP_BY_EXTENSION):
        return None
    target = target.removeprefix("@") if is_tag else target  # Zola's `get_url`
    is_rooted = target.startswith("/") or bool(prefix and prefix["root"])
    target = target.lstrip("/")
    rooted = [target] + [target[len(root) :] for root in roots if root and target.startswith(root)]
    candidates = []
    if extension in MARKUP_BY_EXTENSION:
        below = [] if is_rooted else [posixpath.join(posixpath.dirname(path), target)]
        candidates += list_inside([*below, *rooted])
    if is_page:
        candidates += list_pages(target, path, rooted if is_rooted else ())
    if is_tag or (prefix and is_rooted):
        named = [target, *rooted[-1:]]  # the last one without what is above the entries folder
        candidates += [ANY_FOLDER + make_entry_name(one) for one in named]
    is_required = bool(prefix) or is_bare or not (is_rooted or is_page)
    return Link(
        reference=key,
        candidates=tuple(dict.fromkeys(candidates)),
        is_required=is_required,
    )


def list_inside(paths: Iterable[str]) -> list[str]:
    """Return *paths* without `..`, but for those that lead out of the folder."""
    return [one for one in map(posixpath.normpath, paths) if not one.startswith(("../", "/"))]


def is_page_address(target: str) -> bool:
    """Return whether *target* may be the address of a page: `quay/`, `quay` or `quay.html`."""
    name = target.rstrip("/").rpartition("/")[2]
    is_named = name not in ("", ".", "..")
    return is_named and (target.endswith("/") or get_extension(name) in ("", *PAGE_EXTENSIONS))


def list_pages(target: str, path: str, rooted: Iterable[str]) -> Iterator[str]:
    """Yield the pages of files that *target* may mean in the entry *path*, each with `PAGE_END`.

    Site tools give `2026/quay.md` the address `2026/quay/` or `2026/quay.html`, and its links are
    relative to that, or were written for its folder. *rooted* are the paths of one from the root.
    A translation's own language is looked for first.
    """
    own, suffix = split_language(strip_extension(path))
    folder, _, name = own.rpartition("/")
    bases = [folder] if name == "index" else [own, folder]
    for one in list_inside(rooted or (posixpath.join(base, target) for base in bases)):
        page = strip_extension(one) if get_extension(one) in PAGE_EXTENSIONS else one
        if suffix:
            yield page + suffix + PAGE_END
        yield page + PAGE_END


def split_language(stem: str) -> tuple[str, str]:
    """Return *stem*, a path without extension, without its language, and that: ".fr" or ""."""
    bare, mark, suffix = stem.rpartition(".")
    is_language = bool(bare) and "/" not in suffix and bool(detect_language(suffix))
    return (bare, mark + suffix) if is_language else (stem, "")


def list_page_files(page: str) -> list[str]:
    """Return the paths of the files that may have the address *page*, the first one first."""
    own = page.removesuffix(PAGE_END)
    bare, suffix = split_language(own)
    stems = own, f"{own}/index", *((f"{bare}/index{suffix}",) if suffix else ())
    return [f"{stem}.{extension}" for stem in stems for extension in MARKUP_BY_EXTENSION]


def list_page_names(path: str) -> tuple[str, ...]:
    """Return the addresses by which links may mean the file at *path*, also without its date."""
    own, suffix = split_language(strip_extension(path))
    folder, _, name = own.rpartition("/")
    if name == "index" and folder:
        own, folder = folder, posixpath.dirname(folder)
    dateless = posixpath.join(folder, parse_path(path, parse_path_date(path)).slug)
    return tuple(dict.fromkeys(one + suffix + PAGE_END for one in (own, dateless)))


def split_page(page: str) -> tuple[str, str]:
    """Return the folder of the address *page*, "" or with its slash, and its name alone."""
    folder, mark, name = page.removesuffix(PAGE_END).rpartition("/")
    return folder + mark, split_language(name)[0]


def make_entry_name(path: str) -> str:
    """Return how tags and wiki links name an entry: `Notes/My Page` is "notes/my-page"."""
    extension = get_extension(path)
    stem = path[: -len(extension) - 1] if extension in MARKUP_BY_EXTENSION else path
    segments = [part for part in stem.split("/") if part not in ("", ".", "..")]
    if len(segments) > 1 and segments[-1].casefold() in ("index", "_index"):
        segments.pop()
    return "/".join(map(make_slug, segments))


def list_entry_names(path: str) -> tuple[str, ...]:
    """Return the last segments of the names by which the entry *path* may be meant."""
    name = make_entry_name(path).rpartition("/")[2]
    dateless = make_slug(parse_path(path, parse_path_date(path)).slug)
    return tuple(dict.fromkeys(filter(None, (name, dateless))))


def get_dependency(candidate: str) -> str:
    """Return what to watch for changes of *candidate*: a path, or "*/" and a last segment."""
    if not candidate.startswith(ANY_FOLDER):
        return candidate
    return ANY_FOLDER + candidate.rpartition("/")[2]


def describe_missing_links(
    links: Sequence[Link], path: str, list_folder: ListFolder
) -> Iterator[Problem]:
    """Yield the problems of *links* in the entry *path* to entries' files that are not there.

    *list_folder* lists the folder in which one may be under another name.
    """
    for link in links[:MAX_DESCRIBED_LINKS]:
        yield _describe_missing_link(link, path, list_folder)
    if (count := len(links) - MAX_DESCRIBED_LINKS) > 0:
        message = f"more links to what is not there that are not listed: {count:,}"
        yield Problem(code="more-problems", message=message, remedy="correct those above first")


def _describe_missing_link(link: Link, path: str, list_folder: ListFolder) -> Problem:
    shown = link.reference.removeprefix(TAG_PREFIX)
    remedy = "correct the link, or add the file; until then, its words are shown without a link"
    files = (one for one in link.candidates if not one.startswith(ANY_FOLDER))
    near = next(filter(None, (suggest_path(one, list_folder) for one in files)), "")
    if SCHEME_SLIP.match(shown):
        remedy = "correct what it begins with to https://; until then, its words are shown alone"
    elif BARE_ADDRESS.match(shown):
        scheme = "mailto:" if "@" in shown else "https://"
        remedy = f"write {scheme} before it; until then, its words are shown without a link"
    elif near:
        is_rooted = bool(re.match(r"@?/", link.reference))
        remedy = f"{make_remedy(near, path, is_rooted=is_rooted)}; until then there is no link"
    return Problem(
        code="link-missing",
        message=f"the text links to {shown!r}, which is not there",
        remedy=remedy,
        line=link.line,
    )


def apply_link(reference: str, links: Mapping[str, str]) -> str | None:
    """Return the URL that *links* has for *reference*, with its fragment; None if it has none.

    Raise ValueError for an entry's file without a page to link to.
    """
    url = links.get(make_link_key(reference))
    if url is None:
        if PREFIX.match(unquote(reference)):
            raise ValueError(reference)
        return None
    if not url:
        raise ValueError(reference)
    _, mark, fragment = reference.partition("#")
    return url + mark + fragment
