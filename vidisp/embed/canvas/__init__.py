"""Stills that something is embedded in: the samples of a PNG, or the coefficients of a JPEG."""

from vidisp.embed.canvas.coded import CodedPicture
from vidisp.embed.canvas.coefficients import Coefficients
from vidisp.embed.canvas.pixels import Pixels
from vidisp.embed.canvas.slots import COPIES, HEADER_BITS, HEADER_BYTES, Canvas, Group

__all__ = ["COPIES", "HEADER_BITS", "HEADER_BYTES", "Canvas", "CodedPicture", "Coefficients", "Group", "Pixels"]
