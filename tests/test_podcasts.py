"""A listing with sound is a podcast: what apps read of it, which settings it has, what it lacks."""

from __future__ import annotations

import io
import json
import re
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import podcastparser
import pytest
from msgspec.structs import replace

from feedsvc.errors import SettingsError
from feedsvc.fields.media import parse_duration
from feedsvc.model import Episode, Person
from feedsvc.reading import read_file
from feedsvc.settings import Settings, load_settings
from feedsvc.site.podcasts import read_podcasts
from feedsvc.site.publisher import Publisher
from tests.support import media_files as make
from tests.support.commands import Run
from tests.support.entries import write_entry, write_file
from tests.support.site import Site

Needs = Callable[[str], str]
SUPPORT = Path(__file__).parent / "support"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
HARBOR = {
    "listing": "categories/Harbor Talk",
    "title": "Harbor Talk",
    "description": "A walk along the quay.",
    "author": "Skarvik News",
    "image": "art/harbor.png",
    "category": ["News > Daily News", "Society & Culture"],
    "explicit": False,
    "type": "serial",
    "owner": "Mara Lind",
    "email": "mara@news.example.com",
    "locked": True,
}
EPISODE = {
    "audio": "twelve.mp3",
    "category": "Harbor Talk",
    "author": "Mara Lind",
    "season": "2",
    "episode": "'#12'",
    "episodeType": "bonus",
    "explicit": "clean",
    "episode_image": "twelve.png",
    "transcript": "[twelve.vtt, {url: 'https://media.example.com/12.json', language: de,"
    " rel: captions}]",
    "chapters": "twelve.chapters.json",
    "hosts": "[Mara Lind]",
    "guests": "[{name: Jon Aske, href: 'https://aske.example/', img: 'https://aske.example/a.jpg'}]",
}  # fmt: skip


@pytest.fixture
def site(settings: Callable[..., Settings]) -> Site:
    """Three shows and plain news: one show with all settings, one with none, one without sound."""
    site = Site(
        replace(
            settings(author="The newsroom"),
            podcasts={
                "harbor": HARBOR,
                "wind": {"listing": "tags/wind"},
                "quiet": {"listing": "tags/quiet", "category": "News"},
            },
        )
    )
    site.write("twelve.mp3", make.make_mp3(2465))
    site.write("twelve.vtt", "WEBVTT\n")
    site.write("twelve.chapters.json", '{"version": "1.2.0", "chapters": []}')
    site.write("twelve.png", make.make_png(1400, 1400))
    site.write("art/harbor.png", make.make_png(3000, 3000))
    site.add("twelve", **EPISODE)
    site.add("gust", tags="[wind]", enclosure="{url: 'https://media.example.com/g.m4a'}")
    site.add("calm", tags="[quiet]")
    return site


def parse_with_podcastparser(site: Site, path: str) -> dict[str, Any]:
    address = f"https://news.example.com{path}"
    found: dict[str, Any] = podcastparser.parse(address, io.BytesIO(site.get(path).data))
    return found


def test_podcastparser_reads_the_show_and_its_episode(site: Site) -> None:
    show = parse_with_podcastparser(site, "/categories/harbor-talk/rss.xml")
    (episode,) = show["episodes"]

    assert {name: show.get(name) for name in ("title", "description", "type", "explicit")} == {
        "title": "Harbor Talk",
        "description": "A walk along the quay.",
        "type": "serial",
        "explicit": False,
    }
    assert show["itunes_author"] == "Skarvik News"
    assert show["itunes_owner"] == {"name": "Mara Lind", "email": "mara@news.example.com"}
    assert show["itunes_categories"] == [["News", "Daily News"], ["Society & Culture"]]
    assert show["cover_url"] == "https://news.example.com/files/art/harbor.png"
    assert (episode["total_time"], episode["number"]) == (2465, 12)
    assert episode["episode_art_url"] == "https://news.example.com/files/twelve.png"
    assert (episode["type"], episode["explicit"]) == ("bonus", False)
    # the file as `enclosure`, and as `media:content` with its duration
    assert {(one["url"], one["mime_type"], one["file_size"]) for one in episode["enclosures"]} == {
        ("https://news.example.com/files/twelve.mp3", "audio/mpeg", len(make.make_mp3(2465)))
    }


