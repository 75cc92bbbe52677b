"""Chinese, Japanese and Korean dates become plain digits: `民國112年3月2日下午2时` → `2023-3-2 PM 2:00`.

Comes in: normalised text. Goes out: the same text with what is East Asian about
numbers, eras and clocks rewritten. Weekdays stay for the reader of names.
"""

from __future__ import annotations

import re

EAST = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
DIGITS = {digit: str(value) for value, digit in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
}
NUMERAL = re.compile(r"[〇零○一二三四五六七八九十]+(?=\s*[年月日号號時时点點分秒])")
# the year before the first, and how many years the era had (999: it goes on)
ERAS = {"民國": (1911, 999), "民国": (1911, 999), "令和": (2018, 999), "平成": (1988, 31)}
ERAS |= {"昭和": (1925, 64), "大正": (1911, 15), "明治": (1867, 45)}
ERA = re.compile(rf"(?:中華|中华)?({'|'.join(ERAS)})\s*(元|\d{{1,3}})\s*(?=年)")
DAY = re.compile(r"(?<!\d)(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号號일]")
MONTH = re.compile(r"(?<!\d)(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월](?!\s*\d)")
YEAR = re.compile(r"(?<!\d)(\d{4})\s*[年년](?!\s*\d)")
CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})\s*[時时点點시](?:\s*(\d{1,2})\s*[分분](?:\s*(\d{1,2})\s*[秒초])?)?(?!\s*\d)"
)
FORENOON = re.compile("上午|午前|오전|凌晨|早上")
AFTERNOON = re.compile("下午|午後|午后|오후")
EVENING = re.compile(
    r"晚上\s*(?!12|0)"
)  # midnight or noon: 晚上12点 stays as it is, and is refused


def rewrite_east(text: str) -> str:
    """*text* with East Asian years, months, days and clocks in plain digits."""
    if not EAST.search(text):
        return text
    text = NUMERAL.sub(lambda match: parse_numeral(match[0]), text)
    text = ERA.sub(_count_era, text)
    text = DAY.sub(r"\1-\2-\3 ", text)
    text = MONTH.sub(r"\1-\2 ", text)
    text = YEAR.sub(r"\1 ", text)
    text = FORENOON.sub(" AM ", text)
    text = EVENING.sub(" PM ", AFTERNOON.sub(" PM ", text))
    return CLOCK.sub(_write_clock, text)


def parse_numeral(numeral: str) -> str:
    """`二〇二三` → `2023`, `二十一` → `21`: digit by digit, or with a ten in the middle."""
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return "".join(DIGITS[digit] for digit in numeral)
    if len(tens) > 1 or len(ones) > 1 or ones == "十":
        return numeral
    return DIGITS.get(tens, "1") + DIGITS.get(ones, "0")


def _count_era(match: re.Match[str]) -> str:
    before, years = ERAS[match[1]]
    year = 1 if match[2] == "元" else int(match[2])
    return str(before + year) if 1 <= year <= years else match[0]


def _write_clock(match: re.Match[str]) -> str:
    hour, minute, second = match.groups()
    return f" {hour}:{minute or '00'}" + (f":{second} " if second else " ")
