"""The `payload` method: the pictures as a video stream in the low bits of the still, exact to the byte."""

from __future__ import annotations

import logging
import zlib

from vidisp.codec.fields import Fields
from vidisp.embed.canvas import Canvas
from vidisp.embed.conversion import Conversion, Facts, Restored, known_pixels
from vidisp.embed.fidelity import decibels, mean_squared_error
from vidisp.embed.method import Embedded, MakeCanvas
from vidisp.embed.payload import video
from vidisp.embed.payload.body import Body, unpack_alpha
from vidisp.embed.payload.layout import plan
from vidisp.embed.payload.message import read_message, write_message
from vidisp.embed.payload.rates import Rates
from vidisp.embed.payload.stored import assemble, stored_numbers
from vidisp.errors import InputError, NotRecoverableError

log = logging.getLogger(__name__)
_CORRECTIONS = 3
_CLOSE = 0.2
"""dB by which a balanced still may differ from what was expected of it."""


_CHANGED = NotRecoverableError("was changed since vidisp made it; what it held is lost")


class Payload:
    """See `vidisp.embed.method.Method`."""

    name = "payload"
    chooses_still = in_slots = True

    def embed(self, conversion: Conversion, make_canvas: MakeCanvas, still_psnr: float | None) -> Embedded:
        rates = Rates(conversion, make_canvas(conversion.reference), still_psnr)
        for _ in range(_CORRECTIONS):
            trial = rates.choose()
            expected = rates.expected(trial.size)
            embedded = _embed(make_canvas(conversion.reference), trial.body(expected).to_bytes())
            reached = decibels(mean_squared_error(conversion.reference, embedded.canvas.picture()))
            log.info("%d bytes embedded: still %.2f dB, %.2f dB expected", trial.size, reached, expected)
            if reached >= still_psnr if still_psnr is not None else abs(reached - expected) < _CLOSE:
                break
            rates.missed += expected - reached
        return embedded

    def extract(self, canvas: Canvas, facts: Facts, own: Fields) -> Restored:
        size, crc = own.integer("bytes", 1), own.integer("crc")
        layout = plan(canvas.groups, 8 * size)
        if layout is None or canvas.checksum() != own.integer("still"):
            raise _CHANGED
        data = read_message(canvas, layout, size, crc)
        if zlib.crc32(data) != crc:
            raise _CHANGED
        body = Body.from_bytes(data)
        alpha = unpack_alpha(body.alpha, facts.size)
        if (alpha is not None) != (facts.task == "layers"):
            raise InputError("what is embedded does not fit what the still says")
        count = len(stored_numbers(known_pixels(facts, alpha), whole=body.share > 0))
        decoded = [body.colours.picture(planes) for planes in video.decode(body.stream, count, facts.size)]
        return assemble(decoded, canvas.picture(), facts, alpha, body.share)


def _embed(canvas: Canvas, data: bytes) -> Embedded:
    """The checksum is also the key that spreads the data."""
    crc = zlib.crc32(data)
    layout = plan(canvas.groups, 8 * len(data))
    if layout is None:
        raise InputError("the pictures do not fit into the still", hint="choose fewer pictures")
    write_message(canvas, layout, data, crc)
    return Embedded(canvas, {"bytes": len(data), "crc": crc, "still": canvas.checksum()})
