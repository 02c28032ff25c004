"""From an ordinary picture back to what a camera's sensor would have seen: plausible RAW out of sRGB.

After Brooks, Mildenhall, Xue, Chen, Sharlet and Barron, "Unprocessing Images for Learned Raw Denoising", CVPR 2019,
section 3: the tone curve backwards, the inverse of a random camera's colour matrix, a random white balance that
leaves highlights white, and the colour filter. Noise and exposure come later, fresh in every training step.
Everything made with it is *simulated RAW* and must be called so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from vidisp.isp.colour import camera_to_bt709
from vidisp.isp.curves import Tone
from vidisp.isp.look import DEFAULT_FOOT

D65_LIGHT = 21
"""EXIF LightSource of `MATRICES`."""
MATRICES = {
    "Canon EOS 5D Mark III": (0.6722, -0.0635, -0.0963, -0.4287, 1.2460, 0.2028, -0.0908, 0.2162, 0.5668),
    "Nikon D800": (0.7866, -0.2108, -0.0555, -0.4869, 1.2483, 0.2681, -0.1176, 0.2069, 0.7501),
    "Olympus E-PL5": (0.8380, -0.2630, -0.0639, -0.2887, 1.0725, 0.2496, -0.0627, 0.1427, 0.5438),
    "Panasonic DMC-GX1": (0.6763, -0.1919, -0.0863, -0.3868, 1.1515, 0.2684, -0.1216, 0.2387, 0.5879),
    "Sony DSC-RX100M4": (0.6596, -0.2079, -0.0562, -0.4782, 1.3016, 0.1933, -0.0970, 0.1581, 0.5181),
    "Sony ILCE-7R": (0.4913, -0.0541, -0.0202, -0.6130, 1.3513, 0.2906, -0.1564, 0.2151, 0.7183),
}
"""XYZ to camera RGB under D65, row by row: what Adobe's DNG Converter writes as the ColorMatrix of these cameras."""
RED_GAIN, BLUE_GAIN = (1.4, 2.8), (1.2, 2.6)
"""White balance gains over green, from warm indoor light to shade."""
HIGHLIGHT = 0.9
"""Mean of R, G, B from which on a picture's pixel counts as about to saturate (Brooks et al., section 3.3)."""


@dataclass(frozen=True)
class Camera:
    """The calibration that a RAW file would state: `neutral` and `color_matrix` as in `vidisp.raw.Sensor`."""

    neutral: tuple[float, ...]
    color_matrix: tuple[float, ...]
    illuminant: int = D65_LIGHT


def random_camera(seed: int) -> Camera:
    """A camera between the real ones of `MATRICES`, in a random light. The same seed gives the same camera."""
    rng = np.random.default_rng(seed)
    mix = rng.dirichlet(np.ones(len(MATRICES))) @ np.array(list(MATRICES.values()))
    red, blue = (math.exp(rng.uniform(math.log(low), math.log(high))) for low, high in (RED_GAIN, BLUE_GAIN))
    return Camera((1 / red, 1.0, 1 / blue), tuple(float(value) for value in mix))


def linear_light(picture: np.ndarray) -> np.ndarray:
    """R'G'B' of (..., h, w, 3) uint8 to linear light (..., 3, h, w) float32 in 0..1.

    Backwards through the curve that vidisp renders with, so that rendering gives the picture back; it is close to
    the camera curve of BT.709.
    """
    codes = torch.from_numpy(np.moveaxis(picture, -1, -3).astype(np.float32))
    return np.asarray(Tone(DEFAULT_FOOT).inverse(codes / 255).numpy())


def halve(linear: np.ndarray) -> np.ndarray:
    """Means of 2x2 pixels of (..., h, w): hides what compression did, averages noise. Odd edges are dropped."""
    even = linear[..., : linear.shape[-2] // 2 * 2, : linear.shape[-1] // 2 * 2]
    halves = even.reshape(*even.shape[:-2], even.shape[-2] // 2, 2, even.shape[-1] // 2, 2)
    return np.asarray(halves.mean(axis=(-3, -1)))


def unprocess(linear: np.ndarray, camera: Camera) -> np.ndarray:
    """Quads (..., 4, h/2, w/2), 0 at black and 1 at white, that `camera` would have taken of (..., 3, h, w)."""
    response = np.linalg.inv(np.reshape(camera_to_bt709(camera.color_matrix, camera.illuminant), (3, 3)))
    balanced = np.einsum("ij,...jhw->...ihw", response, linear)
    return rggb_quads(np.clip(balanced * _safe_gains(balanced, camera), 0, 1))


def rggb_quads(picture: np.ndarray) -> np.ndarray:
    """(..., 3, h, w) full colour through an RGGB filter: planes R, G1, G2, B (..., 4, h/2, w/2). Odd edges go."""
    height, width = (side // 2 * 2 for side in picture.shape[-2:])
    sites = zip("RGGB", np.ndindex(2, 2), strict=True)
    planes = [picture[..., "RGB".index(colour), y:height:2, x:width:2] for colour, (y, x) in sites]
    return np.stack(planes, axis=-3)


def _safe_gains(balanced: np.ndarray, camera: Camera) -> np.ndarray:
    """White balance backwards, at most 1; towards highlights it fades, so that white saturates all channels."""
    gains = np.reshape(camera.neutral, (3, 1, 1)) / max(camera.neutral)
    grey = balanced.mean(axis=-3, keepdims=True)
    mask = np.clip((grey - HIGHLIGHT) / (1 - HIGHLIGHT), 0, 1) ** 2
    return np.asarray(gains + mask * (1 - gains))
