"""Pictures in horizontal strips: temporaries stay in a core's cache, and memory does not grow with the picture."""

from __future__ import annotations

from dataclasses import dataclass

# Quads of one strip. Half a megabyte for each of the four planes of a frame is about what fits beside the others.
_QUADS = 1 << 16


@dataclass(frozen=True)
class Strip:
    """Rows of quads: `outer` are read, with the neighbours that the model looks at; `inner` are what comes of them."""

    outer: range
    inner: range

    def read(self, scale: int) -> slice:
        """The rows to read from an array with `scale` rows a quad."""
        return slice(scale * self.outer.start, scale * self.outer.stop)

    def write(self, scale: int) -> slice:
        """The rows to write to, in such an array."""
        return slice(scale * self.inner.start, scale * self.inner.stop)

    def keep(self, scale: int) -> slice:
        """The rows to keep, in an array of the outer rows."""
        start = scale * (self.inner.start - self.outer.start)
        return slice(start, start + scale * len(self.inner))


def strips(rows: int, columns: int, reach: int) -> list[Strip]:
    """Strips over `rows` of `columns` quads, each seeing `reach` more rows on both sides where there are any."""
    height = max(_QUADS // columns, 4 * reach, 1)
    inner = [range(start, min(start + height, rows)) for start in range(0, rows, height)]
    return [Strip(range(max(r.start - reach, 0), min(r.stop + reach, rows)), r) for r in inner]
