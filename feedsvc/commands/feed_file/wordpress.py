"""The text of a WordPress post as WordPress renders it: its own shortcodes, and paragraphs.

Comes in: a post as the export has it. Goes out: HTML. In posts of the classic editor, `wpautop`
makes paragraphs from empty lines; those of the block editor already have them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from feedsvc.content.characters import unescape

# Elements whose text gets paragraphs; those whose text is one line or several paragraphs; and
# those whose text is left as it is
OPEN_BLOCKS = (
    "div blockquote section article aside header footer nav form fieldset details address"
).split()
LINE_BLOCKS = "p h1 h2 h3 h4 h5 h6 li dt dd td th figcaption caption legend summary".split()
CLOSED_BLOCKS = (
    "table thead tbody tfoot tr colgroup col ul ol dl figure map area hr iframe video audio menu"
).split()
VOID_BLOCKS = ("hr", "col", "area")
BLOCK_TAG = re.compile(
    rf"(</?(?:{'|'.join((*OPEN_BLOCKS, *LINE_BLOCKS, *CLOSED_BLOCKS))})(?=[\s/>])[^<>]*+>"
    r"|<!--(?:more|nextpage|noteaser)[^<>]*+>|\ue000\d++\ue001)",
    re.IGNORECASE,
)
TAG_NAME = re.compile(r"</?([a-z][a-z0-9]*)", re.IGNORECASE)
# What is shown literally
LITERAL_START = re.compile(
    r"<(pre|script|style|textarea)(?=[\s/>])|\[(code|sourcecode)\b[^\]\n]{0,200}\]", re.IGNORECASE
)
PLACEHOLDER = re.compile("\ue000([0-9]+)\ue001")
PLACEHOLDER_CHARACTERS = {0xE000: None, 0xE001: None}
MAX_DEPTH = 50  # of open elements that a closing tag can close
ANY_TAG = re.compile(r"<[a-zA-Z/!][^<>]*+>")
DOUBLE_BREAK = re.compile(r"<br\s*+/?>\s*+<br\s*+/?>", re.IGNORECASE)
CAPTION = re.compile(
    r"\[(caption|wp_caption)\b([^\]]{0,1000})\]([^\[]{0,5000})\[/\1\]", re.IGNORECASE
)
PICTURE = re.compile(r"(?:<a\b[^<>]*+>\s*+)?<img\b[^<>]*+>(?:\s*+</a>)?", re.IGNORECASE)
EMBED = re.compile(r"\[embed\b[^\]]{0,200}\]\s*+([^\s\[]++)\s*+\[/embed\]", re.IGNORECASE)
MEDIA = re.compile(r"\[(audio|video)\b([^\]]{0,1000})\](?:\s{0,20}\[/\1\])?", re.IGNORECASE)
GALLERY = re.compile(r"\[gallery\b([^\]]{0,1000})\]", re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([\w-]{1,40})\s?=\s?(?:"([^"]*)"|'([^']*)'|([^\s"'\]]+))""")
MEDIA_SOURCES = "src mp3 mp4 m4a m4v ogg ogv webm wav flv wmv".split()
LONE_URL = re.compile(r"^[ \t]*+(https?://[^\s<>\[\]]++)[ \t]*+$", re.MULTILINE)