def test_partytime_reads_the_show_and_its_episode(site: Site, needs: Needs) -> None:
    node = needs("node")
    needs("podcast-partytime")
    feed = site.get("/categories/harbor-talk/rss.xml").data
    done = subprocess.run(
        [node, "read_podcast.mjs"], cwd=SUPPORT, input=feed, check=True, capture_output=True
    )
    show = json.loads(done.stdout)
    (item,) = show["items"]

    assert (show["explicit"], show["locked"]) == (False, True)
    assert show["guid"] == str(
        uuid.uuid5(
            uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6"),
            "news.example.com/categories/harbor-talk/rss.xml",
        )
    )
    assert (item["duration"], item["explicit"]) == (2465, False)
    transcripts = item["podcastTranscripts"]
    assert [(one["type"], one.get("language"), one.get("rel")) for one in transcripts] == [
        ("text/vtt", "en", None),
        ("application/json", "de", "captions"),
    ]  # fmt: skip
    assert item["podcastChapters"]["type"] == "application/json+chapters"
    assert [(one["name"], one["role"].lower()) for one in item["podcastPeople"]] == [
        ("Mara Lind", "host"),
        ("Jon Aske", "guest"),
    ]


def test_feedparser_reads_it_too(site: Site) -> None:
    found = feedparser.parse(site.get("/categories/harbor-talk/rss.xml").data)

    assert not found.bozo
    assert found.entries[0].itunes_duration == "2465"
    assert found.entries[0].itunes_episode == "12"


def test_a_show_s_files_are_served(site: Site) -> None:
    for path, media_type in (
        ("art/harbor.png", "image/png"),
        ("twelve.png", "image/png"),
        ("twelve.vtt", "text/vtt"),
        ("twelve.chapters.json", "application/json+chapters"),
    ):
        answer = site.get(f"/files/{path}")

        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (
            200,
            media_type,
        )


def test_without_sound_nothing_is_added(site: Site) -> None:
    for path in (
        "/tags/quiet/rss.xml",
        "/categories/harbor-talk/atom.xml",
        "/tags/quiet/feed.json",
    ):
        text = site.get(path).text

        assert ITUNES not in text
        assert PODCAST not in text


def test_an_entry_without_sound_is_no_episode(site: Site) -> None:
    site.add("season", season="2", episode="3", explicit="perhaps", hosts="[Mara Lind]")
    reading = read_file(site.folder, "season.md", site.settings)

    assert (reading.problems, reading.entry and reading.entry.episode) == ((), None)


def test_a_show_without_settings_claims_nothing(site: Site) -> None:
    text = site.get("/tags/wind/rss.xml").text

    assert "<itunes:author>The newsroom</itunes:author>" in text
    for name in ("explicit", "category", "owner", "type", "image"):
        assert f"<itunes:{name}" not in text
    assert "<podcast:locked" not in text


def test_a_shorter_feed_and_one_of_changes_are_the_same_show(site: Site) -> None:
    feed = "/categories/harbor-talk/rss.xml"
    changes = "?sort=updated&since=2020-01-01"
    queries = ("", "?limit=1", "?sort=updated", changes, f"{changes}&before=1900000000000.1")
    texts = [site.get(feed + query).text for query in queries]
    narrow = site.get(f"{feed}?author=mara-lind").text

    def get_guid(text: str) -> str:
        return text.partition("<podcast:guid>")[2].partition("<")[0]

    assert len({get_guid(text) for text in texts}) == 1
    assert get_guid(texts[0]) != get_guid(narrow) != ""
    assert "<title>Harbor Talk</title>" in texts[1]
    assert "<title>Harbor Talk</title>" not in narrow


def test_the_guid_that_a_show_has_already_stays(site: Site) -> None:
    guid = "9b024349-ccf0-5f69-a609-6b82873eab3c"
    moved = Site(replace(site.settings, podcasts={"harbor": {**HARBOR, "guid": guid}}))

    assert f"<podcast:guid>{guid}<" in moved.get("/categories/harbor-talk/rss.xml").text


def test_the_whole_site_may_be_one_show(site: Site) -> None:
    whole = Site(replace(site.settings, podcasts={"all": {"category": "News", "explicit": True}}))

    for path in ("/rss.xml", "/tags/wind/rss.xml"):
        text = whole.get(path).text

        assert '<itunes:category text="News"/>' in text
        assert "<itunes:explicit>true</itunes:explicit>" in text


