"""Train Invertible ISP's network as vidisp's own: the same scenes, looks, codecs and validation.

    python pipelines/train_flow/train_invisp.py pipelines/train_flow/invisp.toml --bank bench/bank --out bench/invisp

It goes on from its checkpoint when run again. `rate_distortion.py --invisp OUT/best.pt` then has its rows. The loss is
the paper's (section 3.4): mean absolute differences of the picture to the reference look, and of the RAW to what comes
back through the codec, straight through. It takes a GPU: a step is about three minutes of one CPU core.
"""

from __future__ import annotations

import argparse
import sys
import time
import tomllib
from pathlib import Path

import torch
from loops import Loop, through_codec
from objective import Score, decibels
from samples import Batch
from train import Training

from vidisp.errors import VidispError

sys.path.append(str(Path(__file__).parents[1] / "benchmark"))
from rivals.invisp import InvISP
from rivals.invisp_isp import InvISPRenderer


class RivalTraining(Training):
    """The same run of batches and checkpoints, with the rival's network and the rival's loss."""

    def _judge(self, network: InvISP, batch: Batch, loop: Loop, jitter: float = 0.0) -> Score:
        batch.quads = batch.quads.to(self.device)
        isp = InvISPRenderer(batch.look, network)
        raw = isp.raw(batch.quads)
        picture = network(raw)
        coded = through_codec(isp.planes(picture), batch, loop)
        back = network.inverse(isp.picture(coded.planes))
        loss = (picture - isp.target(batch.quads)).abs().mean() + (back - raw).abs().mean()
        linear, root = decibels(isp.quads(back), batch.quads)
        look = -10 * (picture - isp.target(batch.quads)).square().mean().log10()
        proxy = coded.proxy / batch.quads.numel()
        return Score(loss, *(float(x.detach()) for x in (linear, root, look, proxy)), coded.bits)


def main() -> int:
    p = argparse.ArgumentParser(description="Train the network of Invertible ISP.")
    p.add_argument("config", type=Path)
    p.add_argument("--bank", type=Path, required=True, help="what datasets/training_bank.py made")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--minutes", type=float, default=float("inf"), help="stop after this long; the next run goes on")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = p.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    config = tomllib.loads(args.config.read_text())
    torch.manual_seed(config["seed"])
    try:
        RivalTraining(config, args.bank, args.out, args.device, "straight", InvISP()).run(
            time.monotonic() + args.minutes * 60
        )
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
