"""The store: whatever the order in which rows come, the index says the same."""

from __future__ import annotations

import itertools
import random
import re
import tempfile
from collections.abc import Callable, Iterable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feedsvc.index import NEVER, Queries, read_listing
from feedsvc.index.rows import STATES_WITH_IDENTITY, Row, pack_terms
from feedsvc.index.schema import Connection, make_key, open_write_connection
from feedsvc.index.search import make_search_text
from feedsvc.indexer.store import Store
from feedsvc.listing import Listing
from feedsvc.settings import Settings
from tests.support.growth import MAX_EXPONENT, measure_growth

NOW = 1_700_000_000
FOLDER = tempfile.TemporaryDirectory(prefix="feedsvc-stores-")  # removed at the end of the run
NUMBERS = itertools.count()


def make_row(number: int, **changes: object) -> Row:
    values: dict[str, object] = {
        "path": f"e{number:04}.md",
        "size": number,
        "mtime": number,
        "ctime": number,
        "state": "public",
        "hash": bytes([number % 256]),
        "id": f"tag:example.com,2020:{number}",
        "permalink_path": f"/2020/01/{number}/",
        "slug": str(number),
        "url": f"https://example.com/2020/01/{number}/",
        "published": NOW - number * 1000,
        "public_from": NOW - number * 1000,
        "changed": NOW - number * 1000,
        "language": "en",
        "terms": (("tag", "A"), ("tag", f"N{number % 3}"), ("language", "en")),
    }
    values |= changes
    values["terms"] = pack_terms(values["terms"])  # type: ignore[arg-type]
    if values["state"] == "public":
        values["key"] = make_key(values["published"], values["id"])  # type: ignore[arg-type]
    if values["state"] not in STATES_WITH_IDENTITY:
        values = {name: values[name] for name in ("path", "size", "mtime", "ctime", "state")}
    return Row(**values)  # type: ignore[arg-type]


def make_store(rows: Iterable[Row] = ()) -> Store:
    store = Store(open_write_connection(f"{FOLDER.name}/{next(NUMBERS)}.sqlite"), "en")
    write(store, rows)
    return store


def write(
    store: Store, rows: Iterable[Row], removed: Iterable[str] = (), again: Iterable[Row] = ()
) -> None:
    known = {row.path: row for row in again}
    with store.transaction():
        for path in removed:
            store.remove(path)
        for row in rows:
            store.put(row)
        while freed := store.resolve_conflicts():
            for path in freed:
                store.put(known[path])
        store.commit()


def ask(store: Store, now: int = NOW) -> Queries:
    return Queries(store.db, ZoneInfo("UTC"), now)


