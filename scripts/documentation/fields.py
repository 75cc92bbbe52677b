"""The page of an entry's fields: names from the table of names, what each does from here."""

from __future__ import annotations

from feedsvc.dialects.field_names import FIELD_NAMES
from feedsvc.settings import CANONICAL_FIELDS

# Group → canonical name → what the field does
MEANINGS: dict[str, dict[str, str]] = {
    "What it is": {
        "title": "The title. Without it, the first heading stands in, then the file's name.",
        "summary": "The summary, as plain text. Without it, the opening of the text is used.",
        "authors": "The authors: names, `Name <mail>`, tables with `name`, `email` and `url`, or"
        " keys that [`[authors]`](settings.md#authors) or the site's data files resolve.",
        "authoremail": "The mail address of the only author.",
        "authorurl": "The page of the only author.",
        "categories": "The categories. The first one is the category of the permalink.",
        "tags": "The tags.",
        "language": "The language, as a tag such as `de` or `zh-Hans`. Without it, the file's name"
        " (`quay.de.md`) or its folder (`de/`), then the site's.",
        "translation": "What the translations of one text share. Without it, the path without its"
        " language.",
        "origin": "Where a republished text comes from: a name, a URL, or a table with both.",
        "originurl": "The URL of `source`.",
        "comments": "The URL of the page for comments.",
        "rights": "The copyright notice.",
        "license": "The license: a URL, an SPDX identifier or words such as `CC BY 4.0`. Pages,"
        " feeds and JSON-LD link to it.",
        "clicks": "A count of readers. It is shown on the entry's own page and in no feed.",
    },
    "Dates": {
        "published": "The date of publication. An entry whose date is still to come is published"
        " at that second.",
        "release": "An embargo: the entry is held back until this moment, whatever its date is. One"
        " that cannot be read, or `embargo: true` without a time, holds it back, too, and so does a"
        " line at the beginning of the text such as `EMBARGOED UNTIL 9 AM`.",
        "updated": "When the entry was last changed. Feeds show it as new text under the old id.",
        "expires": "From this moment on the entry is gone from listings and feeds.",
        "minor": "`true`: the text has changed, but the change does not concern readers, so"
        " `updated` does not move.",
    },
    "Corrections and retractions": {
        "correction": "What was corrected, in a sentence. It is shown on the page and in feeds. Set"
        " `updated` with it.",
        "retracted": "The date of the retraction. The entry leaves every listing, its address"
        " answers 410, and Atom and JSON Feed carry a tombstone.",
        "reason": "Why it was retracted; shown at its address and in the tombstone.",
    },
    "Who may see it": {
        "draft": "`true`: nobody sees it.",
        "public": "`false`: nobody sees it.",
        "live": "`false`: nobody sees it. Another value says nothing: it may be an address.",
        "withheld": "`true`: nobody sees it. Another value says nothing.",
        "status": "`published`, `draft`, `unlisted` or `retracted`, and the words that other tools"
        " have for these. A word that is not known holds the entry back.",
        "password": "An entry with a password is held back, since there are no pages behind"
        " passwords.",
        "rendered": "`false` or `never`: nobody sees it (Hugo's `build.render`, Zola's `render`).",
        "unlisted": "`true`: served at its address, but in no listing and no feed.",
        "hide": "`true`: the same as `unlisted: true`. Another value says nothing.",
        "listed": "`false`: the same as `unlisted: true`.",
        "noindex": "`true`: in listings and feeds, but in no sitemap, and search engines are asked"
        " not to index it.",
        "indexed": "`false`: the same as `noindex: true`.",
        "robots": "`noindex` or `none`: the same as `noindex: true`. Other directives, such as"
        " `nofollow` or `max-image-preview:none`, are passed on in the page.",
        "feedcontent": "`summary`: feeds carry only the summary of this entry, whatever is asked"
        " for. `full` is the default.",
        "excerptonly": "`true`: the same as `content: summary`.",
        "fulltext": "`false`: the same as `content: summary`.",
    },
    "Identity and addresses": {
        "id": "The id by which feed readers know the entry, for ever: a URI as it is, any other"
        " value as `tag:AUTHORITY:VALUE`. Without it, the id is made from the path.",
        "exactid": "An id that is served exactly as it is, even if it is not a URI.",
        "slug": "The last part of the permalink. Without it, the file's name without its date.",
        "url": "The whole permalink: a path on this site, or a URL of the article elsewhere.",
        "aliases": "Old addresses of the entry. They answer 301.",
        "redirect": "The URL to which an entry without a text leads.",
    },
    "Pictures and files": {
        "image": "The picture that stands for the entry: a file beside it, a URL, or a table with"
        " `src`, `alt`, `caption` and `credit`.",
        "imagealt": "What the picture shows, for those who cannot see it.",
        "imagecaption": "The picture's caption.",
        "imagecredit": "Who made the picture.",
        "enclosures": "Files that go with the entry, such as a recording: a file, a URL, or a table"
        " with `url`, `type`, `length`, `title` and `duration`.",
        "enclosurelength": "The length of the only enclosure, in bytes. Files of the folder are"
        " measured.",
        "enclosuretype": "The media type of the only enclosure. Without it, the name decides.",
        "duration": "How long the only enclosure plays: seconds, `1:02:03`, `1 h 2 min` or"
        " `PT1H2M`. Files of the folder are measured.",
    },
    "Episodes of a podcast": {
        "episode": "The number of the episode.",
        "season": "The number of its season.",
        "episodetype": "`full`, `trailer` or `bonus`.",
        "explicit": "`true` where it is for adults only; `false`, or `clean`, where it is not.",
        "episodeimage": "The episode's own artwork, square: a file beside it or a URL.",
        "transcripts": "The words of the recording: a `.vtt` or `.srt` file beside the entry, a"
        " URL, a table with `url`, `type`, `language` and `rel`, or a list of them.",
        "chapters": "The recording's chapters: a file named `chapters.json`, or that ends in"
        " `.chapters.json`, or a URL.",
        "hosts": "Who presents it: names, keys of `[authors]`, or tables with `name`, `href`"
        " and `img`.",
        "guests": "Who is interviewed, in the same forms.",
        "people": "Others who are heard: tables with `name`, `role`, `group`, `href` and `img`.",
    },
}


