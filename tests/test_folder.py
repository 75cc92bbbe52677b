"""The folder beside the index: only what differs is told, whatever differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.index import folder
from feedsvc.index.folder import Found

FILES = st.dictionaries(st.sampled_from("abcdefghijklmnop"), st.integers(0, 2))


@given(here=FILES, there=FILES, also=st.frozensets(st.sampled_from("abcdefghijklmnop"), max_size=3))
def test_the_folder_and_the_index_are_compared_in_runs(
    here: dict[str, int], there: dict[str, int], also: frozenset[str]
) -> None:
    found = [Found(path, *(here[path],) * 3) for path in sorted(here)]
    known = [(path, *(there[path],) * 3, "", "") for path in sorted(there)]
    expected = [
        (here.get(path), there.get(path))
        for path in sorted({*here, *there})
        if here.get(path) != there.get(path) or path in also
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "RUN", 3)

        differences = folder.find_differences(iter(found), iter(known), also)

        assert [(one and one[1], other and other[1]) for one, other in differences] == expected
