"""The DCGAN's two networks (Radford et al. 2015), the discriminator with spectral norm (Miyato et al. 2018)."""

from housegan.networks.discriminator import Discriminator
from housegan.networks.generator import Generator
from housegan.networks.shapes import channels, detail_multiply_adds, multiply_adds, resolutions, weights

__all__ = ["Discriminator", "Generator", "channels", "detail_multiply_adds", "multiply_adds", "resolutions", "weights"]
