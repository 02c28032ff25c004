"""The grammar of embedding and extracting."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from vidisp.cli import commands

AddCommand = Callable[[str, commands.Command, str], argparse.ArgumentParser]


def add_embedding(command: AddCommand) -> None:
    """`embed-gif`, `embed-stereo`, `embed-dual`, `hide`, `embed-layers` and `extract`.

    Args:
        command: makes the parser of a command from its name, its function and what it does.
    """
    for add in (_embed_gif, _embed_stereo, _embed_dual, _hide, _embed_layers, _extract):
        add(command)


def _embed_gif(command: AddCommand) -> None:
    p = command("embed-gif", commands.embed_gif, "put a short clip into one picture, its middle frame")
    p.add_argument("source", type=Path, metavar="FRAMES", help="a folder of pictures, a GIF or a video; 2 to 16 frames")
    p.add_argument("--frames", metavar="A:B", help="frames A to B-1, counted from 0 in the clip")
    _add_still(p)


def _embed_stereo(command: AddCommand) -> None:
    p = command("embed-stereo", commands.embed_stereo, "put a stereo pair into one picture, the left one")
    p.add_argument("left", type=Path, help="the picture that the still looks like")
    p.add_argument("right", type=Path, help="the other one, of the same size")
    _add_still(p)


def _embed_dual(command: AddCommand) -> None:
    p = command("embed-dual", commands.embed_dual, "put two views into one picture, the first")
    p.add_argument("first", type=Path, help="the picture that the still looks like")
    p.add_argument("second", type=Path, help="the other one, of the same size")
    _add_still(p)


def _hide(command: AddCommand) -> None:
    p = command("hide", commands.hide, "hide pictures in another one")
    p.add_argument("cover", type=Path, help="the picture that the still looks like; it does not come back")
    p.add_argument("secrets", type=Path, nargs="+", metavar="SECRET", help="pictures of the same size, 16 at most")
    _add_still(p)


def _embed_layers(command: AddCommand) -> None:
    p = command("embed-layers", commands.embed_layers, "put a foreground and a background into their composition")
    p.add_argument("foreground", type=Path, help="a picture with an alpha channel")
    p.add_argument("background", type=Path, help="a picture of the same size")
    _add_still(p)


def _extract(command: AddCommand) -> None:
    p = command("extract", commands.extract, "bring back what a still holds")
    p.add_argument("source", type=Path, metavar="STILL", help="the PNG or JPEG that vidisp wrote")
    p.add_argument("output", type=Path, help="folder for the pictures; or the .gif or .mp4 file")
    kind = p.add_mutually_exclusive_group()
    kind.add_argument("--gif", action="store_const", dest="kind", const="gif", help="write a clip's frames as a GIF")
    kind.add_argument("--mp4", action="store_const", dest="kind", const="mp4", help="write a clip's frames as a video")
    p.set_defaults(kind="pictures")
    p.add_argument("--overwrite", action="store_true", help="replace what an earlier extraction wrote")


def _add_still(p: argparse.ArgumentParser) -> None:
    p.add_argument("output", type=Path, metavar="STILL", help="the picture to write: .png or .jpg")
    p.add_argument(
        "--still-psnr",
        type=float,
        metavar="DB",
        help="fidelity that the still must reach; default: as much as what comes back",
    )
    p.add_argument("--quality", type=int, metavar="N", help="of a JPEG, 1 to 100 (default: 90); of iicnet, 90 or 75")
    p.add_argument(
        "--method",
        choices=("auto", "payload", "iicnet"),
        default="auto",
        help="payload (what auto takes, for it measures best) is exact, as long as the file is kept; the JPEG of "
        "iicnet, a network, may be saved again at its quality or a better one, in 4:4:4",
    )
    p.add_argument("--overwrite", action="store_true", help="replace an output that is there already")
