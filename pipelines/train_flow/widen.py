"""A larger network that begins as a smaller, trained one: it computes the same, and has room to learn more."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

Weights = Mapping[str, Tensor]


def widened(small: Weights, large: Weights) -> dict[str, Tensor]:
    """`large`'s initial weights, with those of `small` put in at the front (Chen, Goodfellow, Shlens, Net2Net, 2016).

    Old units do not listen to new ones, at first; new ones keep their random weights. A layer that only `large` has
    keeps its initial weights too, so that layer has to begin as the identity, which couplings do.

    Raises:
        ValueError: a layer of `small` that `large` has not, or has smaller.
    """
    out = {name: tensor.clone() for name, tensor in large.items()}
    for name, old in small.items():
        new = out.get(name)
        if new is None or new.dim() != old.dim() or any(n < o for n, o in zip(new.shape, old.shape, strict=True)):
            raise ValueError(f"{name} of the smaller network does not fit into the larger one")
        _put(old, new)
    return out


def _put(old: Tensor, new: Tensor) -> None:
    rows = slice(0, old.shape[0])
    if old.dim() > 1:
        new[rows, old.shape[1] :] = 0
    new[tuple(slice(0, side) for side in old.shape)] = old
