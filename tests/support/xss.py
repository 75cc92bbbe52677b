"""Hostile texts of our own, and what may be left of them: elements, attributes and schemes.

Each payload calls `pwn()` when it runs. `list_faults` parses HTML as browsers do (html5lib) and
says what in it is not on the lists below, which are written apart from the sanitizer's own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree.ElementTree import Element

import html5lib

XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
HTML_NS, SVG_NS, MATHML_NS = (
    "{http://www.w3.org/1999/xhtml}",
    "{http://www.w3.org/2000/svg}",
    "{http://www.w3.org/1998/Math/MathML}",
)

# -- addresses ------------------------------------------------------------------------

SCRIPT = "javascript:pwn()"
# What site tools write before the name of a file, which goes on the way
PREFIXES = (
    "{static} {filename} {attach} {ref} {unknown} {tag} {index} {static}{static} {STATIC}"
    " {Filename} |static| |filename| |attach| |STATIC| %7Bstatic%7D %7bfilename%7d %7Battach%7D"
    " %7Cstatic%7C %7cfilename%7c &#123;static&#125; &lbrace;static&rbrace; @/ {static}/"
    " {static}/../ ./"
).split()
# Unicode's spaces, line ends and what is invisible; HTML's own names of some of them
SPACES = (
    "\t \n \r \f \v \x00 \x01 \x08 \x1c \x1d \x1e \x1f \x7f \x85 \xa0 \xad \u1680 \u180e \u2000"
    " \u2001 \u2002 \u2003 \u2004 \u2005 \u2006 \u2007 \u2008 \u2009 \u200a \u200b \u200d \u200e"
    " \u2028 \u2029 \u202e \u202f \u205f \u2060 \u3000 \ufeff \ufffe"
).split(" ")
REFERENCES = (
    "&nbsp; &#160; &emsp; &#8195; &#x3000; &#8232; &#1; &#0; &#x85; &Tab; &NewLine;"
    " &ZeroWidthSpace;".split()
)
SPELLINGS = (
    "JaVaScRiPt:pwn()",
    "javascript&colon;pwn()",
    "javascript&#58;pwn()",
    "javascript&#x3a;pwn()",
    "&#106;avascript:pwn()",
    "&#x6A&#x61vascript:pwn()",
    "java\tscript:pwn()",
    "java\nscript:pwn()",
    "java\rscript:pwn()",
    "java\x00script:pwn()",
    "java\x01script:pwn()",
    "java\ufffescript:pwn()",
    "java&Tab;script:pwn()",
    "java&NewLine;script:pwn()",
    "java&#0;script:pwn()",
    "java&#1;script:pwn()",
    "java&#13;script&#10;:pwn()",
    "java\u200bscript:pwn()",
    "java\xadscript:pwn()",
    "java%0ascript:pwn()",
    "javascript%3Apwn()",
    "%6Aavascript:pwn()",
    "java\\script:pwn()",
    "java&#92;script:pwn()",
    "ja\u017fcript:pwn()",
    "java\u017fcript:pwn()",
    "\uff4aavascript:pwn()",
    "javascript\uff1apwn()",
    "javascript://news.example.com/%0Apwn()",
    "javascript:/*http://news.example.com/*/pwn()",
    "javascript:void(0);pwn()//https://news.example.com/{ref}a",
    "javascript:pwn()#https://news.example.com/",
    "feed:javascript:pwn()",
    "feed://javascript:pwn()",
    "view-source:javascript:pwn()",
    "jar:javascript:pwn()!/",
    "livescript:pwn()",
    "mocha:pwn()",
    "vbscript:pwn()",
    "VBScript:pwn()",
    "data:text/html,<script>pwn()</script>",
    "data:text/html;base64,PHNjcmlwdD5wd24oKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='pwn()'/>",
    "DATA:application/xhtml+xml,<script xmlns='http://www.w3.org/1999/xhtml'>pwn()</script>",
    "data:,pwn()",
    "blob:https://news.example.com/0",
    "filesystem:https://news.example.com/temporary/a.html",
    "file:///etc/passwd",
    "about:blank",
    "ws://a.example/",
    "intent:pwn#Intent;end",
    "ms-word:ofe|u|https://a.example/a.docx",
    "x:pwn()",
)
ADDRESSES = (
    *(prefix + SCRIPT for prefix in PREFIXES),
    *(space + SCRIPT for space in (*SPACES, *REFERENCES)),
    *(f"{prefix}{space}{SCRIPT}" for prefix in PREFIXES[:4] for space in ("\xa0", "\u2028", "%20")),
    *SPELLINGS,
    *(prefix + spelling for prefix in PREFIXES[:3] for spelling in SPELLINGS),
)

# -- places -----------------------------------------------------------------------------

# Where HTML has addresses; `@` stands for one
HTML_PLACES = (
    "<a href='@'>x</a>",
    '<a href="@">x</a>',
    "<a href='@' ping='@' target=_blank>x</a>",
    "<map name=m><area href='@' shape=default></map><img src=a.png usemap=#m>",
    "<img src='@'>",
    "<img srcset='@ 1x, a.png 2x'>",
    "<img src=a.png lowsrc='@' dynsrc='@' longdesc='@'>",
    "<img data-src='@' src='data:image/gif;base64,R0'>",
    "<noscript><img src='@'></noscript>",
    "<picture><source srcset='@'><img src=a.png></picture>",
    "<video src='@' poster='@'><track src='@'></video>",
    "<audio src='@'><source src='@'></audio>",
    "<blockquote cite='@'>x</blockquote><q cite='@'>x</q><ins cite='@'>x</ins>"
    "<del cite='@'>x</del>",
    "<form action='@'><button formaction='@'>x</button>"
    "<input type=image src='@' formaction='@'></form>",
    "<iframe src='@'></iframe>",
    "<embed src='@'>",
    "<object data='@'></object><applet code='@' archive='@'></applet>",
    "<link rel=stylesheet href='@'>",
    "<base href='@'><a href='x'>x</a>",
    "<meta http-equiv=refresh content='0;url=@'>",
    "<body background='@'><table background='@'><tr><td background='@'>x</td></tr></table>",
    "<p style='background:url(@)'>x</p>",
    "<style>p{background:url(@)}</style>",
    "<svg><a xlink:href='@'><text y=20>x</text></a></svg>",
    "<svg><a href='@'><text y=20>x</text></a></svg>",
    "<svg><use href='@'></use><use xlink:href='@'/></svg>",
    "<svg><image href='@'/><image xlink:href='@'/></svg>",
    "<svg><a><animate attributeName=href values='@' from='@' to='@'/><text y=20>x</text></a></svg>",
    "<svg><a><set attributeName=href to='@'/><text y=20>x</text></a></svg>",
    "<svg><rect fill='url(@)' filter='url(@)' mask='url(@)'/></svg>",
    "<svg><foreignObject><a href='@'>x</a></foreignObject></svg>",
    "<math href='@'><mi xlink:href='@' href='@'>x</mi></math>",
    "<math><maction actiontype=statusline xlink:href='@'>x</maction></math>",
    "<frameset><frame src='@'></frameset>",
    "<bgsound src='@'><isindex action='@'><marquee src='@'>x</marquee>",
)
# Where the other markups have them
MARKDOWN_PLACES = (
    *("[x](@)", "[x](<@>)", "![x](@)", "![x](<@> 'y')", "[x][r]\n\n[r]: @", "[x][r]\n\n[r]: <@>"),
    *("<@>", "[[@]]", "[[@|x]]", "![[@]]", "[x]: @ 'y'\n\n[x]", '{{< figure src="@" link="@" >}}'),
    *(
        '{{< youtube "@" >}}',
        '{{< a href="@" >}}',
        '<a href="{{ "@" }}">x</a>',
        "<Image src={'@'} />",
    ),
    *("{% post_link @ x %}", "[x]({% link @ %})", '[x]({{< ref "@" >}})', "[x]({{ '@' | x }})"),
    "```{figure} @\n```",
)
ASCIIDOC_PLACES = (
    *("link:@[x]", "@[x]", "image::@[x]", "image:@[x,link=@]", "xref:@[x]", "<<@,x>>"),
    "https://a.example/[x,link=@]",
    ":u: @\n\nlink:{u}[x]",
    ":imagesdir: @\n\nimage::a.png[x]",
)
ORG_PLACES = ("[[@][x]]", "[[@]]", "[[file:@][x]]", "[[@.png]]", "#+ATTR_HTML: :src @\n[[a.png]]")
RST_PLACES = (
    *(
        "`x <@>`_",
        "`x <@>`__",
        "x_\n\n.. _x: @",
        "x__\n\n.. __: @",
        ".. image:: @",
        ".. figure:: @",
    ),
    *(
        ".. image:: a.png\n   :target: @",
        "|i|\n\n.. |i| image:: @",
        ":doc:`x <@>`",
        ":download:`x <@>`",
    ),
    ".. raw:: html\n\n   <a href='@'>x</a>",
)
TEXT_PLACES = ("@", "<@>", "https://a.example/ @", "<a href='@'>x</a>")

# -- whole texts ------------------------------------------------------------------------

HTML_TEXTS = (
    "<script>pwn()</script>",
    "<SCRIPT SRC=//a.example/a.js></SCRIPT>",
    "<script/x>pwn()</script >",
    "<scr<script>ipt>pwn()</scr</script>ipt>",
    "<script\x0c>pwn()</script>",
    "<<script>pwn()//<</script>",
    "<script>/*</script><script>*/pwn()</script>",
    "<img src=x onerror=pwn()>",
    "<img src=x onerror\x00=pwn()>",
    "<img/src=x/onerror=pwn()>",
    "<img src='x'onerror=pwn()>",
    "<img src=x onerror&#61;pwn()>",
    '<img """><script>pwn()</script>">',
    "<img src=x:x onerror='&#112;wn()'>",
    "<img src=`x` onerror=`pwn()`>",
    "<img src=a.png alt='`onerror=pwn()`'>",
    '<img alt="<img src=x onerror=pwn()>" src=a.png>',
    '<img data-src="a.png&quot; onerror=&quot;pwn()" src="">',
    '<img data-src="a.png\' onerror=pwn() \'" src="data:,">',
    "<noscript><img src='a.png' alt='</noscript><img src=x onerror=pwn()>'></noscript>",
    "<noscript><p title='</noscript><img src=x onerror=pwn()>'>",
    "<body onload=pwn()>x",
    "<html onmouseover=pwn()>x",
    "<p onclick=pwn() onfocus=pwn() tabindex=1 autofocus>x</p>",
    "<input autofocus onfocus=pwn()>",
    "<input type=checkbox checked onfocus=pwn() autofocus>x",
    "<select autofocus onfocus=pwn()><option><style></option></select>"
    "<img src=x onerror=pwn()></style>",
    "<textarea autofocus onfocus=pwn()></textarea>",
    "<textarea><img src=x onerror=pwn()></textarea>",
    "<title><img src=x onerror=pwn()></title>",
    "<xmp><img src=x onerror=pwn()></xmp>",
    "<plaintext><img src=x onerror=pwn()>",
    "<listing>&lt;img src=x onerror=pwn()&gt;</listing>",
    "<details open ontoggle=pwn()>x</details>",
    "<video><source onerror=pwn()></video>",
    "<video src=x onerror=pwn()></video>",
    "<audio src onerror=pwn()></audio>",
    "<marquee onstart=pwn()>x</marquee>",
    "<iframe srcdoc='<script>pwn()</script>'></iframe>",
    "<iframe src=//a.example/ title='\"><img src=x onerror=pwn()>'></iframe>",
    "<iframe src='https://a.example/\"><img src=x onerror=pwn()>'></iframe>",
    "<iframe src=\"//www.youtube.com/embed/a\" title='<img src=x onerror=pwn()>'></iframe>",
    "<object><param name=x value=javascript:pwn()></object>",
    "<button popovertarget=x onclick=pwn()>x</button>"
    "<div popover id=x onbeforetoggle=pwn()>x</div>",
    "<style>@import 'javascript:pwn()';</style>",
    "<style><img src=x onerror=pwn()></style>",
    "<style><!--</style><img src=x onerror=pwn()>--></style>",
    '<p style="animation-name:x" onanimationstart=pwn()>x</p><style>@keyframes x{}</style>',
    "<div style='width:expression(pwn())'>x</div>",
    "<link rel=import href=data:text/html,<script>pwn()</script>>",
    "<!--><img src=x onerror=pwn()>-->",
    "<!--!><img src=x onerror=pwn()>-->",
    "<!-- --!><img src=x onerror=pwn()> -->",
    "<![CDATA[><img src=x onerror=pwn()>]]>",
    "<!DOCTYPE x [<!ENTITY y '<img src=x onerror=pwn()>'>]>&y;",
    "<?x ><img src=x onerror=pwn()>?>",
    "</p/><img src=x onerror=pwn()>",
    '<a href="x" title="></a><img src=x onerror=pwn()>">x</a>',
    "<a href='javascript&colon;pwn()' href='https://a.example/'>x</a>",
    '<a href=https://a.example/"onclick=pwn()//>x</a>',
    "<a href='https://a.example/&quot;onclick=&quot;pwn()'>x</a>",
    "<p id='x\" onclick=\"pwn()' class='language-x\" onclick=\"pwn()'>x</p>",
    "<form id=x></form><button form=x formaction=javascript:pwn()>x</button>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=pwn()>",
    "<template><img src=x onerror=pwn()></template>",
    "<div><template shadowrootmode=open><img src=x onerror=pwn()></template></div>",
    "<svg onload=pwn()>",
    "<svg/onload=pwn()>",
    "<svg><script>pwn()</script></svg>",
    "<svg><script href=data:,pwn() />",
    "<svg><script xlink:href=data:,pwn()></script></svg>",
    "<svg><style><img src=x onerror=pwn()></style></svg>",
    "<svg><style>&lt;img src=x onerror=pwn()&gt;</style></svg>",
    "<svg></p><style><a title='</style><img src=x onerror=pwn()>'>",
    "<svg><desc><style><img title='</style><img src=x onerror=pwn()>'></style></desc></svg>",
    "<svg><title><style><img title='</style><img src=x onerror=pwn()>'></style></title></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>pwn()</script>'></iframe></foreignObject></svg>",
    "<svg><animate onbegin=pwn() attributeName=x dur=1s></svg>",
    "<svg><animate onend=pwn() attributeName=x dur=1s></svg>",
    "<svg><use href='data:image/svg+xml,"
    "<svg id=x xmlns=http://www.w3.org/2000/svg onload=pwn()/>#x'/></svg>",
    "<svg><image href=x onerror=pwn()></svg>",
    "<svg><handler type=text/javascript>pwn()</handler></svg>",
    "<svg><discard onbegin=pwn()></svg>",
    "<svg><path d='M0' fill='x\" onload=\"pwn()'/></svg>",
    "<svg viewBox='0 0 9 9\" onload=\"pwn()'><path d='M0'/></svg>",
    "<svg aria-hidden=true><img src=x></svg onload=pwn()><svg onload=pwn()>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=x onerror=pwn()&gt;'>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=pwn()></annotation-xml></math>",
    "<math><annotation encoding='text/html'><img src=x onerror=pwn()></annotation></math>",
    "<math><mi><style><!--</style><img src=x onerror=pwn()>--></style></mi></math>",
    "<math><mtext><script>pwn()</script></mtext></math>",
    "<math><mtext></p><style><img src=x onerror=pwn()></style></mtext></math>",
    "<table><td><form><input type=hidden onfocus=pwn()></table><img src=x onerror=pwn()>",
    "<table background=x><caption><svg><title><style><img title='</style>"
    "<img src=x onerror=pwn()>'>",
    "<b><p><script></b></p>pwn()</script>",
    "<div><a><a><img src=x onerror=pwn()></a></div>",
    "&lt;script&gt;pwn()&lt;/script&gt;",
    "&amp;lt;img src=x onerror=pwn()&amp;gt;",
    "&#60;img src=x onerror=pwn()&#62;",
    "\uff1cscript\uff1epwn()\uff1c/script\uff1e",
    "+ADw-script+AD4-pwn()+ADw-/script+AD4-",
    '<img src=a.png title=\'https://a.example/" onerror="pwn()\'>https://a.example/"onerror=pwn()',
    "https://a.example/\"onmouseover=pwn()//'onmouseover='pwn()'",
    "www.a.example/<img src=x onerror=pwn()>",
    "]]><img src=x onerror=pwn()>",
    "</content:encoded></description></item><script>pwn()</script>",
    "</div></article></main></body></html><script>pwn()</script>",
)
MARKDOWN_TEXTS = (
    "`<img src=x onerror=pwn()>` <img src=x onerror=pwn()>",
    '```html"onclick="pwn()\n<img src=x onerror=pwn()>\n```',
    "```{=html}\n<img src=x onerror=pwn()>\n```",
    "    <img src=x onerror=pwn()>",
    "[x](https://a.example/ \"' onclick='pwn()\")",
    '[x](https://a.example/"onclick=pwn()//)',
    '![x" onerror="pwn()](a.png)',
    '![<img src=x onerror=pwn()>](a.png "<img src=x onerror=pwn()>")',
    "# x {#y onclick=pwn()}",
    '# x {."onclick="pwn()}',
    "[x](a.png){onclick=pwn()}",
    '[^"onclick=pwn()]\n\n[^"onclick=pwn()]: <img src=x onerror=pwn()>',
    ":::note <img src=x onerror=pwn()>\n<img src=x onerror=pwn()>\n:::",
    "> [!NOTE] <img src=x onerror=pwn()>",
    '!!! note "<img src=x onerror=pwn()>"\n    <img src=x onerror=pwn()>',
    "{% raw %}<img src=x onerror=pwn()>{% endraw %}",
    '{% highlight "><img src=x onerror=pwn()>" %}<img src=x onerror=pwn()>{% endhighlight %}',
    "{{ '<img src=x onerror=pwn()>' }}",
    "{{</* <img src=x onerror=pwn()> */>}}",
    '{{< figure src="a.png\\" onerror=pwn() \\"" caption="<img src=x onerror=pwn()>" >}}',
    '{{< youtube "x\\" onclick=pwn()" >}}',
    "==<img src=x onerror=pwn()>==",
    "$$<img src=x onerror=pwn()>$$",
    "%%<img src=x onerror=pwn()>",
    "<!-- more --> <img src=x onerror=pwn()>",
    "<div markdown=1 onclick=pwn()>\n[x](javascript:pwn())\n</div>",
    "<a b={{x}} onclick={pwn()} onfocus={'pwn()'}>x</a>",
    "<Card onClick={() => pwn()} href={'javascript:pwn()'}>x</Card>",
    "{/* */}<img src=x onerror=pwn()>",
    "|<img src=x onerror=pwn()>|\n|-|\n|<svg onload=pwn()>|",
    "x\n: <img src=x onerror=pwn()>",
    "*[x]: <img src=x onerror=pwn()>\n\nx",
    '<https://a.example/"onclick="pwn()>',
    "{abbr}`<img src=x onerror=pwn()>`",
)

