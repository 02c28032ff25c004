"""What the coupling in time is worth to the picture: how much steadier it is with it than without.

    python pipelines/train_flow/steadiness.py --bank bench/bank

Validation parts, before any codec: how much more consecutive frames differ along their motion (simulated motion, or
excerpts of video taken as still) than those of the reference look, in dB; for released models, for the same without
their temporal layers, and for the lift.
"""

from __future__ import annotations

import argparse
import copy
import sys
from pathlib import Path

import torch
from ablate import without_temporal
from loops import implied
from picture import distance
from samples import Batch, Sampler, load_bank

from vidisp.errors import VidispError
from vidisp.flow import FlowISP, Network
from vidisp.flow.weights import RELEASED, load
from vidisp.isp import LiftISP

CRFS = (5.0, 9.0, 13.0, 17.0, 22.0)
SHARES = {"still": 0.6, "binned": 0.25, "video": 0.15}
CLIPS, FRAMES, SIZE, SEED = 4, 5, 48, 7


def main() -> int:
    p = argparse.ArgumentParser(description="Steadiness with and without the coupling in time.")
    p.add_argument("--bank", type=Path, required=True, help="what datasets/training_bank.py made")
    p.add_argument("--models", nargs="+", default=list(RELEASED))
    p.add_argument("--batches", type=int, default=40)
    args = p.parse_args()
    try:
        for name in args.models:
            network = load(RELEASED.get(name, name))
            print(report(name, network, batches(args.bank, args.batches)), flush=True)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def batches(bank: Path, count: int) -> list[Batch]:
    sampler = Sampler(load_bank(bank, "validation"), CLIPS, FRAMES, SIZE, SEED, SHARES, ["h264"])
    return [sampler.draw(crf=CRFS[i % len(CRFS)]) for i in range(count)]


@torch.inference_mode()
def report(name: str, network: Network, drawn: list[Batch]) -> str:
    """One line."""
    bare = copy.deepcopy(network)
    without_temporal(bare)
    whole, without = ([flicker(each, batch) for batch in drawn] for each in (network, bare))
    lift = [float(distance(LiftISP(b.look).forward(b.quads), b).flicker) for b in drawn]
    steadier = sum(a < b for a, b in zip(whole, without, strict=True))
    means = (sum(values) / len(drawn) for values in (whole, without, lift))
    line = "{:+.2f} dB, without the coupling in time {:+.2f} dB, lift {:+.2f} dB".format(*means)
    return f"{name}: {line}; steadier with it in {steadier} of {len(drawn)} batches"


@torch.inference_mode()
def flicker(network: Network, batch: Batch) -> float:
    isp = FlowISP(batch.look, network, batch.conditions(implied(batch)))
    return float(distance(isp.forward(batch.quads, batch.passage), batch).flicker)


if __name__ == "__main__":
    sys.exit(main())
