"""What the User-Agent of a request says about its reader (RFC 9110, section 10.1.5).

Aggregators fetch a feed once for all their users, and say for how many: "16 subscribers". There
is no list of products: each has the name that it gives itself.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from feedsvc.memo import remember_short

AgentKind = Literal["aggregator", "reader", "browser", "robot", "library", "unnamed"]
MAX_NAME_CHARACTERS = 40
MAX_AGENT_CHARACTERS = 500
NO_NAME = "(no name)"
_SUBSCRIBERS = re.compile(r"(?<![\d.,])(\d{1,9}) (?:subscriber|reader|user)s?\b", re.IGNORECASE)
_FEED_ID = re.compile(r"\bfeed[-_]?id[=:]\s?([\w-]{1,64})", re.IGNORECASE)
_COMPATIBLE = re.compile(r"\(compatible; ?([^;/)]{1,80})")
_LIKE_BROWSERS = re.compile(r"Mozilla/\d")
_BROWSERS = {  # by token, in order: the first browsers also send the tokens of the last ones
    "OPR": "Opera", "Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
# After the engine's own tokens, products that are built on a browser name themselves
_ENGINE_TOKENS = frozenset(
    "Mozilla AppleWebKit Gecko Safari Version Mobile Chrome Firefox Edg OPR HeadlessChrome".split()
)
_TOKEN = re.compile(r"([A-Za-z][\w.+!-]{0,79})/\d")
_NAME_END = re.compile(r"/|;|\(|,| - |:|\s+v?\d|\s+https?$|\s+feed[-_]?id", re.IGNORECASE)
_ROBOT = re.compile(r"bot\b|crawler|spider|slurp|archiver|externalhit|preview", re.IGNORECASE)
_LIBRARIES = re.compile(
    r"(?:python|curl|wget|go-http-client|java|okhttp|libwww|lwp|ruby|php|node|axios|aiohttp|httpx"
    r"|guzzle|feedparser|apache-httpclient|simplepie|rome|dart|perl|scrapy|undici|reqwest)\b",
    re.IGNORECASE,
)  # fmt: skip


class Agent(Struct, frozen=True, kw_only=True):
    """A reader's *name*, and the number of *subscribers* that it reports, None for none.

    An aggregator may know one feed under several *feed_id*s, whose subscribers add up.
    """

    name: str
    kind: AgentKind
    subscribers: int | None = None
    feed_id: str = ""


@remember_short(10_000, MAX_AGENT_CHARACTERS)
def parse_agent(text: str) -> Agent:
    """Return the reader that the User-Agent *text* describes."""
    text = text[:MAX_AGENT_CHARACTERS].strip()
    if text in {"", "-"}:
        return Agent(name=NO_NAME, kind="unnamed")
    name = _get_name(text)
    if match := _SUBSCRIBERS.search(text):
        feed_id = _FEED_ID.search(text)
        return Agent(
            name=name,
            kind="aggregator",
            subscribers=int(match[1]),
            feed_id=feed_id[1] if feed_id else "",
        )
    return Agent(name=name, kind=_get_kind(text, name))


def _get_name(text: str) -> str:
    """Return the product's name as written, without its version."""
    if _LIKE_BROWSERS.match(text):
        if match := _COMPATIBLE.match(text, text.find("(")):
            return _shorten(match[1])
        own = [one for one in _TOKEN.findall(text) if one not in _ENGINE_TOKENS]
        if own:
            return _shorten(own[-1])
        return next((name for token, name in _BROWSERS.items() if f"{token}/" in text), "Mozilla")
    return _shorten(_NAME_END.split(text, 1)[0]) or _shorten(text)


def _shorten(name: str) -> str:
    return " ".join(name.split())[:MAX_NAME_CHARACTERS]


def _get_kind(text: str, name: str) -> AgentKind:
    if _ROBOT.search(text):
        return "robot"
    if _LIBRARIES.match(name):
        return "library"
    if name in {*_BROWSERS.values(), "Mozilla"}:
        return "browser"
    return "reader"