# -- what may be left ---------------------------------------------------------------------

SAFE_SCHEMES = frozenset(
    "http https mailto tel sms geo ftp news xmpp irc ircs magnet gemini".split()
)
SAFE_HTML = frozenset(
    "a abbr address article aside audio b bdi bdo blockquote br caption cite code col"
    " colgroup dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6"
    " header hr i img ins kbd li main mark ol p picture pre q rp rt ruby s samp section small"
    " source span strike strong sub sup summary table tbody td tfoot th thead time tr track"
    " tt u ul var video wbr".split()
)
SAFE_MATHML = frozenset(
    "math mi mn mo ms mtext mspace mrow mfrac msqrt mroot msub msup msubsup munder mover"
    " munderover mtable mtr mtd mmultiscripts mprescripts none mpadded mphantom menclose"
    " semantics annotation".split()
)
SAFE_SVG = frozenset(
    "svg a g path rect circle ellipse line polyline polygon text tspan defs linearGradient"
    " radialGradient stop desc".split()
)
ADDRESS_ATTRIBUTES = frozenset({"href", "src", "poster", "cite", XLINK_HREF})
SAFE_ATTRIBUTES = frozenset(
    "accent accentunder align alt alttext aria-label class colspan columnalign columnspacing"
    " columnspan controls cx cy d datetime default dir display dx dy encoding fence fill"
    " fill-opacity fill-rule font-size font-weight form fx fy gradientTransform gradientUnits"
    " headers height hreflang id kind label lang largeop linethickness loading loop lspace"
    " mathvariant media movablelimits muted name offset opacity open points preload"
    " preserveAspectRatio r reversed role rowspacing rowspan rspace rx ry scope separator"
    " sizes span srclang start stop-color stop-opacity stretchy stroke stroke-dasharray"
    " stroke-linecap stroke-linejoin stroke-opacity stroke-width text-anchor title transform"
    " type value viewBox width x x1 x2 y y1 y2".split()
)
C0_AND_SPACE = "".join(map(chr, range(0x21)))
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE | re.ASCII)
FETCHING_STYLE = re.compile(
    r"url\s*\((?!\s*[\"']?#)|image(?:-set)?\s*\(|expression|@import|\\", re.I
)


