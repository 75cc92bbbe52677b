"""What a body refers to and its words, for the index. Nothing is rendered.

Comes in: markup and body. Goes out: candidates rather than certainties; a few
more references than the rendered HTML has do no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from feedsvc.content.asciidoc import asciidoc_to_markdown
from feedsvc.content.characters import FORBIDDEN_IN_XML, unescape
from feedsvc.content.links import SCHEME_SLIP, TAG_PREFIX, is_from_tag, make_tag_reference
from feedsvc.content.markdown.extensions import has_spaced_target, replace_extensions
from feedsvc.content.markdown.spans import drop_hidden
from feedsvc.content.org import org_to_markdown
from feedsvc.content.sanitize import SRCSET_CANDIDATE
from feedsvc.content.summary import strip_tags
from feedsvc.content.template_tags import has_code, remove_code, replace_template_tags

ABSOLUTE_URL = re.compile(r"[a-z][a-z0-9+.-]*:", re.ASCII | re.IGNORECASE)
LINK_TARGET = re.compile(r"\]\(\s*(?:<([^<>\n]{1,500})>|([^\s()]{1,500}))")
# most targets are full URLs, and none is ours; the definition of a link may be any
RELATIVE_LINK = re.compile(r"\](?:\((?!https?://)|:)")
ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")  # CommonMark, section 2.4
LINK_DEFINITION = re.compile(r"\]:[ \t]*<?([^\s<>]{1,500})")
START_TAG = re.compile(r"<[a-zA-Z][^<>]{1,4000}>")
ATTRIBUTE = re.compile(
    r"\b(srcset|src|href|poster)\s*=\s*"
    r"""(?:"([^"]{1,2000})"|'([^']{1,2000})'|([^\s"'<>]{1,500}))""",
    re.IGNORECASE,
)
RST_DOCUMENT = re.compile(r":(?:std:)?doc:`(?:[^`<]{1,300}<)?([^`<>]{1,300})>?`")
RST_TARGET = re.compile(
    r"^[ \t]*\.\. (?:\|[^|\n]*\| )?(?:image|figure|_[^:\n]{1,200})::? +(\S{1,500})"
    r"|<([^\s<>]{1,500})>`_",
    re.MULTILINE,
)
TO_MARKDOWN = {"asciidoc": asciidoc_to_markdown, "org": org_to_markdown}


def extract_references(markup: str, body: str) -> tuple[str, ...]:
    """Return images and links of *body* that are not full URLs, as written, each once.

    Of Markdown and HTML the template tags are replaced already.
    """
    if markup == "text":
        return ()
    if markup == "rst":
        found = _match_groups(RST_TARGET, body)
        if "doc:`" in body:
            found = chain(found, map(make_tag_reference, RST_DOCUMENT.findall(body)))
    else:
        if markup == "markdown":
            # only what has braces refers to files in other ways than Markdown and HTML
            body = replace_extensions(body) if "{" in body else drop_hidden(body)
        found = _extract_from_markdown(TO_MARKDOWN.get(markup, str)(body))
    return tuple(dict.fromkeys(filter(None, map(_to_relative, found))))


def extract_shown_references(markup: str, body: str) -> tuple[str, ...]:
    """Return the result of `extract_references` without references in code; slower."""
    if markup == "html" or not has_code(body):
        return extract_references(markup, body)
    if markup in TO_MARKDOWN:
        markup, body = "markdown", TO_MARKDOWN[markup](body)
    return extract_references(markup, remove_code(body) if markup == "markdown" else body)


def _to_relative(url: str) -> str:
    """Return *url* if it is no full one, what a template tag has put behind one, else "".

    One with a slip in its scheme is returned, too.
    """
    if is_from_tag(url):
        return TAG_PREFIX + url.rpartition(TAG_PREFIX)[2] if TAG_PREFIX in url else ""
    if url[:1] == "#" or url[:2] == "//":
        return ""
    return "" if ABSOLUTE_URL.match(url) and not SCHEME_SLIP.match(url) else url


def _match_groups(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    """Yield the group of *pattern* that is set, for each match."""
    return (match[match.lastindex or 0] for match in pattern.finditer(text))


def _extract_from_markdown(body: str) -> Iterator[str]:
    """Yield candidates of Markdown and HTML; each search is made only if its sign is in *body*."""
    if "]" in body and RELATIVE_LINK.search(body):
        body = replace_extensions(body) if has_spaced_target(body) else body
        for target in chain(_match_groups(LINK_TARGET, body), _match_groups(LINK_DEFINITION, body)):
            yield ESCAPE.sub(r"\1", target) if "\\" in target else target
    if "<" in body:
        for tag in START_TAG.findall(body):
            yield from _extract_attribute_urls(tag)


def _extract_attribute_urls(text: str) -> Iterator[str]:
    for match in ATTRIBUTE.finditer(text):
        value = unescape(match[match.lastindex or 0])
        if match[1].lower() == "srcset":
            yield from (url for url, _ in SRCSET_CANDIDATE.findall(value))
        else:
            yield value


DEFINITION_MARK = re.compile(r"\](?=:)")  # one letter first: a third of the time
LINK_URL = re.compile(r"\]\([^()\n]{0,1000}\)")
# Not of footnotes, whose words are shown
LINK_DEFINITIONS = re.compile(r"^ {0,3}\[(?!\^)[^\[\]\n]{1,1000}\]:[^\n]*", re.MULTILINE)
RST_MARKUP = re.compile(
    r"^[ \t]*(?:[=*+-]+[ \t]+|\.\. [^\n]*|:[\w -]+:[^\n]*$)|[*`]+", re.MULTILINE
)
# Not one of these begins with a comment: directives, targets, footnotes, substitutions
RST_COMMENT = re.compile(
    r"^([ \t]*+)\.\.(?:[ \t]++(?!\[|\||_|[\w:.+-]{1,80}::)[^\n]*|[ \t]*)$"
    r"(?:\n(?:\1[ \t]++[^\n]*+|[ \t]*(?=\n\1[ \t])))*+",
    re.MULTILINE,
)


def extract_search_text(markup: str, body: str) -> str:
    """Return the words of *body* for the full-text search: cheap, and not exact in its spaces."""
    if markup == "text":
        return body.strip()
    if markup == "markdown":
        body = drop_hidden(body)
    elif markup in TO_MARKDOWN:
        markup, body = "markdown", TO_MARKDOWN[markup](body)
    if markup in ("markdown", "html"):
        body, _ = replace_template_tags(body, markup)
    if markup == "markdown":
        if "]" in body:
            # definitions first: without its URL, `[a](url): b` would be one
            body = LINK_DEFINITIONS.sub("]", body) if DEFINITION_MARK.search(body) else body
            body = LINK_URL.sub("]", body)
        # signs that stand within words; others are no words
        body = body.replace("*", "").replace("`", "")
    elif markup == "rst":
        body = RST_MARKUP.sub("", RST_COMMENT.sub("", body))
    body = strip_tags(body)
    return FORBIDDEN_IN_XML.sub("", unescape(body)).strip() if "&" in body else body.strip()
