"""What the newest networks reach on test material, and the analytic start beside them: dB of 8-bit R'G'B'.

    python pipelines/train_embed/evaluate.py --data DIR [--only pair-jpeg] [--pictures OUT]

The material is the benchmark's (`pipelines/benchmark/embedding_contents.py`). The stills are the networks' own, without
the mark and the header that the product adds (`pipelines/benchmark/embedding.py` measures those). "Start" is a network
without its relation module: plans that were fitted, not trained.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from carrying import carried, decibels
from PIL import Image
from torch import Tensor
from train import configuration, shape_of

from vidisp.embed.iicnet.arrange import arranged
from vidisp.embed.iicnet.network import EmbeddingNetwork
from vidisp.embed.iicnet.squeeze import CARRIERS, PEAK
from vidisp.embed.iicnet.tiling import padded
from vidisp.embed.iicnet.weights import network_of, newest
from vidisp.errors import VidispError

sys.path.append(str(Path(__file__).parents[1] / "benchmark"))
from embedding_contents import Content, contents

_CENTRE = 128.0
_HEAD = """\
| network | content | quality | still | start: reference, others | trained: the same | worst | CPU s/MP embed, restore |
|---|---|---|---|---|---|---|---|"""


def material(data: Path, only: str) -> Iterator[tuple[str, Content]]:
    """Every content that a network takes, with the id of that network."""
    for content in contents(data):
        for carrier in CARRIERS:
            name = newest(content.task, carrier)
            if name.startswith(only) and len(content.pictures) <= 1 + network_of(name).shape.others:
                yield name, content


@torch.inference_mode()
def measured(network: EmbeddingNetwork, content: Content, quality: int | None, out: Path | None) -> str:
    """A line of the table."""
    stack = arranged(content.conversion, network.shape.others)
    height, width = stack[0].shape[:2]
    whole = np.stack([padded(picture, network.grid) for picture in stack])
    pictures = torch.from_numpy(whole).permute(0, 3, 1, 2).float() / 255
    started = time.process_time()
    still = network.embed(pictures[:1], pictures[None, 1:], quality)
    still = network.rounded(still, len(stack) - 1, quality)[0]
    embedded = time.process_time()
    read = carried(still, quality)[None]
    begun = time.process_time()
    reference, others = network.restore(read, len(stack) - 1, quality)
    ended = time.process_time()
    plan = network.plan(len(stack) - 1, quality)
    start = (network.found(read * PEAK - _CENTRE, plan)[0] + _CENTRE) / PEAK
    final = torch.cat([reference, others[0]])
    if out:
        _save(out, torch.cat([read, final[1:2]], 3)[0, :, :height])
    shown = float(decibels(_cut(read, height, width), _cut(pictures[:1], height, width)))
    dbs = [decibels(_cut(each, height, width), _cut(pictures, height, width)) for each in (start, final)]
    megapixels = height * width / 1e6
    times = f"{(embedded - started) / megapixels:.1f}, {(ended - begun) / megapixels:.1f}"
    restored = " | ".join(f"{float(db[0]):.2f}, {float(db[1:].mean()):.2f}" for db in dbs)
    return f"{shown:.2f} | {restored} | {float(dbs[1][1:].min()):.2f} | {times}"


def _cut(pictures: Tensor, height: int, width: int) -> Tensor:
    return pictures[..., :height, :width]


def _save(path: Path, picture: Tensor) -> None:
    Image.fromarray(picture.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()).save(path)


def loaded(path: Path, model_id: str) -> EmbeddingNetwork:
    """The network of a run, of the same kind as one that is released."""
    network = EmbeddingNetwork(shape_of(configuration(model_id.rpartition("-")[0])))
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default="", help="networks whose id begins so")
    parser.add_argument("--weights", type=Path, help="best.pt of a run, in place of those released; with --only")
    parser.add_argument("--pictures", type=Path, help="a folder for each still beside the first picture it gave back")
    args = parser.parse_args()
    if args.pictures:
        args.pictures.mkdir(parents=True, exist_ok=True)
    print(_HEAD)
    try:
        for name, content in material(args.data, args.only):
            network = loaded(args.weights, name) if args.weights else network_of(name)
            for quality in network.shape.qualities or (None,):
                out = args.pictures and args.pictures / f"{name} {content.name} {quality or ''}.png"
                line = measured(network, content, quality, out)
                print(f"| {name} | {content.name} | {quality or ''} | {line} |", flush=True)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
