"""Fields, names and neighbors of an entry; and that nothing a file holds can break its reading."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings, strategies
from msgspec.structs import replace

from feedsvc.dialects.field_names import FIELD_NAMES
from feedsvc.fields.addresses import list_addresses
from feedsvc.model import Entry
from feedsvc.reading import ExplainLine, Reading, explain_fields, make_resolver, read_file
from feedsvc.settings import Dates, Settings, Site, resolve_addresses
from feedsvc.urls import RESERVED_SEGMENTS, is_reserved

SITE = Site(
    timezone="Asia/Shanghai",
    url="https://harbour.example/",
    id_authority="harbour.example,2024",
    permalink="/{year}/{month}/{slug}/",
)
SETTINGS = resolve_addresses(Settings(site=SITE))
Read = Callable[..., Reading]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes *text* to a file and reads it; *head* goes before it as YAML."""

    def read(
        text: str = "", at: str = "news.md", settings: Settings = SETTINGS, **fields: str
    ) -> Reading:
        if fields:
            lines = "".join(
                f"{name}: {value}\n"
                for name, value in ({"title": "T", "date": "2024-03-02"} | fields).items()
            )
            text = f"---\n{lines}---\n{text}"
        file = tmp_path / at
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return read_file(tmp_path, at, settings)

    return read


def get_entry(reading: Reading) -> Entry:
    assert reading.entry is not None, reading.problems
    return reading.entry


def get_codes(reading: Reading) -> list[str]:
    return [problem.code for problem in reading.problems]


PRINTED = "News Center\n\nQuiet Turbine Award\n\n{labels}\n\nFirst: a paragraph.\n\nSecond one."


@pytest.mark.parametrize(
    ("labels", "published", "origin", "authors", "clicks"),
    [
        (
            "Release Time:2023-03-02Source:Clicks:1398Author:",
            "2023-03-02T00:00:00+08:00",
            None,
            [],
            1398,
        ),
        (
            "Release Time：2023-03-02Source：Clicks：1398Author：",
            "2023-03-02T00:00:00+08:00",
            None,
            [],
            1398,
        ),
        (
            "Release Time: 2023-03-02 14:30 Source: Clicks: 7",
            "2023-03-02T14:30:00+08:00",
            None,
            [],
            7,
        ),
        ("Date:2023-03-02Source:BBCAuthor:Jo", "2023-03-02T00:00:00+08:00", "BBC", ["Jo"], None),
        ("发布时间：2023-03-02 来 源：日报 点击：7次", "2023-03-02T00:00:00+08:00", "日报", [], 7),
        (
            "Date: 2023-03-02\nSource: BBC\n\nAuthor: Jo",
            "2023-03-02T00:00:00+08:00",
            "BBC",
            ["Jo"],
            None,
        ),
    ],
)
def test_labels_are_read_however_they_are_set(
    read: Read,
    labels: str,
    published: str,
    origin: str | None,
    authors: list[str],
    clicks: int | None,
) -> None:
    entry = get_entry(read(PRINTED.format(labels=labels), "a.txt"))

    assert (entry.title, entry.categories) == ("Quiet Turbine Award", ("News Center",))
    assert str(entry.published) == published
    assert (entry.origin.title if entry.origin else None) == origin
    assert ([author.name for author in entry.authors], entry.clicks) == (authors, clicks)
    assert entry.body == "First: a paragraph.\n\nSecond one."


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"draft": "true"}, "draft"),
        ({"draft": "false"}, "public"),
        ({"published": "false"}, "draft"),
        ({"published": "true"}, "public"),
        ({"status": "private"}, "draft"),
        ({"status": "hidden"}, "unlisted"),
        ({"unlisted": "true"}, "unlisted"),
        ({"status": "scheduled"}, "public"),
        ({"status": "retracted", "retracted": "2024-04-01"}, "retracted"),
        ({"retracted": "2024-04-01"}, "retracted"),
    ],
)
def test_flags_and_status_decide_the_state(read: Read, fields: dict[str, str], state: str) -> None:
    assert read(**fields).state == state