def get_scheme(address: str) -> str:
    """Return the scheme of *address* as browsers see it (URL Standard, 4.4); "" for none."""
    bare = re.sub(r"[\t\n\r]", "", address.strip(C0_AND_SPACE))
    match = SCHEME.match(bare)
    return match[1].lower() if match else ""


@lru_cache(maxsize=4096)
def list_faults(html: str) -> tuple[str, ...]:
    """Return what in *html*, as a browser reads it into a page and once more, is not safe."""
    faults: list[str] = []
    for _ in range(2):  # what changes between the first and the second reading is how mXSS works
        root = html5lib.parseFragment(html, treebuilder="etree", container="div")
        for element in root.iter():
            faults += _list_element_faults(element)
        html = html5lib.serialize(
            root, quote_attr_values="always", omit_optional_tags=False, resolve_entities=False
        )
    return tuple(faults)


def _list_element_faults(element: Element) -> list[str]:
    tag = str(element.tag)  # of a comment a function
    if tag == "DOCUMENT_FRAGMENT":
        return []
    for namespace, safe in ((HTML_NS, SAFE_HTML), (SVG_NS, SAFE_SVG), (MATHML_NS, SAFE_MATHML)):
        if tag.startswith(namespace):
            faults = [] if tag.removeprefix(namespace) in safe else [f"<{tag}>"]
            return faults + [
                f"{name}={value!r}"
                for name, value in element.attrib.items()
                if not is_safe_attribute(name, value)
            ]
    return [f"<{tag}>"]


def is_safe_attribute(name: str, value: str) -> bool:
    """Return whether an attribute may leave with this value."""
    if name in ADDRESS_ATTRIBUTES:
        return get_scheme(value) in SAFE_SCHEMES
    if name == "srcset":
        return all(
            get_scheme(one.split()[0]) in ("http", "https") for one in re.split(r",\s", value)
        )
    return name in SAFE_ATTRIBUTES and not FETCHING_STYLE.search(
        value if name not in ("title", "alt", "alttext", "label") else ""
    )
