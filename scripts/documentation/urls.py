"""The page of addresses: routes, aliases, parameters and reserved names from the code."""

from __future__ import annotations

from collections.abc import Set

from feedsvc.listing import KIND_BY_PARAMETER, MAX_DOCUMENT_ENTRIES, Listing
from feedsvc.urls import FEED_ALIASES, FEED_FILES, RESERVED_SEGMENTS, TERM_FOLDERS, Route

PARAMETERS = {
    "tag": "only entries with this tag",
    "category": "only entries of this category",
    "author": "only entries by this author",
    "lang": "only entries in this language",
    "not": "no entries with this tag, category or author",
    "q": "only entries with these words in title, summary or text",
    "since": "only entries from this time on: `2026`, `2026-03`, `2026-03-02` or"
    " `2026-03-02T14:30Z`",
    "until": "only entries up to and including this time",
    "limit": f"how many, from 1 to {MAX_DOCUMENT_ENTRIES}",
    "content": "`full` or `summary`",
    "sort": "`updated`: those that were changed last come first, and `since` and `until` are about"
    " the last change ([Keep a copy](../howto/synchronize.md))",
    "before": "continues a page; links on pages have it",
}
ROUTES = {
    Route.ARCHIVE: "the archives of everything, see above",
    Route.FAVICON: "the icon; one of your own goes into the [root folder](#files-of-your-own)",
    Route.FILES: "`/files/PATH`: pictures and enclosures that a public entry uses",
    Route.HEALTH: "200 while the process is alive",
    Route.METRICS: "for Prometheus, where [`metrics.active`](metrics.md) is set",
    Route.NEWS_SITEMAP: "the entries of the last two days, for Google News",
    Route.OPENAPI: "what programs may ask, as OpenAPI 3.1: listings, parameters, formats, errors",
    Route.OPML: "all feeds of the site, as a list that feed readers import",
    Route.PARTNERS: "`/partners/NAME/rss.xml`, `atom.xml`, `feed.json` and their archives: the"
    " feeds of [partners](../howto/partners.md)",
    Route.READINESS: "200 once the index can be read, with counts of entries by state",
    Route.ROBOTS: "for crawlers; one of your own takes precedence",
    Route.SEARCH: "kept free: an entry's address cannot begin with it",
    Route.SITEMAP: "all public pages",
    Route.STATIC: "`/static/NAME`: style sheets and other files of the theme",
    Route.SUBSCRIBE: "a page that builds narrower feeds",
}


def render_parameters() -> str:
    """Return the table of parameters; raise KeyError for one that has no words here."""
    check_names(set(PARAMETERS), list_parameters(), "parameters")
    lines = ["| parameter | meaning |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| `{name}` | {words} |" for name, words in PARAMETERS.items())])


def render_aliases() -> str:
    """Return the table of other names that the feed of everything has."""
    lines = ["| address | is |", "| --- | --- |"]
    for file in FEED_FILES.values():
        names = " ".join(f"`/{alias}`" for alias, of in FEED_ALIASES.items() if of == file)
        lines.append(f"| {names} | `/{file}` |")
    return "\n".join(lines)


def render_routes() -> str:
    """Return the table of fixed addresses; raise KeyError for one that has no words here."""
    check_names(set(ROUTES), set(Route), "routes")
    lines = ["| address | what |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| `/{route}` | {words} |" for route, words in ROUTES.items())])


def render_reserved() -> str:
    """Return the names that no permalink may begin with."""
    return ", ".join(f"`{name}`" for name in sorted(RESERVED_SEGMENTS)) + "."


def list_parameters() -> set[str]:
    """Return the names of all parameters that a listing takes."""
    terms = tuple((kind, ("x",)) for kind in TERM_FOLDERS.values())
    own = {name for name, _ in Listing(groups=terms, without=("x",)).list_parameters()}
    return own | set(KIND_BY_PARAMETER)


def check_names(described: Set[str], known: Set[str], what: str) -> None:
    """Raise KeyError unless *described* are exactly the *known* names."""
    if described != known:
        differing = ", ".join(sorted(described ^ known))
        raise KeyError(f"{what} that only the code or only the page has: {differing}")