def test_a_retraction_says_when_and_why(read: Read) -> None:
    entry = get_entry(read(status="retracted", retracted="2024-04-01", reason="wrong figures"))

    assert (str(entry.retracted), entry.reason) == ("2024-04-01T00:00:00+08:00", "wrong figures")


def test_a_draft_needs_no_date(read: Read) -> None:
    reading = read("---\ntitle: T\ndraft: true\n---\n")

    assert (reading.state, reading.entry, reading.raw_fields["title"]) == ("draft", None, "T")


@pytest.mark.duty(3)
@pytest.mark.parametrize(
    ("path", "id_"),
    [
        ("2023/quay.txt", "2023/quay"),
        ("bundle/index.md", "bundle"),
        ("index.md", "index"),
        ("release-1.2.md", "release-1.2"),
        ("a b/ü.md", "a%20b/%C3%BC"),
        ("a b/u\u0308.md", "a%20b/%C3%BC"),
        ("title.fr.md", "title.fr"),
    ],
)
def test_the_path_is_the_id(read: Read, path: str, id_: str) -> None:
    entry = get_entry(read("---\ntitle: T\ndate: 2024-03-02\n---\n", path))

    assert entry.id == f"tag:harbour.example,2024:{id_}"


@pytest.mark.duty(1)
@pytest.mark.parametrize(
    ("own", "id_"),
    [
        (
            "urn:uuid:5b1c6a52-4d2f-4f53-8f6d-0d8f3d3f5a11",
            "urn:uuid:5b1c6a52-4d2f-4f53-8f6d-0d8f3d3f5a11",
        ),
        ("https://old.example/?p=12", "https://old.example/?p=12"),
        ("tag:old.example,2001:x", "tag:old.example,2001:x"),
        ("77", "tag:harbour.example,2024:77"),
        ("'a b'", "tag:harbour.example,2024:a%20b"),
    ],
)
def test_an_own_id_stays(read: Read, own: str, id_: str) -> None:
    assert get_entry(read(id=own)).id == id_


@pytest.mark.parametrize(
    ("path", "fields", "place"),
    [
        ("2024-03-02-pier.md", {"x": "y"}, "/2024/03/pier/"),
        ("pier/index.md", {"x": "y"}, "/2024/03/pier/"),
        ("2024-03-02-pier/index.md", {"x": "y"}, "/2024/03/pier/"),
        ("pier.md", {"slug": "Great Pier"}, "/2024/03/Great-Pier/"),
        ("pier.md", {"url": "/works/pier.html"}, "/works/pier.html"),
        ("pier.md", {"path": "works/pier"}, "/works/pier/"),
        ("pier.md", {"permalink": "pretty"}, "/2024/03/pier/"),
        ("pier.md", {"permalink": "/:year/:title/"}, "/2024/03/pier/"),
        ("pier.md", {"link": "https://harbour.example/x/"}, "/x/"),
        ("pier.md", {"link": "https://else.example/x"}, ""),
        ("海港.md", {"x": "y"}, "/2024/03/%E6%B5%B7%E6%B8%AF/"),
        ("fr/pier.md", {"x": "y"}, "/fr/2024/03/pier/"),
        ("german/pier.md", {"x": "y"}, "/de/2024/03/pier/"),
        ("pier.fr.md", {"x": "y"}, "/fr/2024/03/pier/"),
        ("en/pier.md", {"x": "y"}, "/2024/03/pier/"),
    ],
)
def test_the_permalink_follows_field_name_and_language(
    read: Read, path: str, fields: dict[str, str], place: str
) -> None:
    assert get_entry(read(at=path, **fields)).permalink_path == place


def test_the_calendar_of_a_permalink_is_the_sites(read: Read) -> None:
    assert get_entry(read(date="2024-02-29T20:00:00Z")).permalink_path == "/2024/03/news/"


