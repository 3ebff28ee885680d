"""How evenly pictures change along a path: where a path jumps, the generator may know pictures by heart.

Radford et al. (2015, section 6.1) look for sharp transitions for this reason. Steps are measured between features of
pictures at equal distances along the path; the finer they are, the higher a jump stands out, so their number is the
same for every path.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 16
"""Steps that each leg is measured in."""
SHARP = 5.0
"""Times the mean step."""


@dataclass(frozen=True, slots=True)
class Transitions:
    """The steps of some legs."""

    ratio: float
    """The sharpest step over the mean step, 1 where all are the same length; 0 where nothing changes at all."""
    leg: int
    """The leg with the sharpest step."""

    @property
    def sharp(self) -> bool:
        """Whether it jumps."""
        return self.ratio > SHARP

    def sentence(self, where: str) -> str:
        """Say it in words; `where` names the sharpest leg, as in `between seeds 5 and 9`."""
        if not self.ratio:
            return "Nothing changes along it: the generator draws one picture whatever it is given."
        step = f"sharpest step {self.ratio:.1f} times the mean ({where})"
        if self.sharp:
            return f"Sharp transitions, {step}: they hint at memorisation, so look there for pictures you know."
        return f"No sharp transitions: {step}. That speaks against memorisation and doesn't rule it out."


def transitions(legs: Sequence[NDArray[np.floating[Any]]]) -> Transitions:
    """Compare the sharpest step with the mean of all, each leg being features of the pictures along it, n × d."""
    steps = [np.linalg.norm(np.diff(leg.astype(np.float64), axis=0), axis=1) for leg in legs]
    mean = float(np.concatenate(steps).mean())
    sharpest = [float(leg.max()) for leg in steps]
    leg = int(np.argmax(sharpest))
    return Transitions(sharpest[leg] / mean if mean else 0.0, leg)
