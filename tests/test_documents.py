"""The bounded cache and its documents: memory ends, and nothing stale is repeated."""

from __future__ import annotations

import gzip
import logging
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from feedsvc.memo import BoundedCache
from feedsvc.settings import Settings
from feedsvc.site.documents import (
    MAX_RESPONSES_PER_DOCUMENT,
    MIN_CODED_BYTES,
    PROVISIONAL_SECONDS,
    DocumentCache,
)
from feedsvc.site.exceptions import DocumentNotFound
from feedsvc.site.recipes import Recipe, Rendering, make_fingerprint
from feedsvc.web.front import Front
from tests.support.site import Clock, Site


def make_cache() -> BoundedCache[str, bytes]:
    cache: BoundedCache[str, bytes] = BoundedCache(10, lambda _, value: len(value))
    for key in "abc":
        cache.add(key, bytes(3))
    return cache


def make_recipe(body: bytes, **changes: object) -> Recipe:
    facts: dict[str, object] = {
        "media_type": "text/plain",
        "fingerprint": make_fingerprint(body),
        "render": lambda: Rendering(body=body, modified=None),
        "max_age": 300,
        "shared_max_age": 300,
        "next_change": None,
        "headers": (),
    }
    return Recipe(**facts | changes)  # type: ignore[arg-type]


def test_the_least_recently_used_goes_first() -> None:
    cache = make_cache()
    cache.get("a")

    cache.add("d", bytes(3))

    assert [key in cache for key in "abcd"] == [True, False, True, True]
    assert cache.size == 9


def test_a_value_that_is_replaced_counts_once() -> None:
    cache = make_cache()

    cache.add("a", bytes(4))

    assert (cache.size, cache.peek("a")) == (10, bytes(4))


def test_one_value_stays_however_large() -> None:
    cache = make_cache()

    cache.add("z", bytes(99))

    assert ([key in cache for key in "abcz"], cache.size) == ([False, False, False, True], 99)


def test_equal_fingerprints_render_once() -> None:
    cache = DocumentCache()
    first = cache.get("x", 1, 0.0, lambda: make_recipe(b"one"))

    again = cache.get("x", 2, 0.0, lambda: make_recipe(b"one", render=pytest.fail))

    assert again is first


def test_another_validity_keeps_the_bytes_and_drops_the_responses() -> None:
    cache = DocumentCache()
    first = cache.get("x", 1, 0.0, lambda: make_recipe(b"one"))
    first.responses["GET"] = "max-age=300"

    again = cache.get("x", 2, 0.0, lambda: make_recipe(b"one", next_change=9))

    assert again.document.body is first.document.body
    assert (again.document.next_change, again.responses) == (9, {})


def test_the_front_holds_no_document_that_the_cache_has_dropped(
    settings: Callable[..., Settings],
) -> None:
    site = Site(settings())
    site.add("one", body="Words. " * 2_000)
    front = site.app.wsgi_app
    assert isinstance(front, Front)
    site.publisher.document_cache.documents.max_size = 1

    for path in ("/atom.xml", "/rss.xml"):
        assert site.get(path).status_code == 200
    references = [front.documents.peek((path, "")) for path in ("/atom.xml", "/rss.xml")]

    assert [reference is not None and reference() is None for reference in references] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("age", "shown"), [(0.0, b"old"), (0.2, b"new"), (3_600.0, b"new")], ids="{} s".format
)
def test_last_bytes_are_only_repeated_where_they_were_true_a_moment_ago(
    age: float, shown: bytes
) -> None:
    last_true = time.monotonic() - age
    cache = DocumentCache(get_token_time=lambda _: last_true)
    cache.get("x", 1, 0.0, lambda: make_recipe(b"old"))
    begun, asked = threading.Event(), threading.Event()

    def render_slowly() -> Rendering:
        begun.set()
        asked.wait(0.05 if shown == b"new" else 5.0)
        return Rendering(body=b"new", modified=None)

    recipe = make_recipe(b"new", render=render_slowly)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(cache.get, "x", 2, 0.0, lambda: recipe)
        begun.wait()
        last = cache.documents.peek("x")
        assert last is not None
        # as `get` and the front do
        other = last if last.is_servable(2, 0.0) else cache.get("x", 2, 0.0, lambda: recipe)
        asked.set()

        assert first.result().document.body == b"new"
    assert other.document.body == shown


def test_a_clock_that_is_set_back_asks_for_another_comparison() -> None:
    cache = DocumentCache()
    first = cache.get("x", 1, 1_000.5, lambda: make_recipe(b"out", next_change=2_000))

    assert first.is_servable(1, 1_000.1)
    assert not first.is_servable(1, 999.9)
    again = cache.get("x", 1, 900.0, lambda: make_recipe(b"not yet", next_change=1_000))
    assert again.document.body == b"not yet"
    assert cache.get("x", 1, 901.0, pytest.fail) is again