@pytest.mark.parametrize(
    "place",
    ["/", "/2024/", "/2024/03/", "/2024/03/rss.xml", "/sitemap-2.xml"]
    + [f"/{name}" for name in sorted(RESERVED_SEGMENTS)],
)
def test_routes_of_the_service_are_reserved(place: str) -> None:
    assert is_reserved(place)


def test_a_reserved_address_is_a_problem(read: Read) -> None:
    reading = read(url="/rss.xml")

    assert (get_entry(reading).permalink_path, get_codes(reading)) == (
        "/2024/03/news/",
        ["permalink-reserved"],
    )


@pytest.mark.duty(6)
@pytest.mark.parametrize(
    ("path", "text", "published"),
    [
        (
            "2024-01-05-x.md",
            "---\ntitle: T\ndate: 2024-03-02\n---\n",
            "2024-03-02T00:00:00+08:00 field:date",
        ),
        ("2024-01-05-x.md", "---\ntitle: T\ndate:\n---\n", "2024-01-05T00:00:00+08:00 filename"),
        ("2024/01/05/x.md", "---\ntitle: T\n---\n", "2024-01-05T00:00:00+08:00 path"),
        ("x.txt", "Title\n\nMarch 2, 2024\n\nText.", "2024-03-02T00:00:00+08:00 text"),
        ("x.txt", "Title\n\nText.\n\n2024年3月2日\n", "2024-03-02T00:00:00+08:00 text"),
        ("x.txt", "Title\n\nPIER, 2 March 2024 - Text.", "2024-03-02T00:00:00+08:00 text"),
    ],
)
def test_the_first_source_that_has_a_date_counts(
    read: Read, path: str, text: str, published: str
) -> None:
    moment = get_entry(read(text, path)).published

    assert f"{moment} {moment.source}" == published


def test_sources_follow_the_settings(read: Read) -> None:
    settings = replace(SETTINGS, dates=Dates(sources=("filename", "field")))

    assert (
        get_entry(read(at="2024-01-05-x.md", settings=settings, x="y")).published.source
        == "filename"
    )


def test_field_and_name_that_disagree_are_reported(read: Read) -> None:
    assert get_codes(read(at="2024-01-05-x.md", x="y")) == ["date-disagrees"]


@pytest.mark.duty(6)
def test_an_unreadable_date_is_not_replaced_by_another(read: Read) -> None:
    reading = read(at="2024-01-05-x.md", date="2024-02-30")

    assert (reading.state, get_codes(reading)) == ("error", ["date-unreadable"])


def test_an_unreadable_update_costs_no_entry(read: Read) -> None:
    reading = read(updated="never")

    assert (reading.state, get_codes(reading)) == ("public", ["date-unreadable"])


