"""What is not known to be public is not published: status, flags, the marks of site tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.fields.slips import suggest_guarding_name, suggest_main_name
from feedsvc.reading import Reading, read_file
from feedsvc.settings import Settings
from tests.support.entries import write_file
from tests.support.site import Site

SETTINGS = Settings()


def read(folder: Path, fields: str, path: str = "quay.md") -> Reading:
    """Read an entry with a title, a date and *fields*."""
    write_file(folder, path, f"---\ntitle: Quay\ndate: 2026-03-02\n{fields}\n---\nWords.\n")
    return read_file(folder, path, SETTINGS)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        # Jekyll, Hexo, Statamic, Grav
        ("published: false", "draft"),
        ("published: 0", "draft"),
        ("published: true", "public"),
        ("published: draft", "draft"),
        ("hidden: true", "unlisted"),
        ("hidden: false", "public"),
        ("routable: false", "draft"),
        # Hugo
        ("build: {list: never}", "unlisted"),
        ("_build: {list: local}", "unlisted"),
        ("build: {list: false}", "unlisted"),
        ("build: {render: never}", "draft"),
        ("_build:\n  render: link", "draft"),
        ("build: {render: never, list: never}", "draft"),
        ("build: {list: always, render: always, publishResources: false}", "public"),
        ("headless: true", "draft"),
        ("params: {draft: true}", "draft"),
        ("hugo_draft: true", "draft"),
        # Zola, Eleventy, Docusaurus, VuePress, Astro, Obsidian, Quartz
        ("render: false", "draft"),
        ("in_search_index: false", "public"),
        ("permalink: false", "draft"),
        ("permalink: /quay/", "public"),
        ("eleventyExcludeFromCollections: true", "unlisted"),
        ("eleventyExcludeFromCollections: [posts]", "unlisted"),
        ("unlisted: true", "unlisted"),
        ("feed: false", "unlisted"),
        ("rss: false", "unlisted"),
        ("feed: /quay.xml", "public"),
        ("isDraft: yes", "draft"),
        ("publish: false", "draft"),
        ("publish: true", "public"),
        # Pelican, Nikola, Ghost, WordPress, Drupal
        ("status: hidden", "unlisted"),
        ("status: skip", "draft"),
        ("status: private", "draft"),
        ("visibility: members", "draft"),
        ("visibility: paid", "draft"),
        ("visibility: public", "public"),
        ("status: publish", "public"),
        ("status: future", "public"),
        ("status: trash", "draft"),
        ("post_status: pending", "draft"),
        ("status: 1", "public"),
        ("status: 0", "draft"),
        ("status: [published, featured]", "public"),
        ("status: [published, private]", "draft"),
        ("moderation_state: draft", "draft"),
        ("status: 草稿", "draft"),
        ("status: veröffentlicht", "public"),
        ("public: no", "draft"),
        ("is_public: false", "draft"),
        ("isPublic: true", "public"),
        ("visibility: 'off'", "draft"),
        ("visibility: 'No'", "draft"),
        ("unpublished: true", "draft"),
        ("password: ''", "public"),
        ("password: false", "public"),
        ("sitemap: false", "public"),
        # proposals that have come to rest
        ("status: Final", "public"),
        ("status: Living", "public"),
        ("status: Stagnant", "public"),
        ("status: Withdrawn\nretracted: 2026-03-03", "retracted"),
        ("eip: 7\nstatus: Withdrawn", "public"),
        ("pep: 7\nstatus: Rejected", "public"),
        ("eip: 7\nstatus: Review", "public"),
        ("eip: 7\nstatus: Draft", "draft"),
        # what says nothing of the entry
        ("state: Oregon", "public"),
        ("state: review", "draft"),
        ("hide: [navigation]", "public"),
        ("stats: true", "public"),
        ("craft: pottery", "public"),
        ("drift: 3", "public"),
        ("publisher: Skarvik Ferries", "public"),
        ("draft: ", "public"),
        ("republished: 2026-03-09", "public"),
    ],
)
def test_marks_decide_the_state_without_a_problem(tmp_path: Path, fields: str, state: str) -> None:
    reading = read(tmp_path, fields)

    assert (reading.state, reading.problems) == (state, ())


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ("status: in preparation", "status-unknown", "'in preparation'"),
        ("status: Open", "status-unknown", "'Open'"),
        ("status: pubished", "status-unknown", "'pubished'"),
        ("visibility: friends", "status-unknown", "'friends'"),
        ("visibility: [public, crew]", "status-unknown", "'crew'"),
        ("draft: maybe", "flag-unknown", "'maybe'"),
        ("private: partly", "flag-unknown", "'partly'"),
        ("published: perhaps", "flag-unknown", "'perhaps'"),
        ("publish: soon", "flag-unknown", "'soon'"),
        ("is_public: crew", "flag-unknown", "'crew'"),
        ("unlisted: sometimes", "flag-unknown", "'sometimes'"),
        ("password: herring", "password", "password"),
        ("drafft: true", "field-unknown", "'draft'"),
        ("darft: yes", "field-unknown", "'draft'"),
        ("drft: false", "field-unknown", "'draft'"),
        ("statsu: draft", "field-unknown", "'status'"),
        ("statut: brouillon", "field-unknown", "'status'"),
        ("visiblity: private", "field-unknown", "'visibility'"),
        ("vissibilty: private", "field-unknown", "'visibility'"),
        ("publised: false", "field-unknown", "'published'"),
        ("pubilc: false", "field-unknown", "'public'"),
        ("privat: true", "field-unknown", "'private'"),
        ("unlistet: true", "field-unknown", "'unlisted'"),
        ("hiden: true", "field-unknown", "'hidden'"),
        ("embarg: 2031-01-01", "field-unknown", "'embargo'"),
        ("publihs_date: 2031-01-01", "field-unknown", "'publishdate'"),
        ("params: {drafft: true}", "field-unknown", "'draft'"),
    ],
)
def test_what_is_not_understood_holds_the_entry_back(
    tmp_path: Path, fields: str, code: str, words: str
) -> None:
    reading = read(tmp_path, fields)
    (problem,) = reading.problems

    assert (reading.state, problem.code, problem.line) == ("draft", code, 4)
    assert words in problem.sentence
    assert problem.remedy


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("titel: Quay\ndate: 2026-03-02", ("titel", 2, "did you mean 'title'?")),
        ("title: Quay\ndate: 2026-03-02\nauhtor: Jon", ("auhtor", 4, "did you mean 'author'?")),
        (
            "title: Quay\ndate: 2026-03-02\ncategorys: [a]",
            ("categorys", 4, "did you mean 'category'?"),
        ),
        ("title: Quay\ndate: 2026-03-02\ncatgory: a", ("catgory", 4, "did you mean 'category'?")),
        ("title: Quay\ndate: 2026-03-02\nauthors: Jo\nauthr: Jon", None),
        ("title: Quay\ndate: 2026-03-02\nmath: true\nlinks: [a]\nlayout: post", None),
    ],
)
def test_a_field_one_slip_from_another_is_a_problem(
    tmp_path: Path, text: str, found: tuple[str, int, str] | None
) -> None:
    write_file(tmp_path, "quay.md", f"---\n{text}\n---\n# Quay\n")
    reading = read_file(tmp_path, "quay.md", SETTINGS)

    problems = [(one.field, one.line, one.remedy) for one in reading.problems]
    assert reading.state == "public"
    assert problems == ([found] if found else [])


def test_a_date_that_is_one_slip_away_is_named(tmp_path: Path) -> None:
    write_file(tmp_path, "quay.md", "---\ntitle: Quay\ndat: 2026-03-02\n---\nWords.\n")
    reading = read_file(tmp_path, "quay.md", SETTINGS)

    assert reading.state == "error"
    assert [one.remedy for one in reading.problems] == [
        "did you mean 'date'?",
        "write `date: 2026-03-02`",
    ]


SOON, LATER = "2031-01-01", "2031-02-02"
# Fields beside a date that is past: until when they hold the entry back, or why it is none
RELEASES = {
    f"embargo: {SOON}": SOON,
    f"publish_on: {SOON}": SOON,
    f"embargo: true\nembargo_until: {SOON}": SOON,
    f"scheduled: true\npublish_at: {SOON}": SOON,
    f"publish_at: {SOON}\nembargo: {LATER}": LATER,
    f"embargo: {SOON}\npublish_at: 2026-03-01": SOON,
    "embargo: tomorrow": "'tomorrow' names no day",
    "embargo: 3/4/31": "'3/4/31' may be read",
    f"embargo: tomorrow\npublish_at: {SOON}": "'tomorrow' names no day",
    "publish_on: soon": "'soon' names no day",
    "embargo: true": "'true' names no day",
    "embargoed: yes": "'yes' names no day",
    "embargo: false": "",
    "embargo:": "",
    "scheduled: true": "",  # its date says when
    "publish_at: 2026-03-01": "",
}


@pytest.mark.parametrize(("fields", "expected"), RELEASES.items())
def test_an_embargo_that_cannot_be_read_publishes_nothing(
    tmp_path: Path, fields: str, expected: str
) -> None:
    reading = read(tmp_path, fields)
    if reading.entry is None:
        (problem,) = reading.problems
        assert (reading.state, problem.code, problem.line) == ("error", "date-unreadable", 4)
        assert expected in problem.message
        assert expected
    else:
        held = reading.entry.not_before
        assert (str(held)[:10] if held else "") == expected


def test_an_unreadable_date_stays_an_error(tmp_path: Path) -> None:
    write_file(tmp_path, "quay.md", "---\ntitle: Quay\npublished: March\n---\nWords.\n")

    assert read_file(tmp_path, "quay.md", SETTINGS).state == "error"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.adoc", "= Quay\n:revdate: 2026-03-02\n:draft:\n\nWords.\n"),
        ("a.rst", "Quay\n====\n\n:date: 2026-03-02\n:draft:\n\nWords.\n"),
        ("a.org", "#+TITLE: Quay\n#+DATE: 2026-03-02\n#+DRAFT: t\n\nWords.\n"),
        ("a.org", "#+TITLE: Quay\n#+DATE: 2026-03-02\n#+PUBLISH: nil\n\nWords.\n"),
        ("a.json", '{"title": "Quay", "date": "2026-03-02", "is_public": false, "text": "Words."}'),
        ("a.json", '{"title": "Quay", "date": "2026-03-02", "status": "trash", "text": "Words."}'),
        ("a.md", '+++\ntitle = "Quay"\ndate = 2026-03-02\n[build]\nrender = "never"\n+++\nA.\n'),
        ("a.txt", "Title: Quay\nDate: 2026-03-02\nDrafft: yes\n\nWords.\n"),
    ],
)  # fmt: skip
def test_other_dialects_mark_drafts(tmp_path: Path, path: str, text: str) -> None:
    write_file(tmp_path, path, text)

    assert read_file(tmp_path, path, SETTINGS).state == "draft"


@pytest.mark.parametrize(
    "fields",
    [
        "sitemap: false",
        "sitemap: {disable: true}",
        "sitemap: {exclude: true}",
        "robots: noindex, follow",
        "robots: none",
        "noindex: true",
        "seo: {noindex: true}",
        "in_search_index: false",
        "search: {exclude: true}",
    ],
)
def test_marks_for_search_engines_keep_an_entry_out_of_sitemaps_alone(
    settings: Callable[..., Settings], fields: str
) -> None:
    site = Site(settings())
    name, value = fields.split(": ", 1)
    site.add("plain")
    site.add("marked", **{name: value})
    path = "/2026/03/marked/"

    for sitemap in ("/sitemap.xml", "/news-sitemap.xml"):
        assert path not in site.get(sitemap).text
    assert path in site.get("/rss.xml").text
    directives = "noindex, nofollow" if value == "none" else "noindex"
    assert f'<meta name="robots" content="{directives}">' in site.get(path).text
    assert "/2026/03/plain/" in site.get("/sitemap.xml").text


@pytest.mark.parametrize(
    "fields",
    ["sitemap: {priority: 0.3}", "robots: index, follow", "noindex: false", "sitemap: true"],
)
def test_other_words_for_search_engines_do_nothing(
    settings: Callable[..., Settings], fields: str
) -> None:
    site = Site(settings())
    name, value = fields.split(": ", 1)
    site.add("plain", **{name: value})

    assert "/2026/03/plain/" in site.get("/sitemap.xml").text


@pytest.mark.parametrize(
    ("name", "meant"),
    [("titel", "title"), ("dat", "date"), ("auhtor", "author"), ("sumary", "summary"),
     ("catagories", "categories"), ("titles", ""), ("data", ""), ("math", ""), ("layout", "")],
)  # fmt: skip
def test_a_slip_of_the_pen_is_told_from_another_word(name: str, meant: str) -> None:
    assert suggest_main_name(name) == meant
    assert suggest_guarding_name(name) == ""
