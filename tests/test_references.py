"""One rule for every reference: a file's address, an entry's permalink, else as a browser does."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from feedsvc.commands.check import check_entries
from feedsvc.settings import Settings
from tests.support.site import Site

MakeSettings = Callable[..., Settings]
HARBOR = "https://news.example.com/2026/03/harbor-plan/"
TARGETS = {  # what others link to, and where it is
    "harbor-plan.md": "/2026/03/harbor-plan/",
    "notes/2026-03-02-night-ferry.md": "/2026/03/night-ferry/",
    "notes/deep/tides/index.md": "/2026/03/tides/",
    "outlines/crane.adoc": "/2026/03/crane/",
    "outlines/bell.org": "/2026/03/bell/",
    "outlines/mooring.rst": "/2026/03/mooring/",
    "Lock Keeper.md": "/2026/03/Lock-Keeper/",
    "pages/quay.html": "/2026/03/quay/",
}
TEXTS = {
    "adoc": "= {title}\n:date: 2026-03-02\n\n{body}\n",
    "org": "#+TITLE: {title}\n#+DATE: 2026-03-02\n\n{body}\n",
    "rst": "{title}\n============\n\n:date: 2026-03-02\n\n{body}\n",
    "html": "<html><head><title>{title}</title><meta name=date content=2026-03-02></head>"
    "<body><h1>{title}</h1>{body}</body></html>",
    "md": "---\ntitle: {title}\ndate: 2026-03-02\n---\n{body}\n",
}


def write(site: Site, path: str, body: str = "Words.", title: str = "A longer title") -> None:
    site.write(path, TEXTS[path.rpartition(".")[2]].format(title=title, body=body))


@pytest.fixture
def site(settings: MakeSettings) -> Site:
    made = Site(settings())
    for path in TARGETS:
        write(made, path)
    return made


def get_html(site: Site, slug: str = "linking") -> str:
    items = site.get("/feed.json?limit=100").json
    assert items is not None
    found = [one for one in items["items"] if one["url"].rstrip("/").endswith(f"/{slug}")]
    assert found, [one["url"] for one in items["items"]]
    return str(found[0]["content_html"])


LINKS = [  # path of the linking entry, its text, where the link leads
    ("linking.md", "[x](harbor-plan.md)", "/2026/03/harbor-plan/"),
    ("linking.md", "[x](./harbor-plan.md#cost)", "/2026/03/harbor-plan/#cost"),
    ("linking.md", "[x](<Lock Keeper.md>)", "/2026/03/Lock-Keeper/"),
    ("linking.md", "[x](Lock%20Keeper.md 'the man')", "/2026/03/Lock-Keeper/"),
    ("linking.md", "[x](Lock Keeper.md)", "/2026/03/Lock-Keeper/"),
    ("linking.md", r"[x](harbor\-plan.md)", "/2026/03/harbor-plan/"),
    ("linking.md", r"[x](notes\deep\tides\index.md#c)", "/2026/03/tides/#c"),
    ("notes/linking.md", r"<a href='..\harbor-plan.md'>x</a>", "/2026/03/harbor-plan/"),
    ("linking.md", "[x]({filename}Lock Keeper.md#b 'c')", "/2026/03/Lock-Keeper/#b"),
    ("linking.md", "[x][1]\n\n[1]: harbor-plan.md", "/2026/03/harbor-plan/"),
    ("linking.md", "[x](/notes/2026-03-02-night-ferry.md)", "/2026/03/night-ferry/"),
    ("linking.md", "<a href='pages/quay.html'>x</a>", "/2026/03/quay/"),
    ("notes/linking.md", "[x](../harbor-plan.md)", "/2026/03/harbor-plan/"),
    ("notes/linking.md", "[x](deep/tides/index.md?a=b#c)", "/2026/03/tides/#c"),
    ("notes/linking.md", "[x]({filename}../harbor-plan.md)", "/2026/03/harbor-plan/"),
    ("notes/linking.md", "[x]({filename}/outlines/mooring.rst)", "/2026/03/mooring/"),
    ("notes/linking.md", "[x](|filename|2026-03-02-night-ferry.md)", "/2026/03/night-ferry/"),
    ("notes/linking.md", "[x](@/outlines/crane.adoc)", "/2026/03/crane/"),
    ("notes/linking.md", '[x]({{< ref "2026-03-02-night-ferry.md#a" >}})',
     "/2026/03/night-ferry/#a"),
    ("linking.md", '[x]({{% relref "/notes/2026-03-02-night-ferry" %}})', "/2026/03/night-ferry/"),
    ("linking.md", '[x]({{< ref path="tides" >}})', "/2026/03/tides/"),
    ("linking.md", '[x]({{< ref "deep/tides/index.md" >}})', "/2026/03/tides/"),
    ("linking.md", "[x]({% post_url 2026-03-02-night-ferry %})", "/2026/03/night-ferry/"),
    ("linking.md", "[x]({{ site.baseurl }}{% link notes/2026-03-02-night-ferry.md %}#b)",
     "/2026/03/night-ferry/#b"),
    ("linking.md", "[x]({{ site.url }}{% link Lock Keeper.md %})", "/2026/03/Lock-Keeper/"),
    ("linking.md", "[x](https://old.example{% post_url 2026-03-02-night-ferry %})",
     "/2026/03/night-ferry/"),
    ("linking.md", "[x][n]\n\n[n]: {% link harbor-plan.md %}", "/2026/03/harbor-plan/"),
    ("linking.html", "<p>Some words.</p><a href=\"{% post_url 2026-03-02-night-ferry %}\">x</a>",
     "/2026/03/night-ferry/"),
    ("linking.md", "{% post_link night-ferry x %}", "/2026/03/night-ferry/"),
    ("linking.md", '[x]({{ get_url(path="@/harbor-plan.md") }})', "/2026/03/harbor-plan/"),
    ("linking.md", "[[harbor-plan|x]]", "/2026/03/harbor-plan/"),
    ("linking.md", "[[Lock Keeper#Night|x]]", "/2026/03/Lock-Keeper/"),
    ("linking.md", "[[notes/deep/tides|x]]", "/2026/03/tides/"),
    ("linking.md", "[[Harbor Plan.md|x]]", "/2026/03/harbor-plan/"),
    ("outlines/linking.rst", ":doc:`x <mooring>`", "/2026/03/mooring/"),
    ("outlines/linking.rst", ":doc:`x </harbor-plan>`", "/2026/03/harbor-plan/"),
    ("outlines/linking.rst", "`x <crane.adoc>`_", "/2026/03/crane/"),
    ("outlines/linking.adoc", "xref:crane.adoc[x]", "/2026/03/crane/"),
    ("outlines/linking.adoc", "xref:crane.adoc#boom[x]", "/2026/03/crane/#boom"),
    ("outlines/linking.adoc", "link:../harbor-plan.md[x]", "/2026/03/harbor-plan/"),
    ("outlines/linking.adoc", "<<crane.adoc#,x>>", "/2026/03/crane/"),
    ("outlines/linking.org", "[[file:bell.org][x]]", "/2026/03/bell/"),
    ("outlines/linking.org", "[[file:../harbor-plan.md::*Cost][x]]", "/2026/03/harbor-plan/"),
    ("outlines/linking.org", "[[./bell.org][x]]", "/2026/03/bell/"),
    # the address that a site tool has given the file, from that of this one or from its folder
    ("linking.md", "[x](../harbor-plan/)", "/2026/03/harbor-plan/"),
    ("linking.md", "[x](../notes/2026-03-02-night-ferry/?a=b#c)", "/2026/03/night-ferry/#c"),
    ("linking.md", "[x](../notes/night-ferry/#c)", "/2026/03/night-ferry/#c"),
    ("linking.md", "[x](/notes/night-ferry.html)", "/2026/03/night-ferry/"),
    ("notes/linking.md", "[x](night-ferry)", "/2026/03/night-ferry/"),
    ("linking.md", "[x](../notes/deep/tides)", "/2026/03/tides/"),
    ("linking.md", "[x](notes/deep/tides/)", "/2026/03/tides/"),
    ("linking.md", "[x](../Lock%20Keeper/)", "/2026/03/Lock-Keeper/"),
    ("linking.md", "[x](outlines/crane)", "/2026/03/crane/"),
    ("linking.md", "[x](./outlines/mooring.html#rope)", "/2026/03/mooring/#rope"),
    ("linking.md", "[x](/outlines/bell/)", "/2026/03/bell/"),
    ("linking.md", "[x](/outlines/bell.html)", "/2026/03/bell/"),
    ("linking.md", "<a href=/pages/quay>x</a>", "/2026/03/quay/"),
    ("notes/linking.md", "[x](../../harbor-plan/)", "/2026/03/harbor-plan/"),
    ("notes/linking.md", "[x](../harbor-plan/)", "/2026/03/harbor-plan/"),
    ("notes/linking/index.md", "[x](../deep/tides/)", "/2026/03/tides/"),
    ("notes/linking/index.md", "[x](../../harbor-plan/)", "/2026/03/harbor-plan/"),
    ("outlines/linking.rst", "`x <crane.html>`_", "/2026/03/crane/"),
    ("outlines/linking.adoc", "link:crane.html[x]", "/2026/03/crane/"),
    ("pages/linking.html", '<a href="../../harbor-plan/">x</a>', "/2026/03/harbor-plan/"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "address"), LINKS)
def test_a_link_to_an_entrys_file_leads_to_its_page(
    site: Site, path: str, body: str, address: str
) -> None:
    write(site, path, body=body)

    html = get_html(site)
    assert f'<a href="https://news.example.com{address}"' in html
    assert ">x</a>" in html
    assert not [one for one in check_entries(site.settings) if one.problems]


PELICAN_LISTINGS = [
    ("[x]({tag}wind)", "tags/wind/"),
    ("[x](|category|Harbor%20News)", "categories/harbor-news/"),
    ("[x]({author}Mara Lind)", ""),
    ("[x](<{author}Mara Lind>)", "authors/mara-lind/"),
    ("[x]({index})", ""),
]


@pytest.mark.parametrize(("body", "address"), PELICAN_LISTINGS)
def test_pelicans_listings_are_ours(site: Site, body: str, address: str) -> None:
    write(site, "linking.md", body=body)
    if "Mara Lind)" in body:  # a space ends a link's target
        assert "<a" not in get_html(site)
    else:
        assert f'<a href="https://news.example.com/{address}">x</a>' in get_html(site)


def test_paths_of_the_old_site_may_begin_above_the_folder(settings: MakeSettings) -> None:
    made = settings()
    folder = f"{made.site.entries}/content/blog"
    site = Site(replace(made, site=replace(made.site, entries=folder)))
    site.add(
        "one", body='[a](@/blog/two.md) [b]({{< ref "/blog/two" >}}) [c](/content/blog/two.md)'
    )
    site.add("two")

    assert get_html(site, "one").count('href="https://news.example.com/2026/03/two/"') == 3


WORDS = [  # nothing names an entry here: what the text shows
    ("[[1]](https://a.example/)", '<a href="https://a.example/">[1]</a>'),
    ("`[[harbor-plan]]`", "<code>[[harbor-plan]]</code>"),
    ("```\n[[harbor-plan]]\n```", "<pre><code>[[harbor-plan]]"),
    ("`[a](gone.md)` ``![b](b.png)``", "<code>[a](gone.md)</code>"),
    ("```md\n[a](gone.md)\n```", "[a](gone.md)"),
    ("~~~\n![a](gone.png)\n~~~\n\n[x](/a)", "![a](gone.png)"),
    ("Code:\n\n    [a](gone.md)\n\nEnd.", "[a](gone.md)"),
    ("<pre><code>[a](gone.md)</code></pre>", "[a](gone.md)"),
    ("x[[0]] and [[1, 2], [3, 4]]", "x[[0]] and [[1, 2], [3, 4]]"),
    ("[x](../night/)", f'<a href="{HARBOR.replace("harbor-plan/", "night/")}">x</a>'),
    ("[x](photo.html)", '<a href="https://news.example.com/2026/03/linking/photo.html">x</a>'),
    ("[x](../../harbor-plan/)", f'<a href="{HARBOR.replace("03/", "")}">x</a>'),
    ("[x](../plan/)", f'<a href="{HARBOR.replace("harbor-", "")}">x</a>'),
    ("[x](../notes/)", f'<a href="{HARBOR.replace("harbor-plan", "notes")}">x</a>'),
    ("[x](..)", '<a href="https://news.example.com/2026/03/">x</a>'),
    ("[x](/)", '<a href="https://news.example.com/">x</a>'),
    ("[x](#harbor-plan)", "#harbor-plan"),
    ("[x](/wiki/page.md)", '<a href="https://news.example.com/wiki/page.md">x</a>'),
    ("[x](https://a.example/b.md)", '<a href="https://a.example/b.md">x</a>'),
    ("[x](mailto:b.md)", '<a href="mailto:b.md">x</a>'),
]


@pytest.mark.parametrize(("body", "html"), WORDS)
def test_what_names_no_entrys_file_stays(site: Site, body: str, html: str) -> None:
    write(site, "linking.md", body=body)

    assert html in get_html(site)
    assert not [one for one in check_entries(site.settings) if one.problems]


SLIPS = (
    *("htps://", "https//", "http:/", "ttps://", "hhttps://", "httpss://", "https;//", "htp://"),
    "HTTP:/",
)
MISSING = [
    ("[word](gone.md)", "'gone.md'"),
    ("[word](./gone/index.md#x)", "'./gone/index.md'"),
    ("[word](gone ship.md)", "'gone ship.md'"),
    ("[word]({filename}gone.rst)", "gone.rst"),
    ("[word](@/gone.md)", "gone.md"),
    ('[word]({{< ref "gone" >}})', "'gone'"),
    ("[word]({% post_url 2026-01-01-gone %})", "'2026-01-01-gone'"),
    ("[[Gone Ship|word]]", "'Gone Ship'"),
    ("[word](www.example.com)", "'www.example.com'"),
    ("[word](www.example.com/a/b.html?c#d)", "'www.example.com/a/b.html'"),
    ('<a href="www.example.com">word</a>', "'www.example.com'"),
    ("[word](press.office@example.com)", "'press.office@example.com'"),
    *((f"[word]({slip}www.example.com/a)", f"'{slip}www.example.com/a'") for slip in SLIPS),
]


@pytest.mark.parametrize("fence", ["`` ` ``", "```\ncode\n```\n\n", "- item\n\n    more\n\n"])
def test_code_before_a_reference_hides_it_not(site: Site, fence: str) -> None:
    write(site, "linking.md", body=f"{fence} [word](gone.md)")
    problems = [one.code for report in check_entries(site.settings) for one in report.problems]

    assert problems == ["link-missing"]


@pytest.mark.parametrize(("body", "shown"), MISSING)
def test_a_link_to_a_file_that_is_not_there_is_words_and_a_problem(
    site: Site, body: str, shown: str
) -> None:
    write(site, "linking.md", body=f"One.\n\nTwo {body} three.")

    assert "<p>Two word three.</p>" in get_html(site)
    (report,) = [one for one in check_entries(site.settings) if one.problems]
    (problem,) = report.problems
    assert (problem.code, problem.line) == ("link-missing", 7)
    assert f"the text links to {shown}" in problem.message or shown in problem.message
    assert site.client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        ("[word](www.example.com)", "write https:// before it"),
        ("[word](press@example.com)", "write mailto: before it"),
        ("[word](https://www.example.com)", None),
        ("[word](mailto:press@example.com)", None),
        ("[word](htps://www.example.com)", "correct what it begins with to https://"),
        ("[word](HTTPS://www.example.com)", None),
        ("`[word](htps://www.example.com)`", None),
        ("[word](https://web.example.com/http://www.example.com)", None),
        ("[word](example.com)", None),  # may be a file's name
        ("`[word](www.example.com)`", None),
        ("www.example.com and press@example.com", None),
        ("[word](photo@2x.png)", "put it beside the entry"),
        ("![word](www.example.com/a.png)", "put it beside the entry"),
    ],
)
def test_an_address_without_its_scheme_is_named(site: Site, body: str, remedy: str | None) -> None:
    write(site, "linking.md", body=body)
    remedies = [one.remedy for report in check_entries(site.settings) for one in report.problems]

    assert [one.partition(";")[0] for one in remedies] == ([remedy] if remedy else [])


def test_a_file_with_the_name_of_an_address_is_linked(site: Site) -> None:
    site.write("www.notes.md", "---\ntitle: Notes\nslug: notes\ndate: 2026-03-02\n---\nx\n")
    write(site, "linking.md", body="[x](www.notes.md)")

    assert '<a href="https://news.example.com/2026/03/notes/">x</a>' in get_html(site)


HIDDEN = ["draft: true", "date: 2099-01-01", "status: retracted\nretracted: 2026-04-01",
          "expires: 2026-03-05"]  # fmt: skip


@pytest.mark.parametrize("field", HIDDEN)
def test_nobody_is_led_to_what_is_not_public(site: Site, field: str) -> None:
    site.write("secret.md", f"---\ntitle: Secret\ndate: 2026-03-02\n{field}\n---\nx\n".replace(
        "date: 2026-03-02\ndate", "date"))  # fmt: skip
    write(site, "linking.md", body="Two [word](secret.md) three.")

    assert "<p>Two word three.</p>" in get_html(site)
    assert not [
        one for one in check_entries(site.settings) if one.problems and "linking" in one.path
    ]


def test_an_unlisted_entry_can_be_linked(site: Site) -> None:
    site.write("about.md", "---\ntitle: About\ndate: 2026-03-02\nstatus: unlisted\n---\nx\n")
    write(site, "linking.md", body="[x](about.md)")

    assert '<a href="https://news.example.com/2026/03/about/">x</a>' in get_html(site)


def test_a_link_follows_its_target(site: Site) -> None:
    write(site, "linking.md", body="See [x](later.md) and [[later|y]].")
    assert "<p>See x and y.</p>" in get_html(site)
    first = site.get("/atom.xml").headers["ETag"]

    site.add("later")
    site.refresh()
    assert get_html(site).count('href="https://news.example.com/2026/03/later/"') == 2
    second = site.get("/atom.xml").headers["ETag"]

    site.add("later", slug="much-later")
    site.refresh()
    page = site.get("/2026/03/linking/").text
    assert page.count('href="https://news.example.com/2026/03/much-later/"') >= 2
    assert len({first, second, site.get("/atom.xml").headers["ETag"]}) == 3

    site.add("later", url="https://other.example/later")
    site.refresh()
    assert get_html(site).count('href="https://other.example/later"') == 2

    (site.folder / "later.md").unlink()
    site.refresh()
    assert "<p>See x and y.</p>" in get_html(site)


def test_a_page_of_a_translation_is_that_of_its_language(site: Site) -> None:
    slugs = {
        "pier.md": "pier",
        "pier.fr.md": "jetee",
        "mole.md": "mole",
        "dam/index.fr.md": "digue",
    }
    for path, slug in slugs.items():
        site.write(path, f"---\ntitle: T\ndate: 2026-03-02\nslug: {slug}\n---\nx\n")
    body = "[x](../pier/) [x](../mole/) [x](/dam/)"
    write(site, "linking.fr.md", body=body)
    write(site, "linked.md", body=body)

    assert re.findall(r'href="[^"]+/([^"/]+)/"', get_html(site)) == ["jetee", "mole", "digue"]
    assert re.findall(r'href="[^"]+/([^"/]+)/"', get_html(site, "linked")) == [
        "pier",
        "mole",
        "dam",
    ]


def test_an_address_without_its_date_is_that_of_one_file(site: Site) -> None:
    columns = "2026-03-02-column.md", "2026-03-09-column/index.md", "2026-03-09-column.fr.md"
    link = 'href="https://news.example.com/2026/03/column/"'
    write(site, "linking.md", body="[x](../notes/column/)")
    for number, name in enumerate(columns):
        write(site, f"notes/{name}")
        site.refresh()
        assert (link in get_html(site)) == (number != 1), name
        if number == 1:
            (site.folder / "notes" / name).unlink()


def test_a_link_to_a_page_follows_its_file(site: Site) -> None:
    write(site, "notes/linking.md", body="[x](../../quays/east/)")
    assert 'href="https://news.example.com/2026/quays/east/"' in get_html(site)

    site.write("quays/east/index.html", TEXTS["html"].format(title="A longer title", body="x"))
    site.refresh()
    assert 'href="https://news.example.com/2026/03/east/"' in get_html(site)

    site.write("quays/east.md", "---\ntitle: T\ndate: 2026-03-02\nslug: first\n---\nx\n")
    site.refresh()
    assert 'href="https://news.example.com/2026/03/first/"' in get_html(site)

    (site.folder / "quays/east.md").unlink()
    (site.folder / "quays/east/index.html").unlink()
    site.refresh()
    assert 'href="https://news.example.com/2026/quays/east/"' in get_html(site)


def test_of_entries_with_one_name_the_nearest_is_meant(site: Site) -> None:
    for path, slug in (("a/b/pier.md", "far"), ("z/pier.md", "near"), ("notes/pier.md", "here")):
        site.write(path, f"---\ntitle: T\ndate: 2026-03-02\nslug: {slug}\n---\nx\n")
    write(site, "linking.md", body="[[pier|x]]")
    write(site, "notes/linked.md", body="[[pier|x]]")

    assert "/2026/03/here/" in get_html(site)
    assert "/2026/03/here/" in get_html(site, "linked")


SUBFOLDER = "https://example.org/company/news/"
RESOLVED = [  # site's URL, entry's own address, reference, whole URL
    (SUBFOLDER, "", "/company/news/img/b.png", f"{SUBFOLDER}files/img/b.png"),
    (SUBFOLDER, "", "/img/b.png", f"{SUBFOLDER}files/img/b.png"),
    (SUBFOLDER, "", "img/b.png", f"{SUBFOLDER}files/img/b.png"),
    (SUBFOLDER, "", "/company/news/files/img/b.png", f"{SUBFOLDER}files/img/b.png"),
    (SUBFOLDER, "", "img/my%20pic.png", f"{SUBFOLDER}files/img/my%20pic.png"),
    (SUBFOLDER, "", r"img\b.png", f"{SUBFOLDER}files/img/b.png"),
    (SUBFOLDER, "", "/company/news/img/gone.png", f"{SUBFOLDER}img/gone.png"),
    (SUBFOLDER, "", "/img/gone.png", "https://example.org/img/gone.png"),
    ("https://news.example.com/", "https://old.example/a/", "gone.png", "https://old.example/a/gone.png"),
    ("https://news.example.com/", "https://old.example/a/", "/img/gone.png", "https://old.example/img/gone.png"),
    ("https://news.example.com/", "https://old.example/a/", "/img/b.png", "https://news.example.com/files/img/b.png"),
    ("https://news.example.com/", "https://old.example/a/", "//cdn.example/c.png", "https://cdn.example/c.png"),
    ("https://news.example.com/", "", "https://cdn.example/my pic.png", "https://cdn.example/my%20pic.png"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "own", "reference", "resolved"), RESOLVED)
def test_text_and_fields_resolve_by_one_rule(
    settings: MakeSettings, url: str, own: str, reference: str, resolved: str
) -> None:
    site = Site(settings(url=url))
    site.write("img/b.png", b"PNG")
    site.write("img/my pic.png", b"PNG")
    more = {"url": own} if own else {}
    site.add(
        "in-text",
        body=f'<img src="{reference}" srcset="{reference.replace(" ", "%20")} 2x">',
        **more,
    )
    site.add("in-field", image=reference, **{**more, "url": own + "b"} if own else {})
    items = site.get("/feed.json").json
    assert items is not None
    by_title = {one["title"]: one for one in items["items"]}

    assert by_title["In-field"]["image"] == resolved.replace("/a/gone", "/a/gone")
    html = by_title["In-text"]["content_html"]
    assert f'src="{resolved}"' in html
    assert f'srcset="{resolved} 2x"' in html


def test_an_absolute_pattern_is_the_base_of_its_entries(settings: MakeSettings) -> None:
    site = Site(settings(permalink="https://www.harbor.example/{year}/{slug}/"))
    site.add("one", body="[a](/about/) [b](c.pdf) [c](two.md) ![d](/img/a.png)")
    site.add("two")
    html = get_html(site, "one")

    assert 'href="https://www.harbor.example/about/"' in html
    assert 'href="https://www.harbor.example/2026/one/c.pdf"' in html
    assert 'href="https://www.harbor.example/2026/two/"' in html
    assert 'src="https://www.harbor.example/img/a.png"' in html
    assert not [one for one in check_entries(site.settings) if one.problems]


@pytest.mark.parametrize(
    ("body", "fields", "remedy"),
    [
        ("![a](gone.png)", {}, "put it beside the entry"),
        ("![a](/assets/gone.png)", {}, "the site's root"),
        ("[a](gone.pdf)", {}, "put it beside the entry"),
        ("x", {"image": "/assets/gone.png"}, "the site's root"),
        ("x", {"image": "gone.png"}, "put it beside the entry"),
        # outside the folder, whatever is there
        ("![a](../gone.png)", {}, "put it beside the entry"),
        ("![a](../index/../entries.png)", {}, "put it beside the entry"),
        ("x", {"image": "../../assets/gone.png"}, "put it beside the entry"),
    ],
)
def test_a_missing_file_is_a_problem(
    site: Site, body: str, fields: dict[str, str], remedy: str
) -> None:
    site.add("linking", body=body, **fields)
    (report,) = [one for one in check_entries(site.settings) if one.problems]

    assert [one.code for one in report.problems] == ["asset-missing"]
    assert remedy in report.problems[0].remedy


def test_what_the_rest_of_the_site_may_serve_is_none(site: Site) -> None:
    site.add("linking", body="[a](/assets/gone.pdf) [b](/about/)")

    assert not [one for one in check_entries(site.settings) if one.problems]


LENGTHS = [
    ("12 MB", 12_582_912), ("12MB", 12_582_912), ("1.5 MB", 1_572_864), ("1,5 Mo", 1_572_864),
    ("1,234,567", 1_234_567), ("1234567 bytes", 1_234_567), ("12 B", 12), ("640 KiB", 655_360),
    ("1 GB", 1_073_741_824), ("12 minutes", 0), ("about 12 MB", 0), ("-1", 0), ("1.234 MB", 0),
]  # fmt: skip


@pytest.mark.parametrize(("length", "size"), LENGTHS)
def test_the_length_of_an_enclosure_is_in_bytes_or_unknown(
    settings: MakeSettings, length: str, size: int
) -> None:
    site = Site(settings())
    url = "https://cdn.example/my episode 1.mp3"
    enclosure_field = f"enclosure:\n  url: {url}\n  length: '{length}'"
    site.write("ep.md", f"---\ntitle: E\ndate: 2026-03-02\n{enclosure_field}\n---\nx\n")
    enclosure = site.get_xml("/rss.xml").find("channel/item/enclosure")

    assert enclosure is not None
    assert enclosure.get("url") == "https://cdn.example/my%20episode%201.mp3"
    assert enclosure.get("length") == str(size)


FIELDS = "description: The lead.\nlead_line: Two & three\nparams:\n  base: /docs/\nnav: {deep: D}\n"
FILLED = [
    ("_{{ page.description }}_ More.", "<em>The lead.</em> More."),
    ("{{ page.title }}!", "A ship!"),
    ("{{ page.title | upcase }}!", "A SHIP!"),
    ("{{ title }}!", "A ship!"),
    ("{{ .Title }}!", "A ship!"),
    ("{{ .Params.lead_line }}!", "Two &amp; three!"),
    ("{{ $frontmatter.lead_line | escape }}!", "Two &amp; three!"),
    ("{{ page.nav.deep }}!", "D!"),
    ('{{< param "lead_line" >}}!', "Two &amp; three!"),
    ('[x]({{< param base >}}a/)', '<a href="https://news.example.com/docs/a/">x</a>'),
    # what the entry does not have, or what is more than words
    ("a {{ page.subtitle }} b", "a  b"),
    ("a {{ page.date }} b", "a  b"),
    ("a {{ page.title | truncatewords: 2 }} b", "a  b"),
    ('a [x]({{< param DocsBaseUrl >}}flink-docs/) b', "a x b"),
    ('a [x]({{ site.docs }}/c) b', "a x b"),
    ('a <a href="https://a.example/{{ foo.bar }}/c">x</a> b', "a x b"),
    ('a ![x]({{< param cdn >}}a.png) b', "a  b"),
    ("`{{ page.title }}`", "<code>{{ page.title }}</code>"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "html"), FILLED)
def test_fields_of_the_entry_are_filled_in(site: Site, body: str, html: str) -> None:
    site.write("linking.md", f"---\ntitle: A ship\ndate: 2026-03-02\n{FIELDS}---\n{body}\n")

    assert f"<p>{html}</p>" in get_html(site)