def test_settings_add_names_of_fields(read: Read) -> None:
    settings = replace(SETTINGS, fields={"published": ("my_date",)})

    assert (
        get_entry(read(settings=settings, my_date="2024-05-05")).published.source == "field:my_date"
    )


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Mara Lind", ["Mara Lind"]),
        ("Mara Lind, Jon Aske", ["Mara Lind", "Jon Aske"]),
        ("Mara Lind and Jon Aske", ["Mara Lind", "Jon Aske"]),
        ("Research and Development", ["Research and Development"]),
        ("Mara Lind und Jon Aske", ["Mara Lind", "Jon Aske"]),
        ("Mara Lind et Jon Aske", ["Mara Lind", "Jon Aske"]),
        ("Mara Lind, Ida Moe y Jon Aske", ["Mara Lind", "Ida Moe", "Jon Aske"]),
        ("Mara Lind e Jon Aske", ["Mara Lind", "Jon Aske"]),
        ("Mara Lind och Jon Aske", ["Mara Lind", "Jon Aske"]),
        ("Мария Линд и Иван Петров", ["Мария Линд", "Иван Петров"]),
        ("Mara Lind / Jon Aske", ["Mara Lind", "Jon Aske"]),
        ("José Ortega y Gasset", ["José Ortega y Gasset"]),
        ("Mara Costa e Silva", ["Mara Costa e Silva"]),
        ("Redaktion und Verlag", ["Redaktion und Verlag"]),
        ("Mara Lind (m@x.example)", ["Mara Lind"]),
        ("Lind, Mara; Aske, Jon", ["Lind, Mara", "Aske, Jon"]),
        ("Mara Lind, Ph.D., Jon Aske", ["Mara Lind, Ph.D.", "Jon Aske"]),
        ("[Mara Lind, Jon Aske]", ["Mara Lind", "Jon Aske"]),
        ("{name: Mara Lind, email: m@x.example}", ["Mara Lind"]),
        ("m@x.example (Mara Lind)", ["Mara Lind"]),
        ("By Mara Lind <m@x.example>", ["Mara Lind"]),
        ("Mara Lind <m at x.example>, Jon Aske <j [at] x.example>", ["Mara Lind", "Jon Aske"]),
        ("Mara Lind m@x.example", ["Mara Lind"]),
        ("Mara Lind [m@x.example], Jon Aske", ["Mara Lind", "Jon Aske"]),
        ("by: Mara Lind", ["Mara Lind"]),
        ("Written by Mara Lind", ["Mara Lind"]),
        ("Byron Lind", ["Byron Lind"]),
        ("Mara Lind, Staff Writer", ["Mara Lind"]),
        ("Mara Lind, Harbour Director, and Jon Aske, news editor", ["Mara Lind", "Jon Aske"]),
        ("Editor", ["Editor"]),
        ("Mara Lind · Jon Aske", ["Mara Lind", "Jon Aske"]),
        ("Mara Lind with Jon Aske", ["Mara Lind", "Jon Aske"]),
        ("N/A", []),
        ("—", []),
        ("Zo&euml; Lind, J&#246;rn Aske", ["Zoë Lind", "Jörn Aske"]),
        ("Zo&euml; Lind; J&#246;rn Aske", ["Zoë Lind", "Jörn Aske"]),
        ("Lind &amp; S&oslash;nner", ["Lind & Sønner"]),
    ],
)
def test_bylines_are_people(read: Read, words: str, names: list[str]) -> None:
    value = words if words[0] in "[{" else f"'{words}'"

    assert [author.name for author in get_entry(read(author=value)).authors] == names


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("'Wind &amp; <em>waves</em>'", "Wind & waves"),
        ("'`Vec<T>` and a < b'", "`Vec<T>` and a < b"),
        ('"two\\nlines"', "two lines"),
        ("2024", "2024"),
        ("[a, b]", "a, b"),
        ("{x: y}", "News"),
    ],
)
def test_titles_are_one_line_of_plain_text(read: Read, words: str, title: str) -> None:
    assert get_entry(read(title=words)).title == title


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("2024-02-30-fair.md", "no date was found: '2024-02-30' names a day that does not exist"),
        ("2024.13.01 fair.md", "no date was found: '2024.13.01' names a day that does not exist"),
        ("1398-2024-30-40.md", "no date was found"),
    ],
)
def test_a_name_that_begins_with_no_day_of_the_calendar_is_named(
    read: Read, name: str, message: str
) -> None:
    (problem,) = read("---\ntitle: Harbour fair\n---\nWords.\n", name).problems

    assert (problem.code, problem.message) == ("no-date", message)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("harbour-fair.md", "Harbour fair"),
        ("entry-point.md", "Entry point"),
        # what `import` calls an item without a title
        ("2024-03-02-entry.md", "The boats go out."),
        ("2024-03-02-entry-2.md", "The boats go out."),
        ("2024-03-02-2.md", "The boats go out."),
    ],
)
def test_a_title_that_is_nowhere_is_the_files_name_or_the_first_words(
    read: Read, name: str, title: str
) -> None:
    assert get_entry(read("The boats go out.\n", name, title="")).title == title


