"""HTML that Word and Outlook wrote: lists are lists, and nothing stands for a gap."""

from __future__ import annotations

import pytest

from feedsvc.content.sanitize import sanitize_html

GAP = "<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span>"


def item(mark: str, words: str, style: str = "mso-list:l0 level1 lfo1") -> str:
    """Return a paragraph as Word writes the item of a list."""
    return (
        f"<p class=MsoListParagraphCxSpMiddle style='text-indent:-18.0pt;{style}'>"
        f"<![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>"
        f"{mark}{GAP}</span></span><![endif]>{words}<o:p></o:p></p>\n"
    )


def level(number: int) -> str:
    return f"mso-list:l0 level{number} lfo1"


PAGES = {
    # gaps
    "<p class=MsoNormal>A<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>": "<p>A</p>",
    "<p class=MsoNormal>A<o:p>&nbsp;</o:p></p>\n<p class=MsoNormal>\xa0</p>": "<p>A</p>",
    "<p class=MsoNormal><span lang=EN-US>&nbsp;<o:p></o:p></span></p><p>A</p>": "<p>A</p>",
    "<p class=MsoNormal><b>&#160;</b></p><p>A&nbsp;B</p>": "<p>A&nbsp;B</p>",
    "<p class=MsoNormal><img src='https://a.example/b.png'>&nbsp;</p>": '<p><img src="https://'
    'a.example/b.png">&nbsp;</p>',
    # lists
    item("·", "A") + item("·", "<b>B</b>"): "<ul><li>A</li><li><b>B</b></li></ul>",
    item("&middot;", "A") + "<p>B</p>" + item("§", "C"): "<ul><li>A</li></ul><p>B</p>"
    "<ul><li>C</li></ul>",
    item("1.", "A") + item("2.", "B"): "<ol><li>A</li><li>B</li></ol>",
    item("4)", "A"): '<ol start="4"><li>A</li></ol>',
    item("a)", "A") + item("b)", "B"): '<ol type="a"><li>A</li><li>B</li></ol>',
    item("·", "A") + item("o", "B", level(2)) + item("·", "C"): "<ul><li>A<ul><li>B</li></ul></li>"
    "<li>C</li></ul>",
    item("·", "A") + item("·", "B", level(3)) + item("·", "C", level(2)): "<ul><li>A<ul><li>B</li>"
    "<li>C</li></ul></li></ul>",
    item("·", "A") + item("1.", "B"): "<ul><li>A</li></ul><ol><li>B</li></ol>",
    # saved as "filtered": no more than the mark and its gap is left
    f"<p class=MsoListParagraph><span>·{GAP}</span>A</p>": "<ul><li>A</li></ul>",
    f"<p class=MsoListParagraph>1.{GAP}A</p>": "<ol><li>A</li></ol>",
    f"<p class=MsoListBullet>·{GAP}A</p><p class=MsoListBullet2>·{GAP}B</p>": "<ul><li>A<ul><li>B"
    "</li></ul></li></ul>",
    # pasted elsewhere, where the conditions are comments
    item("·", "A").replace("<![", "<!--[").replace("]>", "]-->"): "<ul><li>A</li></ul>",
    # no marks
    "<p class=MsoListParagraph>o&nbsp;godzinie 9</p>": "<p>o&nbsp;godzinie 9</p>",
    "<p class=MsoListParagraph>Goes on.</p>": "<p>Goes on.</p>",
    f"<p class=MsoNormal>·{GAP}A</p>": "<p>·<span>&nbsp;&nbsp;&nbsp; </span>A</p>",
    "<p>&nbsp;</p>": "<p>&nbsp;</p>",  # not of Word
}


@pytest.mark.parametrize(("html", "expected"), PAGES.items())
def test_what_word_wrote_is_plain_html(html: str, expected: str) -> None:
    safe = sanitize_html(html, str, "https://news.example.com/")

    assert safe.replace("\n", "") == expected
