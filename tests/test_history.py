"""Archives: walking from any feed gives every entry, and what did not change keeps its ETag."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from feedsvc.index import Outline, read_listing
from feedsvc.listing import MAX_DOCUMENT_ENTRIES, Listing
from feedsvc.settings import Settings
from tests.support.site import Site

pytestmark = pytest.mark.no_cover  # many runs of what other tests cover

ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "https://news.example.com"


@pytest.fixture
def site(settings: Callable[..., Settings]) -> Site:
    site = Site(settings(limit=5))
    draw = random.Random(7)
    for number in range(60):
        date = f"202{draw.randint(3, 6)}-0{draw.randint(1, 9)}-{draw.randint(10, 28)}"
        site.add(f"n{number}", date, tags=f"[t{number % 3}]", author=f"Ada {number % 2}")
    return site


def read_atom(site: Site, path: str) -> tuple[list[str], dict[str, str], dict[str, bytes]]:
    """Ids, links by rel, and each entry's bytes by id."""
    response = site.get(path)
    assert response.status_code == 200, path
    root = ElementTree.fromstring(response.data)
    links = {
        link.get("rel", "alternate"): link.get("href", "").removeprefix(BASE)
        for link in root.findall(ATOM + "link")
    }
    entries = {
        entry.findtext(ATOM + "id", ""): ElementTree.tostring(entry)
        for entry in root.findall(ATOM + "entry")
    }
    return list(entries), links, entries


def walk_atom(site: Site, path: str) -> tuple[list[list[str]], dict[str, bytes]]:
    documents: list[list[str]] = []
    known: dict[str, bytes] = {}
    while path:
        ids, links, entries = read_atom(site, path)
        assert links["self"] == path
        for identity, text in entries.items():
            assert known.setdefault(identity, text) == text  # a repeated entry is the same
        documents.append(ids)
        path = links.get("prev-archive", "")
    return documents, known


def read_outline(site: Site, listing: Listing, part_size: int) -> Outline | None:
    feeds = site.settings.feeds
    with site.publisher.make_context().open_snapshot() as queries:
        return read_listing(queries, listing, feeds, part_size=part_size)


def walk_outlines(site: Site, part_size: int) -> list[Outline]:
    """The outline of everything and of all archives before it."""
    outlines: list[Outline] = []
    listing: Listing | None = Listing()
    while listing is not None:
        outline = read_outline(site, listing, part_size)
        assert outline is not None
        outlines.append(outline)
        listing = outline.previous_archive
    return outlines


LISTINGS = [
    "/atom.xml",
    "/tags/t1/atom.xml",
    "/authors/ada-0/atom.xml?tag=t2",
    "/atom.xml?sort=updated",
    "/2024/atom.xml",
    "/atom.xml?q=some",
    "/atom.xml?limit=50",
    "/atom.xml?limit=500",
]


@pytest.mark.duty(43)
@pytest.mark.parametrize("path", LISTINGS)
def test_walking_back_gives_every_entry_and_repeats_only_the_newest(site: Site, path: str) -> None:
    documents, known = walk_atom(site, path)
    archived = [identity for ids in documents[1:] for identity in ids]
    everything = read_atom(
        site,
        path.partition("?limit")[0]
        + ("&" if "?" in path and "limit" not in path else "?")
        + "limit=500",
    )[0]

    assert set(known) == set(everything)
    assert len(archived) == len(set(archived))


@pytest.mark.duty(43)
def test_archives_hold_the_links_of_rfc_5005(site: Site) -> None:
    _, links, _ = read_atom(site, "/atom.xml")
    archive = site.get(links["prev-archive"])
    _, own, _ = read_atom(site, links["prev-archive"])

    assert b"http://purl.org/syndication/history/1.0" in archive.data
    assert own["current"] == "/atom.xml"
    assert own["alternate"] == "/"
    assert archive.headers["Cache-Control"].startswith("public, max-age=86400")


