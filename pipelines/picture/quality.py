"""How good the lifting ISP's picture is: against full-colour truth, and its colours against rawpy's rendering.

    python pipelines/picture/quality.py --data DIR

DIR holds `images/*.png` (sRGB pictures; they are unprocessed to linear camera RGB of random plausible cameras and
mosaicked) and `train_raw/*.dng`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rawpy
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from vidisp.isp import LiftISP, Look, ReferenceISP, choose_look, mosaic_to_quads
from vidisp.isp.rendering import RGB
from vidisp.raw import read_frame

BORDER = 4  # quads at the border that do not count
CAMERAS = np.array(
    [
        [1.53, -0.18, -0.35, -0.28, 1.68, -0.40, -0.03, -0.44, 1.47],
        [1.65, -0.55, -0.10, -0.20, 1.55, -0.35, 0.02, -0.45, 1.43],
        [1.45, -0.30, -0.15, -0.15, 1.40, -0.25, 0.00, -0.35, 1.35],
        [1.85, -0.80, -0.05, -0.25, 1.60, -0.35, 0.05, -0.60, 1.55],
    ]
)
"""Camera to BT.709; random cameras are mixtures of these."""


@dataclass(frozen=True)
class Scene:
    """A picture as one camera's white-balanced linear RGB at all four sites, (1, 4, h, w) each, and that camera."""

    name: str
    camera: RGB
    look: Look

    @property
    def quads(self) -> Tensor:
        r, g, b = self.camera
        gain_r, gain_g, gain_b = self.look.white_balance
        return torch.stack([r[:, 0] / gain_r, g[:, 1] / gain_g, g[:, 2] / gain_g, b[:, 3] / gain_b], dim=1)


def scenes(folder: Path, seed: int) -> Iterator[Scene]:
    rng = np.random.default_rng(seed)
    for path in sorted(folder.glob("*.png")):
        matrix = (rng.dirichlet(np.ones(len(CAMERAS))) @ CAMERAS).reshape(3, 3)
        matrix /= matrix.sum(1, keepdims=True)
        gains = (float(rng.uniform(1.4, 2.6)), 1.0, float(rng.uniform(1.3, 2.4)))
        coded = np.asarray(Image.open(path).convert("RGB")).transpose(2, 0, 1) / 255
        linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
        camera = np.einsum("ij,jhw->ihw", np.linalg.inv(matrix), linear)
        yield Scene(path.stem, at_sites(camera), Look(gains, tuple(map(float, matrix.ravel()))))


def at_sites(image: np.ndarray) -> RGB:
    """(3, 2h, 2w) to red, green and blue at the four sites, (1, 4, h, w) each."""
    x = torch.from_numpy(np.ascontiguousarray(image)).float()
    r, g, b = torch.stack([x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)], dim=1)[:, None]
    return r, g, b


def truth(isp: LiftISP | ReferenceISP, camera: RGB) -> Tensor:
    """The planes that a rendering of the full-colour scene with the ISP's own exposure and tone has, 4:2:0."""
    exposure = isp.exposure
    exposed = (
        exposure.headroom.forward(exposure.balance[site].forward(plane) * exposure.exposure).clamp(max=exposure.white)
        for plane, site in zip(camera, (0, 1, 3), strict=True)
    )
    tones = isp.rendering.tones(tuple(exposed))  # type: ignore[arg-type]
    u, v = isp.rendering.chroma(tones)
    return isp.range.encode(isp.rendering.luma(tones), u.mean(1), v.mean(1))


def psnr(error: Tensor) -> float:
    return float(-10 * (error / 255).square().mean().log10())


def compare(scene: Scene) -> tuple[float, float, float, float]:
    """PSNR of luma and chroma of the lifting ISP, then of Malvar and 4:2:0."""
    found = []
    for isp in (LiftISP(scene.look), ReferenceISP(scene.look)):
        error = (isp.forward(scene.quads) - truth(isp, scene.camera))[..., BORDER:-BORDER, BORDER:-BORDER]
        found += [psnr(error[:, :4]), psnr(error[:, 4:])]
    a, b, c, d = found
    return a, b, c, d


def colour_difference(path: Path) -> tuple[float, float, int]:
    """Mean and 95th percentile of CIE 1976 Delta E between the lift's picture and rawpy's, of blocks of 16x16 samples
    below saturation, the exposures matched; and how many blocks."""
    frame = read_frame(path)
    sensor = frame.sensor
    quads = mosaic_to_quads(torch.from_numpy(frame.mosaic)[None], sensor.cfa, sensor.black, sensor.white)
    isp = LiftISP(choose_look([frame], exposure=0.0))
    luma, u, v = isp.range.decode(isp.forward(quads))
    tones = [luma.mean(1) + by_u * u + by_v * v for by_u, by_v in isp.rendering.offsets]
    ours = torch.cat([isp.rendering.tone.inverse(tone) for tone in tones])
    theirs = F.avg_pool2d(rendered_by_rawpy(path, sensor.neutral)[:, : 2 * ours.shape[1], : 2 * ours.shape[2]], 2)
    usable = F.max_pool2d(quads, 8)[0].amax(0) < 0.35
    a, b = (F.avg_pool2d(image, 8)[:, usable].double() for image in (ours, theirs))
    difference = (lab(a) - lab(b * (a * b).sum() / b.square().sum())).square().sum(0).sqrt()
    return float(difference.mean()), float(torch.quantile(difference, 0.95)), int(usable.sum())


def rendered_by_rawpy(path: Path, neutral: tuple[float, float, float]) -> Tensor:
    gains = [neutral[1] / channel for channel in neutral]
    with rawpy.imread(str(path)) as raw:
        image = raw.postprocess(
            user_wb=[*gains, 1.0], no_auto_bright=True, gamma=(1, 1), output_bps=16, user_flip=0, adjust_maximum_thr=0
        )
    return torch.from_numpy(image.astype(np.float32) / 65535).permute(2, 0, 1)


def lab(linear: Tensor) -> Tensor:
    """CIE L*a*b* of linear BT.709, (3, n), white D65."""
    from_709 = torch.tensor([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]).double()
    xyz = (from_709 @ linear) / from_709.sum(1, keepdim=True)
    f = torch.where(xyz > 216 / 24389, xyz.clamp_min(1e-6) ** (1 / 3), xyz * 841 / 108 + 4 / 29)
    return torch.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def main() -> int:
    p = argparse.ArgumentParser(description="Picture quality of the lifting ISP.")
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--seed", type=int, default=0, help="of the random cameras")
    args = p.parse_args()
    print(f"PSNR in dB against full colour in 4:2:0, seed {args.seed}\npicture   lift Y  lift C   Malvar Y  Malvar C")
    rows = []
    for scene in scenes(args.data / "images", args.seed):
        rows.append(compare(scene))
        print("{:8} {:7.2f} {:7.2f}    {:7.2f}   {:7.2f}".format(scene.name, *rows[-1]))
    mean = np.mean(rows, axis=0)
    print("{:8} {:7.2f} {:7.2f}    {:7.2f}   {:7.2f}".format("mean", *mean))
    print("\nDelta E against rawpy's rendering (same white balance, no auto bright)")
    for path in sorted((args.data / "train_raw").glob("*.dng")):
        print("{:24} mean {:.2f}, 95 % {:.2f} ({} blocks)".format(path.stem, *colour_difference(path)))
    return 0 if mean[0] >= mean[2] and mean[1] >= mean[3] else 1


if __name__ == "__main__":
    sys.exit(main())
