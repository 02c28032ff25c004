"""Codecs as training sees them: JPEG as a function with a gradient; `h26x`, the same for video; `loop`, real ones."""

from vidisp.codec.simulate.jpeg import fourier_rounding, hard_rounding, jpeg_plane, jpeg_planes, quantisers

__all__ = ["fourier_rounding", "hard_rounding", "jpeg_plane", "jpeg_planes", "quantisers"]
