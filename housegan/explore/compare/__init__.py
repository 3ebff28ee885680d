"""One page with several runs side by side: the same latents, curves, numbers, and what their recipes differ in."""

from housegan.explore.compare.gathering import Side, gathered
from housegan.explore.compare.page import page

__all__ = ["Side", "gathered", "page"]
