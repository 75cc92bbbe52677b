"""A model of the site: a plain dictionary, with which everything that is served is compared.

hypothesis invents edits, moves of the clock, restarts and losses of the index, and after each of
them listings, feeds, archives, pages, search and counts have to be those of the dictionary. All of
it in one process, by the functions of the writer and of a worker.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec import Struct

from feedsvc.indexer import refresh_index
from feedsvc.settings import Dates, Feeds, Settings
from feedsvc.settings import Site as SiteSettings
from tests.support.site import Clock, Site
from torture.result import Result, Tally
from torture.site import AUTHORITY

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
NOW = 1_790_000_000  # 2026-09-21T14:13:20Z
DAY = 86_400
TAGS = ("red", "green", "blue")
STEPS = 20  # of each example

seconds = st.integers(NOW - 400 * DAY, NOW + 3 * DAY)
folders = st.sampled_from(("", "a/", "a/b/", "c/"))
tag_sets = st.frozensets(st.sampled_from(TAGS))


class Known(Struct, kw_only=True):
    """An entry of the model."""

    number: int
    folder: str
    name: str
    has_own_id: bool
    published: int  # seconds
    version: int = 1
    tags: frozenset[str] = frozenset()
    is_draft: bool = False
    expires: int | None = None
    retracted: int | None = None
    is_deleted: bool = False

    @property
    def path(self) -> str:
        return f"{self.folder}{self.name}.md"

    @property
    def id(self) -> str:
        own = f"own-{self.number}" if self.has_own_id else self.path.removesuffix(".md")
        return f"tag:{AUTHORITY}:{own}"

    @property
    def title(self) -> str:
        return f"Word{self.number}x{self.version}"

    @property
    def permalink(self) -> str:
        return f"/{datetime.fromtimestamp(self.published, UTC):%Y/%m/%d}/{self.name}/"

    def get_state(self, now: int) -> str:
        """Return the state at the second *now*; "" for what is deleted."""
        if self.is_deleted:
            return ""
        if self.is_draft:
            return "draft"
        if self.retracted is not None:
            return "retracted"
        if self.published > now:
            return "scheduled"
        return "expired" if self.expires is not None and self.expires <= now else "public"

    def format(self) -> str:
        """Return the file."""
        fields = {
            "id": f"own-{self.number}" if self.has_own_id else None,
            "title": self.title,
            "date": format_second(self.published),
            "tags": f"[{', '.join(sorted(self.tags))}]" if self.tags else None,
            "draft": "true" if self.is_draft else None,
            "expires": format_second(self.expires),
            "status": "retracted" if self.retracted is not None else None,
            "retracted": format_second(self.retracted),
        }
        lines = [f"{name}: {value}\n" for name, value in fields.items() if value is not None]
        return f"---\n{''.join(lines)}---\n\nText of {self.title}.\n"


def format_second(second: int | None) -> str | None:
    if second is None:
        return None
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%SZ}"


class SiteMachine(RuleBasedStateMachine):
    """Edits, and what has to be true after each; `answers` counts what was compared."""

    answers = 0

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(prefix="feedsvc-model-"))
        (self.base / "entries").mkdir()
        self.entries: list[Known] = []
        self.clock = Clock(NOW)
        self.settings = Settings(
            site=SiteSettings(
                url="https://news.example.com/", id_authority=AUTHORITY, index="index"
            ),
            dates=Dates(),
            feeds=Feeds(archive="month", limit=3, withdrawn_days=0),
            base=self.base,
        )
        # never changed: a folder that is suddenly empty is rather thought to be unmounted
        self.add(published=NOW - 500 * DAY, folder="", has_own_id=False, tags=frozenset())
        self.site = Site(self.settings, self.clock)

    def teardown(self) -> None:
        shutil.rmtree(self.base, ignore_errors=True)

    # -- edits -------------------------------------------------------------------------

    def _write(self, entry: Known) -> None:
        file = self.settings.entries / entry.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(entry.format(), encoding="utf-8")

    def _draw(self, data: st.DataObject, fits: Callable[[Known], bool]) -> Known | None:
        """Return an entry that *fits*, or None; the first is left alone."""
        fitting = [entry for entry in self.entries[1:] if fits(entry)]
        return data.draw(st.sampled_from(fitting)) if fitting else None

    @rule(published=seconds, folder=folders, has_own_id=st.booleans(), tags=tag_sets)
    def add(self, published: int, folder: str, has_own_id: bool, tags: frozenset[str]) -> None:
        number = len(self.entries)
        entry = Known(
            number=number,
            folder=folder,
            name=f"entry-{number}",
            has_own_id=has_own_id,
            published=published,
            tags=tags,
        )
        self.entries.append(entry)
        self._write(entry)

    def _change(self, data: st.DataObject, **changes: Any) -> None:
        entry = self._draw(data, lambda one: not one.is_deleted)
        if entry is not None:
            for name, value in changes.items():
                setattr(entry, name, value)
            entry.version += 1
            self._write(entry)

    @rule(data=st.data(), tags=tag_sets)
    def edit(self, data: st.DataObject, tags: frozenset[str]) -> None:
        self._change(data, tags=tags)

    @rule(data=st.data(), published=seconds)
    def redate(self, data: st.DataObject, published: int) -> None:
        self._change(data, published=published)

    @rule(data=st.data(), later=st.integers(1, DAY))
    def schedule(self, data: st.DataObject, later: int) -> None:
        self._change(data, published=int(self.clock.now) + later)

    @rule(data=st.data(), later=st.none() | st.integers(-DAY, DAY))
    def expire(self, data: st.DataObject, later: int | None) -> None:
        now = int(self.clock.now)
        self._change(data, expires=None if later is None else now + later)

    @rule(data=st.data(), is_draft=st.booleans())
    def mark_draft(self, data: st.DataObject, is_draft: bool) -> None:
        self._change(data, is_draft=is_draft)

    @rule(data=st.data(), is_retracted=st.booleans())
    def retract(self, data: st.DataObject, is_retracted: bool) -> None:
        self._change(data, retracted=int(self.clock.now) - DAY if is_retracted else None)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        entry = self._draw(data, lambda one: not one.is_deleted)
        if entry is not None:
            (self.settings.entries / entry.path).unlink()
            entry.is_deleted = True

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        entry = self._draw(data, lambda one: one.is_deleted)
        if entry is not None:
            entry.is_deleted = False
            self._write(entry)

    @rule(data=st.data(), folder=folders)
    def move(self, data: st.DataObject, folder: str) -> None:
        self._rename(data, lambda entry: (folder, entry.name))

    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        self._rename(data, lambda entry: (entry.folder, f"{entry.name}-again"))

    def _rename(self, data: st.DataObject, choose: Callable[[Known], tuple[str, str]]) -> None:
        entry = self._draw(data, lambda one: not one.is_deleted)
        if entry is not None:
            old = self.settings.entries / entry.path
            entry.folder, entry.name = choose(entry)
            new = self.settings.entries / entry.path
            new.parent.mkdir(parents=True, exist_ok=True)
            old.rename(new)

    # -- what else happens ---------------------------------------------------------------

    @rule(passed=st.integers(1, 2 * DAY) | st.integers(-2 * DAY, -1))
    def move_clock(self, passed: int) -> None:
        self.clock.now += passed

    @rule(passed=st.integers(1, 2 * DAY))
    def look_ahead(self, passed: int) -> None:
        self.clock.now += passed
        self.everything_is_as_in_the_model()
        self.clock.now -= passed

    @precondition(lambda self: any(one.expires or one.published > NOW for one in self.entries))
    @rule(data=st.data(), delta=st.sampled_from((-1, 0, 1)))
    def move_clock_to_a_change(self, data: st.DataObject, delta: int) -> None:
        moments = [one.published for one in self.entries if one.published > NOW]
        moments += [one.expires for one in self.entries if one.expires]
        self.clock.now = data.draw(st.sampled_from(sorted(moments))) + delta

    @rule()
    def restart(self) -> None:
        self.site = Site(self.settings, self.clock)

    @rule()
    def lose_index(self) -> None:
        shutil.rmtree(self.base / "index")

    # -- what has to be true ---------------------------------------------------------------

    @invariant()
    def everything_is_as_in_the_model(self) -> None:
        self.site.app  # noqa: B018 - the first time makes the index
        refresh_index(self.settings)
        index = self.site.publisher.index
        index.last_probe_time = index.last_writer_check = 0.0
        now = int(self.clock.now)
        states = {one.number: one.get_state(now) for one in self.entries}
        public = sorted(
            (one for one in self.entries if states[one.number] == "public"),
            key=lambda one: -one.published,
        )
        self._check_feeds(public)
        self._check_terms(public)
        self._check_pages(states)
        counts = dict.fromkeys(("public", "scheduled", "expired"), 0)
        for state in filter(None, states.values()):
            counts[state] = counts.get(state, 0) + 1
        assert self._get_json("/readyz")["entries"] == counts
        retracted = {
            one.id
            for one in self.entries
            if states[one.number] == "retracted" and self._has_come(one)
        }
        tombstones = self._get_xml("/atom.xml").findall(TOMBSTONE)
        assert {one.get("ref") for one in tombstones} == retracted

    def _check_feeds(self, public: list[Known]) -> None:
        wanted = sorted((one.id, one.title, one.published) for one in public)
        feed = self._get_json("/feed.json?limit=500")["items"]
        assert (
            sorted(
                (item["id"], item["title"], read_second(item["date_published"])) for item in feed
            )
            == wanted
        )
        order = [item["id"] for item in feed]
        assert [read_second(item["date_published"]) for item in feed] == [
            one.published for one in public
        ]
        assert self._list_ids("/atom.xml?limit=500") == order
        rss = self._get_xml("/rss.xml?limit=500")
        assert [guid.text for guid in rss.iter("guid")] == order
        path, seen = "/atom.xml", dict[str, None]()
        while path:
            root = self._get_xml(path)
            seen |= dict.fromkeys(
                entry.findtext(f"{ATOM}id", "") for entry in root.iter(ATOM + "entry")
            )
            links = {one.get("rel"): one.get("href", "") for one in root.findall(f"{ATOM}link")}
            path = links.get("prev-archive", "").removeprefix("https://news.example.com")
        assert sorted(seen) == sorted(order)

    def _check_terms(self, public: list[Known]) -> None:
        for tag in TAGS:
            tagged = {one.id for one in public if tag in one.tags}
            assert set(self._list_ids(f"/atom.xml?tag={tag}&limit=500")) == tagged
            if tagged:
                assert set(self._list_ids(f"/tags/{tag}/atom.xml?limit=500")) == tagged
        for one in public[:3]:
            assert self._list_ids(f"/atom.xml?q={one.title}") == [one.id]

    def _check_pages(self, states: dict[int, str]) -> None:
        for one in self.entries:
            expected = 404
            if states[one.number] == "public":
                expected = 200
            elif states[one.number] == "retracted" and self._has_come(one):
                expected = 410
            assert self._get(one.permalink) == expected, one

    def _has_come(self, one: Known) -> bool:
        """Whether *one* is not before its date: until then it is as if it were not there."""
        return one.published <= int(self.clock.now)

    def _get(self, path: str) -> int:
        type(self).answers += 1
        return self.site.get(path).status_code

    def _get_xml(self, path: str) -> ElementTree.Element:
        type(self).answers += 1
        return self.site.get_xml(path)

    def _get_json(self, path: str) -> Any:
        type(self).answers += 1
        response = self.site.get(path)
        assert response.status_code == 200, path
        return json.loads(response.data)

    def _list_ids(self, path: str) -> list[str]:
        return [one.findtext(f"{ATOM}id", "") for one in self._get_xml(path).iter(f"{ATOM}entry")]


def read_second(words: str) -> int:
    return int(datetime.fromisoformat(words).timestamp())


def run(count: int, folder: Path, seed: int) -> Result:
    """Try *count* examples of STEPS steps each."""
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    before = SiteMachine.answers
    settings = hypothesis.settings(
        max_examples=count,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        print_blob=False,
    )
    try:
        run_state_machine_as_test(hypothesis.seed(seed)(SiteMachine), settings=settings)
    except AssertionError as error:
        tally.add_wrong(f"{error}; {' / '.join(getattr(error, '__notes__', ()))}"[:4_000])
    tally.answers = SiteMachine.answers - before
    return tally.make_result(count, steps_of_each=STEPS)
