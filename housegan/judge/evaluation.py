"""A generator's pictures beside real ones, in figures."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from housegan.distances import Features
from housegan.judge.copying import Copying, copying
from housegan.judge.kid import Kid, kid, kid_of_real
from housegan.judge.neighbourhoods import BesideReal, beside_real

LEAST = 20
"""Real and generated pictures each, to say anything at all."""


class References(NamedTuple):
    """Features of real pictures at the generator's size, N×D each."""

    training: Features
    held_out: Features
    pictures: NDArray[np.intp] | None = None
    """Which picture each row of `training` shows, where some are there mirrored as well."""


class Findings(NamedTuple):
    """All that is measured of one generator."""

    samples: int
    kid: Kid
    kid_of_real: Kid
    neighbours: BesideReal
    copying: Copying

    def facts(self) -> dict[str, float | bool | None]:
        """The figures by the names that `housegan.run.metrics.Evaluation` gives them."""
        generated, real = self.neighbours.generated._asdict(), self.neighbours.real._asdict()
        figures = {
            "kid_lite0": self.kid.value, "kid_lite0_error": self.kid.error, "kid_lite0_real": self.kid_of_real.value,
            **generated, **{f"{name}_real": value for name, value in real.items()},
            "copying_z": self.copying.z, "copying_close": self.copying.close,
        }  # fmt: skip
        rounded = {name: None if value is None else round(value, 4) for name, value in figures.items()}
        return {"samples": self.samples, **rounded, "copying": self.copying.found}


def findings(references: References, generated: Features, *, seed: int) -> Findings:
    """Measure generated pictures (M×D) beside real ones; the same features and seed give the same figures.

    KID, precision and so on are against the training pictures, each once. Raises HouseganError under twenty of a kind.
    """
    training, held_out, pictures = references
    once = training if pictures is None else training[np.unique(pictures, return_index=True)[1]]
    return Findings(
        len(generated),
        kid(once, generated, seed=seed),
        kid_of_real(once, seed=seed),
        beside_real(once, generated, seed=seed),
        copying(training, held_out, generated, pictures=pictures),
    )
