"""Misspelt names of fields: `drafft`, `tilte`, `dat`.

Comes in: the normalized name of an unknown field. Goes out: the name that was probably
meant. Names with another meaning, in site tools or as words, are left alone.
"""

from __future__ import annotations

from feedsvc.memo import remember_short

# A typing error in one of these could publish what must not be seen, or not yet
GUARDING_NAMES = (
    "draft isdraft private status visibility published unpublished publish public ispublic"
    " ispublished unlisted hidden password headless embargo publishdate retracted"
).split()
MAIN_NAMES = (
    "title date author authors tags category categories summary description excerpt keywords"
    " language slug image permalink aliases updated modified lastmod expires expirydate withdrawn"
    " correction enclosure subtitle"
).split()
# Fields of site tools that nothing here reads, and words that are near to a name by chance
OTHER_NAMES = frozenset(
    "craft drift graft raft drafts statue stats privacy pirate primate publicly enlisted bidden"
    " republished publishing redacted extracted refracted republish republishdate"
    " data rate late gate mate fate hate dates tile tiles titles tabs bags tag lags languages"
    " images imagery slag slugs stags links authored expired modifier modifiers embargoes"
    " subtitles descriptions excerpts summaries unpublishdate publishing publisher".split()
)
MIN_LENGTH, MIN_LENGTH_OF_TWO_SLIPS = 3, 9  # letters of a name in which one slip, or two, are met


@remember_short(4096)  # a folder's entries have the same few names
def suggest_guarding_name(name: str) -> str:
    """Return the name, of those that keep an entry back, to which *name* is near; "" for none."""
    return _suggest(name, GUARDING_NAMES)


@remember_short(4096)
def suggest_main_name(name: str) -> str:
    """Return the usual name to which *name* is near, "" for none."""
    return _suggest(name, MAIN_NAMES)


def _suggest(name: str, known: list[str]) -> str:
    if len(name) < MIN_LENGTH or len(name) > 20 or name in OTHER_NAMES or not name.isascii():
        return ""
    return next((one for one in known if _is_near(name, one)), "")


def _is_near(name: str, known: str) -> bool:
    slips = 2 if min(len(name), len(known)) >= MIN_LENGTH_OF_TWO_SLIPS else 1
    if abs(len(name) - len(known)) > slips:
        return False
    return count_slips(name, known) <= slips


def count_slips(name: str, known: str) -> int:
    """Return how many letters are left out, too many, wrong or in the wrong order."""
    before: list[int] = []
    row = list(range(len(known) + 1))
    for i, letter in enumerate(name, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(known, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == known[j - 2] and name[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
