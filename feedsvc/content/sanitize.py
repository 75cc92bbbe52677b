"""Sanitizes HTML, and makes all its URLs absolute.

The only importer of nh3 (ammonia). Comes in: the HTML of an author or a
converter. Goes out: elements and attributes that news needs and feed readers
keep; no scripts, styles, frames or forms. `resolve` decides where a reference
leads; it may raise ValueError for one that leads nowhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from html import escape
from itertools import islice

import nh3

from feedsvc.content.characters import unescape
from feedsvc.content.links import is_from_tag
from feedsvc.content.output_limit import OutputLimitError, get_max_characters
from feedsvc.content.pictures import IMG_TAG, restore_pictures
from feedsvc.content.word import rewrite_word
from feedsvc.urls import LINK_SCHEMES, LINK_URL, WEB_URL

Resolve = Callable[[str], str]

HTML_TAGS = set(
    "a abbr address article aside audio b bdi bdo blockquote br caption cite code col colgroup dd"
    " del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins"
    " kbd li main mark ol p picture pre q rp rt ruby s samp section small source span strike strong"
    " sub summary sup table tbody td tfoot th thead time tr track tt u ul var video wbr".split()
)
# MathML Core, without actions and links
MATHML_TAGS = set(
    "math mi mn mo ms mtext mspace mrow mfrac msqrt mroot msub msup msubsup munder mover munderover"
    " mtable mtr mtd mmultiscripts mprescripts none mpadded mphantom menclose semantics"
    " annotation".split()
)
# Shapes and text of SVG: without elements that refer elsewhere, animate or style
SVG_TAGS = set(
    "svg g path rect circle ellipse line polyline polygon text tspan defs linearGradient"
    " radialGradient stop desc".split()
)
ALLOWED_TAGS = HTML_TAGS | MATHML_TAGS | SVG_TAGS
# Removed with their text, which is no prose
CLEAN_CONTENT_TAGS = set(
    "script style template noscript iframe object title select textarea button foreignObject symbol"
    " clipPath mask pattern marker filter".split()
)
SVG_ATTRIBUTES = set(
    "d points x y x1 x2 y1 y2 cx cy r rx ry dx dy fx fy width height fill fill-opacity fill-rule"
    " stroke stroke-width stroke-linecap stroke-linejoin stroke-dasharray stroke-opacity opacity"
    " transform text-anchor font-size font-weight offset stop-color stop-opacity gradientUnits"
    " gradientTransform".split()
)
CELL_ATTRIBUTES = {"colspan", "rowspan", "align", "headers", "scope"}
ALLOWED_ATTRIBUTES = {
    "*": {"id", "title", "lang", "dir", "class"},
    "a": {"href", "hreflang", "type", "name"},
    "audio": {"src", "controls", "loop", "muted", "preload"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"src", "srcset", "sizes", "alt", "width", "height", "loading"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "source": {"src", "srcset", "sizes", "type", "media", "width", "height"},
    "td": CELL_ATTRIBUTES,
    "th": CELL_ATTRIBUTES,
    "time": {"datetime"},
    "track": {"src", "srclang", "label", "kind", "default"},
    "video": {"src", "poster", "controls", "loop", "muted", "preload", "width", "height"},
    "math": {"display", "alttext"},
    "mo": set("stretchy fence separator form lspace rspace accent largeop movablelimits".split()),
    "mi": {"mathvariant"},
    "mspace": {"width", "height"},
    "mfrac": {"linethickness"},
    "mover": {"accent"},
    "munder": {"accentunder"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mtd": {"columnalign", "rowspan", "columnspan"},
    "annotation": {"encoding"},
    **dict.fromkeys(SVG_TAGS, SVG_ATTRIBUTES),
    "svg": SVG_ATTRIBUTES | {"viewBox", "role", "aria-label", "preserveAspectRatio"},
}
MEDIA_ATTRIBUTES = frozenset({"src", "poster", "cite"})
ALLOWED_CLASS = re.compile(
    r"(?<!\S)(?:language-[\w+#.-]{1,40}|footnote-(?:reference|definition(?:-label)?)(?!\S))"
)
UNSAFE_IN_URL = re.compile(r"[\x00-\x20\"<>\\^`{|}]")
SRCSET_CANDIDATE = re.compile(r"[\s,]*(\S*[^\s,])(?:\s+([\d.]+[wxh]))?\s*(?:,|$)")

EMBEDDED_FRAME = re.compile(
    r"<(?:iframe|embed)\b([^<>]{0,2000})>(?:[^<]{0,500}</iframe\s*>)?", re.IGNORECASE
)
INPUT_TAG = re.compile(r"<input\b([^<>]{0,300})>\s?", re.IGNORECASE)
VIDEO_FRAME_URL = re.compile(
    r"//(?:www\.)?(?:youtube(?:-nocookie)?\.com/(?:embed|v)/|(player)\.vimeo\.com/video/)([\w-]+)"
)
FRAME_ATTRIBUTE = re.compile(
    r"""\b(src|title)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)

