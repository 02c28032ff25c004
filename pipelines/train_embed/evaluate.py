"""What the released networks reach on test material, and the analytic start beside them: dB of 8-bit R'G'B'.

    python pipelines/train_embed/evaluate.py --data DIR [--only pair-jpeg] [--pictures OUT]

The stills are the networks' own, without the mark and the header that the product adds (`pipelines/benchmark/
embedding.py` measures those). "Start" is the network without its relation module: plans that were fitted, not trained.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import torch
from carrying import carried, decibels
from PIL import Image, ImageDraw, ImageFilter
from safetensors.torch import load_file
from simulated import composed
from torch import Tensor

from vidisp.embed.iicnet.network import EmbeddingNetwork
from vidisp.embed.iicnet.squeeze import PEAK
from vidisp.embed.iicnet.weights import network_of, released
from vidisp.errors import VidispError

_CENTRE = 128.0
_FIRST = 100  # of the test clip's frames
_HEAD = """\
| network | content | quality | still | start: reference, others | trained: the same | worst | CPU s/MP embed, restore |
|---|---|---|---|---|---|---|---|"""
Content = tuple[str, np.ndarray]
"""A name, and a stack of pictures (1 + K, H, W, 3) uint8, the reference first."""


def contents(family: str, data: Path) -> Iterator[Content]:
    """Test material of a family of networks; nothing of it was trained on."""
    yield from {"frames": _frames, "pair": _pairs, "hide": _hidings, "layers": _layers}[family](data)


def _frames(data: Path) -> Iterator[Content]:
    with av.open(str(data / "video" / "car-detection.mp4")) as source:
        frames = [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]
    for count in (2, 5, 9):
        for stride in (1, 4):
            chosen = frames[_FIRST : _FIRST + count * stride : stride]
            middle = (count - 1) // 2
            yield f"car, {count} frames, 1 of {stride}", np.stack([chosen.pop(middle), *chosen])


def _pairs(data: Path) -> Iterator[Content]:
    yield "motorcycle", np.stack([_rgb(data / "stereo" / f"motorcycle_{side}.png") for side in ("left", "right")])


def _hidings(data: Path) -> Iterator[Content]:
    photos = {name: _rgb(data / "images" / f"{name}.png") for name in ("19", "21", "23")}
    photos["19"] = np.rot90(photos["19"])
    for cover, *secrets in (("21", "23"), ("23", "19"), ("19", "21"), ("21", "23", "19")):
        yield f"{'+'.join(secrets)} in {cover}", np.stack([photos[name] for name in (cover, *secrets)])


def _layers(data: Path) -> Iterator[Content]:
    front, back = (_rgb(data / "images" / f"{name}.png") for name in ("23", "21"))
    height, width = front.shape[:2]
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).ellipse((width // 5, height // 8, 4 * width // 5, 15 * height // 16), fill=255)
    yield "23 over 21", composed(front, np.asarray(mask.filter(ImageFilter.GaussianBlur(3))), back)


@torch.inference_mode()
def measured(network: EmbeddingNetwork, stack: np.ndarray, quality: int | None, out: Path | None) -> str:
    """A line of the table."""
    height, width = stack.shape[1:3]
    padding = ((0, 0), (0, -height % network.grid), (0, -width % network.grid), (0, 0))
    pictures = torch.from_numpy(np.pad(stack, padding, mode="reflect")).permute(0, 3, 1, 2).float() / 255
    started = time.process_time()
    still = network.embed(pictures[:1], pictures[None, 1:], quality)[0]
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


def _rgb(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def loaded(path: Path, like: str) -> EmbeddingNetwork:
    """A network of a run that is not released, in the shape of one that is."""
    network = EmbeddingNetwork(network_of(like).shape)
    held = torch.load(path, weights_only=True) if path.suffix == ".pt" else load_file(path)
    network.load_state_dict(held)
    return network.eval()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default="", help="networks whose id begins so")
    parser.add_argument("--weights", type=Path, help="of a run, in place of those released; with --only")
    parser.add_argument("--pictures", type=Path, help="a folder for each still beside the first picture it gave back")
    args = parser.parse_args()
    if args.pictures:
        args.pictures.mkdir(parents=True, exist_ok=True)
    print(_HEAD)
    try:
        for name in released():
            if not name.startswith(args.only):
                continue
            network = loaded(args.weights, name) if args.weights else network_of(name)
            for number, (content, stack) in enumerate(contents(name.split("-")[0], args.data)):
                for quality in network.shape.qualities or (None,):
                    out = args.pictures and args.pictures / f"{name}_{number}_{quality or 'png'}.png"
                    line = measured(network, stack, quality, out)
                    print(f"| {name} | {content} | {quality or ''} | {line} |", flush=True)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
