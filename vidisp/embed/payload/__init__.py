"""The pictures as a video stream in the low bits of the still, exact to the byte."""

from vidisp.embed.payload.method import Payload

__all__ = ["Payload"]
