"""The language of a text by its script alone, where no other language is written in it so.

Comes in: text of any language. Goes out: a BCP 47 tag, or "" where there is any doubt; Latin
script is always in doubt.
"""

from __future__ import annotations

from feedsvc.patterns import compile_lazily

MIN_LETTERS = 20  # of a script, to be the text's and not a quotation's
MIN_KANA = 8  # among Han characters they are the words between nouns
MIN_SHARE = 0.3  # of all letters
LETTER = compile_lazily(r"[^\W\d_]")
HAN, KANA = compile_lazily("[\u3400-\u9fff]"), compile_lazily("[\u3040-\u30ff]")
# Script → the one language of news that is written in it
SCRIPTS = (
    (compile_lazily("[\uac00-\ud7af]"), "ko"),
    (compile_lazily("[\u0370-\u03ff]"), "el"),
    (compile_lazily("[\u0e00-\u0e7f]"), "th"),
    (compile_lazily("[\u10d0-\u10ff]"), "ka"),
    (compile_lazily("[\u0530-\u058f]"), "hy"),
    (compile_lazily("[\u0980-\u09ff]"), "bn"),
    (compile_lazily("[\u0b80-\u0bff]"), "ta"),
    (compile_lazily("[\u0590-\u05ff]"), "he"),
)
CYRILLIC, NOT_RUSSIAN = (
    compile_lazily("[\u0400-\u04ff]"),
    compile_lazily("[^\u0410-\u044fёЁ\\W\\d_a-zA-Z]"),
)
UKRAINIAN, RUSSIAN = compile_lazily("[їєґ]"), compile_lazily("[ыэ]")
ARABIC, NOT_ARABIC = compile_lazily("[\u0600-\u06ff]"), compile_lazily("[پچژگکیٹڈڑںےھہۆێڕڵەېټځښڼ]")
ARABIC_ONLY = compile_lazily("[ةىأإ]")


def detect_language(text: str) -> str:
    """Return the language that the script of *text* names beyond doubt, else ""."""
    if text.isascii():
        return ""
    letters = len(LETTER.findall(text))
    han, kana = len(HAN.findall(text)), len(KANA.findall(text))
    enough = max(MIN_LETTERS, MIN_SHARE * letters)
    if kana >= MIN_KANA and kana > 0.1 * (han + kana) and han + kana >= enough:
        return "ja"
    for script, language in SCRIPTS:
        if len(script.findall(text)) >= max(enough, han):
            return language
    if han >= enough:
        return "" if kana > 0.02 * han else "zh"
    return detect_shared_script(text, enough)


def detect_shared_script(text: str, enough: float) -> str:
    """Return the language of a script that several have, by letters that only it has."""
    if len(CYRILLIC.findall(text)) >= enough:
        if UKRAINIAN.search(text) and not RUSSIAN.search(text):
            return "uk"
        is_russian = len(set(RUSSIAN.findall(text))) == 2 and not NOT_RUSSIAN.search(text)
        return "ru" if is_russian else ""
    if len(ARABIC.findall(text)) >= enough and ARABIC_ONLY.search(text):
        return "" if NOT_ARABIC.search(text) else "ar"
    return ""
