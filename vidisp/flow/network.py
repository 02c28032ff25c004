"""All the weights of a model in one module, and the sizes it comes in."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from torch import Tensor, nn

from vidisp.flow.chroma import LearnedChroma
from vidisp.flow.conditions import Passage
from vidisp.flow.restorer import Restorer
from vidisp.flow.spatial import Mixing, Sites, SpatialCoupling
from vidisp.flow.temporal import TemporalCoupling


@dataclass(frozen=True)
class Sizes:
    """How large the parts of a network are: widths in planes, depths in convolutions; see `ConvNet` for dilations."""

    chroma: tuple[int, int]
    couplings: int
    coupling_width: int
    temporal_layers: int
    temporal_width: int
    restorer: tuple[int, int]
    chroma_dilations: tuple[int, ...] = ()

    def to_dict(self) -> dict[str, int | list[int]]:
        """Plain JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


class Network(nn.Module):
    """Learned chroma, the flow over luma, and the restorer. With its initial weights it changes nothing.

    `reach` is how many quads around it a value depends on, in either direction. `frames` is how many frames on either
    side: layers take turns in which parity leads, so that each adds one to the first one's two. That holds for the
    flow and for its inverse; recovery, which goes back twice, needs twice as many.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.chroma = LearnedChroma(*sizes.chroma, sizes.chroma_dilations)
        spatial: list[SpatialCoupling | Mixing] = []
        for i in range(sizes.couplings):
            moves: Sites = "green" if i % 2 else "red and blue"
            spatial += [SpatialCoupling(sizes.coupling_width, moves), Mixing()]
        temporal = [TemporalCoupling(sizes.temporal_width, (1 + i) % 2) for i in range(sizes.temporal_layers)]
        restorer = Restorer(*sizes.restorer)
        self.frames = len(temporal) + 1 if temporal else 0
        flow = sum(layer.reach for layer in spatial) + sum(2 * layer.reach for layer in temporal)
        # Back: the syndrome's own way back and forth, the restorer, and the way back.
        self.reach = flow + self.chroma.reach + restorer.reach + flow
        self.spatial = nn.ModuleList(spatial)
        self.temporal = nn.ModuleList(temporal)
        self.restorer = restorer

    def forward(self, luma: Tensor, chroma: Tensor, facts: Tensor, passage: Passage) -> Tensor:
        """Luma (T, 4, h, w) of consecutive frames through the flow; chroma (T, 2, h, w) is final already."""
        return self.through_time(self.through_space(luma, chroma, facts), chroma, facts, passage)

    def inverse(self, luma: Tensor, chroma: Tensor, facts: Tensor, passage: Passage) -> Tensor:
        """The luma that `forward` took to this one."""
        return self.back_through_space(self.back_through_time(luma, chroma, facts, passage), chroma, facts)

    def through_space(self, luma: Tensor, chroma: Tensor, facts: Tensor) -> Tensor:
        """The layers that see one frame."""
        for layer in self.spatial:
            luma = layer(luma, chroma, facts)
        return luma

    def back_through_space(self, luma: Tensor, chroma: Tensor, facts: Tensor) -> Tensor:
        """The inverse of `through_space`."""
        for layer in reversed(self.spatial):
            luma = layer.inverse(luma, chroma, facts)  # type: ignore[operator]
        return luma

    def through_time(self, luma: Tensor, chroma: Tensor, facts: Tensor, passage: Passage) -> Tensor:
        """The layers that see the frames around one."""
        for layer in self.temporal:
            luma = layer(luma, chroma, facts, passage)
        return luma

    def back_through_time(self, luma: Tensor, chroma: Tensor, facts: Tensor, passage: Passage) -> Tensor:
        """The inverse of `through_time`."""
        for layer in reversed(self.temporal):
            luma = layer.inverse(luma, chroma, facts, passage)  # type: ignore[operator]
        return luma
