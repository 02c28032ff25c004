"""Stills as PNG: the header in a private chunk, and in an iTXt chunk with a word for people."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vidisp.embed.canvas import Pixels
from vidisp.embed.files.text import messages_in_text, text_of
from vidisp.embed.header import Header

CHUNK = b"vdSP"
"""Ancillary, private, not to be copied by programs that change the picture (PNG 3rd edition, section 5.4)."""
_KEYWORD = "Description"


def save_png(path: Path, canvas: Pixels, header: Header, profile: bytes | None) -> None:
    """Write a still; `profile` is an ICC profile."""
    info = PngInfo()
    info.add(CHUNK, header.to_bytes())
    info.add_itxt(_KEYWORD, text_of(header))
    Image.fromarray(canvas.picture()).save(path, "PNG", pnginfo=info, icc_profile=profile)


def messages_of(image: Image.Image) -> list[bytes]:
    """What is in the private chunks and texts of a loaded PNG, as far as it is ours."""
    chunks = [bytes(chunk[1]) for chunk in getattr(image, "private_chunks", []) if chunk[0] == CHUNK]
    texts = [value for value in image.info.values() if isinstance(value, str)]
    return [*chunks, *(message for text in texts for message in messages_in_text(text))]
