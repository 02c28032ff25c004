"""The settings that `encoder_settings.py` compares, each against the first of its encoder."""

from __future__ import annotations

from typing import NamedTuple


class Candidate(NamedTuple):
    """`params` go to the encoder beside the GOP structure; None stands for what vidisp uses. No preset: the
    format's default."""

    name: str
    params: str | None
    preset: str | None = None


_PSNR = "psy=0:aq-mode=0"
QUALITIES = {
    "libx264": (4, 9, 14, 19, 25),
    "libx265": (4, 9, 14, 19, 25),
    "libsvtav1": (4, 10, 18, 28, 40),
}
CANDIDATES = {
    "libx264": (
        Candidate("defaults", ""),
        Candidate("psy=0", "psy=0"),
        Candidate("tune psnr", _PSNR),
        *(Candidate(f"chroma {n:+d}", f"{_PSNR}:chroma-qp-offset={n}") for n in (-8, -6, -4, -2, 2)),
        *(Candidate(f"bframes {n}", f"{_PSNR}:bframes={n}") for n in (0, 1, 2, 5, 8)),
        Candidate("b-adapt 2", f"{_PSNR}:b-adapt=2"),
        *(Candidate(f"trellis {n}", f"{_PSNR}:trellis={n}") for n in (0, 2)),
        *(Candidate(f"deblock {n}", f"{_PSNR}:deblock={n},{n}") for n in (-3, -1, 1)),
        Candidate("no deblock", f"{_PSNR}:no-deblock=1"),
        *(Candidate(f"ref {n}", f"{_PSNR}:ref={n}") for n in (1, 5)),
        Candidate("no mbtree", f"{_PSNR}:no-mbtree=1"),
        *(Candidate(f"pbratio {n}", f"{_PSNR}:pbratio={n}") for n in (1.0, 1.15)),
        *(Candidate(f"ipratio {n}", f"{_PSNR}:ipratio={n}") for n in (1.1, 1.25)),
        Candidate("no mbtree, pb 1, ip 1.1", f"{_PSNR}:no-mbtree=1:pbratio=1.0:ipratio=1.1"),
        Candidate("no dct decimate", f"{_PSNR}:no-dct-decimate=1"),
        Candidate("no fast pskip", f"{_PSNR}:no-fast-pskip=1"),
        Candidate("weightp 0", f"{_PSNR}:weightp=0"),
        Candidate("aq 1, 0.4", "psy=0:aq-mode=1:aq-strength=0.4"),
        *(Candidate(f"preset {p}", _PSNR, p) for p in ("superfast", "veryfast", "fast", "slow", "slower")),
    ),
}