LINK_WITHOUT_TARGET = re.compile(r"<a>(.*?)</a>", re.DOTALL)  # no link lies within another
# A paint server of the same picture; `url(…)` of anything else would be fetched
OWN_PAINT = re.compile(r"\s*url\(\s*[\"']?#[\w-]+[\"']?\s*\)\s*", re.IGNORECASE)
# What makes `url` in CSS: its letters, or escapes of them
CSS_FUNCTION = re.compile(r"url\s*\(|[\\@]|image(?:-set)?\s*\(", re.IGNORECASE)
# Icons, and the half of a formula that KaTeX and MathJax draw for eyes, beside its MathML
ICON = re.compile(r"<svg\b[^<>]*?\saria-hidden=[\"']?true[^<>]*>", re.IGNORECASE)
DRAWN_FORMULA = re.compile(
    r"<(span|nobr)\b(?=[^<>]*\saria-hidden=[\"']?true)(?:(?=[^<>]*katex)|(?<=nobr))[^<>]*>",
    re.IGNORECASE,
)
CENTER_TAG = re.compile(r"<(/?)center\b", re.IGNORECASE)

# Matches what the sanitizer writes: every attribute as name="value", no quote inside
SVG_TAG = re.compile(r'<svg((?: [^"=>]+="[^"]*")*)>')
VIEW_BOX = re.compile(r' viewBox="\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)\s*"')
PRE_TAG_THEN_LINE_END = re.compile(r'(<pre(?: [^"=>]+="[^"]*")*>)\n')
EMPTY_PARAGRAPH = re.compile(r"<p>[ \n]*</p>[ \n]*")
MAX_ICON_PIXELS = 100  # a larger one may take the width of the page

# What the sanitizer would change in HTML that a converter made of text without tags: all but these
# elements. Each tag is compared, so that the converter need not be harmless, only close its tags
NOT_PLAIN = re.compile(
    r"<(?!/?(?:p|h[1-6]|[uo]l|li|em|strong|blockquote|code|pre|del|t(?:able|head|body|r|[dh]))>"
    r'|/a>|[bh]r />|t[dh] align="(?:left|center|right)">|ol start="\d+">'
    r'|code class="language-[\w+#.-]{1,40}">'
    r'|a href="https?://(?:[a-z0-9]+(?:-[a-z0-9]+)*+\.)++[a-z]++(?:[/?#][^\s"<>&\\^`{|}]*+)?+">)'
)
NOT_PLAIN_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot);)")


class Target:
    """The context of a text being sanitized, with the characters left for its attributes."""

    __slots__ = ("left", "page", "resolve")

    def __init__(self, html: str, resolve: Resolve, page: str) -> None:
        self.left = get_max_characters(html)
        self.resolve = resolve
        self.page = page


class Sanitizer:
    """Keeps one nh3 cleaner for all entries: building it takes 81 µs, twice the time to use it.

    nh3 passes nothing about the entry to the attribute filter, so a context variable has the
    `Target`, one for each thread.
    """

    def __init__(self) -> None:
        self._target: ContextVar[Target] = ContextVar("target")
        self._cleaner = nh3.Cleaner(
            tags=ALLOWED_TAGS,
            clean_content_tags=CLEAN_CONTENT_TAGS,
            attributes=ALLOWED_ATTRIBUTES,
            attribute_filter=self._filter_attribute,
            url_schemes=set(LINK_SCHEMES),
            link_rel=None,
        )

    def clean(self, html: str, resolve: Resolve, page: str) -> str:
        """Return *html* of allowed elements and attributes, well nested.

        Raise `OutputLimitError` if its attributes are too large.
        """
        target = Target(html, resolve, page)
        token = self._target.set(target)
        try:
            safe = self._cleaner.clean(split_long_text(html))
        finally:
            self._target.reset(token)
        if target.left < 0:
            raise OutputLimitError("attributes come to too much")
        return safe

    def _filter_attribute(self, tag: str, name: str, value: str) -> str | None:
        """Return the new value of an allowed attribute; None to drop it."""
        target = self._target.get()
        if len(value) > MAX_PLAIN_CHARACTERS and SPECIAL_CHARACTER.search(value):
            return None
        new = change_attribute(target, tag, name, value) if target.left >= 0 else None
        if new is not None:
            target.left -= len(new)  # nh3 would not pass an exception on to the caller
        return new


