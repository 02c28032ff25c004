"""The lifting ISP: a RAW mosaic and a 4:2:0 picture, one exactly invertible into the other, with no learned weights."""

from __future__ import annotations

import torch
from torch import Tensor

from vidisp.isp.curves import Tone
from vidisp.isp.look import Look
from vidisp.isp.sites import at, cross, pad
from vidisp.isp.stages import CodeRange, Exposure


class LiftISP:
    """lift-1."""

    id = "lift-1"

    def __init__(self, look: Look) -> None:
        self.look = look
        self.exposure, self.tone, self.range = Exposure(look), Tone(look.foot), CodeRange(look)
        m = torch.tensor(look.matrix, dtype=torch.float64).reshape(3, 3)
        self.green = (float(m[1, 0]), float(m[1, 2]))
        mix = torch.stack([m[0] - m[1], m[2] - m[1]])[:, [0, 2]]
        self.mix, self.unmix = mix.tolist(), mix.inverse().tolist()
        kr, kb = look.luma
        chroma = torch.tensor([[-kr, 1 - kb], [1 - kr, -kb]], dtype=torch.float64)
        chroma = chroma / torch.tensor([[2 * (1 - kb)], [2 * (1 - kr)]], dtype=torch.float64)
        self.uv, self.unuv = chroma.tolist(), chroma.inverse().tolist()

    def forward(self, quads: Tensor) -> Tensor:
        """(N, 4, h, w) linear quads to (N, 6, h, w) code values Y_R, Y_G1, Y_G2, Y_B, U, V, limited, not rounded."""
        r, g1, g2, b = self.exposure.forward(quads)
        greens = [_green_at_r(r, g1, g2), g1, g2, _green_at_b(b, g1, g2)]
        cr, cb = r - greens[0], b - greens[3]
        greens = _add_chroma(greens, cr, cb, *self.green)
        cr, cb = _rotate(self.mix, cr, cb)
        r, b = self.tone.forward(greens[0] + cr), self.tone.forward(greens[3] + cb)
        greens = [self.tone.forward(green) for green in greens]
        cr, cb = r - greens[0], b - greens[3]
        luma = _add_chroma(greens, cr, cb, *self.look.luma)
        return self.range.encode(luma, *_rotate(self.uv, cr, cb))

    def inverse(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        """Code values back to linear quads, and what the two zero planes hold: the syndrome (N, 2, h, w)."""
        luma, u, v = self.range.decode(planes)
        cr, cb = _rotate(self.unuv, u, v)
        greens = _add_chroma(luma, cr, cb, *self.look.luma, sign=-1)
        r, b = self.tone.inverse(greens[0] + cr), self.tone.inverse(greens[3] + cb)
        greens = [self.tone.inverse(green) for green in greens]
        cr, cb = _rotate(self.unmix, r - greens[0], b - greens[3])
        g_r, g1, g2, g_b = _add_chroma(greens, cr, cb, *self.green, sign=-1)
        r, b = g_r + cr, g_b + cb
        syndrome = torch.stack([g_r - _green_at_r(r, g1, g2), g_b - _green_at_b(b, g1, g2)], dim=1)
        return self.exposure.inverse([r, g1, g2, b]), syndrome

    def clipped(self, planes: Tensor) -> Tensor:
        """How many samples of `planes` round to an end code, whose way back is a guess: a scalar tensor."""
        return self.range.clipped(planes)


def _rotate(m: list[list[float]], a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return m[0][0] * a + m[0][1] * b, m[1][0] * a + m[1][1] * b


def _green_at_r(r: Tensor, g1: Tensor, g2: Tensor) -> Tensor:
    r, g1, g2 = pad(r), pad(g1), pad(g2)
    near = at(g1, 0, 0) + at(g1, 0, -1) + at(g2, 0, 0) + at(g2, -1, 0)
    laplace = 4 * at(r, 0, 0) - cross(r)
    return near / 4 + laplace / 8


def _green_at_b(b: Tensor, g1: Tensor, g2: Tensor) -> Tensor:
    b, g1, g2 = pad(b), pad(g1), pad(g2)
    near = at(g1, 0, 0) + at(g1, 1, 0) + at(g2, 0, 0) + at(g2, 0, 1)
    laplace = 4 * at(b, 0, 0) - cross(b)
    return near / 4 + laplace / 8


def _add_chroma(
    greens: list[Tensor], cr: Tensor, cb: Tensor, wr: float, wb: float, sign: int = 1
) -> list[Tensor]:
    r, b = pad(cr), pad(cb)
    red = [
        cr,
        (cr + at(r, 0, 1)) / 2,
        (cr + at(r, 1, 0)) / 2,
        (cr + at(r, 0, 1) + at(r, 1, 0) + at(r, 1, 1)) / 4,
    ]
    blue = [
        (cb + at(b, 0, -1) + at(b, -1, 0) + at(b, -1, -1)) / 4,
        (cb + at(b, -1, 0)) / 2,
        (cb + at(b, 0, -1)) / 2,
        cb,
    ]
    return [g + sign * (wr * x + wb * y) for g, x, y in zip(greens, red, blue, strict=True)]
