"""A PNG as a strict reader sees it, without a library for pictures."""

from __future__ import annotations

import struct
import zlib

BYTES_OF_COLOUR = {2: 3, 6: 4}


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height. Fails unless every piece has its checksum and the pixels are all there."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    place, pieces = 8, []
    while place < len(picture):
        (length,) = struct.unpack(">I", picture[place : place + 4])
        name, content = picture[place + 4 : place + 8], picture[place + 8 : place + 8 + length]
        assert struct.unpack(">I", picture[place + 8 + length : place + 12 + length]) == (zlib.crc32(name + content),)
        pieces.append((name, content))
        place += 12 + length
    assert (pieces[0][0], pieces[-1][0]) == (b"IHDR", b"IEND")
    width, height, depth, colour = struct.unpack(">IIBB", pieces[0][1][:10])
    assert depth == 8
    pixels = zlib.decompress(b"".join(content for name, content in pieces if name == b"IDAT"))
    assert len(pixels) == height * (1 + width * BYTES_OF_COLOUR[colour])
    return width, height
