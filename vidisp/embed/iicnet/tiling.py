"""The network on whole pictures: padded to its grid, in tiles, so that memory does not grow with the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from vidisp.embed.iicnet.mark import Mark, pattern
from vidisp.embed.iicnet.network import EmbeddingNetwork
from vidisp.stream.strips import Tile, tiles

_LARGEST = 1 << 21
"""Pixels of a tile with what is around it, in all pictures together."""


def padded(picture: np.ndarray, grid: int) -> np.ndarray:
    """(H, W, 3) with reflections to the right and below, up to multiples of the grid."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, -height % grid), (0, -width % grid), (0, 0)), mode="reflect")


def embed(network: EmbeddingNetwork, pictures: Sequence[np.ndarray], quality: int | None, message: bytes) -> np.ndarray:
    """The still of a reference and others, (H, W, 3) uint8 all, sides multiples of the network's grid.

    Args:
        quality: of the JPEG, as the network takes it.
        message: what the still's mark shall say.
    """
    still = np.empty_like(pictures[0])
    mark, odd = Mark(network, len(pictures) - 1, quality), pattern(still.shape, message)
    for tile in _tiles(network, still, len(pictures)):
        reference, *others = (_tensor(picture, tile, network) for picture in pictures)
        with torch.inference_mode():
            made = network.embed(reference, torch.stack(others, 1), quality)
            made = mark.impress(made, reference, torch.from_numpy(odd[tile.read(1)]).to(made.device))
            made = network.rounded(made, len(others), quality)
        _keep(made, tile, network, still)
    return still


def restore(network: EmbeddingNetwork, still: np.ndarray, count: int, quality: int | None) -> list[np.ndarray]:
    """The reference and `count` others of a still, each (H, W, 3) uint8 like the still; `quality` as in `embed`."""
    pictures = [np.empty_like(still) for _ in range(1 + count)]
    for tile in _tiles(network, still, len(pictures)):
        with torch.inference_mode():
            reference, others = network.restore(_tensor(still, tile, network), count, quality)
        for picture, found in zip(pictures, (reference, *others.unbind(1)), strict=True):
            _keep(found, tile, network, picture)
    return pictures


def _tiles(network: EmbeddingNetwork, picture: np.ndarray, count: int) -> Iterator[Tile]:
    """Of `count` pictures, in units of the grid."""
    grid = network.grid
    rows, columns = picture.shape[0] // grid, picture.shape[1] // grid
    yield from tiles(rows, columns, network.reach // grid, _LARGEST // count // grid**2)


def _tensor(picture: np.ndarray, tile: Tile, network: EmbeddingNetwork) -> Tensor:
    """(1, 3, h, w) 0..1 of what a tile reads, where the network is."""
    device = next(network.buffers()).device
    codes = torch.from_numpy(picture[tile.read(network.grid)].copy()).to(device)
    return rearrange(codes, "h w c -> 1 c h w").float() / 255


def _keep(found: Tensor, tile: Tile, network: EmbeddingNetwork, picture: np.ndarray) -> None:
    """The tile's own part of what the network found, as codes in their place."""
    codes = rearrange(found, "1 c h w -> h w c")[tile.keep(network.grid)].mul(255).round().clamp(0, 255)
    picture[tile.write(network.grid)] = codes.byte().cpu().numpy()