def test_sidecars_and_folder_defaults_are_part_of_the_hash(read: Read, tmp_path: Path) -> None:
    first = read(at="desk/lamp.md", x="y")
    (tmp_path / "desk/lamp.yaml").write_text("author: Mara Lind\n", encoding="utf-8")
    second = read(at="desk/lamp.md", x="y")
    (tmp_path / "_index.md").write_text("---\ncascade: {tags: [night]}\n---\n", encoding="utf-8")
    third = read(at="desk/lamp.md", x="y")

    assert [author.name for author in get_entry(second).authors] == ["Mara Lind"]
    assert get_entry(third).tags == ("night",)
    assert len({first.content_hash, second.content_hash, third.content_hash}) == 3


def test_a_broken_sidecar_keeps_its_entry_back(read: Read, tmp_path: Path) -> None:
    (tmp_path / "news.yaml").write_text("a: b: c\n", encoding="utf-8")

    (problem,) = read(x="y").problems
    assert problem.code == "sidecar-broken"
    assert problem.message.startswith("in the sidecar 'news.yaml', line 1: it is not YAML: ")


def test_broken_defaults_cost_no_entry(read: Read, tmp_path: Path) -> None:
    (tmp_path / "_index.md").write_text("---\na: b: c\n---\n", encoding="utf-8")
    reading = read(x="y")

    assert (reading.state, get_codes(reading)) == ("public", ["defaults-broken"])


@pytest.mark.parametrize(
    ("own", "name", "content", "line", "message"),
    [
        ("date: 03/04/2026\n", "", "", 2, "'03/04/2026' may mean"),
        ("", "news.yaml", "title: T\n\ndate: 03/04/2026\n", None, "in 'news.yaml', line 3: '03/04"),
        (
            "",
            "news.json",
            '{\n"date": "soon 3"}',
            None,
            "in 'news.json', line 2: 'soon 3' has no year",
        ),
        # the entry's own field counts, whatever is beside it
        ("date: 03/04/2026\n", "news.yaml", "title: T\ndate: soon 3\n", 2, "'03/04/2026' may mean"),
        (
            "date: 2026-03-04\n",
            "news.yaml",
            "drafft: 1\n",
            None,
            "in 'news.yaml', line 1: 'drafft' is",
        ),
        ("date: 2026-03-04\ndrafft: 1\n", "news.yaml", "tags: a\n", 3, "'drafft' is"),
        ("date: 2026-03-04\n", "news.yaml", "params:\n  draft: x\n", None, "in 'news.yaml', line "),
        ("date: 2026-03-04\nparams:\n  draft: x\n", "news.yaml", "tags: a\n", 3, "'x' is neither"),
        (
            "date: 2026-03-04\n",
            "_index.md",
            "---\ntitle: F\ncascade:\n  status: nope\n---\n",
            None,
            "in '_index.md', line 3: the status 'nope' is unknown",
        ),
        (
            "date: 2026-03-04\n",
            "_index.md",
            "---\n\na: b: c\n---\n",
            None,
            "in '_index.md', line 3: ",
        ),
        ("draft: true\ndate: 03/04/2026\n", "", "", 3, "'03/04/2026' may mean"),
    ],
)
def test_a_problem_names_the_file_that_has_its_line(
    read: Read, tmp_path: Path, own: str, name: str, content: str, line: int | None, message: str
) -> None:
    if name:
        (tmp_path / name).write_text(content, encoding="utf-8")
    (problem,) = read(f"---\n{own}---\n# News\n\nText.\n").problems

    assert problem.line == line
    assert problem.message.startswith(message)


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("javascript:alert(1)", ["address-unsafe"]),
        ("mailto:a@example.com", ["address-unsafe"]),
        ("https://[x/", ["address-unsafe"]),
        ("example.com:8000/a", ["address-unsafe"]),
        ("https://example.com/a", []),
        ("https://example.com/a?p=5", []),
        ("/a/", []),
        ("pretty", []),
        ("/:year/:title", []),
        ("/{{ page.slug }}/", []),
        ("'News: a word'", []),
        ("false", []),
    ],
)
def test_a_url_that_is_no_address_is_a_problem(read: Read, url: str, codes: list[str]) -> None:
    assert get_codes(read("Words.", url=url)) == codes


