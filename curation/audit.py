"""Whether the filter may reject by itself: a random sample of what it would reject, judged by a person unawares.

What is drawn is recorded before it is shown, as machine opinions of the step `topic-audit` without a verdict: which
picture, and how probable the filter then thought it that it belongs. So the record outlives a restart, and goes with
its picture in a purge.

**What counts.** A drawn picture, once a person has kept it or rejected it as not belonging, by the prediction that it
was drawn for, whatever a filter that has learned more thinks of it since: later predictions have seen the answer. A
rejection for another reason, a blurred picture say, says nothing about the topic and counts neither way. Of those that
count the latest LATEST_DRAWN are taken, since the filter gets better as it learns. Drawn pictures that still wait for
their answer are taken for wrong, so that passing over the hard ones doesn't help it, and that a lucky moment in the
middle of a sample isn't taken for the result.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from housegan.catalog import Decision, Sha256

NAME = "topic-audit"
VERSION = 1

LEAST = 40
"""Pictures that have to be judged before the filter may reject."""
PRECISION = 0.9
"""Share of its rejections that has to be right, at least and with 97.5 % certainty: Wilson's lower bound."""
LATEST_DRAWN = 200
ROUND = 10
"""Drawn at a time, so that the sample follows the filter as it learns."""
FEW_LEFT = 3
"""With fewer than this that wait the next round is drawn."""

_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Audit:
    """How the filter's would-be rejections fared: counts of pictures."""

    right: int
    wrong: int
    waiting: int
    """Drawn, and not judged yet."""

    @property
    def asked(self) -> int:
        """Pictures that were judged."""
        return self.right + self.wrong

    @property
    def low(self) -> float:
        """The lower bound of the precision by what has been judged."""
        return wilson(self.right, self.asked)[0]

    @property
    def passes(self) -> bool:
        """Whether the filter may reject, should all that wait turn out wrong."""
        return _suffices(self.right, self.asked + self.waiting) and self.asked >= LEAST

    @property
    def needed(self) -> int:
        """How many more have to be judged, if none of them is wrong."""
        if self.passes:
            return 0
        more = max(0, LEAST - self.asked)
        while not _suffices(self.right + more, self.asked + more):
            more += 1
        return max(more, 1)

    @property
    def to_draw(self) -> int:
        """How many more to draw now: none where what waits may be enough."""
        return 0 if self.waiting >= FEW_LEFT or self.needed <= self.waiting else ROUND - self.waiting


def wilson(right: int, of: int) -> tuple[float, float]:
    """Bounds of a share with 95 % certainty (Wilson 1927, as in Brown, Cai & DasGupta 2001, equation 4)."""
    if not of:
        return 0.0, 1.0
    share, spread = right / of, _Z**2 / of
    middle = share + spread / 2
    width = _Z * ((share * (1 - share) + spread / 4) / of) ** 0.5
    return max(0.0, (middle - width) / (1 + spread)), min(1.0, (middle + width) / (1 + spread))


def standing(
    drawn: Sequence[Sha256], labels: Mapping[Sha256, bool], unjudged: Collection[Sha256], *, latest: int = LATEST_DRAWN
) -> Audit:
    """How it stands: `drawn` in the order of drawing, `labels` whether a person says that a picture belongs.

    `unjudged` are the pictures that no person has judged and no step has anything against: no others can be asked.
    """
    told = [labels[sha256] for sha256 in drawn if sha256 in labels][-latest:]
    waiting = len(set(drawn) & set(unjudged))
    return Audit(right=told.count(False), wrong=told.count(True), waiting=waiting)


def draw(would_reject: Mapping[Sha256, float], drawn: Collection[Sha256], count: int, *, seed: int) -> list[Decision]:
    """Draw so many at random from what the filter would reject and nobody has judged, with their probabilities."""
    there = sorted(set(would_reject) - set(drawn))
    chosen = np.random.default_rng([seed, len(drawn)]).permutation(len(there))[:count]
    return [
        Decision(there[place], NAME, VERSION, "", confidence=would_reject[there[place]], reason="drawn for the audit")
        for place in chosen
    ]


def _suffices(right: int, of: int) -> bool:
    return of >= LEAST and wilson(right, of)[0] >= PRECISION
