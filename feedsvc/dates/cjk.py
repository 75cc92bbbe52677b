"""Chinese, Japanese and Korean dates become plain digits.

`民國112年3月2日下午2时` becomes `2023-3-2 PM 2:00`. Comes in: normalized text. Goes
out: the same text with East Asian numbers, eras, weekdays and times of day rewritten. `(月)`
behind a day is a Monday, never a month.
"""

from __future__ import annotations

import re

from feedsvc.patterns import compile_lazily

CJK_CHARACTER = compile_lazily("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
CJK_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
CJK_NUMERAL = compile_lazily(r"[〇零○一二三四五六七八九十]+(?=\s*[年月日号號時时点點分秒])")
# the year before the first, and how many years the era had (999: it goes on)
ERA_SPANS = {"民國": (1911, 999), "民国": (1911, 999), "令和": (2018, 999), "平成": (1988, 31)}
ERA_SPANS |= {"昭和": (1925, 64), "大正": (1911, 15), "明治": (1867, 45)}
ERA_YEAR = compile_lazily(
    rf"(?:中華|中华)?({'|'.join(ERA_SPANS)})\s*(元|\d{{1,3}})\s*(?=[年)]|[./-]\d\d?[./-]\d)"
)
# 2024年(令和6年)5月6日, once the era is converted: both must be one year
YEAR_TWICE = compile_lazily(r"(?<!\d)(\d{4})年?\s?\(\1年?\)\s?年?")
ROC_YEAR = compile_lazily(r"(?<!\d)1\d\d(?=\s?[-/.年]\s?\d)")
ROC_ERA = compile_lazily(r"(?:中華)?民國\s?(1\d\d|\d\d)(?=\s?[-/.年]\s?\d)")
FULL_DATE = compile_lazily(r"(?<!\d)(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]")
YEAR_AND_MONTH = compile_lazily(r"(?<!\d)(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월](?!\s*\d)")
YEAR_ALONE = compile_lazily(r"(?<!\d)(\d{4})\s*[年년](?!\s*\d)")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKDAY_NUMBERS = {
    character: number
    for characters in ("月火水木金土日", "一二三四五六天", "월화수목금토일", "一二三四五六日")
    for number, character in enumerate(characters)
}
WEEK = "(?:星期|礼拜|禮拜|周|週)"
# 月曜日, (月・祝), 【月】, 星期一, 周一, 월요일
WEEKDAY_MARK = compile_lazily(
    rf"""
    [(\[<【〔〈「『]\s*{WEEK}?(?P<bracketed>[月火水木金土日一二三四五六天월화수목금토일])
        (?:曜日?|요일)?(?:[・·,\s]?(?:祝日|祝|振休|休日|休))?\s*[)\]>】〕〉」』]
    | {WEEK}(?P<chinese>[一二三四五六日天])
    | (?P<japanese>[月火水木金土日])曜日?
    | (?P<korean>[월화수목금토일])요일
    """,
    re.VERBOSE,
)
# by itself a character is a weekday only behind a whole day: `2026-03-02 月`
WEEKDAY_BEHIND_DAY = compile_lazily(
    r"(?<!\d)(\d{4}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d{1,2}\.?\s{1,3})"
    r"(?P<alone>[月火水木金土日월화수목금토일])(?=[\s,]|$)"
)
CJK_TIME_OF_DAY = compile_lazily(
    r"(?<!\d)(\d{1,2})\s*[時时点點시](?:\s*(\d{1,2})\s*[分분](?:\s*(\d{1,2})\s*[秒초])?)?(?!\s*\d)"
)
AM_WORDS = compile_lazily("上午|午前|오전|凌晨|早上")
PM_WORDS = compile_lazily("下午|午後|午后|오후")
# 晚上12点, midnight or noon, stays as it is and is refused
EVENING_WORDS = compile_lazily(r"晚上\s*(?!12|0)")


def rewrite_cjk(text: str) -> str:
    """Return *text* with East Asian years, months, days and times of day in plain digits."""
    if not CJK_CHARACTER.search(text):
        return text
    text = CJK_NUMERAL.sub(lambda match: convert_numeral(match[0]), text)
    text = ERA_YEAR.sub(_convert_era_year, text)
    text = YEAR_TWICE.sub(r"\1年", text)
    text = FULL_DATE.sub(r"\1-\2-\3 ", text)
    text = YEAR_AND_MONTH.sub(r"\1-\2 ", text)
    text = YEAR_ALONE.sub(r"\1 ", text)
    text = WEEKDAY_MARK.sub(_format_weekday, text)
    text = WEEKDAY_BEHIND_DAY.sub(lambda match: match[1] + _format_weekday(match), text)
    text = AM_WORDS.sub(" AM ", text)
    text = EVENING_WORDS.sub(" PM ", PM_WORDS.sub(" PM ", text))
    return CJK_TIME_OF_DAY.sub(_format_time_of_day, text)


def rewrite_roc_year(text: str, language: str) -> str:
    """Return *text* with the year of Taiwan's calendar, as its sites write it: `113-05-06`.

    Without the era's name the entry's *language* must be that of Taiwan, and the year have three
    digits.
    """
    text = ROC_ERA.sub(lambda match: str(int(match[1]) + 1911), text)
    if language.casefold() in ("zh-tw", "zh-hant-tw"):
        text = ROC_YEAR.sub(lambda match: str(int(match[0]) + 1911), text, count=1)
    return text


def _format_weekday(match: re.Match[str]) -> str:
    return f" {WEEKDAYS[WEEKDAY_NUMBERS[match[match.lastgroup or 0]]]} "


def convert_numeral(numeral: str) -> str:
    """Return `2023` for `二〇二三`, `21` for `二十一`; *numeral* itself if it is neither."""
    tens, ten, ones = numeral.partition("十")
    if (len(tens) > 1 and ten) or len(ones) > 1 or ones == "十":
        return numeral
    return (
        f"{tens or '1'}{ones or '0'}".translate(CJK_DIGITS) if ten else tens.translate(CJK_DIGITS)
    )


def _convert_era_year(match: re.Match[str]) -> str:
    before, years = ERA_SPANS[match[1]]
    year = 1 if match[2] == "元" else int(match[2])
    return str(before + year) if 1 <= year <= years else match[0]


def _format_time_of_day(match: re.Match[str]) -> str:
    hour, minute, second = match.groups()
    return f" {hour}:{minute or '00'}" + (f":{second} " if second else " ")