def paths(
    store: Store, listing: Listing | None = None, *, now: int = NOW, most: int = 100
) -> list[str]:
    return [row.path for row in ask(store, now).select_entries(listing or Listing(), most)]


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every table but numbers that only name things, and when entries came."""
    queries = {
        "file": "SELECT path, state, id, permalink_path, key FROM file ORDER BY path",
        "entry": "SELECT key, path, hash, public_from, public_until, changed, language,"
        " translation_group, translation_rank, repeated, packed, terms FROM entry ORDER BY key",
        "entry_term": "SELECT kind, slug, key FROM entry_term JOIN term USING (term_id)"
        " ORDER BY 1, 2, 3",
        "term": "SELECT kind, slug, count FROM term WHERE count > 0 ORDER BY 1, 2",
        "problem": "SELECT path, code, message FROM problem ORDER BY 1, 2",
        "tombstone": "SELECT * FROM tombstone ORDER BY key",
        "turn": "SELECT * FROM turn ORDER BY path, second",
    }
    return {name: store.db.execute(query).fetchall() for name, query in queries.items()}


def test_a_first_build_is_over_as_soon_as_it_is_written() -> None:
    store = make_store()
    assert store.is_first_build

    with store.transaction():
        store.put(make_row(1))
        assert store.is_first_build
    assert store.is_first_build  # nothing was committed

    write(store, [make_row(1)])
    assert not store.is_first_build


@pytest.mark.no_cover  # many runs of what other tests cover
@pytest.mark.parametrize("column", ["id", "permalink_path"])
def test_time_grows_with_the_entries_of_one_identity(column: str) -> None:
    """As many as there are: `permalink = "/{year}/"`, or an id in the defaults of a folder."""

    def make_rows(count: int) -> list[Row]:
        return [make_row(number, **{column: "one"}) for number in range(count)]

    assert measure_growth(make_store, make_rows, (250, 1_000, 4_000)) <= MAX_EXPONENT
    assert paths(make_store(make_rows(3))) == ["e0000.md"]


@pytest.mark.duty(11)
def test_entries_come_newest_first() -> None:
    store = make_store([make_row(3), make_row(1), make_row(2)])

    assert paths(store) == ["e0001.md", "e0002.md", "e0003.md"]


def test_the_order_of_writing_leaves_no_trace() -> None:
    rows = [
        make_row(
            n,
            permalink_path=f"/{n % 7}/",
            translation_group=f"s{n % 4}",
            language=["en", "fr", "de"][n % 3],
        )
        for n in range(20)
    ]
    expected = dump(make_store(rows))
    for seed in range(5):
        shuffled = rows[:]
        random.Random(seed).shuffle(shuffled)
        store = make_store(shuffled[:10])
        write(store, shuffled[10:], again=rows)

        assert dump(store) == expected


def test_states_are_counted_as_they_come_and_go() -> None:
    rows = [
        make_row(n, permalink_path=f"/{n % 3}/") for n in range(6)
    ]  # three of them are duplicates
    store = make_store(
        [
            *rows,
            make_row(7, state="draft"),
            make_row(8, state="ignored"),
            make_row(9, state="ignored"),
        ]
    )
    assert ask(store).count_states() == {
        "public": 3, "scheduled": 0, "expired": 0, "draft": 1, "error": 3, "ignored": 2
    }  # fmt: skip

    write(store, [make_row(7, public_from=NOW + 1)], removed=["e0000.md", "e0008.md"], again=rows)

    counted = ask(store).count_states()
    assert counted == {"public": 3, "scheduled": 1, "expired": 0, "error": 2, "ignored": 1}
    in_files = dict(store.db.execute("SELECT state, count(*) FROM file GROUP BY state").fetchall())
    assert in_files == {"public": 4, "error": 2, "ignored": 1}


def test_a_removed_entry_leaves_nothing_behind() -> None:
    rows = [make_row(n) for n in range(6)]
    store = make_store(rows)
    write(store, [], removed=["e0002.md", "e0004.md"])

    assert dump(store) == dump(
        make_store([row for row in rows if row.path not in ("e0002.md", "e0004.md")])
    )


@pytest.fixture(scope="module")
def colliding_ids() -> list[str]:
    """Three ids that have the same bits in a key."""
    ids: dict[int, list[str]] = {}
    for number in itertools.count():
        identity = f"tag:example.com,2020:{number}"
        same = ids.setdefault(make_key(0, identity), [])
        same.append(identity)
        if len(same) == 3:
            return same
    raise AssertionError


@pytest.mark.duty(11)
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_entries_with_one_key_are_numbered_by_their_ids(
    order: tuple[int, ...], colliding_ids: list[str]
) -> None:
    rows = [
        make_row(n, id=identity, published=NOW - 10, public_from=NOW - 10)
        for n, identity in enumerate(sorted(colliding_ids, reverse=True))
    ]
    assert {row.key for row in rows} == {rows[0].key}

    store = make_store([])
    for number in order:
        write(store, [rows[number]])

    assert paths(store) == [row.path for row in rows]
    assert dump(store) == dump(make_store(rows))

    write(store, [], removed=[rows[2].path])

    assert dump(store) == dump(make_store(rows[:2]))


@pytest.mark.duty(2)
def test_of_two_files_with_one_id_the_first_by_path_keeps_it() -> None:
    rows = [make_row(1), make_row(2, id=make_row(1).id)]
    store = make_store(reversed(rows))

    assert paths(store) == ["e0001.md"]
    ((path, line, message),) = store.db.execute("SELECT path, line, message FROM problem")
    assert (ask(store).count_files_with_problems(), path, line) == (1, "e0002.md", None)
    assert message == (
        "the id 'tag:example.com,2020:1' already belongs to 'e0001.md'; give this entry its own id;"
        " where one is a copy of the other, remove the id from it"
    )

    write(store, [], removed=["e0001.md"], again=rows)

    assert paths(store) == ["e0002.md"]
    assert ask(store).count_files_with_problems() == 0


def test_an_entry_that_lost_its_id_does_not_hold_its_permalink() -> None:
    rows = [
        make_row(1),
        make_row(2, id=make_row(1).id, permalink_path="/x/"),
        make_row(3, permalink_path="/x/"),
    ]

    assert paths(make_store(rows)) == ["e0001.md", "e0003.md"]


def test_listings_are_narrowed_by_names() -> None:
    store = make_store([make_row(n) for n in range(9)])

    assert paths(store, Listing(folder="tags/n1")) == ["e0001.md", "e0004.md", "e0007.md"]
    assert paths(store, Listing(groups=(("tag", ("n0", "n1")),), without=("n1",))) == [
        "e0000.md", "e0003.md", "e0006.md",
    ]  # fmt: skip
    assert paths(store, Listing(folder="tags/n1", groups=(("tag", ("n2",)),))) == []
    assert paths(store, Listing(folder="tags/unheard-of")) == []


def test_time_alone_publishes_and_expires() -> None:
    store = make_store(
        [
            make_row(1, published=NOW + 10, public_from=NOW + 10),
            make_row(2, public_until=NOW + 20),
            make_row(3),
        ]
    )

    assert paths(store) == ["e0002.md", "e0003.md"]
    assert ask(store).select_next_change() == NOW + 10
    assert paths(store, now=NOW + 10) == ["e0001.md", "e0002.md", "e0003.md"]
    assert ask(store, NOW + 10).select_next_change() == NOW + 20
    assert paths(store, now=NOW + 20) == ["e0001.md", "e0003.md"]
    assert ask(store, NOW + 20).select_last_expiry(Listing()) == NOW + 20
    assert ask(store, NOW).select_terms("tag") == [("a", "A", 2), ("n0", "N0", 1), ("n2", "N2", 1)]
    assert ask(store, NOW + 20).select_terms("tag") == [
        ("a", "A", 2),
        ("n0", "N0", 1),
        ("n1", "N1", 1),
    ]


def test_one_translation_stands_for_its_group() -> None:
    rows = [
        make_row(1, language="fr", translation_group="s", terms=(("tag", "A"), ("language", "fr"))),
        make_row(2, language="en", translation_group="s", terms=(("tag", "A"), ("language", "en"))),
    ]
    store = make_store(rows)

    assert paths(store) == ["e0002.md"]
    assert paths(store, Listing(folder="languages/fr")) == ["e0001.md"]
    assert ask(store).select_terms("tag") == [("a", "A", 1)]

    write(store, [], removed=["e0002.md"])

    assert paths(store) == ["e0001.md"]
    assert ask(store).select_terms("tag") == [("a", "A", 1)]


def test_each_name_of_a_translation_group_is_counted_once() -> None:
    names = {"en": ("A",), "de": ("A", "B"), "fr": ("B", "C")}
    rows = [
        make_row(
            number,
            language=language,
            translation_group="s",
            terms=(("language", language), *(("tag", tag) for tag in tags)),
        )
        for number, (language, tags) in enumerate(names.items(), 1)
    ]
    store = make_store(rows)

    for _ in range(2):
        assert ask(store).select_terms("tag") == [("a", "A", 1), ("b", "B", 1), ("c", "C", 1)]
        assert [paths(store, Listing(folder=f"tags/{tag}")) for tag in "abc"] == [
            ["e0001.md"],
            ["e0002.md"],
            ["e0003.md"],
        ]
        write(store, [], removed=["e0002.md"])
        assert ask(store).select_terms("tag") == [("a", "A", 1), ("b", "B", 1), ("c", "C", 1)]
        assert paths(store, Listing(folder="tags/b")) == ["e0003.md"]
        write(store, [], removed=["e0001.md"])
        assert ask(store).select_terms("tag") == [("b", "B", 1), ("c", "C", 1)]
        write(store, rows)


def test_the_most_frequent_spelling_is_shown() -> None:
    store = make_store(
        [
            make_row(n, terms=(("tag", name),))
            for n, name in enumerate(["wind Power", "Wind power", "Wind power"])
        ]
    )

    assert ask(store).select_terms("tag") == [("wind-power", "Wind power", 3)]


def test_search_finds_words_and_single_han_characters() -> None:
    store = make_store([make_row(1), make_row(2)])
    keys = {row.path: row.key for row in ask(store).select_entries(Listing(), 9)}
    texts = {
        "e0001.md": "The harbour crane 风电场建成",
        "e0002.md": "Another crane",
    }
    store.search.add((keys[path], make_search_text(text)) for path, text in texts.items())

    assert paths(store, Listing(words="crane")) == ["e0001.md", "e0002.md"]
    assert paths(store, Listing(words="风电")) == ["e0001.md"]
    assert paths(store, Listing(words="电风")) == []
    assert paths(store, Listing(words='crane" OR "x')) == []
    assert paths(store, Listing(words="crane", folder="tags/n1")) == ["e0001.md"]

    write(store, [], removed=["e0001.md"])

    assert paths(store, Listing(words="crane")) == ["e0002.md"]


def test_retractions_are_told_where_the_entry_was_listed() -> None:
    store = make_store(
        [
            make_row(
                1,
                state="retracted",
                retracted=NOW - 5,
                retracted_at="2023-11-14T00:00:00+00:00",
                reason="wrong",
            )
        ]
    )

    assert paths(store) == []
    assert [one.id for one in ask(store).select_tombstones(Listing(folder="tags/a"), 30)] == [
        make_row(1).id
    ]
    assert ask(store).select_tombstones(Listing(folder="tags/b"), 30) == []


PLANS = [
    Listing(),
    Listing(folder="tags/a"),
    Listing(folder="2020"),
    Listing(folder="tags/a", groups=(("author", ("x",)), ("language", ("en",)))),
    Listing(groups=(("tag", ("n1", "n2")),), without=("n0",)),
    Listing(words="crane"),
    Listing(words="crane", folder="tags/a"),
    Listing(sort="updated"),
    Listing(sort="updated", before=5, before_change=NOW),
    Listing(sort="updated", since="2020"),
    Listing(sort="updated", since="2020", folder="tags/a", before=5, before_change=NOW * 1000),
    Listing(since="2020", until="2023-01"),
]


@pytest.mark.parametrize("listing", PLANS, ids=lambda listing: listing.make_path() or "everything")
def test_no_listing_sorts_or_scans(listing: Listing) -> None:
    store = make_store(
        [
            make_row(
                n, terms=(("tag", "A"), ("tag", f"N{n % 3}"), ("language", "en"), ("author", "X"))
            )
            for n in range(50)
        ]
    )
    store.db.execute(
        "UPDATE term SET count = 100000"
    )  # as if there were many: the plan for few may sort them

    selection = ask(store).conditions.build_selection(listing)
    assert selection is not None
    built = selection.build_statement(50)
    plan = [row[3] for row in store.db.execute(f"EXPLAIN QUERY PLAN {built[0]}", built[1])]

    assert not [step for step in plan if "TEMP B-TREE" in step]
    assert not [
        step
        for step in plan
        if step.startswith("SCAN") and "USING INDEX" not in step and "VIRTUAL" not in step
    ]


class Recorder:
    """A connection that remembers what it is asked."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.asked: list[tuple[str, Any]] = []

    def execute(self, question: str, values: Any = ()) -> Any:
        self.asked.append((question, values))
        return self.connection.execute(question, values)


