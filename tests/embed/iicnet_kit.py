"""Small networks that carry the mean luma of each block of the other pictures, and a folder of them as if released."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save

from vidisp.codec.simulate.jpeg import CHROMA, LUMA, quantisers
from vidisp.embed.iicnet import weights
from vidisp.embed.iicnet.network import EmbeddingNetwork, Shape
from vidisp.embed.iicnet.plan import Plan
from vidisp.embed.iicnet.squeeze import SLOTS

LUMA_SLOTS = [9, 10, 11, 12, 13, 14, 15, 17]
CHROMA_SLOT = 64 + 9
STEP, REACH = 60.0, 24.0
OTHERS = {"frames": 8, "pair": 1, "hide": 2, "layers": 3}
NAMES = [f"{kind}-{carrier}-1" for kind in OTHERS for carrier in ("png", "jpeg")]
QUALITIES = (90, 75)


def network(name: str) -> EmbeddingNetwork:
    """Of one of the names; each carries a little differently."""
    kind, carrier, _ = name.split("-")
    qualities = QUALITIES if carrier == "jpeg" else ()
    made = EmbeddingNetwork(Shape(others=OTHERS[kind], carrier=carrier, qualities=qualities))
    for quality in qualities or (None,):
        for count in range(1, 1 + OTHERS[kind]):
            _carry_means(made.plan(count, quality), _steps(quality, 2 * NAMES.index(name)))
    return made.eval()


def _carry_means(plan: Plan, steps: torch.Tensor) -> None:
    used = [*LUMA_SLOTS[: plan.others], CHROMA_SLOT]
    for other in range(plan.others):
        plan.source[0, used[other]] = other * SLOTS
        plan.scale[0, other * SLOTS] = 300.0
    plan.step[used] = steps[used]
    plan.reach[:] = REACH


def _steps(quality: int | None, more: int) -> torch.Tensor:
    """About `STEP` and so much more, in whole steps of a JPEG."""
    if quality is None:
        return torch.full((SLOTS,), STEP + more)
    quantum = torch.cat([quantisers(table, quality).flatten() for table in (LUMA, CHROMA, CHROMA)])
    return quantum * ((STEP + more) / quantum).ceil()


def release(folder: Path) -> None:
    """All of them, with their cards."""
    folder.mkdir()
    for name in NAMES:
        made = network(name)
        data = save({key: value.contiguous() for key, value in made.state_dict().items()})
        (folder / f"{name}.safetensors").write_bytes(data)
        card = {"id": name, "shape": made.shape.to_dict(), "sha256": hashlib.sha256(data).hexdigest()}
        (folder / f"{name}.json").write_text(json.dumps(card | {"about": "", "limits": "", "trained": ""}))


def forget() -> None:
    """What was loaded from a folder."""
    weights.network_of.cache_clear()
    weights._card.cache_clear()
