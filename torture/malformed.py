"""Requests as no browser sends them: odd methods, malformed heads, lengths that lie."""

from __future__ import annotations

HOST = b"Host: x\r\n"
END = b"Connection: close\r\n\r\n"


def _get(path: bytes, *headers: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"GET " + path + b" HTTP/1.1\r\n" + HOST + lines + END


def _post(*headers: bytes, body: bytes = b"") -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"POST / HTTP/1.1\r\n" + HOST + lines + b"\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked"
NO_HOSTS = {  # (RFC 9112, section 3.2) each is to be answered 400
    "no host": b"GET /healthz HTTP/1.1\r\n" + END,
    "two hosts": _get(b"/healthz", b"Host: y"),
    "the same host twice": _get(b"/healthz", b"Host: x"),
    "two hosts, one empty": _get(b"/healthz", b"Host:"),
    "two hosts under HTTP/1.0": b"GET /healthz HTTP/1.0\r\n" + HOST + b"Host: y\r\n" + END,
    "two hosts of a POST": _post(b"Host: y", b"Content-Length: 0", b"Connection: close"),
    "two hosts and an address": _get(b"http://x/healthz", b"Host: x"),
    "bad host": b"GET /healthz HTTP/1.1\r\nHost: a b/..\\@\r\n" + END,
    "a list of hosts": b"GET /healthz HTTP/1.1\r\nHost: a, b\r\n" + END,
    "a host with a user": b"GET /healthz HTTP/1.1\r\nHost: a@b\r\n" + END,
    "a host with a control": b"GET /healthz HTTP/1.1\r\nHost: a\x01b\r\n" + END,
    "a host of bytes": b"GET /healthz HTTP/1.1\r\nHost: \xc3\xa9.example\r\n" + END,
    "a host that is no IPv6 address": b"GET /healthz HTTP/1.1\r\nHost: [::1::]\r\n" + END,
    "a folded host": b"GET /healthz HTTP/1.1\r\nHost: a\r\n b\r\n" + END,
}
REQUESTS = {
    **NO_HOSTS,
    # request lines
    "no version": b"GET /\r\n\r\n",
    "HTTP/0.9": b"GET /\n",
    "HTTP/1.0": b"GET /healthz HTTP/1.0\r\n\r\n",
    "HTTP/1.2": b"GET /healthz HTTP/1.2\r\n" + HOST + END,
    "HTTP/3.0": b"GET / HTTP/3.0\r\n" + HOST + b"\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 30,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 64,
    "bytes": b"\x00\x01\x02\xff\r\n\r\n",
    "empty lines first": b"\r\n\r\n" + _get(b"/healthz"),
    "line feeds alone": b"GET /healthz HTTP/1.1\nHost: x\nConnection: close\n\n",
    "tabs": b"GET\t/healthz\tHTTP/1.1\r\n" + HOST + END,
    "spaces": b"GET  /healthz  HTTP/1.1\r\n" + HOST + END,
    "space in a path": b"GET /a b HTTP/1.1\r\n" + HOST + END,
    "no slash": _get(b"healthz"),
    "no slash, a port": _get(b"healthz:80"),
    "asterisk": _get(b"*"),
    "another's address": _get(b"http://evil.example/healthz"),
    "an address with a user": _get(b"http://u@x/healthz"),
    # methods
    "odd method": b"BREW /healthz HTTP/1.1\r\n" + HOST + END,
    "lower case": b"get /healthz HTTP/1.1\r\n" + HOST + END,
    "CONNECT": b"CONNECT a:1 HTTP/1.1\r\n" + HOST + END,
    "TRACE": b"TRACE / HTTP/1.1\r\n" + HOST + END,
    "OPTIONS *": b"OPTIONS * HTTP/1.1\r\n" + HOST + END,
    "long method": b"A" * 20_000 + b" / HTTP/1.1\r\n" + HOST + END,
    # paths and queries
    "bad percent": _get(b"/%zz%f"),
    "bytes in a path": _get(b"/\xff\xfe"),
    "bytes in a query": _get(b"/?q=\xff"),
    "encoded bytes": _get(b"/%ff%fe"),
    "encoded surrogate": _get(b"/%ed%a0%80"),
    "encoded NUL": _get(b"/files/x%00.png"),
    "encoded line end": _get(b"/a%0d%0ab"),
    "dots": _get(b"/../../etc/passwd"),
    "encoded dots": _get(b"/files/%2e%2e/%2e%2e/etc/passwd"),
    "long path": _get(b"/" + b"a" * 100_000),
    "long query": _get(b"/?" + b"a" * 65_000),
    # headers
    "no colon": _get(b"/healthz", b"nocolon"),
    "space before the colon": _get(b"/healthz", b"X : y"),
    "folded header": _get(b"/healthz", b"X: y\r\n z"),
    "NUL in a header": _get(b"/healthz", b"X: a\0b"),
    "CR in a header": _get(b"/healthz", b"X: a\rb"),
    "bytes in headers": _get(b"/atom.xml", b"If-None-Match: \xff\xfe", b"Accept: \xff"),
    "underscores": _get(b"/atom.xml", b"If_None_Match: *"),
    "huge header": _get(b"/", b"X: " + b"a" * 500_000),
    "1,000 headers": _get(b"/", *(b"X%d: a" % number for number in range(1_000))),
    "many ranges": _get(b"/files/small.png", b"Range: bytes=" + b"0-1," * 1_000 + b"3-4"),
    "websocket": _get(b"/", b"Upgrade: websocket", b"Sec-WebSocket-Key: x"),
    "h2c": _get(b"/healthz", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
    # bodies
    "length that is no number": _post(b"Content-Length: abc"),
    "negative length": _post(b"Content-Length: -1"),
    "length with a sign": _post(b"Content-Length: +3", body=b"abc"),
    "two lengths": _post(b"Content-Length: 3", b"Content-Length: 4", body=b"abcd"),
    "huge length": _post(b"Content-Length: 99999999999999999999"),
    "length and chunks": _post(
        b"Content-Length: 3", CHUNKED, body=b"0\r\n\r\n" + _get(b"/smuggled")
    ),
    "unknown coding": _post(b"Transfer-Encoding: gzip"),
    "chunks that are none": _post(CHUNKED, body=b"zz\r\nabc\r\n"),
    "huge chunk": _post(CHUNKED, body=b"f" * 18 + b"\r\n"),
    "long extension of a chunk": _post(CHUNKED, body=b"1;" + b"a" * 50_000 + b"\r\n"),
    "odd expectation": _post(b"Expect: 200-maybe", b"Content-Length: 0", b"Connection: close"),
    # many at once
    "pipeline": (b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n") * 50 + _get(b"/healthz"),
}
