"""The command line's grammar. What the words mean is in `vidisp.cli.commands`."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path
from typing import NoReturn

from vidisp import __version__
from vidisp.cli import commands
from vidisp.cli.embed_parser import add_embedding

CODECS = ("h264", "h264-10", "hevc", "hevc-10", "av1-10", "mjpeg", "ffv1")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the list of all options."""

    def error(self, message: str) -> NoReturn:
        hint = f"see {self.prog} --help"
        if message.endswith("--frames: expected one argument"):
            hint = f"if it begins with a minus, write --frames=-4: with an equals sign; {hint}"
        self.exit(2, f"vidisp: {message} ({hint})\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of `vidisp`; the chosen command's function is in `args.run`."""
    parser = _Parser(
        prog="vidisp",
        description="Film RAW, publish an ordinary video, get the RAW back.",
        epilog="exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly done, 4 not recoverable, 130 interrupted",
    )
    parser.add_argument("--version", action="version", version=f"vidisp {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_render, _recover, _probe, _evaluate, _report):
        add(subparsers)
    add_embedding(functools.partial(_command, subparsers))
    return parser


def _render(subparsers: argparse._SubParsersAction) -> None:
    p = _command(subparsers, "render", commands.render, "turn a RAW clip into a video, or RAW photos into JPEG files")
    p.add_argument("source", type=Path, help="folder of DNG or camera RAW files, or one RAW file")
    p.add_argument(
        "output",
        type=Path,
        help="the video: .mp4, .mov or .mkv; or the JPEG of a photo: .jpg; or a folder, for a JPEG of each photo",
    )
    p.add_argument("--codec", choices=CODECS, help="default: h264, 8 bit 4:2:0, plays anywhere")
    quality = p.add_mutually_exclusive_group()
    quality.add_argument("--crf", type=float, help="the codec's own quality number, smaller is better")
    quality.add_argument(
        "--quality",
        help="small, standard (default), high or master (as good as the codec gets): with h264 about 0.2, 0.7, 2 and 4 "
        "bits a sensor pixel, more if the clip is dark and noisy; of JPEG also 1 to 100 (default: 90)",
    )
    p.add_argument("--subsampling", choices=("420", "444"), help="of a JPEG's chroma (default: 420)")
    p.add_argument(
        "--preset", help="the encoder's speed preset, such as fast or slow; a slower one makes smaller files"
    )
    p.add_argument("--fps", help="frame rate, such as 25 or 24000/1001 (default: the clip's own)")
    p.add_argument(
        "--exposure",
        type=_exposure,
        default="auto",
        metavar="auto|EV",
        help="stops over the sensor's own exposure, such as 1.5 or =-1 (default: auto)",
    )
    p.add_argument(
        "--wb",
        type=_white_balance,
        default="camera",
        metavar="camera|auto|R,G,B",
        help="white balance: the camera's (default), estimated, or gains",
    )
    p.add_argument(
        "--model",
        default="lift",
        help="the invertible ISP: lift (default), or flow-s or flow, which have learned weights and take longer",
    )
    p.add_argument("--audio", action="store_true", help="mux the WAV beside the clip")
    p.add_argument("--keep-private", action="store_true", help="keep location, serial numbers, owner, maker notes")
    p.add_argument(
        "--jobs",
        type=_positive,
        default=1,
        metavar="N",
        help="segments of two seconds, or photos, rendered side by side (default: 1)",
    )
    p.add_argument("--dry-run", action="store_true", help="say what would be done, write nothing")
    _add_work_options(p)


def _recover(subparsers: argparse._SubParsersAction) -> None:
    p = _command(subparsers, "recover", commands.recover, "turn what vidisp rendered back into RAW")
    p.add_argument("source", type=Path, help="a video or a JPEG that vidisp rendered, or a folder of such JPEG files")
    p.add_argument("output", type=Path, help="folder for the RAW frames; of a JPEG, the DNG file")
    p.add_argument("--format", choices=("dng", "npy"), default="dng", help="CinemaDNG (default) or NumPy mosaics")
    p.add_argument(
        "--compress",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="lossless JPEG inside DNG (default)",
    )
    p.add_argument("--force", action="store_true", help="recover what was encoded again as well as it goes")
    p.add_argument(
        "--sidecar", type=Path, metavar="JSON", help="take the record from a file that probe --sidecar wrote"
    )
    _add_work_options(p)


def _probe(subparsers: argparse._SubParsersAction) -> None:
    p = _command(subparsers, "probe", commands.probe, "say what a file is, and whether its RAW can be recovered")
    p.add_argument("source", type=Path, metavar="FILE", help="a video, a JPEG, a RAW file or a folder of RAW files")
    p.add_argument("--sidecar", type=Path, metavar="JSON", help="write the video's record into a file of its own")
    p.add_argument("--overwrite", action="store_true", help="replace a sidecar that is there already")


def _evaluate(subparsers: argparse._SubParsersAction) -> None:
    p = _command(subparsers, "evaluate", commands.evaluate, "compare recovered RAW, or a video, with its original")
    p.add_argument("reference", type=Path, help="the original: a RAW clip, RAW photos, a video or a folder of pictures")
    p.add_argument(
        "recovered",
        type=Path,
        nargs="?",
        help="what came back: RAW frames, or a video; without it, how steady the first one is",
    )
    p.add_argument(
        "--edits",
        action="store_true",
        help="develop both RAW photos, or folders of them, at -2 to +4 EV and 2800 to 9000 K and compare the pictures",
    )
    p.add_argument("--no-vmaf", action="store_true", help="leave out VMAF, which FFmpeg computes beside the others")
    p.add_argument("--progress", choices=("auto", "bar", "lines", "json", "none"), default="auto")


def _report(subparsers: argparse._SubParsersAction) -> None:
    p = _command(subparsers, "report", commands.report, "show what differs between two videos or RAW clips, as a page")
    p.add_argument("original", type=Path, metavar="A", help="the original: a video, a folder of pictures or a RAW clip")
    p.add_argument(
        "recovered", type=Path, metavar="B", help="what is compared with it: another video, or recovered RAW"
    )
    p.add_argument(
        "-o", "--output", type=Path, default=Path("report.html"), metavar="HTML", help="the page (default: report.html)"
    )
    p.add_argument("--no-vmaf", action="store_true", help="leave out VMAF, which FFmpeg computes beside the others")
    p.add_argument("--overwrite", action="store_true", help="replace an output that is there already")
    p.add_argument("--progress", choices=("auto", "bar", "lines", "json", "none"), default="auto")


def _command(
    subparsers: argparse._SubParsersAction, name: str, run: commands.Command, text: str
) -> argparse.ArgumentParser:
    p: argparse.ArgumentParser = subparsers.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    p.set_defaults(run=run)
    p.add_argument("--json", action="store_true", help="the result as JSON on stdout")
    loudness = p.add_mutually_exclusive_group()
    loudness.add_argument("-q", "--quiet", action="store_true", help="errors only")
    loudness.add_argument("-v", "--verbose", action="store_true", help="say more")
    return p


def _add_work_options(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--frames", metavar="A:B", help="frames A to B-1, counted from 0 in the clip; --frames=-24: for the last 24"
    )
    p.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute")
    p.add_argument("--chunk", type=_chunk, default="auto", metavar="N|auto", help="frames computed at once")
    p.add_argument("--overwrite", action="store_true", help="replace an output that is there already")
    p.add_argument("--resume", action="store_true", help="go on where a stopped run left off")
    p.add_argument("--progress", choices=("auto", "bar", "lines", "json", "none"), default="auto")


def _exposure(text: str) -> float | str:
    try:
        return text if text == "auto" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither auto nor a number of stops") from None


def _chunk(text: str) -> int | str:
    return text if text == "auto" else _positive(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _white_balance(text: str) -> str | tuple[float, float, float]:
    if text in ("camera", "auto"):
        return text
    try:
        red, green, blue = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not camera, auto or three gains R,G,B") from None
    return red, green, blue