def test_no_question_for_a_document_scans(settings: Callable[..., Settings]) -> None:
    rows = [
        make_row(n, translation_group=f"s{n // 2}", language="en" if n % 2 else "fr")
        for n in range(40)
    ]
    rows += [
        make_row(
            90,
            state="retracted",
            retracted=NOW,
            retracted_at="2023-11-14T22:13:20+00:00",
            reason="",
        )
    ]
    connection = Recorder(make_store(rows).db)
    query = Queries(connection, ZoneInfo("UTC"), NOW)  # type: ignore[arg-type]
    for listing in (
        *PLANS,
        Listing(period="2023-11"),
        Listing(folder="tags/a", period="2023-11"),
        Listing(limit=5),
    ):
        read_listing(query, listing, settings().feeds, for_page=True)
    shown = query.select_entries(Listing(), 1)[0]
    query.select_adjacent_entries(shown.key)
    query.resolve_alias("/x/")
    query.resolve_slug("x")
    query.is_asset_used("x.png")
    query.select_last_change()
    query.select_by_permalink("/x/")

    for question, values in list(connection.asked):
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {question}", values)]
        scans = {step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step}
        # in the order of an index, up to a limit; a count scans what it counts, up to a limit too
        assert {re.sub(r"\d", "N", step) for step in scans} <= {
            "SCAN e USING INDEX entry_changed",
            "SCAN (subquery-N)",
        }, question


