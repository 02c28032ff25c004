from __future__ import annotations

import torch
from samples import Sampler, load_bank
from steadiness import flicker, report

from vidisp.flow import Network, Sizes


def test_a_coupling_that_draws_frames_together_is_steadier(bank):
    network = Network(Sizes((4, 2), 0, 4, 1, 4, (4, 2)))
    torch.nn.init.constant_(network.temporal[0].gate.last.bias, 1.0)
    sampler = Sampler(load_bank(bank, "train"), 2, 5, 16, 3, {"still": 1.0})
    batches = [sampler.draw("h264", 9.0) for _ in range(4)]
    line = report("pulled", network, batches)
    assert line.endswith("steadier with it in 4 of 4 batches")
    assert line.startswith(f"pulled: {sum(flicker(network, b) for b in batches) / 4:+.2f} dB, without")
