from __future__ import annotations

import torch
from rivals.invisp import InvISP
from train_invisp import RivalTraining


def test_the_rival_learns_from_the_same_batches(bank, tmp_path):
    config = {"steps": 3, "rate": 0.1, "seed": 3, "clips": 1, "frames": 1, "size": 16, "validate_every": 9}
    torch.manual_seed(0)
    # The rate rises from a hundredth.
    training = RivalTraining(config | {"shares": {"still": 1.0}}, bank, tmp_path, "cpu", "straight", InvISP())
    batch = training.sampler.draw("h264", 12.0)
    scores = [training._update(batch) for _ in range(3)]
    losses = [float(score.loss.detach()) for score in scores]
    assert losses[-1] < 0.9 * losses[0]
    assert scores[-1].look > scores[0].look
    assert scores[0].bits > 0
