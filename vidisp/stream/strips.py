"""Pictures in strips or tiles: temporaries stay in a core's cache, and memory does not grow with the picture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

# Quads of one strip. Half a megabyte for each of the four planes of a frame is about what fits beside the others.
_QUADS = 1 << 16


@dataclass(frozen=True)
class Strip:
    """Rows of quads: `outer` are read, with the neighbours that the model looks at; `inner` are what comes of them.

    Columns are strips of their own: the two together make a tile.
    """

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


@dataclass(frozen=True)
class Tile:
    """A rectangle of quads; what the methods of `Strip` give for rows, for rows and columns."""

    rows: Strip
    columns: Strip

    def read(self, scale: int) -> tuple[slice, slice]:
        return self.rows.read(scale), self.columns.read(scale)

    def write(self, scale: int) -> tuple[slice, slice]:
        return self.rows.write(scale), self.columns.write(scale)

    def keep(self, scale: int) -> tuple[slice, slice]:
        return self.rows.keep(scale), self.columns.keep(scale)


def strips(rows: int, columns: int, reach: int) -> list[Strip]:
    """Strips over `rows` of `columns` quads, each seeing `reach` more rows on both sides where there are any."""
    return _cut(rows, max(_QUADS // columns, 4 * reach, 1), reach)


def tiles(rows: int, columns: int, reach: int, largest: int) -> list[Tile]:
    """Tiles over a picture, each seeing `reach` more quads around it, cut so that the least is computed twice.

    Args:
        largest: quads of a tile with its surroundings. One of `reach` rows and columns is computed in any case.
    """
    grid = list(product(_cuts(rows, reach), _cuts(columns, reach)))
    possible = [cut for cut in grid if _longest(cut[0]) * _longest(cut[1]) <= largest]
    best = min(possible, key=lambda cut: _total(cut[0]) * _total(cut[1])) if possible else grid[-1]
    return [Tile(r, c) for r, c in product(*best)]


def _cuts(length: int, reach: int) -> list[list[Strip]]:
    """Ways to cut a side, the coarsest first; no strip is narrower than the reach, and there are at most 64."""
    most = min(max(1, length // max(reach, 1)), 64)
    return [_cut(length, -(-length // count), reach) for count in range(1, most + 1)]


def _longest(cut: list[Strip]) -> int:
    return max(len(strip.outer) for strip in cut)


def _total(cut: list[Strip]) -> int:
    return sum(len(strip.outer) for strip in cut)


def _cut(length: int, size: int, reach: int) -> list[Strip]:
    inner = [range(start, min(start + size, length)) for start in range(0, length, size)]
    return [Strip(range(max(r.start - reach, 0), min(r.stop + reach, length)), r) for r in inner]
