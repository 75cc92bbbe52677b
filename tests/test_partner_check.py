"""`feedsvc check --for`: whether a partner would take each entry, and what would be right."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Run
from tests.support.entries import write_entry, write_file

HEAD = (
    '[site]\ntitle = "News"\nurl = "https://news.example.com/"\n'
    'id_authority = "news.example.com,2026"\nindex = "index"\n'
)
PROFILE = 'title = "Harbor Radio"\npage = "https://radio.example/"\nread = 2026-11-28\n'
PAGE = "https://radio.example/rules"


def make_rule(field: str, asks: str, message: str = "it is wrong", level: str = "refuse") -> str:
    return (
        f'[[rule]]\nfield = "{field}"\n{asks}\npage = "{PAGE}"\nmessage = "{message}"\n'
        f'remedy = "mend it"\nlevel = "{level}"\n'
    )


class Folder:
    """A folder of entries with settings and profiles, and what `check --for` says of it."""

    def __init__(self, run: Run, entries: Path) -> None:
        self.run, self.entries = run, entries
        self.configure("")

    def configure(self, toml: str, **profiles: str) -> None:
        base = self.entries.parent
        (base / "feedsvc.toml").write_text(HEAD + toml, encoding="utf-8")
        for name, text in profiles.items():
            write_file(base / "partners", f"{name}.toml", PROFILE + text)

    def add(self, name: str, title: str, date: str = "2026-03-02", **fields: str) -> None:
        write_entry(self.entries, f"{name}.md", title=title, date=date, **fields)

    def check(self, name: str) -> tuple[int, list[dict[str, Any]]]:
        """Return the exit status, and the objects of the JSON."""
        result = self.run("check", "--for", name, "--json")
        return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def folder(run: Run, entries_dir: Path) -> Folder:
    return Folder(run, entries_dir)


# rule, what the entry has beside its title "A quay", verdict, line and field of what is wrong
CASES: dict[str, tuple[str, dict[str, str], str, list[tuple[int | None, str]]]] = {
    "all is well": (make_rule("title", "max_characters = 6"), {}, "taken", []),
    "a long title": (make_rule("title", "max_characters = 5"), {}, "refused", [(2, "title")]),
    "advice": (make_rule("title", "max_characters = 5", level="note"), {}, "taken", [(2, "title")]),
    "no author": (make_rule("authors", "min_count = 1"), {}, "refused", [(1, "authors")]),
    "no file": (make_rule("enclosures", "required = true"), {}, "refused", [(1, "enclosures")]),
    "no summary": (make_rule("summary", "min_characters = 400"), {}, "refused", [(5, "summary")]),
    "a summary": (
        make_rule("summary", "min_characters = 400"), {"summary": "A"}, "refused", [(4, "summary")],
    ),
    "another host": (
        make_rule("host.foreign", "absent = true"),
        {"url": "https://elsewhere.example/a"},
        "refused",
        [(4, "host.foreign")],
    ),
    "an author": (make_rule("authors", "min_count = 1"), {"author": "Ada"}, "taken", []),
    "a language": (
        make_rule("language", 'among = ["fr"]'), {"language": "de"}, "refused", [(4, "language")],
    ),
    "tags": (make_rule("tags", "max_count = 1"), {"tags": "[a, b]"}, "refused", [(4, "tags")]),
    "a text": (make_rule("text", "min_characters = 400"), {}, "refused", [(5, "text")]),
    "a heading": (
        make_rule("html.elements", 'none_of = ["h6"]'),
        {"body": "###### Low\n\nText"},
        "refused",
        [(5, "html.elements")],
    ),
    "no picture": (make_rule("image.url", "required = true"), {}, "refused", [(5, "image.url")]),
    "of unknown width": (
        make_rule("image.width", "min = 1200"),
        {"image": "https://elsewhere.example/q.jpg"},
        "taken",
        [(4, "image.width")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "fields", "verdict", "places"), CASES.values(), ids=CASES)
def test_each_entry_has_a_verdict_with_its_place(
    folder: Folder,
    rule: str,
    fields: dict[str, str],
    verdict: str,
    places: list[tuple[int, str]],
) -> None:
    folder.configure("", radio=rule)
    folder.add("quay", "A quay", **fields)

    status, (entry, feed) = folder.check("radio")

    assert (entry["path"], entry["state"], entry["verdict"]) == ("quay.md", "public", verdict)
    assert [(one["line"], one["field"]) for one in entry["problems"]] == places
    for one in entry["problems"]:
        is_note = verdict == "taken"
        assert one["code"] == ("partner-advises" if is_note else "partner-refuses")
        assert one["remedy"] == f"mend it ({PAGE})"
        assert one["message"].startswith(("it is wrong", "'image.width' is not known"))
    assert (feed["state"], feed["verdict"], feed["problems"]) == ("feed", "taken", [])
    assert status == (1 if verdict == "refused" else 0)


@pytest.mark.cover_children
def test_the_text_says_it_for_people(folder: Folder) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    folder.configure(
        '[partners.r]\nprofile = "radio"\n',
        radio=make_rule("title", "max_characters = 9", "the title has more than 9 characters")
        + make_rule("age", "max = 30")
        + make_rule("tags", "min_count = 1", "there is no tag", "note"),
    )
    folder.add("a", "A quay", now, tags="[wind]")
    folder.add("b", "Another long title", now)
    folder.add("old", "Long ago, and a very long title")
    write_file(folder.entries, "broken.md", "---\ntitle: No date\n---\nText\n")
    result = folder.run("check", "--for", "r")

    day = now[:16].replace("T", " ")
    assert result.exit_code == 1
    assert result.stdout == (
        f"taken      {day}  a.md  A quay\n"
        f"refused    {day}  b.md  Another long title\n"
        "\n"
        "b.md is refused\n"
        "  line 2, field 'title': the title has more than 9 characters (18 characters)\n"
        f"    → mend it ({PAGE})\n"
        "  line 1, field 'tags': there is no tag (there is none)\n"
        f"    → mend it ({PAGE})\n"
        "\n"
        "2 entries for Harbor Radio: 1 taken, 1 refused, 1 note. 1 entry is older than 30 days, and"
        " not offered. 1 file cannot be published at all; `feedsvc check` says why.\n"
    )


@pytest.mark.cover_children
def test_the_entries_are_those_of_the_partners_listing(folder: Folder) -> None:
    coming = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%d")
    listing = 'tag = "wind,sun"\nnot = "coal"\nauthor = "ada"\nlang = "en"\nq = "Fähre 船"\n'
    for name, changes in {
        "right": {},
        "sun": {"tags": "[Sun]"},
        "coal": {"tags": "[wind, coal]"},
        "author": {"author": "Bob"},
        "language": {"language": "fr"},
        "words": {"body": "Die Fahrt, 船"},
        "coming": {"date": coming},
        "draft": {"draft": "true"},
        "expired": {"expires": "2026-03-03"},
    }.items():
        fields = {"tags": "[wind]", "author": "Ada", "body": "Die FÄHRE: 大船!", **changes}
        folder.add(name, name, **fields)
    rule = make_rule("title", "required = true")
    key = "[partners.{}.keys]\n"
    folder.configure(
        f'[partners.r]\nprofile = "radio"\n{listing}'
        f'[partners.e]\nprofile = "radio"\nembargoed = true\n{listing}{key.format("e")}',
        radio=rule,
    )

    for name, paths in (
        ("r", ["right.md", "sun.md"]),
        ("e", ["coming.md", "right.md", "sun.md"]),
        ("radio", ["author.md", "coal.md", "language.md", "right.md", "sun.md", "words.md"]),
    ):
        status, (*entries, feed) = folder.check(name)
        assert [one["path"] for one in entries] == paths
        assert (status, feed["path"]) == (0, f"partners/{name}/rss.xml")


@pytest.mark.cover_children
def test_the_feed_as_a_whole_is_checked(folder: Folder) -> None:
    folder.configure(
        '[partners.r]\nprofile = "radio"\nlimit = 3\n',
        radio=make_rule("feed.entries", "min = 5", "the feed has fewer than 5 entries")
        + make_rule("feed.bytes", "max = 1000", "the feed is larger than 1 KB")
        + make_rule("feed.languages", "max_count = 1", "the feed has several languages", "note")
        + make_rule("site.description", "max_characters = 3", "the description is long"),
    )
    for number in range(1, 5):
        language = "fr" if number == 4 else "en"
        folder.add(f"q{number}", "A quay", f"2026-03-0{number}", language=language)

    status, objects = folder.check("r")
    text = folder.run("check", "--for", "r")

    assert [(one["code"], one["field"]) for one in objects[-1]["problems"]] == [
        ("partner-refuses", "feed.entries"),
        ("partner-advises", "feed.bytes"),  # the feed is cut, and so nothing is refused
        ("partner-advises", "feed.languages"),
        ("partner-refuses", "site.description"),
    ]
    assert "the oldest are left out" in objects[-1]["problems"][1]["message"]
    assert (status, text.exit_code, objects[-1]["verdict"]) == (1, 1, "refused")
    assert "the feed as a whole, /partners/r/rss.xml is refused\n" in text.stdout
    assert (
        "4 entries for Harbor Radio: 4 taken, 0 refused, 2 notes. The feed as a whole is refused.\n"
        in text.stdout
    )


def test_of_two_entries_with_one_id_the_second_is_no_entry(folder: Folder) -> None:
    folder.configure("", radio=make_rule("title", "max_characters = 3"))
    for name in ("a", "b"):
        folder.add(name, "A quay", id="one")

    status, (first, second, _) = folder.check("radio")
    text = folder.run("check", "--for", "radio").stdout

    assert (first["verdict"], second["verdict"], status) == ("refused", "error", 1)
    assert [one["code"] for one in second["problems"]] == ["duplicate-id"]
    assert text.count("is refused\n") == 1
    assert "1 file cannot be published at all" in text


def test_whoever_has_no_rules_cannot_be_asked(folder: Folder) -> None:
    folder.configure("[partners.plain]\n", radio="")

    for name, message in (
        ("plain", "partners.plain: it has no profile, and therefore no rules"),
        ("radoi", "'radoi' is neither a partner nor a profile; partners are plain; profiles are"),
    ):
        result = folder.run("check", "--for", name)
        assert result.exit_code == 2
        assert message in result.stderr


def test_an_entry_that_cannot_be_rendered_is_checked_by_its_fields(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child processes fork, so that they have the defect too."""

    def fail(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("feedsvc.site.loader.render_content", fail)
    folder.configure("", radio=make_rule("title", "max_characters = 3"))
    folder.add("quay", "A quay")

    status, (entry, _) = folder.check("radio")
    assert (status, entry["verdict"]) == (1, "refused")
