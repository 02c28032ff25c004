"""The embedding network: a reference and other pictures into one still, and back.

Every step of the way in has its inverse on the way back: the block DCT, other pictures as they are or as differences to
the moved reference (lifting along motion), an orthonormal mix over pictures, and the exchange, in which the fine part
of the still's coefficients makes room for what the plan sends. What found no room is dropped (the channel squeeze); the
relation module makes up for some of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from vidisp.codec.simulate.h26x import BLOCK
from vidisp.embed.iicnet import motion, relation
from vidisp.embed.iicnet.plan import Plan
from vidisp.embed.iicnet.rounding import rounded_for_jpeg, rounded_for_png
from vidisp.embed.iicnet.squeeze import CARRIERS, PEAK, Carrier, Squeeze, exchange, quantiser, within_step

_CENTRE = 128.0
_LOWEST, _HIGHEST = -0.5 - _CENTRE, PEAK + 0.5 - _CENTRE
"""What rounding takes to black and white."""
_MARGINS = (2, 3, 4, 6, 8, 11, 14, 18, 24)
"""Codes from black and white at which a block may have to begin."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a network.

    Args:
        others: most pictures beside the reference.
        carrier: the file that the still goes into, which fixes the colour basis.
        qualities: of a JPEG, falling: each has plans of its own, which survive that quality and better ones.
        window: displacements that are searched: rows from, to, columns from, to; (0, 0, 0, 0) for no motion.
        moving: with up to so many others their displacements travel in the still.
        classes: of blocks, each with its own plan.
        width: planes of the relation module, 0 for none.
        related: whether the relation module sees all pictures together.

    Raises:
        ValueError: no sizes of a network.
    """

    others: int
    carrier: Carrier
    qualities: tuple[int, ...] = ()
    window: motion.Window = (0, 0, 0, 0)
    moving: int = 0
    classes: int = 1
    width: int = 0
    related: bool = True

    def __post_init__(self) -> None:
        top, bottom, left, right = self.window
        if self.carrier not in CARRIERS or not (
            -128 <= top <= 0 <= bottom <= 128 and -128 <= left <= 0 <= right <= 128
        ):
            raise ValueError(f"a network for {self.carrier!r} with the window {self.window}")
        if not (1 <= self.others <= 15 and 1 <= self.classes <= 64 and 0 <= self.width <= 512):
            raise ValueError(f"{self.others} others, {self.classes} classes, width {self.width}")
        falling = sorted(set(self.qualities), reverse=True)
        if bool(falling) != (self.carrier == "jpeg") or list(self.qualities) != falling or len(falling) > 4:
            raise ValueError(f"a network for {self.carrier!r} with the qualities {self.qualities}")

    def to_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self) | {"window": list(self.window), "qualities": list(self.qualities)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Shape:
        """Raises: ValueError, TypeError or KeyError for anything that `to_dict` does not return."""
        top, bottom, left, right = (int(side) for side in values["window"])
        qualities = tuple(int(quality) for quality in values["qualities"])
        return cls(**{**values, "window": (top, bottom, left, right), "qualities": qualities})


class EmbeddingNetwork(nn.Module):
    """See the module. Pictures are sRGB 0..1 float32, batches of (3, H, W), sides multiples of `grid`.

    Fresh from its constructor it embeds nothing: the still is the reference, and every picture comes back as the still.
    """

    grid = BLOCK

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.squeeze = Squeeze(shape.carrier)
        sent = [motion.count(shape.window) if k <= shape.moving else 1 for k in range(1, shape.others + 1)]
        tiers = max(1, len(shape.qualities))
        self.plans = nn.ModuleList(Plan(k + 1, shape.classes, n) for _ in range(tiers) for k, n in enumerate(sent))
        self.relation = relation.Relation(shape.width, shape.related) if shape.width else None

    @property
    def reach(self) -> int:
        """Pixels around a value that it depends on, in every direction; a multiple of `grid`."""
        longest = BLOCK + motion.extent(self.shape.window) + relation.REACH
        return -(-longest // self.grid) * self.grid

    def embed(self, reference: Tensor, others: Tensor, quality: int | None = None) -> Tensor:
        """The still, (B, 3, H, W), neither rounded nor cut off.

        Args:
            reference: (B, 3, H, W).
            others: (B, K, 3, H, W), K from 1 to `shape.others`.
            quality: of the JPEG, one of `shape.qualities`, the first by default. Below it the still does not survive.
        """
        reference, others = reference * PEAK - _CENTRE, others * PEAK - _CENTRE
        plan = self.plan(others.shape[1], quality)
        blocks = self.blocks(reference, others, plan)
        fine = plan.write(*blocks, self.squeeze.weights)
        fine = rearrange(fine, "(b h w) c -> b c h w", b=len(reference), h=reference.shape[-2] // BLOCK)
        return (self.within_range(reference, fine, plan.step, quality) + _CENTRE) / PEAK

    def restore(self, still: Tensor, count: int, quality: int | None = None) -> tuple[Tensor, Tensor]:
        """The reference, (B, 3, H, W), and the others, (B, count, 3, H, W), neither rounded nor cut off.

        Args:
            still: (B, 3, H, W), as read from a file.
            quality: as it was given to `embed`, whatever has become of the file.
        """
        still = still * PEAK - _CENTRE
        pictures = self.found(still, self.plan(count, quality))
        if self.relation is not None:
            pictures = pictures + self.relation(still, pictures)
        pictures = (pictures + _CENTRE) / PEAK
        return pictures[:, 0], pictures[:, 1:]

    def plan(self, count: int, quality: int | None = None) -> Plan:
        """The plan for a number of others, at a quality."""
        tier = self.shape.qualities.index(quality) if quality else 0
        plan = self.plans[tier * self.shape.others + count - 1]
        assert isinstance(plan, Plan)
        return plan

    def rounded(self, still: Tensor, count: int, quality: int | None = None) -> Tensor:
        """A still (B, 3, H, W) of `embed` in whole codes, 0..1, which say the same; the arguments as in `restore`."""
        codes, plan = still * PEAK - _CENTRE, self.plan(count, quality)
        blocks = rearrange(codes, "b c (h i) (w j) -> (b h w) c i j", i=BLOCK, j=BLOCK)
        fine = within_step(self.squeeze(blocks), plan.step[:, None, None])[..., 0, 0]
        if self.shape.carrier == "jpeg":
            blocks = rounded_for_jpeg(self.squeeze, blocks, *plan.room(fine), self._quantum(quality))
        else:
            blocks = rounded_for_png(self.squeeze, blocks, *plan.room(fine), plan.step)
        codes = rearrange(blocks, "(b h w) c i j -> b c (h i) (w j)", b=len(codes), h=codes.shape[-2] // BLOCK)
        return (codes + _CENTRE) / PEAK

    def blocks(self, reference: Tensor, others: Tensor, plan: Plan) -> tuple[Tensor, Tensor, Tensor]:
        """Of the N blocks of all pictures, of codes: coefficients of the others (N, K, 192), what the moved reference
        foretells of them, and the displacements (N, K)."""
        if plan.displacements > 1:
            numbers = motion.search(reference, others, self.shape.window)
            foretold = motion.moved(reference, numbers, self.shape.window)
        else:
            rows, columns = (side // BLOCK for side in reference.shape[-2:])
            numbers = torch.zeros(*others.shape[:2], rows, columns, dtype=torch.int64, device=others.device)
            foretold = reference[:, None]
        flat = [rearrange(self.squeeze(each), "b k c h w -> (b h w) k c") for each in (others, foretold)]
        return flat[0], flat[1].expand_as(flat[0]), rearrange(numbers, "b k h w -> (b h w) k")

    def found(self, still: Tensor, plan: Plan) -> Tensor:
        """The reference and the others, (B, 1 + K, 3, H, W), as a still holds them, before the relation module; of
        codes less 128."""
        fine = within_step(self.squeeze(still), plan.step[:, None, None])
        read = plan.read(rearrange(fine, "b c h w -> (b h w) c"))
        shape = {"b": len(still), "h": fine.shape[-2]}
        changes, shares = (rearrange(each, "(b h w) k c -> b k c h w", **shape) for each in (read[0], read[2]))
        moved = still[:, None]
        if plan.displacements > 1:
            moved = motion.moved(still, rearrange(read[1], "(b h w) k -> b k h w", **shape), self.shape.window)
        return torch.cat([still[:, None], self.squeeze.inverse(changes + shares * self.squeeze(moved))], 1)

    def _quantum(self, quality: int | None) -> Tensor:
        """(192,) of a JPEG network."""
        return quantiser(quality or self.shape.qualities[0]).to(self.squeeze.basis.device)

    def within_range(self, reference: Tensor, fine: Tensor, step: Tensor, quality: int | None = None) -> Tensor:
        """A still near the reference that holds `fine`, and is nowhere darker than black or brighter than white: what
        would be cut off as the file is written is lost to the way back. Blocks that would be begin further inside."""
        if not bool((step > 0).any()):
            return reference
        still = self._holding(reference, fine, step, quality)
        for margin in _MARGINS:
            outside = (still < _LOWEST) | (still > _HIGHEST)
            blocks = F.max_pool2d(outside.float().amax(1, keepdim=True), BLOCK)
            if not bool(blocks.any()):
                break
            again = self._holding(reference.clamp(_LOWEST + margin, _HIGHEST - margin), fine, step, quality)
            still = torch.where(F.interpolate(blocks, scale_factor=BLOCK) > 0, again, still)
        return still

    def _holding(self, reference: Tensor, fine: Tensor, step: Tensor, quality: int | None) -> Tensor:
        """The still before it is fitted into the range of codes; of a JPEG, as its decoder will give it."""
        coefficients = exchange(self.squeeze(reference), fine, step[:, None, None])
        if self.shape.carrier == "jpeg":
            quantum = self._quantum(quality)[:, None, None]
            coefficients = (coefficients / quantum).round() * quantum
        return self.squeeze.inverse(coefficients)