@pytest.mark.parametrize("before", [3 * 86_400, 86_400, 200, 2, 1])
def test_a_repeated_response_is_kept_no_longer_than_until_the_next_change(
    before: int, settings: Callable[..., Settings]
) -> None:
    site, clock = Site(settings()), Clock()
    site.clock = clock
    site.add("now")
    site.add("later", date="2026-09-26T00:00:00Z")  # more than four days after the clock's time
    change = 1_790_380_800
    for _ in range(2):
        assert "max-age=300," in site.get("/atom.xml").headers["Cache-Control"]

    clock.now = change - before
    headers = site.get("/atom.xml").headers["Cache-Control"]

    assert f"max-age={min(300, before)}," in headers
    on_error = int((re.search(r"stale-if-error=(\d+)", headers) or ["", "0"])[1])
    assert on_error <= max(0, before - 300)


def fail() -> Rendering:
    raise LookupError("a defect")


def refuse() -> Recipe:
    raise DocumentNotFound("It is gone.")


def test_what_is_true_is_repeated_without_a_question() -> None:
    cache = DocumentCache()
    first = cache.get("x", 1, 5.0, lambda: make_recipe(b"one", next_change=9))

    assert cache.get("x", 1, 8.9, pytest.fail) is first
    assert not first.is_servable(2, 8.0)  # something has changed
    assert not first.is_servable(1, 9.0)  # at that very second
    assert cache.render_locks == {}
    other = cache.get("y", 1, 5.0, lambda: make_recipe(b"two"))
    assert (first.document.body, other.document.body) == (b"one", b"two")


def test_every_coding_is_made_once_from_the_same_bytes() -> None:
    cache = DocumentCache()
    body = b"Words. " * MIN_CODED_BYTES
    document = cache.get("x", 1, 0.0, lambda: make_recipe(body))
    small = cache.get("y", 1, 0.0, lambda: make_recipe(b"x" * (MIN_CODED_BYTES - 1)))
    least = cache.get("z", 1, 0.0, lambda: make_recipe(b"x" * MIN_CODED_BYTES))

    assert document.encode("") is document.document.body
    assert gzip.decompress(document.encode("gzip")) == body
    assert document.encode("gzip") is document.encode("gzip")
    assert (small.codings, bool(least.codings)) == ((), True)


def test_responses_count_and_are_bounded() -> None:
    cache = DocumentCache()
    document = cache.get("x", 1, 0.0, lambda: make_recipe(b"one"))
    before = cache.documents.size

    cache.add_response(document, "a", "A", 100)
    cache.add_response(document, "b", "B", 50)
    assert (document.responses, document.response_bytes) == ({"a": "A", "b": "B"}, 150)
    assert cache.documents.size == before + 150

    for number in range(MAX_RESPONSES_PER_DOCUMENT - 2):
        cache.add_response(document, number, "", 1)
    assert len(document.responses) == MAX_RESPONSES_PER_DOCUMENT
    cache.add_response(document, "one more", "", 7)
    assert (document.responses, document.response_bytes) == ({"one more": ""}, 7)


def test_a_response_of_a_document_that_was_dropped_is_not_held() -> None:
    cache = DocumentCache()
    dropped = cache.get("x", 1, 0.0, lambda: make_recipe(b"one"))
    held = cache.get("x", 2, 0.0, lambda: make_recipe(b"two"))
    size = cache.documents.size

    cache.add_response(dropped, "a", "A", 100)

    assert cache.documents.size == size
    assert cache.documents.peek("x") is held


def test_a_defect_keeps_the_last_good_bytes_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    cache = DocumentCache()
    with pytest.raises(LookupError), caplog.at_level(logging.ERROR):
        cache.get("x", 1, 0.0, lambda: make_recipe(b"one", render=fail))
    assert caplog.messages == ["x could not be rendered"]
    assert cache.render_locks == {}
    caplog.clear()

    good = cache.get("x", 2, 0.0, lambda: make_recipe(b"one"))
    kept = cache.get("x", 3, 7.5, lambda: make_recipe(b"two", render=fail, next_change=9))

    assert caplog.messages == ["x could not be rendered, its last good bytes stay"]
    assert (kept.document.body, kept.document.next_change) == (b"one", 9)
    assert (kept.token, kept.since) == (3, 7)
    assert cache.get("x", 3, 8.0, pytest.fail) is kept
    assert good.document.next_change is None


def test_what_is_withdrawn_is_not_repeated_to_others() -> None:
    last_true = time.monotonic()
    cache = DocumentCache(get_token_time=lambda _: last_true)
    document = cache.get("x", 1, 0.0, lambda: make_recipe(b"one"))

    with pytest.raises(DocumentNotFound):
        cache.get("x", 2, 0.0, refuse)

    assert not document.is_servable(2, 0.0)


def test_a_document_without_all_its_entries_lives_for_a_moment() -> None:
    cache = DocumentCache()
    part = Rendering(body=b"a part", modified=5, is_provisional=True)

    found = cache.get("x", 1, 100.5, lambda: make_recipe(b"all", render=lambda: part)).document
    near = cache.get("y", 1, 100.5, lambda: make_recipe(b"a", render=lambda: part, next_change=101))

    assert (found.fingerprint, found.modified) == (b"", 5)
    assert found.max_age == found.shared_max_age == PROVISIONAL_SECONDS
    assert (found.next_change, near.document.next_change) == (100 + PROVISIONAL_SECONDS, 101)
