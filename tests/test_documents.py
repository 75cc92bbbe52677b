"""The bounded cache and its documents: memory ends, and nothing stale is repeated."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feedsvc.settings import Settings
from feedsvc.site.cache import BoundedCache
from feedsvc.site.documents import DocumentCache
from feedsvc.site.recipes import Recipe, make_fingerprint
from feedsvc.web.front import Front
from tests.support.site import Site


def make_cache() -> BoundedCache[str, bytes]:
    cache: BoundedCache[str, bytes] = BoundedCache(10, len)
    for key in "abc":
        cache.add(key, bytes(3))
    return cache


def make_recipe(body: bytes, **changes: object) -> Recipe:
    facts: dict[str, object] = {
        "media_type": "text/plain",
        "fingerprint": make_fingerprint(body),
        "render": lambda: (body, None),
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