SPELLINGS = {
    "Castanet": {
        "podcast_file": "https://media.example.com/a.mp3",
        "podcast_duration": "'41:05'",
        "podcast_bytes": "1234",
        "episode_image": "https://media.example.com/a.png",
        "explicit": "'no'",
        "episode": "4",
        "hosts": "[Mara Lind]",
    },
    "Octopod": {
        "audio": "{mp3: 'https://media.example.com/a.mp3'}",
        "duration": "'41:05'",
        "episode_cover": "https://media.example.com/a.png",
        "explicit": "clean",
        "episode": "Episode 4",
        "host": "Mara Lind",
        "chapters": "['00:00:00.000 Intro']",
    },
    "a table": {
        "enclosure": "https://media.example.com/a.mp3",
        "itunes": "{duration: 2465, explicit: false, episode: 4,"
        " image: 'https://media.example.com/a.png'}",
        "people": "[{name: Mara Lind, role: host}]",
    },
    "names of elements": {
        "enclosure": "https://media.example.com/a.mp3",
        "'itunes:duration'": "2465",
        "'itunes:explicit'": "'false'",
        "'itunes:episode'": "4",
        "'itunes:image'": "https://media.example.com/a.png",
        "'podcast:person'": "[{name: Mara Lind, role: host}]",
    },
}


@pytest.mark.parametrize("fields", SPELLINGS.values(), ids=SPELLINGS)
def test_fields_of_tools_mean_the_same(fields: dict[str, str], tmp_path: Path) -> None:
    write_entry(tmp_path, "a.md", **fields)
    reading = read_file(tmp_path, "a.md", Settings())

    assert reading.entry is not None
    assert reading.problems == ()
    assert reading.entry.enclosures[0].duration == 2465
    assert reading.entry.episode == Episode(
        number=4,
        explicit=False,
        image="https://media.example.com/a.png",
        people=(Person(name="Mara Lind", role="host"),),
    )


