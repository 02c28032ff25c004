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
_FAST = f"{_PSNR}:trellis=0"
_HEVC = "psy-rd=0:psy-rdoq=0:aq-mode=0"
_AV1 = "tune=1:aq-mode=0:enable-tf=0"
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
        Candidate("t0", _FAST),
        Candidate("t0, deadzone 15 8", f"{_FAST}:deadzone-inter=15:deadzone-intra=8"),
        Candidate("t0, deadzone 8 4", f"{_FAST}:deadzone-inter=8:deadzone-intra=4"),
        Candidate("t0, b-adapt 2", f"{_FAST}:b-adapt=2"),
        Candidate("t0, subme 6", f"{_FAST}:subme=6"),
        Candidate("t0, subme 9", f"{_FAST}:subme=9"),
        Candidate("t0, me umh", f"{_FAST}:me=umh"),
        Candidate("t0, partitions all", f"{_FAST}:partitions=all"),
        Candidate("t0, chroma +1", f"{_FAST}:chroma-qp-offset=1"),
        *(Candidate(f"t0, preset {p}", _FAST, p) for p in ("veryfast", "fast", "slow")),
    ),
    "libx265": (
        Candidate("defaults", ""),
        Candidate("no psy", "psy-rd=0:psy-rdoq=0"),
        Candidate("no psy, no aq", _HEVC),
        *(Candidate(f"chroma {n:+d}", f"{_HEVC}:cbqpoffs={n}:crqpoffs={n}") for n in (-3, 2)),
        Candidate("no sao", f"{_HEVC}:sao=0"),
        Candidate("no deblock", f"{_HEVC}:deblock=0:sao=0"),
        Candidate("deblock -2", f"{_HEVC}:deblock=-2,-2"),
        Candidate("no cutree", f"{_HEVC}:cutree=0"),
        Candidate("no cutree, pb 1", f"{_HEVC}:cutree=0:pbratio=1"),
        *(Candidate(f"rdoq {n}", f"{_HEVC}:rdoq-level={n}") for n in (1, 2)),
        *(Candidate(f"bframes {n}", f"{_HEVC}:bframes={n}") for n in (0, 3, 8)),
        Candidate("ref 1", f"{_HEVC}:ref=1"),
        Candidate("no signhide", f"{_HEVC}:signhide=0"),
        Candidate("no strong smoothing", f"{_HEVC}:strong-intra-smoothing=0"),
        Candidate("no wpp", f"{_HEVC}:wpp=0"),
        *(Candidate(f"preset {p}", _HEVC, p) for p in ("ultrafast", "superfast", "veryfast", "medium")),
    ),
    "libsvtav1": (
        Candidate("defaults", "tune=1"),
        Candidate("tune 0", "tune=0"),
        Candidate("no aq", "tune=1:aq-mode=0"),
        Candidate("no temporal filter", "tune=1:enable-tf=0"),
        Candidate("no aq, no tf", _AV1),
        Candidate("no restoration", f"{_AV1}:enable-restoration=0"),
        Candidate("no cdef", f"{_AV1}:enable-cdef=0"),
        Candidate("no loop filter", f"{_AV1}:enable-dlf=0"),
        *(Candidate(f"levels {n}", f"{_AV1}:hierarchical-levels={n}") for n in (2, 3, 4)),
        *(Candidate(f"preset {p}", _AV1, str(p)) for p in (11, 10, 9, 7, 6)),
    ),
}