def change_attribute(target: Target, tag: str, name: str, value: str) -> str | None:
    """Return the new value of an allowed attribute of *tag*; None to drop it."""
    if name == "href":
        return resolve_url(target, value, LINK_URL)
    if name in MEDIA_ATTRIBUTES:
        return resolve_url(target, value, WEB_URL)
    if name == "srcset":
        found = (
            (resolve_url(target, url, WEB_URL), size)
            for url, size in SRCSET_CANDIDATE.findall(value)
        )
        return ", ".join(f"{url} {size}".rstrip() for url, size in found if url) or None
    if name == "class":
        return " ".join(ALLOWED_CLASS.findall(value)) or None
    if tag in SVG_TAGS and CSS_FUNCTION.search(value) and not OWN_PAINT.fullmatch(value):
        return None
    return value


def resolve_url(target: Target, reference: str, wanted: re.Pattern[str]) -> str | None:
    """Return the absolute URL of *reference*; None if it is not as *wanted*.

    The result is checked: nh3 has only checked the reference as written, from which white space
    or a site tool's prefix before `javascript:` is removed here.
    """
    url = reference = reference.strip()
    if reference.startswith("#"):
        url = target.page + reference
    elif not WEB_URL.match(reference) or is_from_tag(reference):
        try:
            url = target.resolve(reference)
        except ValueError:  # it leads nowhere
            return None
    url = UNSAFE_IN_URL.sub(lambda match: f"%{ord(match[0]):02X}", url)
    return url if wanted.match(url) else None


SANITIZER = Sanitizer()


def sanitize_html(html: str, resolve: Resolve, page: str) -> str:
    """Return safe *html* for *page*, to which fragments lead; *resolve* makes URLs absolute.

    Raise `OutputLimitError` if it would become too large.
    """
    if "<input" in html or "<INPUT" in html:
        html = INPUT_TAG.sub(_checkbox_to_text, html)
    if any(name in html for name in ("<iframe", "<embed", "<IFRAME", "<EMBED")):
        html = EMBEDDED_FRAME.sub(_frame_to_link, html)
    if "<img" in html or "<noscript" in html or "<IMG" in html:
        html = restore_pictures(html)
    if "<center" in html or "<CENTER" in html:
        html = CENTER_TAG.sub(r"<\1div", html)
    if "Mso" in html or "mso-list" in html or "<o:p" in html:
        html = rewrite_word(html)
    if "aria-hidden" in html:
        html = drop_elements(drop_elements(html, ICON), DRAWN_FORMULA)
    if is_too_deep(html):
        raise OutputLimitError("elements nest too deep")
    return _tidy(SANITIZER.clean(html, resolve, page)).strip()


def _tidy(safe: str) -> str:
    """Return *safe* HTML without emptied elements, with sizes of icons and lost line ends."""
    if "<img" in safe:
        safe = IMG_TAG.sub(_drop_without_source, safe)
    if "<a>" in safe:
        safe = LINK_WITHOUT_TARGET.sub(r"\1", safe)
    if "<svg" in safe:
        safe = SVG_TAG.sub(_size_icon, safe)
    if "<p></p>" in safe:
        safe = EMPTY_PARAGRAPH.sub("", safe)
    # HTML 13.2.6.4.7: parsers drop a line end directly after the tag
    return PRE_TAG_THEN_LINE_END.sub(r"\1\n\n", safe) if "<pre" in safe else safe


def drop_elements(html: str, start_tag: re.Pattern[str]) -> str:
    """Return *html* without the elements that *start_tag* begins, each to its own end tag."""
    parts, kept = list[str](), 0
    for match in start_tag.finditer(html):
        if match.start() < kept:
            continue
        name = START_OR_END_TAG.match(match[0])
        end = _get_element_end(html, name[2] if name else "", match.end())
        if not end:  # searching for each missing end would take quadratic time
            break
        parts.append(html[kept : match.start()])
        kept = end
    return "".join((*parts, html[kept:]))


def _get_element_end(html: str, name: str, position: int) -> int:
    """Return where the element *name* ends whose start tag ends at *position*; 0 if nowhere."""
    depth = 1
    for tag in re.compile(rf"<(/?){name}\b[^<>]*>", re.IGNORECASE).finditer(html, position):
        depth += -1 if tag[1] else 1
        if not depth:
            return tag.end()
    return 0


def sanitize_converted(html: str, resolve: Resolve, page: str) -> str:
    """Return what `sanitize_html` returns, for *html* all of whose tags a converter wrote.

    Plain elements need no parser: a feed of 50 entries takes 6.8 ms instead of 9.7.
    """
    if (
        "\xa0" in html
        or ("&" in html and NOT_PLAIN_REFERENCE.search(html))
        or NOT_PLAIN.search(html)
        or nests_too_deep(html)
    ):
        return sanitize_html(html, resolve, page)
    html = html.replace("&quot;", '"') if "&" in html else html
    return html.replace(" />", ">").strip()


