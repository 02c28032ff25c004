"""The whole round trip on the bundled sample: RAW clip -> ordinary video -> RAW frames, with figures.

    python datasets/demo.py [--out demo]

Leaves in the folder: `clip_raw/` (the RAW clip, simulated motion), `out.mp4` (play it), `raw_frames/` (the RAW that
came back, open it in any RAW editor) and `comparison.png`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import av
import numpy as np
import rawpy
from make_sample import SAMPLE
from motion import Motion
from PIL import Image, ImageDraw
from simulated_motion import MadeClip, make_clip, noise_of

import vidisp
from vidisp.errors import VidispError
from vidisp.metrics import Report, summarise
from vidisp.raw import read_frame
from vidisp.stream.recover import RecoverResult
from vidisp.stream.render import RenderResult

FRAMES, WIDTH, HEIGHT, SEED = 24, 640, 360, 1
ERROR_GAIN = 20
CAPTION = 16  # pixels of height over each picture


def main() -> int:
    p = argparse.ArgumentParser(description="Render and recover the bundled RAW sample.")
    p.add_argument("--out", type=Path, default=Path("demo"))
    out: Path = p.parse_args().out
    try:
        made, rendered, recovered, report = round_trip(out)
        compare(out, FRAMES // 2, 2 ** rendered_ev(rendered))
    except VidispError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(table(made, rendered, recovered, report))
    print(f"\nLook at {out / 'comparison.png'}, play {out / 'out.mp4'}, open {out / 'raw_frames'} in a RAW editor.")
    return 0


def round_trip(out: Path) -> tuple[MadeClip, RenderResult, RecoverResult, Report]:
    """Make the clip, render it, recover it, compare."""
    clip, video, frames = out / "clip_raw", out / "out.mp4", out / "raw_frames"
    shutil.rmtree(clip, ignore_errors=True)
    source = read_frame(SAMPLE)
    motion = Motion("crop", noise_of("profile", source.sensor), FRAMES, WIDTH, HEIGHT, SEED)
    made = make_clip(source, clip, motion)
    print(made, end="\n\n")
    rendered = vidisp.render(clip, video, overwrite=True)
    recovered = vidisp.recover(video, frames, overwrite=True)
    return made, rendered, recovered, vidisp.evaluate(clip, frames)


def table(made: MadeClip, rendered: RenderResult, recovered: RecoverResult, report: Report) -> str:
    """What it cost and what came back."""
    clip = summarise(report.frames)
    share = made.dng_bytes / rendered.bytes
    lines = [
        ("RAW clip, lossless DNG", f"{made.dng_bytes / 1e6:.2f} MB, {clip.frames} frames, simulated motion"),
        ("video, H.264", f"{rendered.bytes / 1e6:.2f} MB, {rendered.bits_per_pixel:.2f} bits per sensor pixel"),
        ("ratio", f"{share:.1f} : 1"),
        ("RAW PSNR, linear Bayer", f"{clip.psnr_bayer:.1f} dB"),
        ("RAW PSNR, square root", f"{clip.psnr_sqrt:.1f} dB"),
        ("RAW PSNR, InvISP protocol", f"{clip.psnr_invisp:.1f} dB"),
        ("render", f"{rendered.frames / rendered.seconds:.1f} fps"),
        ("recover", f"{recovered.fps:.1f} fps"),
    ]
    return "\n".join(f"{name:<26} {value}" for name, value in lines)


def rendered_ev(rendered: RenderResult) -> float:
    """The exposure that render chose, in EV: its white balance gains have a smallest gain of 1 on top of it."""
    return float(np.log2(min(rendered.look["gains"])))


def compare(out: Path, number: int, exposure: float) -> None:
    """Write `comparison.png`: original and recovered developed by LibRaw, the video's frame, the error."""
    original, recovered = (
        develop(sorted((out / folder).glob("*.dng"))[number], exposure) for folder in ("clip_raw", "raw_frames")
    )
    error = np.abs(original.astype(int) - recovered) * ERROR_GAIN
    pictures = {
        "original RAW, developed by LibRaw": original,
        "the video, as any player shows it": video_frame(out / "out.mp4", number),
        "recovered RAW, developed by LibRaw": recovered,
        f"difference of the two developed pictures x {ERROR_GAIN}": error.clip(0, 255).astype(np.uint8),
    }
    sheet = Image.new("RGB", (2 * WIDTH, 2 * (HEIGHT + CAPTION)))
    for place, (caption, picture) in enumerate(pictures.items()):
        left, top = place % 2 * WIDTH, place // 2 * (HEIGHT + CAPTION)
        ImageDraw.Draw(sheet).text((left + 4, top + 2), caption, fill="white")
        sheet.paste(Image.fromarray(picture), (left, top + CAPTION))
    sheet.save(out / "comparison.png")


def develop(path: Path, exposure: float) -> np.ndarray:
    """(height, width, 3) uint8 sRGB by LibRaw's own demosaicing, at the exposure of the rendered video."""
    with rawpy.imread(str(path)) as raw:
        return np.asarray(raw.postprocess(use_camera_wb=True, no_auto_bright=True, bright=exposure))


def video_frame(path: Path, number: int) -> np.ndarray:
    """Frame `number` of the video as (height, width, 3) uint8 RGB."""
    with av.open(str(path)) as video:
        for index, frame in enumerate(video.decode(video=0)):
            if index == number:
                return np.asarray(frame.to_ndarray(format="rgb24"))
    raise VidispError("the video is shorter than the clip", path=path, frame=number)


if __name__ == "__main__":
    sys.exit(main())