def render_post(text: str, pictures: Mapping[str, str], attached: Sequence[str]) -> str:
    """Return a post's *text* as HTML.

    *pictures* are the URLs of the export's attachments by number, *attached* the numbers of this
    post's attachments, which a gallery without numbers shows.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(PLACEHOLDER_CHARACTERS)
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return f"\ue000{len(kept) - 1}\ue001" if html else ""

    text = keep_literals(text, keep)
    text = EMBED.sub(lambda match: f"\n\n{render_link(match[1])}\n\n", text)
    text = CAPTION.sub(lambda match: keep(render_caption(match)), text)
    text = MEDIA.sub(lambda match: keep(render_media(match)), text)
    text = GALLERY.sub(lambda match: keep(render_gallery(match[1], pictures, attached)), text)
    if "<!-- wp:" not in text:
        text = add_paragraphs(LONE_URL.sub(lambda match: render_link(match[1]), text))
    return PLACEHOLDER.sub(lambda match: kept[int(match[1])], text)


def keep_literals(text: str, keep: Callable[[str], str]) -> str:
    """Return *text* with `<pre>`, `[code]` and their like replaced by what *keep* returns."""
    folded = text.lower() if len(text.lower()) == len(text) else text
    parts: list[str] = []
    done, unclosed = 0, set[str]()  # names without a closing tag, so that each is searched for once
    for match in LITERAL_START.finditer(text):
        name = (match[1] or match[2]).lower()
        if match.start() < done or name in unclosed:
            continue
        closing = f"[/{name}]" if match[2] else f"</{name}>"
        end = folded.find(closing, match.end())
        if end < 0:
            unclosed.add(name)
            continue
        html = text[match.start() : end + len(closing)]
        if match[2]:
            code = unescape(text[match.end() : end].strip("\n"))
            html = f"<pre><code>{escape(code, quote=False)}</code></pre>"
        parts += [text[done : match.start()], keep(html)]
        done = end + len(closing)
    return "".join([*parts, text[done:]])


def parse_attributes(words: str) -> dict[str, str]:
    """Return the attributes of a shortcode by lower-case name."""
    return {
        match[1].lower(): match[2] or match[3] or match[4] or ""
        for match in ATTRIBUTE.finditer(words)
    }


def render_link(url: str) -> str:
    url = escape(unescape(url))
    return f'<a href="{url}">{url}</a>'


def render_caption(match: re.Match[str]) -> str:
    """Return the figure of `[caption]`, whose text follows the picture or is an attribute."""
    picture = PICTURE.search(match[3])
    if picture is None:
        return match[3]
    words = match[3].replace(picture[0], "", 1).strip()
    words = words or parse_attributes(match[2]).get("caption", "")
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    return f"<figure>{picture[0]}{caption}</figure>"


def render_media(match: re.Match[str]) -> str:
    """Return the element of `[audio]` or `[video]`, or the shortcode if it names no file."""
    attributes = parse_attributes(match[2])
    url = next((attributes[name] for name in MEDIA_SOURCES if attributes.get(name)), "")
    kind = match[1].lower()
    url = escape(unescape(url))
    return f'<{kind} controls src="{url}"></{kind}>' if url else match[0]


def render_gallery(words: str, pictures: Mapping[str, str], attached: Sequence[str]) -> str:
    """Return a figure for each picture of `[gallery]` that the export has."""
    attributes = parse_attributes(words)
    numbers = re.findall(r"\d+", attributes.get("ids") or attributes.get("include") or "")
    urls = [pictures[number] for number in numbers or attached if number in pictures]
    return "\n".join(f'<figure><img src="{escape(url)}" alt=""></figure>' for url in urls)


def add_paragraphs(text: str) -> str:
    """Return *text* with a paragraph for each part between empty lines, as by `wpautop`.

    Other line ends become `<br>`; block elements stay as they are.
    """
    text = DOUBLE_BREAK.sub("\n\n", text)
    text = ANY_TAG.sub(lambda match: match[0].replace("\n", " "), text)
    text = "\n".join(line.strip(" \t") for line in text.split("\n"))
    done: list[str] = []
    open_names: list[str] = []
    for number, part in enumerate(BLOCK_TAG.split(text)):
        if number % 2:
            done.append(part)
            follow_tag(part, open_names)
        elif part.strip():
            done.append(render_run(part, open_names[-1] if open_names else ""))
        elif part:
            done.append("\n")
    return "".join(done).strip()


def follow_tag(tag: str, open_names: list[str]) -> None:
    """Update *open_names*, the open elements, by *tag*, which opens or closes one."""
    match = TAG_NAME.match(tag)
    name = match[1].lower() if match else ""
    if name in VOID_BLOCKS or not name:
        return
    if not tag.startswith("</"):
        open_names.append(name)
    elif name in open_names[-MAX_DEPTH:]:
        while open_names.pop() != name:
            pass


def render_run(text: str, parent: str) -> str:
    """Return the *text* between two block tags, inside the element *parent*."""
    if parent in CLOSED_BLOCKS:
        return text
    parts = [part.strip("\n") for part in text.split("\n\n")]
    parts = [part.replace("\n", "<br>\n") for part in parts if part.strip("\n")]
    if parent == "p":
        return "<br>\n<br>\n".join(parts)
    if parent in LINE_BLOCKS and len(parts) == 1:
        return parts[0]
    return "\n".join(f"<p>{part}</p>" for part in parts)
