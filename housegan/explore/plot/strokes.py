"""With what a curve is drawn: alone each kind has its colour; among several runs the colour is the run's."""

from dataclasses import dataclass
from typing import Literal

RUN_COLOURS = ("#c4602e", "#2f7d94", "#7f9a2b", "#9559a8", "#b78a17", "#7d7a75")
"""Of the runs, in order: told apart by hue and by lightness, and legible on white and on black."""
KIND_COLOURS = {
    "discriminator": "#5b6fc0", "generator": "#b27a45", "real": "#3f8a62", "fake": "#c4602e",
    "KID": "#c4602e", "precision": "#5b6fc0", "recall": "#b27a45", "rate": "#7d7a75",
}  # fmt: skip
_DASHED = {"discriminator", "fake", "precision"}


@dataclass(frozen=True, slots=True)
class Pen:
    """What draws one run; `place` is its number among several, None where it is alone."""

    place: int | None
    ink: str
    """Of words and axes."""
    band: float = 0.13
    """How dense a band is, 0 to 1."""

    def colour(self, kind: str) -> str:
        """Of a kind's curve."""
        return KIND_COLOURS[kind] if self.place is None else RUN_COLOURS[self.place]

    def key_colour(self, kind: str) -> str:
        """The same in a key, which is for all runs."""
        return KIND_COLOURS[kind] if self.place is None else self.ink

    def line(self, kind: str) -> Literal["-", "--"]:
        """Solid, or dashed where a colour has to serve two curves."""
        return "--" if self.place is not None and kind in _DASHED else "-"
