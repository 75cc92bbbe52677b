"""Compare what the reading makes of a folder with a table of what is expected.

    python -m scripts.compare_readings FOLDER TABLE... [--zone ZONE] [--show N]

FOLDER holds the collections, a TABLE has the columns file, encoding, title,
date_kind, date_value, filename_date and draft (tab-separated, others are passed
over); `file` begins with the name of its collection. Prints a line for each
collection and then every difference. A difference is a question: who is right?
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from feedsvc.fields.values import to_plain_text
from feedsvc.reading import Reading, classify, read_file
from feedsvc.settings import Settings, Site, resolve_addresses

COLUMNS = (
    *("files", "ignored", "entries", "drafts", "titles", "wrong titles"),
    *("dates", "wrong dates", "extra dates", "refused", "missed", "encodings", "defects"),
)


def main() -> int:
    """Exit 0 if no date is wrong and nothing failed."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("folder", type=Path)
    options.add_argument("tables", type=Path, nargs="+")
    options.add_argument("--zone", default="UTC", help="the site's zone, for dates that name none")
    options.add_argument(
        "--show", type=int, default=20, help="differences shown for each collection and kind"
    )
    chosen = options.parse_args()
    settings = resolve_addresses(Settings(site=Site(timezone=chosen.zone)))
    csv.field_size_limit(10_000_000)
    bad = 0
    print("\t".join(("collection", *COLUMNS)))
    differences: list[str] = []
    for table in chosen.tables:
        counts: Counter[str] = Counter()
        shown: Counter[str] = Counter()
        for row in read_table(table):
            for kind, words in compare(chosen.folder, row, settings, counts):
                shown[kind] += 1
                if shown[kind] <= chosen.show:
                    differences.append(f"{kind}\t{row['file']}\t{words}")
        print("\t".join((table.stem, *(str(counts[column]) for column in COLUMNS))))
        bad += counts["wrong dates"] + counts["defects"]
    print(*differences, sep="\n")
    return 1 if bad else 0


def read_table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def compare(
    folder: Path, row: dict[str, str], settings: Settings, counts: Counter[str]
) -> Iterator[tuple[str, str]]:
    """Counts one file, and tells its differences as (kind, words)."""
    collection, _, path = row["file"].partition("/")
    if not (folder / collection / path).exists():  # a table may list more than the folder has
        return
    counts["files"] += 1
    if classify(path) != "entry":
        counts["ignored"] += 1
        return
    reading = read_file(folder / collection, path, settings)
    if any(problem.code == "defect" for problem in reading.problems):
        counts["defects"] += 1
        yield "defect", str(reading.problems)
    if reading.state == "ignored":
        counts["ignored"] += 1
        return
    counts["entries"] += reading.entry is not None and reading.state != "draft"
    counts["drafts"] += reading.state == "draft"
    if row["encoding"].replace("-", "") == reading.encoding.replace("-", "").replace("_", ""):
        counts["encodings"] += 1
    elif reading.encoding:
        yield "encoding", f"{row['encoding']} expected, {reading.encoding} found"
    yield from compare_titles(row, reading, counts)
    yield from compare_dates(row, reading, counts)
    if row.get("draft") and reading.state not in ("draft", "unlisted"):
        yield "state", f"{row['draft']} expected, {reading.state} found"
    if not row.get("draft") and reading.state in ("draft", "unlisted", "retracted"):
        yield "state", f"none expected, {reading.state} found"


def compare_titles(
    row: dict[str, str], reading: Reading, counts: Counter[str]
) -> Iterator[tuple[str, str]]:
    found = (
        reading.entry.title
        if reading.entry is not None
        else str(reading.raw_fields.get("title", ""))
    )
    wanted = to_plain_text(row["title"])
    if not wanted:
        return
    if found == wanted:
        counts["titles"] += 1
    else:
        counts["wrong titles"] += 1
        yield "title", f"{wanted!r} expected, {found!r} found"


def compare_dates(
    row: dict[str, str], reading: Reading, counts: Counter[str]
) -> Iterator[tuple[str, str]]:
    wanted = row["date_value"] if row["date_kind"] not in ("", "none", "invalid") else ""
    wanted = wanted or ("" if row["date_kind"] == "invalid" else row.get("filename_date", ""))
    if reading.entry is None:
        if reading.state == "draft":
            return
        problem = reading.problems[-1] if reading.problems else None
        code = problem.code if problem is not None else ""
        if code == "no-date":
            counts["missed"] += bool(wanted)
        else:
            counts["refused"] += 1
        if wanted or code != "no-date":
            yield "refused" if code != "no-date" else "missed", f"{wanted!r} expected, {problem}"
        return
    moment = reading.entry.published
    found = f"{moment} found ({moment.source}: {moment.words!r})"
    if is_same(wanted, moment.when):
        counts["dates"] += 1
    elif wanted:
        counts["wrong dates"] += 1
        yield (
            "date",
            f"{wanted} expected ({row['date_raw']!r}), {found}",
        )
    else:
        counts["extra dates"] += 1
        yield (
            "extra date",
            f"{found}, the table has {row['date_raw']!r}",
        )


def is_same(wanted: str, when: datetime) -> bool:
    """Whether *when* is the instant, the local time or the day that the table has."""
    if wanted.endswith("Z"):
        return when.replace(microsecond=0) == datetime.fromisoformat(wanted).replace(
            microsecond=0, tzinfo=UTC
        )
    return when.replace(tzinfo=None).isoformat().startswith(wanted)


if __name__ == "__main__":
    sys.exit(main())
