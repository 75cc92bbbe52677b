"""The page of problems: each code with its cause, an example, and what `check` says about it.

Causes are written here; the example is a folder that `check` reads while the page is made, so that
message, remedy and what becomes of the entry are those of the code. A code without a row here, or a
row that its example does not bring about, fails `tests/test_docs_reference.py`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from feedsvc.commands.check import check_entries
from feedsvc.index import WalkedFile
from feedsvc.indexer.renames import Rename
from feedsvc.model import Problem
from feedsvc.reading import make_failed_reading
from feedsvc.settings import load_settings

MAX_SHOWN_CHARACTERS = 600  # of an example; what is wrong with longer ones is their length
Build = Callable[[Path], object]


class Case(Struct, frozen=True, kw_only=True):
    """A code, what causes it, and a folder that has it."""

    code: str
    cause: str
    files: dict[str, str | bytes] = {}  # by path below the folder of the settings
    build: Build | None = None  # makes what no text makes: links, pipes
    # where no folder has it on every machine: the problem, and the state of its entry
    problem: Problem | None = None
    state: str = "error"


def write_entry(*lines: str, body: str = "The ferry has a new quay.") -> str:
    """Return a Markdown file with *lines* as its front matter."""
    return "\n".join(["---", *lines, "---", body, ""])


def make_link(name: str, target: str) -> Build:
    return lambda folder: os.symlink(target, folder / "entries" / name)


QUAY = ("title: A new quay", "date: 2026-03-02")
GROUPS: dict[str, tuple[Case, ...]] = {
    "Dates": (
        Case(
            code="date-unreadable",
            cause="The words of a date do not name one moment for certain: two readings are"
            " possible, a part is missing, or there is no such day. feedsvc never guesses. If only"
            " another date is affected (`updated`, `expires`), the entry is published without it;"
            " if the file's name has a date that agrees, that one counts.",
            files={"entries/storm.md": write_entry("title: Storm", "date: 03/04/2026")},
        ),
        Case(
            code="no-date",
            cause="Neither a field nor the file's name, its folder or the text has a date, and an"
            " entry without a date has no place in a feed.",
            files={"entries/storm.md": write_entry("title: Storm")},
        ),
        Case(
            code="date-disagrees",
            cause="The file's name and the field name different days. The field counts, but one of"
            " the two is probably a mistake.",
            files={"entries/2026-03-04-storm.md": write_entry("title: Storm", "date: 2026-03-02")},
        ),
        Case(
            code="date-remark",
            cause="The date is read, but something about its words is odd, such as a weekday that"
            " does not match the day.",
            files={"entries/storm.md": write_entry("title: Storm", "date: Friday, 2 March 2026")},
        ),
        Case(
            code="updated-early",
            cause="The entry says that it was updated before it was published.",
            files={"entries/quay.md": write_entry(*QUAY, "updated: 2026-02-01")},
        ),
        Case(
            code="expires-early",
            cause="The entry expires before it is published, so there is no moment at which"
            " anybody could see it.",
            files={"entries/quay.md": write_entry(*QUAY, "expires: 2026-02-01")},
        ),
        Case(
            code="updated-late",
            cause="The entry is public, and its `updated` is later than now: feeds give it as the"
            " time of the last change, and readers sort by it. `check` says so, the log does not.",
            files={"entries/quay.md": write_entry(*QUAY, "updated: 2199-03-02")},
        ),
        Case(
            code="retracted-late",
            cause="The entry is retracted at once, whatever the date, since what is not known to be"
            " public is not published. An entry that is to be shown until then `expires`.",
            files={"entries/quay.md": write_entry(*QUAY, "retracted: 2199-03-02")},
        ),
        Case(
            code="correction-undated",
            cause="The entry has a `correction`, but no `updated`. Feed readers look at that date"
            " to see whether there is anything new.",
            files={"entries/quay.md": write_entry(*QUAY, "correction: It is quay 4, not 3.")},
        ),
        Case(
            code="retraction-undated",
            cause="The entry is retracted, but does not say when, so no feed can tell readers"
            " to remove it.",
            files={"entries/quay.md": write_entry(*QUAY, "status: retracted")},
        ),
    ),
    "Status and visibility": (
        Case(
            code="status-unknown",
            cause="The status is a word that feedsvc does not know. It may mean that the entry is"
            " not to be seen yet, so it is not shown.",
            files={"entries/quay.md": write_entry(*QUAY, "status: approved-ish")},
        ),
        Case(
            code="flag-unknown",
            cause="A field that says yes or no, such as `draft`, has another value. The cautious"
            " meaning counts.",
            files={"entries/quay.md": write_entry(*QUAY, "draft: perhaps")},
        ),
        Case(
            code="field-unknown",
            cause="A field is not known, but its name is nearly that of one that matters: a slip in"
            " `draft` must not publish what was to stay hidden. For slips in other fields, such as"
            " `tilte`, the entry is published.",
            files={"entries/quay.md": write_entry(*QUAY, "drafft: true")},
        ),
        Case(
            code="password",
            cause="The entry has a password, as in WordPress and other tools. feedsvc has no pages"
            " behind passwords, so it shows the entry to nobody.",
            files={"entries/quay.md": write_entry(*QUAY, "password: sesame")},
        ),
        Case(
            code="embargo-unread",
            cause="The text begins with a line such as `EMBARGOED UNTIL 9 AM ET`, whose time is not"
            " certain. The entry is held back.",
            files={"entries/quay.md": write_entry(*QUAY, body="EMBARGOED UNTIL 9 AM ET")},
        ),
        Case(
            code="feed-content-unknown",
            cause="The field that chooses what feeds carry of the entry has neither of its two"
            " values. The cautious one counts.",
            files={"entries/quay.md": write_entry(*QUAY, "feed_content: sumary")},
        ),
    ),
    "Fields and front matter": (
        Case(
            code="no-title",
            cause="There is no title: no field, no heading. The file's name, or the first line,"
            " stands in for it.",
            files={"entries/new-quay.md": write_entry("date: 2026-03-02")},
        ),
        Case(
            code="yaml-broken",
            cause="The front matter is not YAML. Usually a value with `: ` or `#` in it lacks its"
            " quotation marks, or a line is indented with a tab.",
            files={"entries/quay.md": write_entry("title: Ferry: a new quay", "date: 2026-03-02")},
        ),
        Case(
            code="toml-broken",
            cause="The front matter between `+++`, or a file of fields, is not TOML.",
            files={"entries/quay.md": "+++\ntitle = A new quay\n+++\nThe ferry has a new quay.\n"},
        ),
        Case(
            code="json-broken",
            cause="The JSON of an entry or of its front matter cannot be read.",
            files={"entries/quay.json": '{"title": "A new quay", "date": "2026-03-02",}\n'},
        ),
        Case(
            code="body-unread",
            cause="The text of a JSON entry is a table in the form of the editor that wrote it"
            " (Contentful's rich text, Strapi's blocks, Portable Text, Lexical). The entry is"
            " published without it.",
            files={
                "entries/quay.json": '{"title": "A new quay", "date": "2026-03-02",'
                ' "content": [{"type": "paragraph"}]}\n'
            },
        ),
        Case(
            code="front-matter",
            cause="The fence that opens the front matter has no fence that closes it, or the front"
            " matter is a program.",
            files={"entries/quay.md": "---\ntitle: A new quay\ndate: 2026-03-02\n\nThe ferry …\n"},
        ),
        Case(
            code="front-matter-too-long",
            cause="The front matter has more characters than are read. Usually the closing fence is"
            " missing, or the text itself has become a field.",
            files={"entries/quay.md": write_entry(*QUAY, "notes: " + "quay " * 60_000)},
        ),
        Case(
            code="field-name",
            cause="In the YAML, a list or a mapping stands where a name should be.",
            files={"entries/quay.md": write_entry(*QUAY, "? [a, b]", ": c")},
        ),
        Case(
            code="field-twice",
            cause="The front matter has a field twice. The later one counts.",
            files={"entries/quay.md": write_entry(*QUAY, "title: The new quay")},
        ),
        Case(
            code="field-too-long",
            cause="The value of a field is longer than is read. Where its beginning alone would"
            " mean something else, as with an id, a date or a status, the entry is not published.",
            files={"entries/quay.md": write_entry(*QUAY, "summary: " + "quay " * 10_000)},
        ),
        Case(
            code="too-many-fields",
            cause="The entry has more fields than are read, those of its sidecar and of folder"
            " defaults included.",
            files={
                "entries/quay.md": write_entry(*QUAY, *(f"note{n}: quay" for n in range(1_100)))
            },
        ),
        Case(
            code="too-many-names",
            cause="The entry has more tags, categories or authors than are read, or one of them is"
            " too long.",
            files={
                "entries/quay.md": write_entry(*QUAY, f"tags: {[f'tag{n}' for n in range(300)]}")
            },
        ),
        Case(
            code="language-unknown",
            cause="The language is not a language tag (BCP 47). The site's language stands in.",
            files={"entries/quay.md": write_entry(*QUAY, "lang: English (mostly)")},
        ),
    ),
    "Identity and addresses": (
        Case(
            code="duplicate-id",
            cause="Two files have one id, often because a file was copied together with its id."
            " The one whose path comes first keeps it; the other is not published.",
            files={
                "entries/a.md": write_entry("title: First", "date: 2026-03-02", "id: quay"),
                "entries/b.md": write_entry("title: Second", "date: 2026-03-03", "id: quay"),
            },
        ),
        Case(
            code="renamed",
            cause="A file was renamed, and its entry has no id of its own: the path was its id."
            " Readers get it as a new entry. This is known if an index has the file under its"
            " former name; `feedsvc stamp --renamed` writes the former id into it.",
            problem=Rename(path="quay.md", former="2026/old-quay.md", former_id="").problem,
            state="public",
        ),
        Case(
            code="duplicate-permalink",
            cause="Two entries would have one address. The one whose path comes first keeps it;"
            " the other is not published.",
            files={
                "entries/a/quay.md": write_entry("title: First", "date: 2026-03-02"),
                "entries/b/quay.md": write_entry("title: Second", "date: 2026-03-02"),
            },
        ),
        Case(
            code="id-not-uri",
            cause="The id has letters beyond ASCII. Atom asks for a URI there, so they are"
            " percent-encoded in the id.",
            files={"entries/quay.md": write_entry(*QUAY, "id: https://example.com/fähre")},
        ),
        Case(
            code="permalink-reserved",
            cause="The address of the entry is one that the service needs itself, such as"
            " `/tags/…`.",
            files={"entries/quay.md": write_entry(*QUAY, "url: /tags/quay/")},
        ),
        Case(
            code="address-unsafe",
            cause="An address in a field is not a valid URL, for instance because of a wrong port"
            " or a bracket that is not closed, or `url` has a query. It is left out.",
            files={"entries/quay.md": write_entry(*QUAY, "comments: https://example.com:99999/")},
        ),
    ),
    "Text, links and pictures": (
        Case(
            code="asset-missing",
            cause="A field or the text names a file of the folder, such as a picture, that is not"
            " there.",
            files={"entries/quay.md": write_entry(*QUAY, body="![The quay](quay.jpg)")},
        ),
        Case(
            code="episode-unreadable",
            cause="A field of a podcast's episode has a value that podcast apps would not"
            " understand. It is left out of the feeds.",
            files={
                "entries/talk.md": write_entry(
                    *QUAY, "audio: https://media.example.com/talk.mp3", "explicit: perhaps"
                ),
                "feedsvc.toml": '[podcasts.talk]\nexplicit = false\ncategory = "News"\n'
                'image = "https://media.example.com/talk.png"\n',
            },
        ),
        Case(
            code="podcast-incomplete",
            cause="A show in the settings lacks what Apple and most podcast directories ask for; or"
            " entries have fields of episodes, but no show is in the settings.",
            files={
                "entries/talk.md": write_entry(
                    *QUAY, "audio: https://media.example.com/talk.mp3", "episode: 12"
                ),
            },
        ),
        Case(
            code="link-missing",
            cause="The text links to the file of another entry, which is not there.",
            files={"entries/quay.md": write_entry(*QUAY, body="See [the storm](storm.md).")},
        ),
        Case(
            code="picture-lost",
            cause="A picture has no address, or carries its data in place of one. Feed readers"
            " would show a hole.",
            files={"entries/quay.md": write_entry(*QUAY, body='<img alt="The quay">')},
        ),
        Case(
            code="template-tag",
            cause="The text has a tag of a site generator, such as a shortcode, that means nothing"
            " to anybody else. Tags with a plain meaning (pictures, links, quotations) are"
            " rendered; others are left out.",
            files={"entries/quay.md": write_entry(*QUAY, body="{{< ferry-map 3 >}} A new quay.")},
        ),
        Case(
            code="no-article",
            cause="The HTML page is a list, a start page or the like, not an article.",
            files={
                "entries/news.html": "<title>News</title>\n<ul>\n"
                + "".join(
                    f'<li><a href="{n}.html">Ferry news number {n}</a> 2026-03-0{n}</li>\n'
                    for n in range(1, 8)
                )
                + "</ul>\n"
            },
        ),
        Case(
            code="mail-parts",
            cause="The file is a mail with several parts, and only a mail program knows which one"
            " is meant.",
            files={
                "entries/quay.txt": "Message-ID: <1@example.com>\nFrom: News <news@example.com>\n"
                "Subject: A new quay\nDate: Mon, 2 Mar 2026 09:00:00 +0100\n"
                'Content-Type: multipart/mixed; boundary="x"\n\n--x\n\nThe ferry …\n'
            },
        ),
        Case(
            code="mail-coding",
            cause="The text of a mail is not encoded as its header says.",
            files={
                "entries/quay.txt": "Message-ID: <1@example.com>\nFrom: News <news@example.com>\n"
                "Subject: A new quay\nDate: Mon, 2 Mar 2026 09:00:00 +0100\n"
                "Content-Type: text/plain; charset=utf-8\n"
                "Content-Transfer-Encoding: base64\n\nThe ferry has a new quay\n"
            },
        ),
        Case(
            code="many-entries",
            cause="The JSON file is a whole feed. In the folder of entries, one file is one entry.",
            files={
                "entries/feed.json": '{"version": "https://jsonfeed.org/version/1.1",\n'
                ' "title": "News", "items": [{"id": "1", "title": "A new quay"}]}\n'
            },
        ),
    ),
    "Encoding": (
        Case(
            code="encoding",
            cause="The file is not UTF-8, and its encoding is neither declared nor certain; or it"
            " is UTF-8 except for a few bytes.",
            files={"entries/quay.md": write_entry(*QUAY, body="Fähre äöü").encode() + b"\xff\n"},
        ),
        Case(
            code="encoding-guessed",
            cause="The file is not UTF-8 and does not declare its encoding, but the text leaves"
            " little doubt. It is read that way, and named here so that somebody looks at it.",
            files={
                "entries/quay.txt": (
                    "渡轮新码头启用\n\n发布时间：2026-03-02\n\n"
                    "从星期一起，晚班渡轮有了自己的码头，距离电车站只有两分钟。旧码头继续用于货运。\n"
                ).encode("gb18030")
            },
        ),
        Case(
            code="binary",
            cause="The file has the ending of a text file, but is not text.",
            files={"entries/quay.md": bytes(range(256)) * 4},
        ),
        Case(
            code="empty",
            cause="The file has no text in it.",
            files={"entries/quay.md": ""},
        ),
        Case(
            code="lost-character",
            cause="A character was lost before the file came here; the replacement character U+FFFD"
            " stands in its place.",
            files={"entries/quay.md": write_entry(*QUAY, body="The f\ufffdhre has a new quay.")},
        ),
        Case(
            code="mojibake",
            cause="The words were read in a wrong encoding before the file came here, once or"
            " twice: UTF-8 as Windows-1252, Chinese, Japanese, Korean or Cyrillic as Latin-1,"
            " KOI8-R as Windows-1251. They are shown as they are.",
            files={"entries/quay.md": write_entry(*QUAY, body="The cafÃ© has a new quay.")},
        ),
        Case(
            code="control-character",
            cause="The text, or what an escape such as `\\u0008` makes of a field, has a character"
            " that XML forbids. It is left out.",
            files={"entries/quay.md": write_entry(*QUAY, body="The ferry\x08 has a new quay.")},
        ),
    ),
    "Sidecars and defaults": (
        Case(
            code="sidecar-broken",
            cause="The file with fields beside the entry cannot be read. What it says may decide"
            " whether the entry is to be seen, so the entry is not published.",
            files={
                "entries/quay.md": write_entry(*QUAY),
                "entries/quay.yaml": "tags: [ferry\n",
            },
        ),
        Case(
            code="sidecar-orphan",
            cause="A file has the fields of an entry, but there is no entry of that name beside"
            " it.",
            files={"entries/quay.yaml": "title: A new quay\ndate: 2026-03-02\n"},
        ),
        Case(
            code="defaults-broken",
            cause="The file with defaults for a folder cannot be read. Each entry of the folder is"
            " published without them.",
            files={
                "entries/_index.md": "---\ntags: [ferry\n---\n",
                "entries/quay.md": write_entry(*QUAY),
            },
        ),
    ),
    "Files and folders": (
        Case(
            code="document-unread",
            cause="The file is a document of a kind that feedsvc does not read, and no entry links"
            " to it.",
            files={"entries/quay.docx": b"PK", "entries/storm.md": write_entry(*QUAY)},
        ),
        Case(
            code="dialect-unknown",
            cause="A folder has nothing but files of a kind that feedsvc does not read.",
            files={"entries/quay.textile": "h1. A new quay\n", "entries/storm.textile": "h1. S\n"},
        ),
        Case(
            code="unreadable",
            cause="The operating system does not let the service read the file.",
            problem=Problem(
                code="unreadable",
                message="the file cannot be read: Permission denied",
                remedy="check its permissions",
            ),
        ),
        Case(
            code="folder-unreadable",
            cause="The operating system does not let the service list the folder.",
            problem=WalkedFile("reports", fault="folder-unreadable").problems[0],
        ),
        Case(
            code="too-large",
            cause="The file is larger than an entry may be.",
            files={"entries/quay.md": "The ferry has a new quay.\n" * 500_000},
        ),
        Case(
            code="not-a-file",
            cause="There is a pipe, a socket or a device of this name.",
            build=lambda folder: os.mkfifo(folder / "entries" / "quay.md"),
        ),
        Case(
            code="link-outside",
            cause="A symbolic link leads out of the folder of entries. Such links are not followed,"
            " so that nothing else on the machine is published by accident.",
            build=make_link("quay.md", "/etc/hostname"),
        ),
        Case(
            code="link-broken",
            cause="A symbolic link leads nowhere.",
            build=make_link("quay.md", "gone.md"),
        ),
        Case(
            code="folder-link",
            cause="A symbolic link leads to a folder. Only links to files are followed.",
            files={"entries/2025/quay.md": write_entry(*QUAY)},
            build=make_link("archive", "2025"),
        ),
        Case(
            code="name-encoding",
            cause="The name of a file is not UTF-8, often because it was unpacked from an archive"
            " of another system.",
            build=lambda folder: Path(
                os.fsdecode(os.fsencode(folder) + b"/entries/f\xe4hre.md")
            ).touch(),
        ),
        Case(
            code="root-file",
            cause="A file of the folder for the site's root is not served: its ending is not one"
            " of those that are, its address is taken, or it is too long.",
            files={"root/tool.exe": "MZ"},
        ),
    ),
    "Partners": (
        Case(
            code="partner-refuses",
            cause="With `check --for`: the entry, or the partner's feed as a whole, breaks a rule"
            " of the partner's profile.",
            problem=Problem(
                code="partner-refuses",
                message="the title is longer than 150 characters (171 characters)",
                remedy="write a shorter title (https://partner.example/feeds)",
                field="title",
                line=2,
            ),
            state="public",
        ),
        Case(
            code="partner-advises",
            cause="With `check --for`: the partner advises something else, or a rule cannot be"
            " decided from what is known. The partner takes the entry.",
            problem=Problem(
                code="partner-advises",
                message="the lead picture is narrower than 1,200 pixels (800)",
                remedy="use a larger picture (https://partner.example/feeds)",
                field="image.width",
                line=5,
            ),
            state="public",
        ),
    ),
    "Limits and defects": (
        Case(
            code="more-problems",
            cause="The file has more problems than are listed.",
            files={
                "entries/quay.md": write_entry(
                    *QUAY, body="\n\n".join(f"![{n}]({n}.jpg)" for n in range(160))
                )
            },
        ),
        Case(
            code="reading-ended",
            cause="The process that read the file ended or took too long. Others go on; this entry"
            " is not published.",
            problem=make_failed_reading("quay.md", "it took more than 60 seconds").problems[0],
        ),
        Case(
            code="defect",
            cause="A mistake in feedsvc. Everything else is served; the log says what happened.",
            problem=Problem(
                code="defect",
                message="the program failed on this file (the log has the traceback)",
                remedy="please report it",
            ),
        ),
    ),
}
ENDINGS = {
    "error": "the entry is not published.",
    "draft": "the entry is held back.",
    "ignored": "the file is passed over.",
    "settings": "the feed is served all the same.",
    "public": "the entry is published all the same.",
}


def render_problems() -> str:
    """Return the part of the page that the code knows."""
    lines: list[str] = []
    for title, cases in GROUPS.items():
        lines += [f"## {title}", ""]
        for case in cases:
            lines += render_case(case)
    return "\n".join(lines)


def render_case(case: Case) -> list[str]:
    """Return the lines of one code."""
    problem, state = try_case(case)
    lines = [f"### {case.code}", "", case.cause, ""]
    for name, content in case.files.items():
        if is_shown(content):
            lines += [f'```text title="{name}"', str(content).rstrip("\n"), "```", ""]
    where = [f"line {problem.line}"] if problem.line else []
    where += [f"field {problem.field!r}"] if problem.field else []
    start = ", ".join(where) + ": " if where else ""
    lines += ["```text", f"{start}{problem.message}"]
    lines += [f"  → {problem.remedy}"] if problem.remedy else []
    return [*lines, "```", "", *([f"Here {ENDINGS[state]}", ""] if state in ENDINGS else [])]


def is_shown(content: str | bytes) -> bool:
    """Return whether the page shows a file of this *content*: a short text that can be seen."""
    if not isinstance(content, str) or len(content) > MAX_SHOWN_CHARACTERS:
        return False
    return content != "" and all(one.isprintable() or one == "\n" for one in content)


def try_case(case: Case) -> tuple[Problem, str]:
    """Return the problem that the example has, and the state of its file; raise `LookupError`."""
    if case.problem is not None:
        return case.problem, case.state
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "entries").mkdir()
        for path, content in case.files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        if case.build:
            case.build(folder)
        config = folder / "feedsvc.toml"
        config.touch()
        for report in check_entries(load_settings(config, environ={})):
            for problem in report.problems:
                if problem.code == case.code:
                    return problem, report.state
    raise LookupError(f"the example of {case.code} does not have it")