@pytest.mark.parametrize(
    "url",
    [
        *("/news.php?id=5", "/a/#part", "/a/../b/", "/a/<b>/"),
        *("{site}/?p=5", "{site}?p=5", "{site}#a", "{site}/a/?p=5", "{site}/../b"),
    ],
)
def test_an_address_here_that_no_page_can_have_is_named(read: Read, url: str) -> None:
    words = url.format(site=SETTINGS.site.url.removesuffix("/"))
    (problem,) = read("Words.", url=f"'{words}'").problems

    assert problem.message == f"{words!r} is not the address of a page, and is left out"
    assert problem.remedy == "write one such as `/2023/03/quay/`, without a query"


def test_the_file_of_an_inherited_field_is_explained(read: Read, tmp_path: Path) -> None:
    (tmp_path / "news.yaml").write_text("author: Ida\n\ntags: [quay]\n", encoding="utf-8")
    (tmp_path / "_index.md").write_text("---\ncascade: {category: News}\n---\n", encoding="utf-8")
    read("Words.", title="T")
    lines = explain_fields(tmp_path, "news.md", SETTINGS)

    assert {(one.field, one.line): one.reason for one in lines if one.kind == "field"} == {
        ("title", 2): "'title' in the file",
        ("published", 3): "'date' in the file",
        ("authors", 1): "'author' in 'news.yaml'",
        ("tags", 3): "'tags' in 'news.yaml'",
        ("categories", 2): "'category' in '_index.md'",
    }


def test_json_beside_an_entry_is_its_sidecar(read: Read) -> None:
    read(x="y")

    assert read('{"title": "T", "date": "2024-03-02"}', "news.json").state == "ignored"


def test_pictures_are_known_by_path_and_size(read: Read, tmp_path: Path) -> None:
    (tmp_path / "pier").mkdir()
    (tmp_path / "pier/gate.png").write_bytes(b"1234")
    reading = read("![a](gate.png) ![b](gone.png)", "pier/index.md", image="gate.png")
    (tmp_path / "pier/gate.png").write_bytes(b"12345")
    again = read("![a](gate.png) ![b](gone.png)", "pier/index.md", image="gate.png")
    image = get_entry(reading).image

    assert image is not None
    assert (image.url, image.type, image.length) == (
        "https://harbour.example/files/pier/gate.png",
        "image/png",
        4,
    )
    assert (reading.asset_paths, get_codes(reading)) == (
        ("pier/gate.png", "pier/gone.png"),
        ["asset-missing"],
    )
    assert reading.content_hash != again.content_hash


@pytest.mark.duty(14)
@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("gate.png", "https://harbour.example/files/pier/gate.png"),
        ("./gate.png?x=1", "https://harbour.example/files/pier/gate.png"),
        ("/pier/gate.png", "https://harbour.example/files/pier/gate.png"),
        ("{static}/pier/gate.png", "https://harbour.example/files/pier/gate.png"),
        ("../../etc/passwd.png", "https://harbour.example/2024/etc/passwd.png"),
        ("/images/gone.png", "https://harbour.example/images/gone.png"),
        ("other.md", "https://harbour.example/2024/03/pier/other.md"),
        ("#top", "https://harbour.example/2024/03/pier/#top"),
        ("https://else.example/x.png", "https://else.example/x.png"),
        ("mailto:m@x.example", "mailto:m@x.example"),
    ],
)
def test_references_become_absolute(read: Read, tmp_path: Path, reference: str, url: str) -> None:
    entry = get_entry(read(at="pier/index.md", x="y"))
    (tmp_path / "pier/gate.png").write_bytes(b"1234")

    assert make_resolver(tmp_path, entry, SETTINGS)(reference) == url


