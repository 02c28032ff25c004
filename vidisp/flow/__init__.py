"""The video flow: a learned, invertible residual on the lifting ISP, and the restorer of the way back. Pure tensors."""

from vidisp.flow.conditions import Conditions, Passage, lift_noise, luma_noise
from vidisp.flow.model import FlowISP
from vidisp.flow.network import Network, Sizes

__all__ = ["Conditions", "FlowISP", "Network", "Passage", "Sizes", "lift_noise", "luma_noise"]
