"""The beginnings of pictures and sounds, made byte by byte: as much as says how large they are."""

from __future__ import annotations

import struct


def make_png(width: int, height: int) -> bytes:
    """PNG, third edition, 11.2.1."""
    head = struct.pack(">II", width, height) + b"\x08\x02\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + bytes(4)


def make_gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(3) + b";"


def make_jpeg(width: int, height: int, *, orientation: int = 0, ballast: int = 0) -> bytes:
    """JPEG with EXIF where it has an *orientation*, and *ballast* segments before its size."""
    segments = b""
    if orientation:
        tag = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
        exif = b"Exif\0\0" + b"MM\0*" + struct.pack(">IH", 8, 1) + tag + bytes(4)
        segments = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    segments += (b"\xff\xe2" + struct.pack(">H", 60_002) + bytes(60_000)) * ballast
    size = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    return b"\xff\xd8" + segments + size + b"\xff\xda\0\x02\xff\xd9"


def make_webp(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk + bytes(40)


def make_box(kind: bytes, content: bytes) -> bytes:
    """A box of ISO/IEC 14496-12, 4.2."""
    return struct.pack(">I", len(content) + 8) + kind + content


def make_avif(width: int, height: int) -> bytes:
    properties = make_box(b"ispe", bytes(4) + struct.pack(">II", width, height))
    association = bytes(4) + struct.pack(">IHBB", 1, 1, 1, 1)
    item = make_box(b"infe", b"\x02\0\0\0" + struct.pack(">HH", 1, 0) + b"av01\0")
    meta = (
        bytes(4)
        + make_box(b"hdlr", bytes(8) + b"pict" + bytes(13))
        + make_box(b"pitm", bytes(4) + struct.pack(">H", 1))
        + make_box(b"iinf", bytes(4) + struct.pack(">H", 1) + item)
        + make_box(b"iprp", make_box(b"ipco", properties) + make_box(b"ipma", association))
    )
    return make_box(b"ftyp", b"avif\0\0\0\0avifmif1") + make_box(b"meta", meta)


def make_svg(attributes: str, inside: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'.encode()


def make_mp3(seconds: int, *, cover: int = 0) -> bytes:
    """MPEG 1, layer III, 128 kbit/s, 44.1 kHz, with a Xing header; *cover* bytes of an ID3 tag."""
    frames = round(seconds * 44_100 / 1_152)
    xing = b"Xing" + struct.pack(">iii", 3, frames, frames * 417)
    frame = b"\xff\xfb\x90\xc0" + bytes(17) + xing
    tag = b""
    if cover:
        size = bytes((cover >> shift) & 127 for shift in (21, 14, 7, 0))
        tag = b"ID3\x03\0\0" + size + bytes(cover)
    return tag + frame.ljust(417, b"\0") + bytes(200)


def make_m4a(seconds: int) -> bytes:
    times = bytes(12) + struct.pack(">II", 1_000, seconds * 1_000)
    return make_box(b"ftyp", b"M4A \0\0\0\0M4A isom") + make_box(
        b"moov", make_box(b"mvhd", times + bytes(80))
    )


def make_wav(seconds: int) -> bytes:
    """Mono, 8 bits, 8 kHz; the samples are claimed, not there."""
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 8_000, 1, 8)
    return (
        b"RIFF"
        + struct.pack("<I", 36)
        + b"WAVE"
        + form
        + b"data"
        + struct.pack("<I", seconds * 8_000)
    )


def make_flac(seconds: int) -> bytes:
    extent = (44_100 << 44) | (15 << 36) | (seconds * 44_100)
    info = bytes(10) + struct.pack(">Q", extent) + bytes(16)
    return b"fLaC" + b"\x80" + len(info).to_bytes(3, "big") + info


def make_ogg_page(position: int, packet: bytes, number: int, flags: int = 0) -> bytes:
    """RFC 3533, section 6."""
    sizes = [255] * (len(packet) // 255) + [len(packet) % 255]
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, 7, number, 0, len(sizes))
    return head + bytes(sizes) + packet


def make_opus(seconds: int) -> bytes:
    """RFC 7845: a head, tags, and the last page, whose position is the length."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 1) + b"x" + struct.pack("<I", 0)
    pages = [(0, head, 2), (0, tags, 0), (seconds * 48_000, b"\xfc", 4)]
    return b"".join(
        make_ogg_page(position, packet, number, flags)
        for number, (position, packet, flags) in enumerate(pages)
    )
