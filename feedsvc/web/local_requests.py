"""Whether a request comes from this machine: for the preview, and for `/metrics`.

The client's address is not enough: a proxy on this machine forwards requests of strangers, and
another site may point a host name of its own to this address (DNS rebinding).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from feedsvc.web.limits import HOST

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Headers of proxies, tunnels and CDNs, beside all that begin with X-Forwarded or X-Original
PROXY_HEADERS = frozenset(
    """HTTP_FORWARDED HTTP_VIA HTTP_CDN_LOOP HTTP_X_REAL_IP HTTP_X_CLIENT_IP HTTP_TRUE_CLIENT_IP
    HTTP_CLIENT_IP HTTP_CF_CONNECTING_IP HTTP_CF_RAY HTTP_FASTLY_CLIENT_IP HTTP_FLY_CLIENT_IP
    HTTP_X_CLUSTER_CLIENT_IP HTTP_X_AZURE_CLIENTIP HTTP_X_ENVOY_EXTERNAL_ADDRESS
    HTTP_X_AMZN_TRACE_ID HTTP_X_APPENGINE_USER_IP""".split()
)


def is_passed_on(environ: WSGIEnvironment) -> bool:
    """Return whether a header says that a proxy forwarded the request."""
    return any(
        name in PROXY_HEADERS or name.startswith(("HTTP_X_FORWARDED", "HTTP_X_ORIGINAL"))
        for name in environ
    )


def names_this_machine(environ: WSGIEnvironment) -> bool:
    """Return whether the request is meant for a loopback address, by its Host header."""
    host = HOST.fullmatch(environ.get("HTTP_HOST", ""))
    return host is not None and is_loopback(host[1])


def is_loopback(host: str) -> bool:
    """Return whether *host*, a name or an address, can only be this machine itself."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def is_from_other_site(environ: WSGIEnvironment) -> bool:
    """Return whether a page of another site makes the request, other than by a followed link."""
    origin = environ.get("HTTP_ORIGIN", "")
    if origin and origin != f"http://{environ['HTTP_HOST']}":
        return True
    site, mode = environ.get("HTTP_SEC_FETCH_SITE", ""), environ.get("HTTP_SEC_FETCH_MODE", "")
    is_followed = mode == "navigate" and environ.get("HTTP_SEC_FETCH_DEST") == "document"
    return site in ("cross-site", "same-site") and not is_followed
