"""Settings: right ones come from file and environment, wrong ones stop the start with a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedsvc.errors import SettingsError
from feedsvc.settings import Settings, build_settings, load_settings

URL = {
    "FEEDSVC_SITE_URL": "https://news.example.com",
    "FEEDSVC_SITE_ID_AUTHORITY": "news.example.com,2023",
}


def load(tmp_path: Path, text: str = "", **environ: str) -> Settings:
    (tmp_path / "feedsvc.toml").write_text(text, encoding="utf-8")
    return load_settings(tmp_path / "feedsvc.toml", environ=environ)


def test_without_any_setting_it_is_development_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environ={"PORT": "9000"})

    assert settings.development
    assert settings.site.url == "http://127.0.0.1:9000/"
    assert settings.entries == tmp_path / "entries"


def test_paths_start_from_the_settings_file(tmp_path: Path) -> None:
    assert load(tmp_path, '[site]\nentries = "news"').entries == tmp_path / "news"


def test_the_environment_wins(tmp_path: Path) -> None:
    settings = load(
        tmp_path, "[feeds]\nlimit = 10", FEEDSVC_FEEDS_LIMIT="20", FEEDSVC_OTHER_THING="x", **URL
    )

    assert settings.feeds.limit == 20
    assert settings.site.url == "https://news.example.com/"
    assert not settings.development


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://news.example.com", "https://news.example.com/"),
        ("HTTPS://News.Example.COM/News/", "https://news.example.com/News/"),
        ("https://news.example.com:443/a", "https://news.example.com/a/"),
        ("http://news.example.com:80", "http://news.example.com/"),
        ("http://news.example.com:443/", "http://news.example.com:443/"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"),
    ],
)
def test_the_sites_address_is_normalized(tmp_path: Path, url: str, found: str) -> None:
    authority = 'id_authority = "news.example.com,2026-02-03"'
    pattern = f"{url.rstrip('/')}/{{slug}}".replace("HTTPS", "https")
    text = f'[site]\nurl = "{url}"\n{authority}\npermalink = "{pattern}"'
    settings = load(tmp_path, text)

    assert settings.site.url == found
    assert settings.site.permalink == found + "{slug}"


def test_a_hub_is_told_once(tmp_path: Path) -> None:
    hub = "https://hub.example/"

    assert load(tmp_path, f'[feeds]\nhubs = ["{hub}", "{hub}"]').feeds.hubs == (hub,)


def test_lists_in_the_environment_are_toml(tmp_path: Path) -> None:
    settings = load(
        tmp_path, FEEDSVC_DATES_SOURCES='["field", "git"]', FEEDSVC_FIELDS_PUBLISHED='["my_date"]'
    )

    assert settings.dates.sources == ("field", "git")
    assert settings.fields == {"published": ("my_date",)}


def test_settings_survive_the_way_to_another_process(tmp_path: Path) -> None:
    settings = load(
        tmp_path, '[feeds]\nhubs = ["https://hub.example/"]\n[fields]\ntitle = ["kop"]', **URL
    )

    assert build_settings(json.loads(json.dumps(settings.to_tables()))) == settings


WRONG = {
    '[site]\nurl = "https://news.example.com/"': 'id_authority = "news.example.com,',
    '[site]\ntimezon = "UTC"': "did you mean 'timezone'?",
    '[sites]\ntitle = "x"': "did you mean 'site'?",
    'title = "x"': "title: unknown section; as a setting, it belongs below the line [site]",
    "active = true": "it belongs below the line [push] or [metrics]; known are site",
    "site = 3": "expected the section [site], got 3",
    "[site]\ntitle = 3": "site.title: expected a title that is not empty, got 3",
    '[feeds]\nlimit = "30"': "feeds.limit: expected a whole number from 1 to 500, got '30'",
    "[feeds]\nlimit = 0": "from 1 to 500",
    '[feeds]\ncontent = "all"': "'full' or 'summary'",
    "[site]\nauthor = 3": "site.author: expected a string, got 3",
    '[site]\ntitle = " "': "a title that is not empty",
    '[site]\ntimezone = "Asia/Shangai"': "IANA name of a time zone, such as 'Asia/Shanghai', got"
    " 'Asia/Shangai', did you mean 'Asia/Shanghai'?",
    '[site]\ntimezone = "Oslo"': "did you mean 'Europe/Oslo'?",
    '[site]\ntimezone = "europe/oslo"': "did you mean 'Europe/Oslo'?",
    '[site]\ntimezone = "New York"': "did you mean 'America/New_York'?",
    '[site]\ntimezone = "us/eastern"': "did you mean 'US/Eastern'?",
    '[site]\ntimezone = "utc"': "did you mean 'UTC'?",
    '[site]\ntimezone = "Sidney"': "did you mean 'Australia/Sydney'?",
    '[site]\nurl = "news.example.com"': "absolute http or https URL",
    '[site]\nurl = "http://[x/"': "absolute http or https URL",
    '[site]\nurl = "https://x:99999/"': "absolute http or https URL",
    '[site]\nurl = "https://x:80b/"': "absolute http or https URL",
    '[site]\nurl = "https://a}b.example/"': "absolute http or https URL",
    '[site]\nurl = "https://a%zz.example/"': "absolute http or https URL",
    '[feeds]\nhubs = ["https://hub.exa|ple/"]': "expected a list of absolute http or https URLs",
    '[site]\nurl = "https://ada:secret@news.example.com/"': "URL without user and query",
    '[site]\nurl = "https://news.example.com/a/../b/"': "absolute http or https URL",
    '[site]\nurl = "https://news.example.com/."': "absolute http or https URL",
    '[site]\npermalink = "https://ada:secret@news.example.com/{slug}/"': "a path or URL pattern",
    '[site]\nlicense = "https://ada:secret@news.example.com/license"': "an absolute http or https",
    **{
        f'[site]\nimage = "{image}"': "URL, a file of the entries folder, or a path of this site"
        for image in (
            *("javascript:alert(1)", "data:image/png;base64,AAAA", "ftp://news.example.com/a.png"),
            *("//news.example.com/a.png", "https://ada:secret@news.example.com/a.png"),
            *("../a.png", "a/../../b.png", "https:/a.png", "https://[x/a.png"),
        )
    },
    **{
        f'[site]\nid_authority = "news.example.com,{date}"': "a host and a date"
        for date in ("2026-13", "2026-00", "2026-1", "2026-02-32", "2026-02-00", "26")
    },
    '[feeds]\nhubs = ["https://ada:secret@hub.example/"]': "http or https URLs without a user",
    '[feeds]\nhubs = [""]': "expected a list of absolute http or https URLs",
    '[feeds]\nhubs = "https://hub.example/"': "expected a list of absolute http or https URLs",
    '[site]\nid_authority = "news.example.com"': "a host and a date",
    '[site]\npermalink = "/{year}/{titel}/"': "{slug}",
    '[site]\npermalink = "/year}/{slug}/"': "{slug}",
    '[site]\npermalink = "/{{slug}}/"': "{slug}",
    '[site]\npermalink = "/{year/{slug}/"': "{slug}",
    '[site]\npermalink = "/{slug}/%7Byear%7d/"': "{slug}",
    '[site]\npermalink = "https://[x/{slug}/"': "{slug}",
    '[site]\npermalink = "/tags/{slug}/"': "reserved for the service",
    '[site]\npermalink = "/files/{path}"': "reserved for the service",
    '[site]\npermalink = "/rss.xml/{slug}"': "reserved for the service",
    '[site]\npermalink = "http://127.0.0.1:8000/authors/{slug}/"': "reserved for the service",
    '[site]\ntheme = "nope"': "site.theme: ",
    '[site]\nroot = "."': "'.' contains the entries folder, or is /root; give its files a folder",
    '[site]\nroot = "/root"': "give its files a folder of their own",
    '[site]\nroot = "entries/root"': "lies in the folder of site.entries; give its files a folder",
    '[site]\nroot = "feedsvc.toml"': "is not a folder; create it, or name another",
    '[site]\nindex = "entries"': "site.index: 'entries' is or lies in the folder of site.entries",
    '[site]\nindex = "entries/.index"': "lies in the folder of site.entries; give its files",
    '[site]\nindex = "x/../entries/x"': "lies in the folder of site.entries",
    '[site]\nindex = "static/x"\nroot = "static"': "lies in the folder of site.root",
    '[site]\nindex = "feedsvc.toml"': "feedsvc.toml' is not a folder; create it, or name another",
    '[site]\ntheme = "feedsvc.toml"': "feedsvc.toml' is not a folder; create it, or name another",
    '[site]\nentries = "."\ntheme = "."': "'.' is or lies in the folder of site.entries",
    '[site]\nlicense = "CC-BY-4.0"': "an absolute http or https URL, or a path of this site",
    '[site]\nlicense = "//evil.example/x"': "an absolute http or https URL, or a path of this site",
    '[site]\nlicense = "https://news.example.com/?a b"': "an absolute http or https URL, or a path",
    '[site]\nlicense = "/a b.xml"': "an absolute http or https URL, or a path of this site",
    '[dates]\norder = "ymd"': "'dmy' or 'mdy'",
    '[dates]\ndefault_time = "25:00"': "a time of day",
    '[dates]\nsources = ["guess"]': "a list of some of field",
    "[dates]\nsources = []": "a list of some of field",
    '[fields]\ntitle = "kop"': "fields.title: expected a list of strings, got 'kop'",
    '[fields]\npublishd = ["x"]': "did you mean 'published'?",
    "[site": "is not TOML",
    "x = " + "[" * 5_000: "is not TOML",
    "[feeds]\nlimit = " + "9" * 5_000: "is not TOML",
    '[fields]\n"a\\nb" = ["x"]': "fields.a\\nb: unknown setting",
    '["a\\u001b"]\nx = 1': "a\\x1b: unknown section",
    '[authors]\n"a\\u2028" = 3': "authors.a\\u2028: expected a name",
}


@pytest.mark.parametrize(("text", "message"), WRONG.items())
def test_a_wrong_setting_stops_the_start_with_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_settings_file_that_cannot_be_read_stops_the_start_with_one_line(
    tmp_path: Path,
) -> None:
    file = tmp_path / "feedsvc.toml"
    file.write_text("[site]\n", encoding="utf-16")

    with pytest.raises(SettingsError, match=r"toml' is not UTF-8; save it as UTF-8$"):
        load_settings(file, environ={})
    with pytest.raises(SettingsError, match=r"' cannot be read: Is a directory$"):
        load_settings(tmp_path, environ={})


def test_a_settings_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not there"):
        load_settings(tmp_path / "none.toml", environ={})


@pytest.mark.parametrize("zone", ["CEST", "BST", "GMT+1", "Europe/Munich", "Boston", "Köln"])
def test_no_zone_is_named_for_another_place_or_a_bare_offset(tmp_path: Path, zone: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, FEEDSVC_SITE_TIMEZONE=zone)

    assert "did you mean" not in str(caught.value)


WRONG_IN_ENVIRONMENT = {
    ("FEEDSVC_FEEDS_LIMIT", "many"): "expected a whole number from 1 to 500, got 'many'",
    ("FEEDSVC_DATES_SOURCES", "git"): "expected a TOML list such as",
    ("FEEDSVC_DATES_SOURCES", "[" * 5_000): "expected a TOML list such as",
    ("FEEDSVC_FEEDS_LIMIT", "9" * 5_000): "expected a whole number from 1 to 500, got '9",
    ("FEEDSVC_FEEDS_LIMITS", "3"): "did you mean 'limit'?",
    ("FEEDSVC_SITE_TITLE", "News\x1b[0m"): "expected UTF-8 without control characters",
    ("FEEDSVC_SITE_IMAGE", "https://a.example/\udcff.png"): "expected UTF-8 without control",
    ("FEEDSVC_SITE_DESCRIPTION", "\ufffe"): "expected UTF-8 without control characters",
    ("FEEDSVC_SITE_ENTRIES", "a\0b"): "expected UTF-8 without control characters",
}


@pytest.mark.parametrize(("variable", "message"), WRONG_IN_ENVIRONMENT.items())
def test_a_wrong_variable_stops_the_start_with_one_line(
    tmp_path: Path, variable: tuple[str, str], message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, **dict([variable]))

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FEEDSVC_SITE_TIMEZONE", "Mars/X"),
        ("FEEDSVC_FEEDS_LIMIT", "0"),
        ("FEEDSVC_SITE_TITEL", "x"),
    ],
)
def test_a_wrong_value_of_the_environment_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ={variable: value})

    assert str(caught.value).startswith(f"{variable} (")