UNREADABLE = {
    "explicit": "perhaps",
    "episode": "twelve",
    "episode_type": "teaser",
    "transcript": "words.docx",
    "episode_image": "notes.pdf",
    "chapters": "chapters-of-all.json",
    "duration": "one hour",
    "audio": "{url: 'https://media.example.com/a.mp3', duration: 1 day}",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_value_that_is_not_understood_is_named(name: str, tmp_path: Path) -> None:
    for file in ("words.docx", "notes.pdf"):
        write_file(tmp_path, file, "x")
    fields = {"audio": "https://media.example.com/a.mp3"} | {name: UNREADABLE[name]}
    write_entry(tmp_path, "a.md", **fields)
    (problem,) = read_file(tmp_path, "a.md", Settings()).problems

    assert (problem.code, problem.field, bool(problem.remedy)) == ("episode-unreadable", name, True)


DURATIONS: dict[str, int | None] = {
    **dict.fromkeys(("1:02:03", "62:03", "3723", "3723.9", "PT1H2M3S", "1 h, 2 min. 3 sec."), 3723),
    **dict.fromkeys(("45:10", "00:45:10.500", "45 min 10 s", "pt45m10s"), 2710),
    **dict.fromkeys(("1h2m", "1 hour, 2 minutes", "1 HR 2 mins.", "62 min", "3720 seconds"), 3720),
    **dict.fromkeys(("0", "0:00", "0 s"), 0),
    # of more than one meaning, or of none
    **dict.fromkeys(("1h30", "1.5 h", "1,5 h", "5 m 1 h", "1:2:3:4", "-5", "3 days"), None),
    **dict.fromkeys(("", "h", "PT", "P1D", "soon", "100000", "١٢"), None),
}


@pytest.mark.parametrize(("words", "seconds"), DURATIONS.items())
def test_a_duration_is_seconds(words: str, seconds: int | None) -> None:
    assert parse_duration(words) == seconds


def test_square_pictures_of_an_entry_are_its_artwork(site: Site) -> None:
    for name, size in (("small", 600), ("square", 2000)):
        site.write(f"{name}.png", make.make_png(size, size))
        site.add(name, image=f"{name}.png", audio="twelve.mp3")
    site.write("wide.png", make.make_png(2000, 1000))
    site.add("wide", image="wide.png", audio="twelve.mp3")
    found = feedparser.parse(site.get("/rss.xml").data)

    assert {entry.title for entry in found.entries if "image" in entry} == {"Square", "Twelve"}


WRONG = {
    "podcasts.a.listing": {"listing": "harbor"},
    "podcasts.a.type": {"type": "weekly"},
    "podcasts.a.explicit": {"explicit": "no"},
    "podcasts.a.guid": {"guid": "12"},
    "podcasts.a.email": {"email": "mara"},
    "podcasts.a.categorie": {"categorie": "News"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_stops_the_start(name: str, site: Site) -> None:
    broken = replace(site.settings, podcasts={"a": WRONG[name]})

    with pytest.raises(SettingsError, match=name):
        Publisher(broken, site.publisher.index)


@pytest.mark.parametrize(
    ("listings", "is_right"),
    [
        (("tags/wind", "tags/sea"), True),
        (("", "tags/wind"), True),
        (("tags/wind", "categories/wind"), True),
        (("tags/wind", "/tags/Wind/"), False),
        (("", ""), False),
        (("tags/C++", "tags/c~2b~2b"), False),
    ],
)
def test_a_listing_is_one_show(site: Site, listings: tuple[str, str], is_right: bool) -> None:
    shows = {name: {"listing": one} for name, one in zip("ab", listings, strict=True)}
    settings = replace(site.settings, podcasts=shows)
    if is_right:
        assert list(read_podcasts(settings)) == ["a", "b"]
        return
    message = rf"podcasts\.b\.listing: '{re.escape(listings[1])}' is already .*podcasts\.a"
    with pytest.raises(SettingsError, match=message):
        read_podcasts(settings)


def test_a_show_may_stand_in_the_environment() -> None:
    environ = {"FEEDSVC_PODCASTS_HARBOR": '{listing = "tags/harbor", explicit = false}'}

    assert load_settings(environ=environ).podcasts == {
        "harbor": {"listing": "tags/harbor", "explicit": False}
    }


def test_check_names_what_directories_refuse(run: Run, entries_dir: Path) -> None:
    settings = entries_dir.with_name("feedsvc.toml")
    settings.write_text(
        settings.read_text(encoding="utf-8")
        + '\n[podcasts.talk]\ncategory = "Newz"\nimage = "art.png"\n',
        encoding="utf-8",
    )
    write_file(entries_dir, "art.png", make.make_png(3000, 1400))
    write_entry(entries_dir, "a.md", audio="https://media.example.com/a.mp3")
    done = run("check")

    assert done.exit_code == 1
    assert "field 'podcasts.talk.explicit'" in done.output
    assert "did you mean 'News'?" in done.output
    assert "the picture 'art.png' has 3,000 × 1,400 pixels" in done.output
    assert "1 entry (and 1 other file): 1 public; 3 problems in 1 file." in done.output


ARTWORK = {
    "not there": None,
    "no picture": b"words",
    "fine": make.make_png(1400, 1400),
    "too large": make.make_png(3001, 3001),
}


@pytest.mark.parametrize("name", ARTWORK)
def test_check_measures_the_artwork(name: str, run: Run, entries_dir: Path) -> None:
    settings = entries_dir.with_name("feedsvc.toml")
    show = '[podcasts.talk]\ncategory = "News"\nexplicit = false\nimage = "art.png"\n'
    settings.write_text(settings.read_text(encoding="utf-8") + "\n" + show, encoding="utf-8")
    if content := ARTWORK[name]:
        write_file(entries_dir, "art.png", content)
    write_entry(entries_dir, "a.md", audio="https://media.example.com/a.mp3")

    assert run("check").exit_code == (0 if name == "fine" else 1)


def test_check_asks_for_the_show_of_episodes_alone(run: Run, entries_dir: Path) -> None:
    write_entry(entries_dir, "a.md", audio="https://media.example.com/a.mp3")
    assert run("check").exit_code == 0

    write_entry(entries_dir, "b.md", audio="https://media.example.com/b.mp3", episode="12")
    done = run("check", "--format", "json")
    last = json.loads(done.output.splitlines()[-1])

    assert done.exit_code == 1
    assert (last["path"], last["state"]) == ("../feedsvc.toml", "settings")
    assert [one["code"] for one in last["problems"]] == ["podcast-incomplete"]


def test_a_show_has_no_guid_of_an_address_that_is_not_its_own(site: Site) -> None:
    local = Site(replace(site.settings, development=True))

    assert "<podcast:guid>" not in local.get("/categories/harbor-talk/rss.xml").text
    assert "<podcast:guid>" in site.get("/categories/harbor-talk/rss.xml").text
