"""The look to stay near to, and the rival to beat: a careful demosaic, 4:2:0, and the plain analytic way back."""

from __future__ import annotations

from torch import Tensor

from vidisp.isp.demosaic import malvar
from vidisp.isp.look import Look
from vidisp.isp.rendering import RGB, Rendering
from vidisp.isp.stages import CodeRange, Exposure


class ReferenceISP:
    """Renders as a camera would, and inverts as a user would; what 4:2:0 and rounding took is gone.

    The same exposure, colour, tone and code range as the lifting ISP, around Malvar's demosaic.
    """

    id = "reference"

    def __init__(self, look: Look) -> None:
        self.look = look
        self.exposure, self.rendering = Exposure(look), Rendering(look)
        self.range = CodeRange(look.bits, look.full_range)

    def forward(self, quads: Tensor) -> Tensor:
        """(N, 4, h, w) linear quads to (N, 6, h, w) code values, laid out as the lifting ISP's."""
        return self.render(malvar(self.exposure.forward(quads)))

    def render(self, camera: RGB) -> Tensor:
        """Exposed full-colour camera RGB at every site, (N, 4, h, w) each, to code values; 4:2:0 by the mean of 2x2."""
        tones = self.rendering.tones(camera)
        u, v = self.rendering.chroma(tones)
        return self.range.encode(self.rendering.luma(tones), u.mean(1), v.mean(1))

    def inverse(self, planes: Tensor) -> Tensor:
        """Code values to linear quads: chroma up to every site, tone and matrix backwards, each site's own colour."""
        return self.exposure.inverse(self.rendering.to_samples(*self.range.decode(planes)))
