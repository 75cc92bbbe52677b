"""Words for dates: tests/moments.toml, single decisions, and properties over any text."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.dates import DateRules, explain_date, is_date_like, parse_date, parse_path_date
from feedsvc.errors import DateError

SITES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("moments.toml").read_text(encoding="utf-8")
)["site"]
SHANGHAI = DateRules(zone=ZoneInfo("Asia/Shanghai"))
NEW_YORK = DateRules(zone=ZoneInfo("America/New_York"))


def make_rules(site: dict[str, Any]) -> DateRules:
    return DateRules(
        zone=ZoneInfo(site["zone"]), order=site.get("order", ""), language=site.get("language", "")
    )


def list_rows(kind: str) -> list[Any]:
    return [
        pytest.param(make_rules(site), words, outcome, id=f"{words} [{site.get('language', '')}]")
        for site in SITES
        for words, outcome in site.get(kind, {}).items()
    ]


def show(words: str, rules: DateRules) -> str:
    """The outcome of *words* in one line, refusals included."""
    try:
        reading = parse_date(words, rules)
    except DateError as error:
        return f"refused: {error}"
    return f"{reading.moment} {reading.moment.precision}"


@pytest.mark.parametrize(("rules", "words", "moment"), list_rows("read"))
def test_names_one_moment(rules: DateRules, words: str, moment: str) -> None:
    assert show(words, rules) == moment


@pytest.mark.parametrize(("rules", "words", "reason"), list_rows("refused"))
def test_is_refused_with_a_reason(rules: DateRules, words: str, reason: str) -> None:
    with pytest.raises(DateError) as caught:
        parse_date(words, rules)

    assert reason in str(caught.value)
    assert caught.value.text == words
    assert caught.value.remedy


def test_the_machines_time_zone_changes_nothing(machine_zone: str) -> None:
    outcomes = {
        words: show(words, make_rules(site)) for site in SITES for words in site.get("read", {})
    }
    expected = {words: moment for site in SITES for words, moment in site.get("read", {}).items()}

    assert outcomes == expected, machine_zone


@pytest.mark.parametrize(
    ("words", "rules", "moment", "remark"),
    [
        (
            "Mon, 02 Mar 2023",
            SHANGHAI,
            "2023-03-02T00:00:00+08:00",
            "says Monday, but 2023-03-02 is a Thursday",
        ),
        (
            "2026-03-08 02:30",
            NEW_YORK,
            "2026-03-08T03:30:00-04:00",
            "clocks go forward in America/New_York",
        ),
        (
            "2026-11-01 01:30",
            NEW_YORK,
            "2026-11-01T01:30:00-04:00",
            "clocks go back in America/New_York",
        ),
        ("2026-11-01 01:30 EST", NEW_YORK, "2026-11-01T01:30:00-05:00", ""),
        ("2026-03-08", NEW_YORK, "2026-03-08T00:00:00-05:00", ""),
    ],
)
def test_decisions_are_remarked(words: str, rules: DateRules, moment: str, remark: str) -> None:
    reading = parse_date(words, rules)

    assert str(reading.moment) == moment
    assert remark in " ".join(reading.remarks)
    assert len(reading.remarks) == bool(remark)


def test_a_day_that_begins_in_a_gap_begins_after_it() -> None:
    reading = parse_date("2018-11-04", DateRules(zone=ZoneInfo("America/Sao_Paulo")))

    assert (str(reading.moment), reading.remarks) == ("2018-11-04T01:00:00-02:00", ())


def test_the_rules_set_the_time_of_a_day_but_not_of_a_month() -> None:
    rules = DateRules(zone=ZoneInfo("UTC"), default_time=clock_time(9, 30))

    assert show("2 March 2023", rules) == "2023-03-02T09:30:00+00:00 day"
    assert show("2023-03-02", rules) == "2023-03-02T09:30:00+00:00 day"
    assert show("March 2023", rules) == "2023-03-01T00:00:00+00:00 month"


def test_a_moment_keeps_words_source_and_fraction() -> None:
    moment = parse_date(" '2023-03-02T14:30:05.75Z' ", SHANGHAI, source="field:date").moment

    assert (moment.words, moment.source) == ("'2023-03-02T14:30:05.75Z'", "field:date")
    assert moment.when == datetime(2023, 3, 2, 14, 30, 5, 750_000, UTC)


@pytest.mark.parametrize(
    "words", ["1" * 1_000_000, "9:" * 500_000, " ".join("2023" for _ in range(100_000))]
)
def test_a_megabyte_is_refused_for_its_length(words: str) -> None:
    with pytest.raises(DateError, match="characters long"):
        parse_date(words, SHANGHAI)


def test_explains_what_each_format_says() -> None:
    verdicts = dict(explain_date("03/04/2026", DateRules(zone=ZoneInfo("UTC"), language="fr")))

    assert verdicts["RFC 3339"] == "is not in this form"
    assert (
        verdicts["numbers"]
        == "2026-04-03T00:00:00+00:00 (day); dmy by the language 'fr'; 2026-03-04 rejected"
    )
    assert verdicts["dateutil"].startswith("not asked")


def test_explains_refusals() -> None:
    assert dict(explain_date("03/04/2026", SHANGHAI))["numbers"].startswith(
        "refused: '03/04/2026' may mean 2026-04-03"
    )
    assert explain_date("never", SHANGHAI)[-1] == ("words", explain_date("never", SHANGHAI)[-1][1])
    assert "no digits" in explain_date("never", SHANGHAI)[-1][1]


def test_plain_dates_load_neither_babel_nor_dateutil() -> None:
    script = (
        "import sys; from zoneinfo import ZoneInfo; from feedsvc.dates import *;"
        "rules = DateRules(zone=ZoneInfo('Asia/Shanghai'));"
        "[parse_date(words, rules) for words in ('2023-03-02', '2023年3月2日', '1767225600')];"
        "print([name for name in ('babel', 'dateutil') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env=os.environ, text=True
    )

    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("path", "words", "source", "stem"),
    [
        ("2024-01-02-title.md", "2024-01-02", "filename", "title"),
        ("news/2024-1-2-title.md", "2024-01-02", "filename", "title"),
        ("2024-01-02_title.md", "2024-01-02", "filename", "title"),
        ("2024-01-02 - title.md", "2024-01-02", "filename", "title"),
        ("2024-01-02T14-30-00-title.md", "2024-01-02T14:30:00", "filename", "title"),
        ("2024-01-02-14-30-00-title.md", "2024-01-02T14:30:00", "filename", "title"),
        ("2024-01-02T14:30:00+01:00_title.md", "2024-01-02T14:30:00+01:00", "filename", "title"),
        ("20240102-title.md", "2024-01-02", "filename", "title"),
        ("20240102a.wml", "2024-01-02", "filename", "20240102a"),
        ("2024-01-02.md", "2024-01-02", "filename", "2024-01-02"),
        ("2024-01-02.fr.md", "2024-01-02", "filename", "2024-01-02.fr"),
        ("2024-01-02标题.md", "2024-01-02", "filename", "标题"),
        ("2024-01-02-10-best-things.md", "2024-01-02", "filename", "10-best-things"),
        ("2024-01-02_143000-title.md", "2024-01-02T14:30:00", "filename", "title"),
        ("2024-01-02 14h30m00 title.md", "2024-01-02T14:30:00", "filename", "title"),
        # a second date is no time of day
        ("2024-01-02_2024-01-05-trip.md", "2024-01-02", "filename", "2024-01-05-trip"),
        ("2024-01-02-2024.01.05.md", "2024-01-02", "filename", "2024.01.05"),
        ("2024-01-02_10-1530.md", "2024-01-02", "filename", "10-1530"),
        ("2024/01/02/title.md", "2024-01-02", "path", "title"),
        ("2024/01/title.md", "2024-01", "path", "title"),
        ("posts/2024/01/10-things.md", "2024-01", "path", "10-things"),
        ("2024-01-02/index.md", "2024-01-02", "path", "2024-01-02"),
        ("2024-01-02-title/index.fr.md", "2024-01-02", "path", "title"),
        ("2024/01/02/title/index.md", "2024-01-02", "path", "title"),
        ("2015/05/15/Rust-1.0", "2015-05-15", "path", "Rust-1.0"),
        ("2026-11-26-x.md", "2026-11-26", "filename", "x"),
        ("2026-11-26_春.md", "2026-11-26", "filename", "春"),
        ("2026-11-26 x.md", "2026-11-26", "filename", "x"),
        ("20261126-x.md", "2026-11-26", "filename", "x"),
        ("2026-11-26-x/index.md", "2026-11-26", "path", "x"),
        ("20261126x.md", "2026-11-26", "filename", "20261126x"),  # the second of a day
        ("2026-11-26b.md", "2026-11-26", "filename", "2026-11-26b"),
        ("2026-11-26-2.md", "2026-11-26", "filename", "2026-11-26-2"),
        ("2026-11-26-.md", "2026-11-26", "filename", "2026-11-26-"),
        ("2026-11-26.fr.md", "2026-11-26", "filename", "2026-11-26.fr"),
    ],
)
def test_finds_the_date_of_a_path(path: str, words: str, source: str, stem: str) -> None:
    found = parse_path_date(path)

    assert found is not None
    assert (found.date_text, found.source, found.stem) == (words, source, stem)
    assert parse_date(words, SHANGHAI).moment.precision in ("second", "day", "month")


@pytest.mark.parametrize(
    "path",
    [
        "title.md",
        "24-01-02-title.md",
        "2024-13-02-x.md",
        "12345678-x.md",
        "2024/title.md",
        "1398-01-02-x.md",
        "",
        "/",
    ],
)
def test_finds_no_date_where_none_is_certain(path: str) -> None:
    assert parse_path_date(path) is None


words_of_dates = st.lists(
    st.sampled_from(
        "2023 12 31 3 0 : . - / T Z +08:00 UTC CST PM 年 月 日 下午 Mar may Thu "
        "10:30 24:00 W09 1 \0 ٣".split(" ")
    ),
    max_size=8,
).map("".join)


@given(
    words=st.text(max_size=150) | words_of_dates,
    language=st.sampled_from(["", "en", "de", "zh", "x-y"]),
)
@settings(max_examples=400, deadline=None)
def test_any_text_gives_a_moment_or_a_date_error(words: str, language: str) -> None:
    rules = DateRules(zone=ZoneInfo("America/New_York"), language=language)
    try:
        moment = parse_date(words, rules).moment
    except DateError:
        return

    assert moment.when.utcoffset() is not None
    assert parse_date(str(moment), rules).moment.seconds == moment.seconds


FIRST, LAST = datetime(1970, 1, 1), datetime(2199, 12, 30)  # noqa: DTZ001 - as hypothesis wants
moments = st.datetimes(FIRST, LAST).map(lambda when: when.replace(microsecond=0))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
STAMPS = [
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y%m%dT%H%M%S%z",
    "%Y/%m/%d %H:%M:%S %z",
    "%d.%m.%Y %H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a %b %d %H:%M:%S %z %Y",
    "%A, %B %d, %Y at %I:%M:%S %p %z",
    "%d-%b-%Y %H:%M:%S UTC%z",
    "%H:%M:%S %z %d %B %Y",
    "%G-W%V-%uT%H:%M:%S%z",
    "%Y-%jT%H:%M:%S%z",
    "%Y年%m月%d日 %H时%M分%S秒 %z",
]


@given(when=moments, zone=offsets, stamp=st.sampled_from(STAMPS))
@settings(deadline=None)
def test_a_moment_reads_back_as_itself(when: datetime, zone: timezone, stamp: str) -> None:
    written = when.replace(tzinfo=zone)
    reading = parse_date(written.strftime(stamp), SHANGHAI)

    assert (str(reading.moment), reading.remarks) == (written.isoformat(), ())


LANGUAGES = (
    "ar bg ca cs da de el en es et fa fi fr he hi hr hu id is it ja ko lt lv nb nl pl pt ro ru "
    "sk sl sv tr uk vi zh"
)


@given(
    when=moments,
    language=st.sampled_from(LANGUAGES.split()),
    length=st.sampled_from(["medium", "long", "full"]),
    known=st.booleans(),
)
@settings(deadline=None)
def test_a_day_reads_back_in_every_language(
    when: datetime, language: str, length: str, known: bool
) -> None:
    written = format_date(when, length, language)
    rules = DateRules(zone=ZoneInfo("UTC"), language=language if known else "")
    try:
        reading = parse_date(written, rules)
    except DateError:
        assert not known, written  # a name may mean another month elsewhere
        return

    assert (reading.moment.when.date(), reading.remarks) == (when.date(), ())


def test_the_names_of_months_are_those_of_babel() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "scripts.make_month_names", "--check"],
        cwd=Path(__file__).parent.parent,
    )

    assert run.returncode == 0


@pytest.mark.parametrize(
    ("words", "is_date"),
    [
        ("2026-03-02", True),
        ("2 March 2026", True),
        ("03/04/2026", True),  # in doubt which day, but nothing else
        ("Mon, 02 Mar 2026 08:00:00 GMT", True),
        ("2026-03-02 14:30 CET", True),
        ("2026年3月2日", True),
        ("20260302", True),
        ("3.2.26", True),
        ("24-05-06", True),
        ("113-05-06", True),
        ("2.1.3", False),
        ("2.5.1.90", False),
        ("192.168.1.10", False),
        ("CET", False),
        ("14:30", False),
        ("2026-03-02 at the quay", False),
        ("The 2026 budget", False),
        ("version 2.0", False),
        ("12 March", False),
        ("1398", True),  # a year, for all that the words say
        ("", False),
        ("2026-03-02" + " " * 54, True),
        ("2026-03-02" + " " * 55, False),
    ],
)
def test_words_are_told_from_dates(words: str, is_date: bool) -> None:
    assert is_date_like(words) is is_date


@pytest.mark.parametrize(
    ("words", "verdicts"),
    [
        ("2026-03-02T08:00:00+08:00", {"RFC 3339": "2026-03-02T08:00:00+08:00 (second)"}),
        ("2 March 2026", {"RFC 3339": "is not in this form"}),
    ],
)
def test_explain_names_each_format_and_its_verdict(words: str, verdicts: dict[str, str]) -> None:
    found = explain_date(words, SHANGHAI)

    assert dict(found[:1]) == verdicts
    read = [verdict for _, verdict in found if "(day)" in verdict or "(second)" in verdict]
    assert not read[0].startswith("not asked")
    assert all(verdict.startswith("not asked; would say: ") for verdict in read[1:])


# Boundaries of single rules, each with the row on its other side
# What newspapers and institutions print; all of these name 6 May 2024
PRINTED = {
    "ru": ["6 мая 2024 года", "понедельник, 6 мая 2024 года", "6 мая 2024 года в 10:30"],
    "uk": ["6 травня 2024 року", "6 травня 2024 р."],
    "bg": ["6 май 2024 година", "6.05.2024 г. 10:30 ч."],
    "hr": ["6. svibnja 2024. godine", "6. svibnja 2024. u 10:30", "06.05.2024. 10:30"],
    "sr": ["6. маја 2024. године", "6. мај 2024. у 10:30"],
    "cs": ["dne 6. května 2024", "6. 5. 2024 v 10.30 hodin", "6. KVETNA 2024"],
    "sk": ["dňa 6. mája 2024", "6. maja 2024"],
    "pl": ["dnia 6 maja 2024", "6 maja 2024 roku"],
    "lv": ["2024. gada 6. maijā", "06.05.2024 plkst. 10:30"],
    "et": ["6. mai 2024 kell 10:30"],
    "sv": ["måndagen den 6 maj 2024"],
    "da": ["d. 6. maj 2024", "mandag d. 6. maj 2024"],
    "fr": ["06/05/2024 - 10:30"],
    "es": ["6 de mayo del 2024", "06/05/2024 - 10:30 hs"],
    "it": ["lunedi 6 maggio 2024", "addì 6 maggio 2024"],
    "pt": ["06 de maio de 2024, 10h30min"],
    "eu": ["2024ko maiatzaren 6a"],
    "nl": ["d.d. 6 mei 2024"],
    "hu": ["2024.05.06. 10:30", "2024. május 6-án"],
    "el": ["6 ΜΑΪΟΥ 2024", "6 Μαϊου 2024", "6 Μαίου 2024"],
    "tr": ["6 MAYIS 2024", "06 Mayıs 2024 Pazartesi"],
    "ar": ["الإثنين 6 مايو 2024", "6 مايو 2024م", "6 أيار/مايو 2024", "6 ايار 2024", "6 ماي 2024"],
    "he": ["06/05/2024 בשעה 10:30"],
    "zh-TW": ["113年5月6日", "113-05-06", "113/05/06 10:30", "民國113/05/06", "民國113年5月6日"],
    "ja": ["2024年（令和6年）5月6日", "令和6年（2024年）5月6日", "2024(令和6)年5月6日"],
    "ko": ["2024.5.6. 오전 10:30"],
}
NOT_PRINTED = [
    ("2024年（令和5年）5月6日", "ja", "does not name one day"),
    ("113-05-06", "", "is not a date"),
    ("113/05/06", "zh-CN", "is not a date"),
    ("10:30 6 مايو 2024 أيار نيسان", "ar", "names more than one month"),
    ("6 مايو 1445هـ", "ar", "has 'هـ' in it"),
]


@pytest.mark.parametrize(
    ("words", "language"), [(words, tag) for tag, forms in PRINTED.items() for words in forms]
)
def test_reads_what_is_printed(words: str, language: str) -> None:
    moment = parse_date(words, DateRules(zone=ZoneInfo("UTC"), language=language)).moment

    clock = "10:30" if "30" in words else "00:00"
    assert moment.when.isoformat()[:16] == f"2024-05-06T{clock}"


@pytest.mark.parametrize(("words", "language", "reason"), NOT_PRINTED)
def test_refuses_what_only_looks_printed(words: str, language: str, reason: str) -> None:
    with pytest.raises(DateError, match=reason):
        parse_date(words, DateRules(zone=ZoneInfo("UTC"), language=language))


BOUNDARIES = [
    ("12 Septemb 2023", "UTC", "", "2023-09-12T00:00:00+00:00 day"),
    ("12 Decemb. 2023", "UTC", "", "2023-12-12T00:00:00+00:00 day"),
    ("3 Febr 2023", "UTC", "de", "2023-02-03T00:00:00+00:00 day"),
    ("3 Jan. 2023", "UTC", "", "2023-01-03T00:00:00+00:00 day"),
    ("3 Ju 2023", "UTC", "", "has 'Ju' in it, which is not a month or weekday"),
    ("3 Jun 2023", "UTC", "", "2023-06-03T00:00:00+00:00 day"),
    ("2 Ma 2023", "UTC", "", "names no month"),
    ("2026-03-02 10:00（北京时间）", "UTC", "", "2026-03-02T10:00:00+08:00 minute"),
    ("2026年3月2日10时00分 北京时间", "UTC", "", "2026-03-02T10:00:00+08:00 minute"),
    ("2026-03-02T10:00 (Beijing time)", "UTC", "", "2026-03-02T10:00:00+08:00 minute"),
    ("2026-03-02 10:00 (Eastern Time)", "UTC", "", "has 'Eastern' in it"),
    # what is a weekday elsewhere, and names no month there
    ("6 maj 2024", "UTC", "", "2024-05-06T00:00:00+00:00 day"),
    ("6. Okt. 2024", "UTC", "", "2024-10-06T00:00:00+00:00 day"),
    ("6 dic 2024", "UTC", "", "2024-12-06T00:00:00+00:00 day"),
    ("6 lis 2024", "UTC", "", "means different days in different languages"),
    ("6 srp 2024", "UTC", "", "means different days in different languages"),
    # what is another month in a language that CLDR has few data of
    ("6 Mai 2024", "UTC", "", "2024-05-06T00:00:00+00:00 day"),
    ("6 mai 2024", "UTC", "nl", "2024-05-06T00:00:00+00:00 day"),
    ("6 mai 2024", "UTC", "trv", "2024-08-06T00:00:00+00:00 day"),
    ("6 out 2024", "UTC", "", "2024-10-06T00:00:00+00:00 day"),
    ("6 out 2024", "UTC", "mfe", "2024-08-06T00:00:00+00:00 day"),
    ("6 lut 2024", "UTC", "", "2024-02-06T00:00:00+00:00 day"),
    ("6 kas 2024", "UTC", "", "2024-11-06T00:00:00+00:00 day"),
    ("6 yan 2024", "UTC", "", "2024-01-06T00:00:00+00:00 day"),
    # and what only such a language, or one of less than three letters, has for a month or weekday
    ("6 du 2024", "UTC", "", "names no month"),
    ("6 du 2024", "UTC", "br", "2024-11-06T00:00:00+00:00 day"),
    ("6 ag 2024", "UTC", "", "has 'ag' in it, which is not a month or weekday"),
    ("6 ag 2024", "UTC", "ca", "2024-08-06T00:00:00+00:00 day"),
    ("/Date(1714989600000)/", "UTC", "", "2024-05-06T10:00:00+00:00 second"),
    ("/Date(1714989600000", "UTC", "", "has no year of four digits"),
    ("1714989600000)/", "UTC", "", "is not a date"),
    ("6.V.2024", "UTC", "", "2024-05-06T00:00:00+00:00 day"),
    ("6/XII/2024", "UTC", "", "2024-12-06T00:00:00+00:00 day"),
    ("6. V. 2024", "UTC", "cs", "2024-05-06T00:00:00+00:00 day"),
    ("6 V 2024 r.", "UTC", "pl", "2024-05-06T00:00:00+00:00 day"),
    ("6 V 2024", "UTC", "", "names no month"),
    ("2024. V. 6.", "UTC", "hu", "2024-05-06T00:00:00+00:00 day"),
    ("31.II.2024", "UTC", "", "names a day that does not exist"),
    ("2024:05:06 10:30:00", "UTC", "", "2024-05-06T10:30:00+00:00 second"),
    ("令和6.5.6", "UTC", "", "2024-05-06T00:00:00+00:00 day"),
    ("平成31/4/30", "UTC", "", "2019-04-30T00:00:00+00:00 day"),
    ("lundi 6 mai 2024 à 10 heures 30", "UTC", "fr", "2024-05-06T10:30:00+00:00 minute"),
    ("6 de mayo de 2024, 10 horas", "UTC", "es", "2024-05-06T10:00:00+00:00 minute"),
    ("6 May 2024 @ 10:30", "UTC", "", "2024-05-06T10:30:00+00:00 minute"),
    ("6 May 2024 · 10:30", "UTC", "", "2024-05-06T10:30:00+00:00 minute"),
    ("06.05.2024 b", "UTC", "", "has 'b' in it"),
    ("PHP 8, 2024", "UTC", "", "has 'PHP' in it"),
    ("ca. 2024-05-06", "UTC", "", "has 'ca.' in it, which is not a month or weekday"),
    ("to 06.05.2024", "UTC", "", "has 'to' in it, which is not a month or weekday"),
    ("to 9.5.2024", "UTC", "fi", "2024-05-09T00:00:00+00:00 day"),
    ("dal 06.05.2024", "UTC", "", "has 'dal' in it, which is not a month or weekday"),
    ("po 6. 5. 2024", "UTC", "cs", "2024-05-06T00:00:00+00:00 day"),
    ("Do, 9. Mai 2024", "UTC", "", "2024-05-09T00:00:00+00:00 day"),
    ("no. 6, 2024", "UTC", "", "has 'no.' in it, which is not a month or weekday"),
    ("way 6, 2024", "UTC", "", "has 'way' in it, which is not a month or weekday"),
    ("6 Seetebosigo 2024", "UTC", "", "2024-06-06T00:00:00+00:00 day"),
    ("2019-12-01-19:48", "UTC", "", "2019-12-01T19:48:00+00:00 minute"),
    ("2019-12-01-13:15", "UTC", "", "may mean a time of day or an offset from UTC; put a"),
    ("2019-12-01-14:00", "UTC", "", "may mean a time of day or an offset from UTC; put a"),
    ("2019-12-01-15:00", "UTC", "", "2019-12-01T15:00:00+00:00 minute"),
    ("2019-12-01-14:45", "UTC", "", "may mean a time of day or an offset from UTC; put a"),
    ("2019-12-01-14:16", "UTC", "", "2019-12-01T14:16:00+00:00 minute"),
    ("2019-12-01-9:00", "UTC", "", "2019-12-01T09:00:00+00:00 minute"),
    ("2019-12-01 10:00-12:00", "UTC", "", "may mean until 12:00 or an offset from UTC; write"),
    ("2019-12-01 10:00-10:00", "UTC", "", "2019-12-01T10:00:00-10:00 minute"),
    ("2019-12-01 10:00-09:00", "UTC", "", "2019-12-01T10:00:00-09:00 minute"),
    ("2019-12-01T10:00-12:00", "UTC", "", "2019-12-01T10:00:00-12:00 minute"),
    ("2019-12-01t10:00-12:00", "UTC", "", "2019-12-01T10:00:00-12:00 minute"),
    ("二〇二三年十二月三十一日", "UTC", "", "2023-12-31T00:00:00+00:00 day"),
    ("二〇二三年一月二十日", "UTC", "", "2023-01-20T00:00:00+00:00 day"),
    ("二〇二三年十月十日", "UTC", "", "2023-10-10T00:00:00+00:00 day"),
    ("二〇二三年一十二月", "UTC", "", "2023-12-01T00:00:00+00:00 month"),
    ("令和5年3月2日", "UTC", "", "2023-03-02T00:00:00+00:00 day"),
    ("令和5年", "UTC", "", "2023-01-01T00:00:00+00:00 year"),
    ("平成31年4月1日", "UTC", "", "2019-04-01T00:00:00+00:00 day"),
    ("平成32年4月1日", "UTC", "", "has no year of four digits"),
    ("昭和64年1月7日", "UTC", "", "1989-01-07T00:00:00+00:00 day"),
    ("昭和65年1月7日", "UTC", "", "has no year of four digits"),
    ("令和0年1月7日", "UTC", "", "has no year of four digits"),
    ("2023年3月2日（周四）下午3时", "UTC", "", "2023-03-02T15:00:00+00:00 minute"),
    ("2 March 2023 13:00 PM", "UTC", "", "2023-03-02T13:00:00+00:00 minute"),
    ("2 March 2023 12:00 PM", "UTC", "", "2023-03-02T12:00:00+00:00 minute"),
    ("2 March 2023 12:30 AM", "UTC", "", "2023-03-02T00:30:00+00:00 minute"),
    ("2 March 2023 13:00 AM", "UTC", "", "says 13 o'clock and a.m. at once"),
    ("2023-03-02 10:11:12.1234567", "UTC", "", "2023-03-02T10:11:12+00:00 second"),
    ("20230302T1011", "UTC", "", "2023-03-02T10:11:00+00:00 minute"),
    ("20230302T101112", "UTC", "", "2023-03-02T10:11:12+00:00 second"),
    ("Thu Mar 2 10:11:12 2023", "UTC", "", "2023-03-02T10:11:12+00:00 second"),
    ("2023 Mar 2nd 10h36m28.5s", "UTC", "", "2023-03-02T10:36:28+00:00 second"),
    ("2nd of March, in 2023", "UTC", "", "has 'in' in it"),
    ("Thursday the 2nd of March 2023", "UTC", "", "2023-03-02T00:00:00+00:00 day"),
    ("March the 2nd 2023", "UTC", "", "2023-03-02T00:00:00+00:00 day"),
    ("Mar-2-2023 at 3pm", "UTC", "", "2023-03-02T15:00:00+00:00 minute"),
    ("2 mar 2023 3pm BRST", "UTC", "", "has 'BRST' in it, which is not a time zone that is"),
    ("mar 2 mag 2023", "UTC", "it", "2023-05-02T00:00:00+00:00 day"),
    ("2 mar 2023", "UTC", "it", "2023-03-02T00:00:00+00:00 day"),
    ("gio 2 mar 2023", "UTC", "it", "2023-03-02T00:00:00+00:00 day"),
    ("Thu 03/02/2023", "UTC", "", "may mean 2023-02-03 (day first) or 2023-03-02"),
    ("Fri 03/02/2023", "UTC", "", "may mean 2023-02-03 (day first) or 2023-03-02"),
    ("Mon 03/02/2023", "UTC", "", "may mean 2023-02-03 (day first) or 2023-03-02"),
    ("03/02/2023", "UTC", "en-GB", "2023-02-03T00:00:00+00:00 day"),
    ("03/02/2023", "UTC", "en-US", "2023-03-02T00:00:00+00:00 day"),
    ("13/02/2023", "UTC", "en-US", "2023-02-13T00:00:00+00:00 day"),
    ("March April 2023", "UTC", "", "names more than one month"),
    ("CET 2023", "UTC", "", "names the time zone 'CET', but no time of day"),
    ("2023-03-02 EST", "America/New_York", "", "names the time zone 'EST', but no time of day"),
    ("2 March 2023 CET", "UTC", "", "names the time zone 'CET', but no time of day"),
    ("2023-07-02 10:00 EST", "America/New_York", "", "2023-07-02T10:00:00-05:00 minute"),
    ("2023-07-02 10:00 EDT", "America/New_York", "", "2023-07-02T10:00:00-04:00 minute"),
    ("2023-07-02 10:00 CST", "Asia/Shanghai", "", "2023-07-02T10:00:00+08:00 minute"),
    ("2023-07-02 10:00 UT", "UTC", "", "2023-07-02T10:00:00+00:00 minute"),
    ("2023-07-02 10:00 Europe/Paris", "UTC", "", "2023-07-02T10:00:00+02:00 minute"),
    (
        "2023-07-02 10:00 Europe/Nowhere",
        "UTC",
        "",
        "has 'Europe' in it, which is not a month or weekday",
    ),
    ("2023-07-02 10:00 IST", "Asia/Kolkata", "", "2023-07-02T10:00:00+05:30 minute"),
    ("2023-07-02 10:00 IST", "Europe/Dublin", "", "2023-07-02T10:00:00+01:00 minute"),
    ("2023-07-02 10:00 IST", "UTC", "", "has 'IST' in it, which is not a time zone that is"),
]


@pytest.mark.parametrize(("words", "zone", "language", "outcome"), BOUNDARIES)
def test_each_rule_ends_where_it_says(words: str, zone: str, language: str, outcome: str) -> None:
    assert outcome in show(words, DateRules(zone=ZoneInfo(zone), language=language))