@pytest.mark.duty(39, 44)
@pytest.mark.parametrize("kind", ["rss.xml", "feed.json"])
def test_other_formats_walk_the_same_way(site: Site, kind: str) -> None:
    path, seen = "/" + kind, set()
    while path:
        data = site.get(path).data
        if kind == "feed.json":
            feed = json.loads(data)
            seen |= {item["id"] for item in feed["items"]}
            path = feed.get("next_url", "").removeprefix(BASE)
        else:
            channel = ElementTree.fromstring(data)[0]
            seen |= {guid.text for guid in channel.iter("guid")}
            links = {
                link.get("rel"): link.get("href", "") for link in channel.findall(ATOM + "link")
            }
            path = links.get("prev-archive", "").removeprefix(BASE)

    assert len(seen) == 60


@pytest.mark.duty(43)
def test_an_archive_that_did_not_change_keeps_its_etag(site: Site) -> None:
    paths = [
        f"/archive/202{year}-0{month}/atom.xml" for year in range(3, 7) for month in range(1, 10)
    ]
    before = {
        path: response.headers["ETag"]
        for path in paths
        if (response := site.get(path)).status_code == 200
    }
    site.add("late", "2024-05-20")
    site.refresh()
    after = {path: site.get(path).headers["ETag"] for path in before}

    assert {path for path in before if after[path] != before[path]} == {"/archive/2024-05/atom.xml"}


@pytest.mark.duty(43)
def test_a_full_period_is_cut_into_parts_from_the_oldest(site: Site) -> None:
    for number in range(11):
        site.add(f"many{number}", f"2022-05-{number + 10}")
    outlines = walk_outlines(site, part_size=4)
    oldest = outlines[-1]

    assert len({row.key for outline in outlines for row in outline.rows}) == 71
    assert [len(outline.rows) for outline in outlines[-3:]] == [3, 4, 4]
    assert oldest.listing == Listing(period="2022-05")
    beyond = Listing(period="2022-05", part=4)
    assert read_outline(site, beyond, part_size=4) is None

    site.add("more", "2022-05-28")
    site.refresh()

    assert walk_outlines(site, part_size=4)[-1].rows == oldest.rows


def test_a_part_leads_to_those_beside_it(site: Site) -> None:
    for number in range(11):
        site.add(f"many{number}", f"2022-05-{number + 10}")
    middle = read_outline(site, Listing(period="2022-05", part=2), part_size=4)

    assert middle is not None
    assert middle.previous_archive == Listing(period="2022-05")
    assert middle.next_archive == Listing(period="2022-05", part=3)


def test_a_document_holds_at_most_500_entries() -> None:
    assert MAX_DOCUMENT_ENTRIES == 500


def test_pages_of_html_go_back_to_the_first_entry(site: Site) -> None:
    path, seen = "/", 0
    for _ in range(12):
        text = site.get(path).text
        seen += text.count('class="h-entry') or text.count("h-entry")
        start = text.rfind('href="', 0, text.find('rel="next"'))
        more = [part for part in text.split("<a ") if 'rel="next"' in part.split(">")[0]]
        if not more:
            break
        path = more[0].split('href="')[1].split('"')[0].removeprefix(BASE).replace("&amp;", "&")
        assert start

    assert seen >= 60


@pytest.mark.parametrize("seed", range(6))
def test_a_walk_misses_nothing_while_entries_come_and_go(site: Site, seed: int) -> None:
    draw = random.Random(seed)
    standing = {f"tag:news.example.com,2026:n{number}" for number in range(60)}
    path, seen, number = "/atom.xml", set(), 0
    while path:
        ids, links, _ = read_atom(site, path)
        seen |= set(ids)
        path = links.get("prev-archive", "")
        for _ in range(3):
            number += 1
            month, day = draw.randint(1, 9), draw.randint(10, 28)
            match draw.choice(["add", "add back-dated", "retract"]):
                case "add":
                    site.add(f"new{number}", f"2026-09-{day}")
                case "add back-dated":
                    site.add(f"new{number}", f"202{draw.randint(3, 6)}-0{month}-{day}")
                case _:
                    gone = draw.randrange(60)
                    standing.discard(f"tag:news.example.com,2026:n{gone}")
                    site.add(
                        f"n{gone}", "2024-01-01", status="retracted", retracted=f"2026-09-{day}"
                    )
        site.refresh()

    assert standing - seen == set()
