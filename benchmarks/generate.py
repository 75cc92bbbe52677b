"""Write N Markdown entries of about 4 KB with YAML front matter: twenty years of invented news.

python -m benchmarks.generate FOLDER [--count N]

Entry number k is the same bytes whatever N is. The folder serves feedsvc and, as `content/`, Hugo.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

WORDS = 25_000  # of the vocabulary; the k-th most frequent word has the weight 1/k (Zipf)
SENTENCES = (
    120_000  # enough that rare words stay rare: one is in few sentences, a sentence in few entries
)
TAGS = 200
AUTHORS = 60
CATEGORIES = (
    "Company",
    "Markets",
    "Harbour",
    "Fleet",
    "Energy",
    "Research",
    "People",
    "Region",
    "Sport",
    "Culture",
)
NEWEST = datetime(2026, 10, 31, 18, tzinfo=UTC)  # no entry is ever in the future
YEARS = 20
BODY_BYTES = 3_350
ONSETS = (
    "b",
    "br",
    "c",
    "ch",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "r",
    "s",
    "st",
    "t",
)
VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
CODAS = ("", "", "", "", "", "", "l", "m", "n", "r", "s", "t", "nd")


class Newsroom:
    """The words, sentences, names and tags that all entries are made of."""

    def __init__(self) -> None:
        chance = Random(1)
        self.words = make_words(chance)
        weights = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))
        self.sentences = [make_sentence(chance, self.words, weights) for _ in range(SENTENCES)]
        # not the most frequent words: a tag is found in texts, but not in every one
        self.tags = self.words[300 : 300 + TAGS]
        self.tag_weights = list(accumulate(1 / rank for rank in range(1, TAGS + 1)))
        names = chance.sample(self.words[1000:], 2 * AUTHORS)
        self.authors = [
            f"{first.title()} {last.title()}"
            for first, last in zip(names[::2], names[1::2], strict=True)
        ]


def make_words(chance: Random) -> list[str]:
    """Distinct invented words, short ones first: frequent words are short in every language."""
    found: dict[str, None] = {}
    while len(found) < WORDS:
        syllables = (
            1
            + (len(found) >= 200)
            + (len(found) >= 2_000)
            + (len(found) >= 12_000 and chance.random() < 0.3)
        )
        parts = (
            chance.choice(ONSETS) + chance.choice(VOWELS) + chance.choice(CODAS)
            for _ in range(syllables)
        )
        found["".join(parts)] = None
    return list(found)


def make_sentence(chance: Random, words: list[str], weights: list[float]) -> str:
    chosen = chance.choices(words, cum_weights=weights, k=chance.randint(7, 19))
    if len(chosen) > 12:
        chosen[5] += ","
    return " ".join(chosen).capitalize() + "."


def make_entry(room: Newsroom, number: int) -> tuple[str, str]:
    """The path and the text of entry *number*."""
    chance = Random(number)
    published = NEWEST - timedelta(seconds=chance.randrange(YEARS * 365 * 86_400))
    title = " ".join(chance.choices(room.words, k=chance.randint(4, 8))).capitalize()
    tags = dict.fromkeys(
        chance.choices(room.tags, cum_weights=room.tag_weights, k=chance.randint(1, 5))
    )
    head = [
        "---",
        f'title: "{title}"',
        f"date: {published:%Y-%m-%dT%H:%M:%S}+00:00",
        f"author: {chance.choice(room.authors)}",
        f"categories: [{chance.choice(CATEGORIES)}]",
        f"tags: [{', '.join(tags)}]",
        f'summary: "{chance.choice(room.sentences)}"',
        "---",
    ]
    if number % 8 == 0:
        changed = published + timedelta(minutes=chance.randint(1, 5_000))
        head.insert(3, f"lastmod: {changed:%Y-%m-%dT%H:%M:%S}+00:00")
    path = f"{published:%Y/%m}/{title.lower().replace(' ', '-')[:48]}-{number}.md"
    return path, "\n".join(head) + make_body(room, chance, number)


def make_body(room: Newsroom, chance: Random, number: int) -> str:
    """Paragraphs with now and then a heading, a list, a table, a quotation or a link."""
    blocks: list[str] = []
    size = 0
    while size < BODY_BYTES:
        sentences = chance.choices(room.sentences, k=chance.randint(3, 6))
        kind = chance.randrange(12) if blocks else 11
        if kind == 0:
            block = f"## {sentences[0].rstrip('.')}\n\n{' '.join(sentences[1:])}"
        elif kind == 1:
            block = "\n".join(f"- {sentence}" for sentence in sentences)
        elif kind == 2:
            block = "> " + " ".join(sentences[:2])
        elif kind == 3:
            rows = (
                f"| {chance.choice(room.words)} | {chance.randint(1, 9999)} |" for _ in range(4)
            )
            block = "| what | how many |\n| --- | ---: |\n" + "\n".join(rows)
        elif kind == 4:
            block = (
                f"{sentences[0]} **{sentences[1]}** "
                f"[More](https://harbour.example/{number}). {sentences[2]}"
            )
        else:
            block = " ".join(sentences)
        blocks.append(block)
        size += len(block) + 2
    return "\n\n".join(["", *blocks]) + "\n"


def write_entries(folder: Path, count: int, room: Newsroom | None = None) -> None:
    """Writes entries 0 to *count* - 1 below *folder*, which must be new or empty."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty; entries are written into a new folder")
    room = room or Newsroom()
    made: set[str] = set()
    for number in range(count):
        path, text = make_entry(room, number)
        month = path.rpartition("/")[0]
        if month not in made:
            (folder / month).mkdir(parents=True, exist_ok=True)
            made.add(month)
        (folder / path).write_text(text, encoding="utf-8")


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--count", type=int, default=10_000)
    chosen = arguments.parse_args()
    try:
        write_entries(chosen.folder, chosen.count)
    except FileExistsError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