def render_fields() -> str:
    """Return the fields; raise KeyError for one that has no meaning or no names."""
    lines: list[str] = []
    known = dict(FIELD_NAMES)
    for group, meanings in MEANINGS.items():
        lines += [f"## {group}", ""]
        for canonical, meaning in meanings.items():
            lines += render_field(canonical, meaning, known.pop(canonical))
    if known:
        raise KeyError(f"scripts/documentation/fields.py says nothing of {', '.join(known)}")
    return "\n".join(lines)


def render_field(canonical: str, meaning: str, names: str) -> list[str]:
    """Return the lines of one field, with its names in English and in other languages."""
    own, others = list_names(names)
    lines = [f"### {own[0]}", "", meaning, "", f"- Names: {_show(own)}"]
    if others:
        lines += [
            "",
            f'??? note "{len(others)} names with letters beyond ASCII"',
            "",
            f"    {_show(others)}",
        ]
    setting = "not_before" if canonical == "release" else canonical
    if setting in CANONICAL_FIELDS and setting != own[0]:
        lines += ["", f"- In [`[fields]`](settings.md#fields): `{setting}`"]
    return [*lines, ""]


def list_names(names: str) -> tuple[list[str], list[str]]:
    """Return the ASCII names of a row of the table, and the others, each spelling once."""
    seen: dict[str, str] = {}
    for name in names.split():
        seen.setdefault(name.replace("_", "").replace("-", ""), name)
    spelt = list(seen.values())
    return [name for name in spelt if name.isascii()], [
        name for name in spelt if not name.isascii()
    ]


def _show(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
