"""The header as text: a word for people, and the message in base64."""

from __future__ import annotations

import base64

from vidisp.codec.comment import messages_in
from vidisp.embed.header import Header


def text_of(header: Header) -> str:
    """ASCII."""
    return f"{header.describe()} vidisp1:{base64.b64encode(header.to_bytes()).decode()}"


def messages_in_text(text: str) -> list[bytes]:
    """The messages in what `text_of` returns, or in any text."""
    return list(messages_in(text))
