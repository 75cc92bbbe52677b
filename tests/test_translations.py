"""Pages and feeds speak the site's language, and every catalogue says all that they say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog

from feedsvc.errors import SettingsError
from feedsvc.settings import Settings, load_settings
from feedsvc.words import FOLDER, get_words, make_message, read_catalog
from scripts import translations
from tests.support.newsroom import fill_newsroom
from tests.support.site import Site, read, say

TEMPLATES = translations.PACKAGE / "pages" / "templates"
LANGUAGES = ["ar", "de", "es", "fr", "ja", "ko", "pt", "pt_PT", "ru", "zh_Hans", "zh_Hant"]
PARENTS = {language: ["pt"] if language == "pt_PT" else [] for language in LANGUAGES}


@pytest.fixture(scope="module")
def template() -> Catalog:
    """Every message of the package."""
    return translations.collect_messages()


# -- catalogues ----------------------------------------------------------------------


def test_the_template_and_the_style_sheet_are_those_of_the_code(template: Catalog) -> None:
    assert translations.TEMPLATE.read_bytes() == translations.render(template), (
        "run: python -m scripts.translations"
    )
    catalogs = [translations.update(file, template) for file in translations.list_catalogs()]
    style_sheet = translations.STYLE_SHEET.read_text(encoding="utf-8")
    assert style_sheet == translations.render_style_sheet(catalogs)


# A preview is for its editor, and speaks English as commands do
NOT_TRANSLATED = {"desk.html"}
JINJA = re.compile(r"{#.*?#}|{% trans.*?{% endtrans %}|{{.*?}}|{%.*?%}", re.DOTALL)
SHOWN_ATTRIBUTE = re.compile(r'\b(?:alt|aria-label|placeholder|title)="([^"]*)"')


@pytest.mark.parametrize(
    "file",
    [file for file in sorted(TEMPLATES.glob("*.html")) if file.name not in NOT_TRANSLATED],
    ids=lambda file: file.name,
)
def test_every_word_of_a_template_can_be_translated(file: Path) -> None:
    text = JINJA.sub("", file.read_text(encoding="utf-8")).replace('lang="" dir=""', "")
    attributes = SHOWN_ATTRIBUTE.findall(text)
    text = re.sub(r"<(code|aside class=\"preview\").*?</(code|aside)>", "", text, flags=re.DOTALL)

    assert [words for words in attributes if re.search("[a-z]", words)] == []
    assert re.findall(r"[A-Za-z].*", re.sub(r"<[^>]*>", "", text)) == []


def test_the_languages_are_those_that_the_documentation_names() -> None:
    assert [file.stem for file in translations.list_catalogs()] == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_says_everything_and_nothing_else(language: str, template: Catalog) -> None:
    file = FOLDER / f"{language}.po"
    # raises for other placeholders, and a wrong number of forms
    catalogs = [read_catalog(FOLDER / f"{name}.po") for name in (language, *PARENTS[language])]
    translated = {
        (message.context, message.id)
        for catalog in catalogs
        for message in catalog
        if (all(message.string) if message.pluralizable else message.string)
    }

    assert file.read_bytes() == translations.render(translations.update(file, template))
    assert {(message.context, message.id) for message in template if message.id} <= translated
    catalog = catalogs[0]
    assert not any(message.fuzzy for message in catalog)


@pytest.mark.parametrize("language", LANGUAGES)
def test_markup_of_a_message_is_that_of_the_english_one(language: str) -> None:
    for message in read_catalog(FOLDER / f"{language}.po"):
        if message.id and not message.pluralizable and message.string:
            tags = [sorted(re.findall(r"<[^>]*>", text)) for text in (message.id, message.string)]
            assert tags[0] == tags[1], message.id


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {1: "1 entry", 2: "2 entries"}),
        ("de", {1: "1 Beitrag", 2: "2 Beiträge"}),
        ("ja", {1: "1 件の記事", 2: "2 件の記事"}),
        ("fr", {0: "0 article", 1: "1 article", 2: "2 articles"}),
        ("ru", {1: "1 публикация", 2: "2 публикации", 5: "5 публикаций", 21: "21 публикация"}),
        ("ar", {1: "مقال واحد", 2: "مقالان", 5: "5 مقالات", 11: "11 مقالًا", 100: "100 مقال"}),
    ],
)
def test_a_number_has_the_forms_of_its_language(language: str, forms: dict[int, str]) -> None:
    words = get_words(language)

    for number, text in forms.items():
        assert words.ngettext("%(shown)s entry", "%(shown)s entries", number, shown=number) == text


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("de-AT", "de"),
        ("pt-BR", "pt"),
        ("pt-AO", "pt-PT"),
        ("zh", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("en-GB", "en"),
        ("nl", "en"),
        ("x-private", "en"),
        ("sr-Latn-RS", "en"),
    ],
)
def test_a_tag_leads_to_the_nearest_catalogue(tag: str, language: str) -> None:
    assert get_words(tag).language == language


def test_a_message_is_english_for_programs_and_the_sites_for_people() -> None:
    inner = make_message("expected a whole number, got %(value)r", value="x")
    message = make_message("%(parameter)s: %(problem)s.", parameter="limit", problem=inner)

    assert message == "limit: expected a whole number, got 'x'."
    assert get_words("de").translate(message) == (
        "limit: eine ganze Zahl wird erwartet, nicht 'x'."
    )
    assert get_words("de").translate("of an author") == "of an author"


# -- pages ---------------------------------------------------------------------------


@pytest.fixture
def make_newsroom(settings: Callable[..., Settings]) -> Callable[..., Site]:
    def make(**options: Any) -> Site:
        site = Site(settings(limit=6, title="Hafen", **options))
        fill_newsroom(site)
        return site

    return make


PATHS = {
    "/": 200,
    "/?before=1": 200,
    "/tags/harbour/": 200,
    "/2026/03/": 200,
    "/?q=ferry": 200,
    "/?q=unicorn": 200,
    "/tags/": 200,
    "/subscribe?tag=harbour": 200,
    "/subscribe": 200,
    "/2026/03/launch/": 200,
    "/nowhere/": 404,
    "/2026/02/withdrawn/": 410,
    "/?limit=many": 400,
    "/?since=soon": 400,
}
# Names of formats and of fields, which no language translates
SAME = {"Atom", "RSS", "JSON Feed", "OPML", "Tag", "Tags"}


@pytest.mark.parametrize("language", ["de", "ru", "ar", "zh-TW"])
def test_no_english_word_of_ours_is_left(
    make_newsroom: Callable[..., Site], language: str, template: Catalog
) -> None:
    site = make_newsroom(language=language)
    ours = {
        str(text)
        for message in template
        for text in (message.id if message.pluralizable else [message.id])
        if text and "%" not in text and "<" not in text
    } - SAME
    own = get_words(language)
    ours -= {text for text in ours if own.gettext(text) == text}
    ours |= {"Search", "Subscribe", "Archive", "Latest", "Earlier", "Older", "Newer", "Open", "All"}

    for path, status in PATHS.items():
        page = read(site, path, status)
        shown = {
            " ".join(text.split())
            for text in page.xpath("//body//text() | //@aria-label | //title/text()")
        }
        assert shown.isdisjoint(ours), (path, shown & ours)


def test_the_frame_speaks_the_sites_language_and_an_entry_its_own(
    make_newsroom: Callable[..., Site],
) -> None:
    site = make_newsroom(language="de")
    facts = {"updated": "2026-04-03", "clicks": "1398", "correction": "No."}
    for name, language in {"english": "en", "dutch": "nl"}.items():
        site.add(name, "2026-04-02", language=language, **facts)

    index = read(site, "/")
    assert (index.get("lang"), index.get("dir")) == ("de", "ltr")
    assert index.xpath("//nav[1]/@lang") == []  # the whole page is
    assert say(index, "//h1") == "Neueste Beiträge"
    assert say(index, "//nav[@class='pager']") == "Ältere Beiträge"
    assert say(index, "//nav[1]") == "Schlagwörter Rubriken Autoren Sprachen"
    assert say(read(site, "/2026/03/"), "//h1") == "März 2026"
    arabic = read(site, "/ar/2026/03/launch/")
    assert (arabic.get("lang"), arabic.get("dir")) == ("ar", "rtl")
    assert [arabic.xpath("//nav[1]")[0].get(name) for name in ("lang", "dir")] == ["de", "ltr"]
    english = read(site, "/2026/04/english/")
    byline = say(english, "//ul[@class='byline']")
    assert "updated April 3, 2026" in byline
    assert "1,398 clicks" in byline
    assert english.xpath("//aside//strong/@lang | //ul[@class='byline']//span/@lang") == []
    dutch = read(site, "/2026/04/dutch/")  # no catalogue: the site's words, marked as such
    assert dutch.get("lang") == "nl"
    (label,) = dutch.xpath("//ul[@class='byline']//span[@lang='de']")
    assert label.text == "aktualisiert am"
    assert read(site, "/2026/02/withdrawn/", 410).xpath("//p[@class='lead']")[0].text == (
        "„Fares fall by half“ wurde am 4. Februar 2026 zurückgezogen."
    )


def test_an_arabic_site_runs_from_right_to_left(make_newsroom: Callable[..., Site]) -> None:
    page = read(make_newsroom(language="ar"), "/")

    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    assert page.xpath("//nav[1]/@dir") == []
    assert say(page, "//h1") == "أحدث المقالات"


def test_feeds_speak_the_sites_language(make_newsroom: Callable[..., Site]) -> None:
    site = make_newsroom(language="zh-TW")
    site.add("english", language="en", correction="No.")

    feed = site.get_xml("/rss.xml?q=ferry&not=people")
    assert feed.findtext("channel/title") == "Hafen：「ferry」，不含People"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-TW"
    assert site.get_xml("/2026/03/atom.xml").findtext("{http://www.w3.org/2005/Atom}title") == (
        "Hafen：2026年3月"
    )
    outlines = [one.get("description") for one in site.get_xml("/opml.xml").iter("outline")]
    assert outlines[0] == "13 篇文章"
    assert site.get("/atom.xml?limit=500").data.count(b"<entry") == 13
    text = json.loads(site.get("/feed.json?lang=en").data)["items"][0]["content_html"]
    assert text.startswith("<p><strong>Correction:</strong> ")  # of an English entry


def test_programs_are_told_in_english(make_newsroom: Callable[..., Site]) -> None:
    site = make_newsroom(language="de")

    problem = json.loads(site.get("/?limit=many", headers={"Accept": "application/json"}).data)
    assert problem["title"] == "limit: expected a whole number, got 'many'."
    assert site.get("/nowhere/").text == (
        "There is no page at this address. It may have moved, or may never have been here.\n"
    )


# -- themes --------------------------------------------------------------------------


def write_words(folder: Path, language: str, *pairs: tuple[str, str]) -> None:
    file = folder / "theme" / "translations" / f"{language}.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    words = "".join(f'msgid "{one}"\nmsgstr "{other}"\n\n' for one, other in pairs)
    file.write_text(head + words, encoding="utf-8")


@pytest.mark.parametrize(
    ("language", "menu"),
    [
        ("de", "Themen Rubriken Autoren Sprachen"),
        ("de-CH", "Themen Rubriken Autoren Sprachen"),
        ("nl", "Onderwerpen Categories Authors Languages"),
        ("en", "Topics Categories Authors Languages"),
    ],
)
def test_a_theme_changes_words_and_adds_languages(
    make_newsroom: Callable[..., Site], tmp_path: Path, language: str, menu: str
) -> None:
    for tag, word in {"de": "Themen", "nl": "Onderwerpen", "en": "Topics"}.items():
        write_words(tmp_path, tag, ("Tags", word))
    page = read(make_newsroom(language=language, theme="theme"), "/")

    assert say(page, "//nav[1]") == menu
    assert page.xpath("//nav[1]/@lang") == []


def test_words_of_a_theme_are_checked_at_the_start(tmp_path: Path) -> None:
    config = tmp_path / "feedsvc.toml"
    config.write_text('[site]\ntheme = "theme"\n', encoding="utf-8")
    write_words(tmp_path, "de", ("%(title)s (earlier)", "%(titel)s (frühere)"))

    with pytest.raises(SettingsError, match=r"site\.theme: .*de\.po: .*titel.*msgfmt") as error:
        load_settings(config, environ={})

    assert "\n" not in str(error.value)
    (tmp_path / "theme" / "translations" / "de.po").write_bytes(b'msgid "x\n')
    with pytest.raises(SettingsError, match=r"de\.po"):
        load_settings(config, environ={})


# -- the same everywhere ---------------------------------------------------------------


def test_the_locale_of_the_process_changes_nothing() -> None:
    code = (
        "from feedsvc.words import get_words, make_message; import datetime;"
        "print(get_words('de').gettext('Tags'), get_words('fr').translate(make_message("
        "'“%(title)s” was withdrawn on %(date)s.', title='A', date=datetime.date(2026, 3, 2))))"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "LC_ALL": locale, "LANGUAGE": locale, "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
        for locale in ("C", "de_DE.UTF-8")
    }

    assert shown == {
        "Schlagwörter «\N{NO-BREAK SPACE}A\N{NO-BREAK SPACE}» a été retiré le 2 mars 2026.\n"
    }