def _checkbox_to_text(match: re.Match[str]) -> str:
    attributes = match[1].lower()
    if "checkbox" not in attributes:
        return ""
    return "☑ " if "checked" in attributes else "☐ "


def _frame_to_link(match: re.Match[str]) -> str:
    """Return a link in place of a player: feeds and our own pages run no foreign frames."""
    written = {
        frame[1].lower(): unescape(frame[frame.lastindex or 0])
        for frame in FRAME_ATTRIBUTE.finditer(match[1])
    }
    address = written.get("src", "")
    if video := VIDEO_FRAME_URL.search(address):
        site = "https://vimeo.com/" if video[1] else "https://www.youtube.com/watch?v="
        address = site + video[2]
    if address.startswith("//"):
        address = "https:" + address
    if not WEB_URL.match(address):
        return ""
    return f'<p><a href="{escape(address)}">{escape(written.get("title") or address)}</a></p>'


def _drop_without_source(match: re.Match[str]) -> str:
    return match[0] if " src=" in match[1] or " srcset=" in match[1] else ""


def _size_icon(match: re.Match[str]) -> str:
    """Return the tag of a small picture with the size of its view box, else it fills the page."""
    box = VIEW_BOX.search(match[1])
    if not box or " width=" in match[1] or " height=" in match[1]:
        return match[0]
    try:
        is_icon = max(float(box[1]), float(box[2])) <= MAX_ICON_PIXELS
    except ValueError:
        return match[0]
    return f'<svg{match[1]} width="{box[1]}" height="{box[2]}">' if is_icon else match[0]


START_OR_END_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
NOT_NESTING = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th thead"
    " tbody tfoot option rt rp colgroup".split()
)
# Shapes in SVG, where `<path/>` has no end tag
SELF_CLOSING = SVG_TAGS | {"use", "image", "animate", "set"}
SELF_CLOSED = re.compile(r"[^<>]{0,20000}/>")
MAX_NESTING = 200  # HTML's rules make deeper text slow to repair, or huge: n² elements
# Elements that HTML's rules open again behind the end of each block in which they were left open,
# each time with all their attributes (HTML 13.2.4.3)
FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
FORMATTING_TAG = re.compile(rf"<(?:{'|'.join(sorted(FORMATTING))})\b", re.IGNORECASE)
REOPENED_CHARACTERS = 8  # of the shortest, `<b></b>`, and a letter in it


def is_too_deep(html: str) -> bool:
    """Return whether elements nest deeper than `MAX_NESTING`, or are opened again too often."""
    tags = html.count("<")
    reopenable = get_max_characters(html) // REOPENED_CHARACTERS
    # of all tags at best the half are opened again at each of the other half
    return (
        tags * tags // 4 > reopenable
        and len(FORMATTING_TAG.findall(html)) * tags > reopenable
        and walks_too_deep(html, reopenable)
    ) or nests_too_deep(html)


def nests_too_deep(html: str) -> bool:
    """Return whether elements nest deeper than `MAX_NESTING`."""
    is_long = html.count("<") >= 500 or len(html) >= 100_000
    return is_long and walks_too_deep(html, len(html) * MAX_NESTING)


def walks_too_deep(html: str, reopenable: int) -> bool:
    """Return whether elements of *html* nest too deep, or open again *reopenable* times."""
    depth, formatting, reopened, opened = 0, 0, 0, Counter[str]()
    for match in START_OR_END_TAG.finditer(html):
        closing, name = match[1], match[2].lower()
        reopened += formatting
        if name in NOT_NESTING or (
            name in SELF_CLOSING and opened["svg"] and SELF_CLOSED.match(html, match.end())
        ):
            continue
        step = 0
        if not closing:
            step = 1
        elif opened[name]:
            step = -1
        opened[name] += step
        depth += step
        formatting += step if name in FORMATTING else 0
        if depth > MAX_NESTING or reopened > reopenable:
            return True
    return False


MAX_PLAIN_CHARACTERS = 16_384
SPECIAL_CHARACTER = re.compile("[&<>\xa0]")
MAX_SPECIAL_CHARACTERS = 2048  # in a text without a tag between: to escape each, nh3 moves the rest


def split_long_text(html: str) -> str:
    """Return *html* with comments in what has very many characters to escape.

    nh3 takes quadratic time for each single text: 9 s for a million spaces that do not break. It
    drops comments, which leave two texts.
    """
    if len(html) < MAX_PLAIN_CHARACTERS or (
        html.count("&") + html.count("\xa0") + html.count("< ") < MAX_SPECIAL_CHARACTERS
    ):
        return html
    parts, kept = list[str](), 0
    for match in islice(SPECIAL_CHARACTER.finditer(html), 0, None, MAX_SPECIAL_CHARACTERS):
        parts.append(html[kept : match.start()])
        kept = match.start()
    return "<!---->".join((*parts, html[kept:]))
