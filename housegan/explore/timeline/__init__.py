"""The page on which one scrubs through a run's generators, on the same latents, and marks a favourite."""

from housegan.explore.timeline.serve import timeline

__all__ = ["timeline"]