def test_links_are_followed_inside_the_folder_only(
    read: Read, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    read(x="y")
    outside = tmp_path_factory.mktemp("outside") / "x.md"
    outside.write_text("---\ntitle: T\ndate: 2024-03-02\n---\n", encoding="utf-8")
    (tmp_path / "inside.md").symlink_to(tmp_path / "news.md")
    (tmp_path / "outside.md").symlink_to(outside)

    assert read_file(tmp_path, "inside.md", SETTINGS).state == "public"
    assert get_codes(read_file(tmp_path, "outside.md", SETTINGS)) == ["link-outside"]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    with (tmp_path / "large.md").open("wb") as file:
        file.truncate(50_000_000)

    assert get_codes(read_file(tmp_path, "gone.md", SETTINGS)) == ["unreadable"]
    assert get_codes(read_file(tmp_path, "folder.md", SETTINGS)) == ["not-a-file"]
    assert get_codes(read_file(tmp_path, "large.md", SETTINGS)) == ["too-large"]


def test_explain_shows_words_and_rejected_readings(read: Read, tmp_path: Path) -> None:
    read(date="2024-03-02", created="2024-01-01")
    lines = explain_fields(tmp_path, "news.md", SETTINGS)

    assert lines[1] == ExplainLine(
        kind="field",
        field="published",
        words="2024-03-02",
        line=3,
        result="2024-03-02T00:00:00+08:00 (day)",
        reason="'date' in the file",
    )
    assert any(
        one.words == "2024-01-01" and "'date' takes precedence" in one.reason for one in lines
    )
    assert any(
        one.kind == "date format" and one.reason == "RFC 3339" and "2024-01-01" in one.result
        for one in lines
    )


HEADS = strategies.sampled_from(
    [
        *(
            "",
            "---\n",
            "+++\n",
            "{",
            ".. title: x\n",
            "Title: x\nDate: 2024-01-01\n",
            "#+TITLE: x\n",
            "= T\n",
        ),
        *(
            "<html><head>",
            "#use wml::x\n",
            "\xff\xfe",
            "---\ntitle: x\ndate: 2024-01-01\n",
            "<!--\n.. ",
        ),
        *(
            "News\n\nTitle\n\nRelease Time:",
            "title=x\ndate=2024-01-01\n~~~~~~\n",
            "title: x\n---\n",
        ),
    ]
)
PATHS = strategies.sampled_from(
    [f"a.{ending}" for ending in ("md", "txt", "html", "rst", "adoc", "org", "wml", "json")] + ["a"]
)


@settings(max_examples=400, deadline=None)
@given(
    head=HEADS,
    body=strategies.binary(max_size=300) | strategies.text(max_size=200).map(str.encode),
    path=PATHS,
)
def test_any_bytes_give_an_entry_or_a_named_problem(
    tmp_path_factory: pytest.TempPathFactory, head: str, body: bytes, path: str
) -> None:
    root = tmp_path_factory.getbasetemp()
    (root / path).write_bytes(head.encode("latin-1") + body)
    reading = read_file(root, path, SETTINGS)

    assert "defect" not in get_codes(reading)
    assert reading.entry is not None or reading.problems or reading.state in ("ignored", "draft")
    if reading.entry is not None:
        assert reading.entry.title
        assert urlsplit(reading.entry.url).scheme in ("http", "https")
        assert reading.entry.url.isascii()
        assert reading.entry.id.isascii()


VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.text(max_size=12)
    | strategies.sampled_from(
        ["2024-03-02", "/x/", "../a.png", "a.png", "https://x.example/[", "a <b@c>"]
    ),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(
            strategies.sampled_from(["name", "url", "path", "created", ""]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
NAMES = strategies.sampled_from(
    [name for names in FIELD_NAMES.values() for name in names.split()[:4]]
)


@settings(max_examples=400, deadline=None)
@given(fields=strategies.dictionaries(NAMES, VALUES, max_size=8))
def test_any_shape_in_any_field_is_read_or_named(
    tmp_path_factory: pytest.TempPathFactory, fields: dict[str, object]
) -> None:
    root = tmp_path_factory.getbasetemp()
    (root / "shape.md").write_text(
        json.dumps({"date": "2024-03-02"} | fields) + "\nText.", encoding="utf-8"
    )
    reading = read_file(root, "shape.md", SETTINGS)

    assert "defect" not in get_codes(reading)
    assert reading.entry is not None or reading.problems or reading.state in ("ignored", "draft")
    if reading.entry is not None:
        assert reading.entry.url.isascii()
        assert not reading.entry.permalink_path or reading.entry.permalink_path.startswith("/")
        assert not is_reserved(reading.entry.permalink_path or "/x/")


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ("correction: It is 86.", ["correction-undated"]),
        ("correction: It is 86.\nupdated: 2026-03-03", []),
        ("correction: It is 86.\nminor: true", []),
    ],
)
def test_a_correction_without_a_date_is_named(read: Read, more: str, codes: list[str]) -> None:
    reading = read(f"---\ntitle: A\ndate: 2026-03-02\n{more}\n---\nText.\n")

    assert [problem.code for problem in reading.problems] == codes


@pytest.mark.parametrize(
    ("field", "address", "uri"),
    [
        ("source: {{title: G, url: {}}}", "http://发布：", "http://%E5%8F%91%E5%B8%83%EF%BC%9A"),
        ("source: {{title: G, url: {}}}", "https://[x]/", ""),
        ("author: {{name: A, url: {}}}", "https://a.example:99999/", ""),
        ("comments: {}", "https://[::1/c", ""),
        ("image: {}", "https://a.example:b/c.png", ""),
        ("enclosure: {}", "https://[r/a.mp3", ""),
        ("source: {{title: G, url: {}}}", "https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("author: {{name: A, url: {}}}", "https://a.example/ä?b=é", "https://a.example/%C3%A4?b=%C3%A9"),
        ("comments: {}", "https://a.example/%zz", "https://a.example/%25zz"),
        ("license: {}", "https://ü.example/l", "https://xn--tda.example/l"),
        ("source: {{title: G, url: {}}}", "https://[::1]:80/a", "https://[::1]:80/a"),
        ("comments: {}", "https://a.example/%C3%A4#b", "https://a.example/%C3%A4#b"),
    ],
)  # fmt: skip
def test_the_addresses_of_an_entry_leave_as_uris(
    read: Read, field: str, address: str, uri: str
) -> None:
    line = field.format(json.dumps(address))
    reading = read(f"---\ntitle: T\ndate: 2024-03-02\n{line}\n---\nx\n")

    assert reading.entry is not None
    found = [url for url in list_addresses(reading.entry) if url]
    assert found == ([uri] if uri else [])
    assert ("address-unsafe" in get_codes(reading)) == (not uri)


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ('["#ferry", Ferry, "##quay"]', ("ferry", "quay")),
        ('"#ferry, #третий"', ("ferry", "третий")),
        ('["C#", "#1", "#"]', ("C#", "#1", "#")),
    ],
)
def test_a_tag_is_without_its_hash_mark(read: Read, written: str, tags: tuple[str, ...]) -> None:
    entry = read("It opens.", title="A", date="2026-03-02", tags=written).entry

    assert entry is not None
    assert entry.tags == tags


def test_the_fields_of_astropaper_are_read(read: Read) -> None:
    dates = "pubDatetime: 2026-03-02T15:22:00Z\nmodDatetime: 2026-03-05T15:22:00Z\n"
    entry = read(f"---\ntitle: A\n{dates}---\nIt opens.\n").entry

    assert entry is not None
    assert (str(entry.published)[:10], str(entry.updated)[:10]) == ("2026-03-02", "2026-03-05")


@pytest.mark.parametrize("reference", ["![a](a%20b/c%20d.png)", "![a](<a b/c d.png>)"])
def test_a_missing_file_is_named_with_its_line(read: Read, reference: str) -> None:
    problems = read(f"It opens.\n\n{reference}\n", title="A", date="2026-03-02").problems

    assert [(one.code, one.line) for one in problems] == [("asset-missing", 7)]