def test_sitemaps_are_cut_without_reading_the_entries() -> None:
    connection = Recorder(make_store([make_row(n) for n in range(40)]).db)
    query = Queries(connection, ZoneInfo("UTC"), NOW)  # type: ignore[arg-type]

    assert [part for part, _ in query.select_sitemap_parts(15)] == [1, 2, 3]
    assert [path for path, _ in query.select_sitemap_entries(2, 37)] == [
        "/2020/01/2/",
        "/2020/01/1/",
    ]

    for (question, values), used in zip(
        list(connection.asked), ("COVERING INDEX", "INDEX"), strict=True
    ):
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {question}", values)]
        assert any(f" {used} entry_public_from" in step for step in plan), plan


def count_steps(store: Store, ask: Callable[..., object], *values: object) -> int:
    """SQLite's own steps, to ten of them, that a question takes."""
    handled = itertools.count()
    store.db.set_progress_handler(lambda: next(handled) < 0, 10)  # which asks whether to stop
    ask(*values)
    store.db.set_progress_handler(None, 0)
    return 10 * next(handled)


def test_no_question_for_a_document_costs_more_in_a_larger_folder(
    settings: Callable[..., Settings],
) -> None:
    """A range of keys is no scan by its plan but may read everything: count SQLite's steps."""
    steps: dict[int, list[int]] = {}
    for count in (1_000, 4_000):
        times = [NOW - 40_000 * n for n in range(count)]
        store = make_store(
            [
                make_row(n, published=time, public_from=time, changed=time)
                for n, time in enumerate(times)
            ]
        )
        query = ask(store)
        steps[count] = [count_steps(store, query.select_last_expiry, Listing(folder="tags/a"))]
        store.db.execute(
            "UPDATE term SET count = 100000"
        )  # as if there were many: a few may all be read
        listings = (
            Listing(),
            Listing(folder="tags/a"),
            Listing(folder="2023/11"),
            Listing(sort="updated"),
        )
        for listing in (*listings, Listing(period="2023-11")):
            steps[count].append(count_steps(store, read_listing, query, listing, settings().feeds))
        steps[count].append(count_steps(store, query.select_last_change))
        steps[count].append(count_steps(store, query.count_states))
        newest = query.select_entries(Listing(), 1)[0].key
        steps[count].append(count_steps(store, query.select_adjacent_entries, newest))

    assert all(many <= 1.5 * few for few, many in zip(*steps.values(), strict=True)), steps


def test_never_is_after_every_date() -> None:
    assert NEVER > 253_402_300_799  # 9999-12-31T23:59:59Z
