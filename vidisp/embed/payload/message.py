"""A message into the slots of a canvas, and out of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidisp.embed.canvas import Canvas
from vidisp.embed.payload.codes import LABELS
from vidisp.embed.payload.digits import from_digits, to_digits
from vidisp.embed.payload.layout import Batch, Layout
from vidisp.embed.payload.spread import Spread


def write_message(canvas: Canvas, layout: Layout, message: bytes, key: int) -> None:
    """Change what slots hold as little as may be, for them to read as `message`.

    Args:
        layout: has room for it.
        key: where the walk over the slots begins, a number of 32 bits.
    """
    at = 0
    for batch, places in _batches(layout, key):
        _write(canvas, batch, places, _bits(message, at, batch.bits))
        at += batch.bits


def read_message(canvas: Canvas, layout: Layout, size: int, key: int) -> bytes:
    """The message of `size` bytes that `write_message` has written; anything, if the slots were changed since."""
    packed = bytearray()
    left = np.zeros(0, np.uint8)
    for batch, places in _batches(layout, key):
        bits = np.concatenate([left, _read(canvas, batch, places)])
        whole = len(bits) // 8 * 8
        packed += np.packbits(bits[:whole], bitorder="little").tobytes()
        left = bits[whole:]
    packed += np.packbits(left, bitorder="little").tobytes()
    return bytes(packed[:size])


def _batches(layout: Layout, key: int) -> Iterator[tuple[Batch, np.ndarray]]:
    """Each batch with the places of its slots."""
    spreads = [Spread(group.count, key) for group in layout.groups]
    for span in layout.spans:
        for batch in span.batches():
            stop = batch.start + batch.length * batch.sequences
            yield batch, spreads[batch.group].places(batch.start, stop)


def _write(canvas: Canvas, batch: Batch, places: np.ndarray, bits: np.ndarray) -> None:
    shape = (batch.length, batch.sequences)
    radix, code = batch.mode.radix, batch.mode.code
    digits = to_digits(bits[batch.coded :], radix, places.size)
    ideal, weights = canvas.ideal(batch.group, places)
    values = _candidates(ideal, digits, radix, canvas.lowest, canvas.highest)
    costs = weights * np.square(values - ideal)
    message = bits[: batch.coded].reshape(-1, batch.sequences)
    labels = code.nearest(costs.T.reshape(*shape, LABELS).transpose(0, 2, 1), message)
    canvas.put(batch.group, places, values[labels.reshape(-1), np.arange(places.size)])


def _read(canvas: Canvas, batch: Batch, places: np.ndarray) -> np.ndarray:
    coarse, digits = np.divmod(canvas.take(batch.group, places), batch.mode.radix)
    coded = batch.mode.code.read(coarse.reshape(batch.length, batch.sequences))
    return np.concatenate([coded.reshape(-1), from_digits(digits, batch.mode.radix)])


def _candidates(ideal: np.ndarray, digits: np.ndarray, radix: int, lowest: int, highest: int) -> np.ndarray:
    """(4, n) int64: for each label the number nearest to the ideal that has it, and the digit, and is in bounds."""
    period = LABELS * radix
    wanted = digits + radix * np.arange(LABELS)[:, None]
    nearest = wanted + period * np.rint((ideal - wanted) / period).astype(np.int64)
    nearest += period * (nearest < lowest)
    nearest -= period * (nearest > highest)
    return nearest


def _bits(message: bytes, start: int, count: int) -> np.ndarray:
    """`count` bits of a message, zeros behind its end."""
    first, last = start // 8, -(-(start + count) // 8)
    part = np.frombuffer(message, np.uint8)[first:last]
    bits = np.unpackbits(np.pad(part, (0, last - first - len(part))), bitorder="little")
    return bits[start - 8 * first :][:count]
