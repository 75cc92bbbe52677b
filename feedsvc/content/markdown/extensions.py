"""What the usual site tools add to Markdown becomes Markdown that pyromark reads.

| syntax | tools | what becomes of it |
| --- | --- | --- |
| `:::note Title` … `:::` | Docusaurus, VitePress, Starlight, Quarto, MyST, Pandoc | a block quote with the title, else the name, in bold; columns and grids vanish |
| a code fence ` ```{note} ` and other directives | MyST, Jupyter Book | the same; `code-block` is code, `figure` a picture, `toctree` and `post` go |
| `> [!NOTE] Title` | GitHub, GitLab, Obsidian | the same |
| `!!! note "Title"`, `??? note`, `=== "Tab"` | MkDocs, Python-Markdown, Zensical | the same; the block is what is indented |
| `/// note \\| Title` … `///` | PyMdown blocks | the same |
| `!> words`, `?> words` | Docsify | the same |
| `{: .lead}`, `{:toc}`, `{:name: .x}`, `{::options /}` | kramdown, Python-Markdown | go |
| `[a](b){.x}`, `[a]{.x}`, `` `a`{.x} `` | Pandoc, Quarto, Nextra | the attributes go |
| `![a](b.png =300x200)`, `![a\\|300](b.png)` | HackMD, Gitea, Obsidian | the size goes |
| `words {.x}`, a line `{.x}` | markdown-it-attrs (Eleventy, VitePress) | go |
| `*[HTML]: words` | Markdown Extra | goes |
| `<div markdown="1">` | Markdown Extra | what is in it is Markdown |
| `[TOC]`, `[[_TOC_]]`, `@[toc](a)` | Python-Markdown, GitLab, CSDN | goes |
| `%%…%%`, `{::comment}…{:/comment}`, `{/* … */}` | Obsidian, kramdown, MDX | goes, also from search and references, also without an end |
| `{/* truncate */}` | Docusaurus | the end of the summary |
| `import …`, `export …` | MDX | go |
| `<Tab label="A">`, `style={{…}}` | MDX, Astro, Vue | components go, a tab's label stays; attributes that are no text go |
| `<!-- more --> words` | Hugo, Hexo, Jekyll | the words are Markdown |
| `$$…$$`, `\\[…\\]`, `\\begin{align}…` | MathJax, KaTeX | the formula stays as it was written |
| `` {abbr}`words` `` | MyST | the words |
| `==words==` | Obsidian, VitePress | `<mark>` |
| `[a](b c.pdf)`, `![a](b (1).jpg)` | Python-Markdown | the address in `<…>`, if it has a file's extension or a scheme |

Comes in: a body as written. Goes out: Markdown, more lines than before. Template tags are replaced
later: `style={{…}}` is none. Code stays as it is. All of it takes linear time.
"""

from __future__ import annotations

import re

from feedsvc.content.markdown.blocks import replace_blocks
from feedsvc.content.markdown.spans import drop_hidden, replace_spans

# With one letter at the beginning the search jumps to it: 3 µs for 4,000 characters
LINE_MARK = re.compile(
    r"\n[ \t>]*+(?=[:!?=/[@<ei$\\*+\-`~\d])(?::::|!!!|\?\?\?|[!?]>[ ]|===[!+ ]|///|<[A-Z!]"
    r"|@?\[\[?_?(?i:toc)|import\b|export\b|\$\$|\\\[|\\begin\{|\*\["
    r"|(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?[ \t>]*+(?:```|~~~|\[![\w-]+\]))"
)
BRACE_MARK = re.compile(r"\{(?:[:/\"'`.]|(?<=[)\]`=]\{)|[a-z-]{2,30}\}`)")
DOLLARS = re.compile(r"\$(?=\$)")
EQUAL_SIGNS = re.compile(r"=(?==)")
ALT_SIZE = re.compile(r"\|(?=\d)[\dx]{1,9}\]\(")
SPACED_TARGET = re.compile(r"\]\([ \t]*[^\s()<>\"]++ +[^\s\"]")


def replace_extensions(body: str) -> str:
    """Return *body* with what site tools add to Markdown replaced as the table above says."""
    body = drop_hidden(body)
    return replace_spans(replace_blocks(body)) if is_extended(body) else body


def is_extended(body: str) -> bool:
    """Return whether *body* may have any of it; a plain article takes 5 µs."""
    return bool(
        LINE_MARK.search(f"\n{body}")
        or ("{" in body and BRACE_MARK.search(body))
        or ("$" in body and DOLLARS.search(body))
        or ("=" in body and EQUAL_SIGNS.search(body))
        or ("<" in body and " markdown=" in body)
        or has_spaced_target(body)
        or ("|" in body and ALT_SIZE.search(body))
    )


def has_spaced_target(body: str) -> bool:
    """Return whether *body* may have a link to an address with spaces."""
    return "]" in body and SPACED_TARGET.search(body) is not None
