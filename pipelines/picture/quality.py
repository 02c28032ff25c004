"""How good the picture is: against full-colour truth, and its colours against rawpy's rendering.

    python pipelines/picture/quality.py --data DIR --models lift flow-s

The picture is what goes into the encoder, rounded. DIR holds `images/*.png` (sRGB pictures; they are unprocessed to
linear camera RGB of random plausible cameras and mosaicked) and `train_raw/*.dng`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rawpy
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from vidisp.codec import FORMATS
from vidisp.codec.quantiser import implied_step
from vidisp.errors import VidispError
from vidisp.flow import Conditions, FlowISP, Passage, lift_noise
from vidisp.flow.weights import RELEASED, load
from vidisp.isp import LiftISP, Look, ReferenceISP, choose_look, mosaic_to_quads
from vidisp.isp.rendering import RGB
from vidisp.raw import read_frame

DEMOSAIC = "Malvar"
CRF = 14.0  # what the models are told
SEED = 1  # of noise
NOISES = {"without noise": (0.0, 0.0), "with the noise of a GoPro HERO7, S,O = (0.00039, 1.2e-07)": (3.9e-4, 1.2e-7)}
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

    def quads(self, noise: tuple[float, float]) -> Tensor:
        """What the camera's sensor sees, with noise of variance S*x + O."""
        r, g, b = self.camera
        gain_r, gain_g, gain_b = self.look.white_balance
        clean = torch.stack([r[:, 0] / gain_r, g[:, 1] / gain_g, g[:, 2] / gain_g, b[:, 3] / gain_b], dim=1)
        slope, offset = noise
        sigma = (slope * clean.clamp(min=0) + offset).sqrt()
        return clean + sigma * torch.randn(clean.shape, generator=torch.Generator().manual_seed(SEED))


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


def render(model: str, look: Look, quads: Tensor) -> tuple[LiftISP | ReferenceISP, Tensor]:
    """Whole code values (1, 6, h, w) of a model, or of a careful demosaic in 4:2:0; and what set their exposure."""
    lift = LiftISP(look)
    if model == DEMOSAIC:
        reference = ReferenceISP(look)
        return reference, reference.forward(quads).round()
    if model == "lift":
        return lift, lift.codes(quads)
    conditions = Conditions(implied_step(FORMATS["h264"], CRF), lift_noise(lift, quads))
    return lift, FlowISP(look, load(RELEASED.get(model, model)), conditions).codes(quads, Passage.whole(1))


def compare(scene: Scene, model: str, noise: tuple[float, float]) -> tuple[float, float]:
    """PSNR of luma and of chroma."""
    isp, planes = render(model, scene.look, scene.quads(noise))
    error = (planes - truth(isp, scene.camera))[..., BORDER:-BORDER, BORDER:-BORDER]
    return psnr(error[:, :4]), psnr(error[:, 4:])


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
    p = argparse.ArgumentParser(description="Picture quality.")
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--models", nargs="+", default=["lift", "flow-s"])
    p.add_argument("--seed", type=int, default=0, help="of the random cameras")
    args = p.parse_args()
    try:
        with torch.inference_mode():
            worse = [kind for kind, noise in NOISES.items() if not tell(args, kind, noise)]
            tell_colours(args.data)
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 1 if worse else 0


def tell(args: argparse.Namespace, kind: str, noise: tuple[float, float]) -> bool:
    """One table; whether every model is at least as near to the truth as the demosaic."""
    names = [*args.models, DEMOSAIC]
    print(f"PSNR of luma, chroma in dB against full colour in 4:2:0; {kind}; seed {args.seed}")
    print("picture " + "".join(f"{name:>16}" for name in names))
    rows = []
    for scene in scenes(args.data / "images", args.seed):
        rows.append([compare(scene, name, noise) for name in names])
        print(f"{scene.name:8}" + _cells(rows[-1]))
    mean = np.mean(rows, axis=0)
    print(f"{'mean':8}" + _cells(mean) + "\n")
    return bool((mean[:-1] >= mean[-1]).all())


def _cells(pairs: Iterable[tuple[float, float]]) -> str:
    return "".join(f"{luma:9.2f}{chroma:7.2f}" for luma, chroma in pairs)


def tell_colours(data: Path) -> None:
    print("Delta E of the lift against rawpy's rendering (same white balance, no auto bright)")
    for path in sorted((data / "train_raw").glob("*.dng")):
        print("{:24} mean {:.2f}, 95 % {:.2f} ({} blocks)".format(path.stem, *colour_difference(path)))


if __name__ == "__main__":
    sys.exit(main())
