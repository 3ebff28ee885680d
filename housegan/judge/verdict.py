"""The sentence on an evaluation: what the figures so far say, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from housegan.run.metrics import Evaluation, best

PATIENCE = 5
"""Evaluations without a new best after which a stage is flat."""
COLLAPSED_SHARE = 0.5
COLLAPSED_FROM = 0.1
"""Recall or coverage under half of their highest is a collapse, if that was at least a tenth: below, both are noise."""
WON_REAL, WON_FAKE = 0.95, 0.05
"""Mean scores of real and generated pictures beyond which the generator learns next to nothing."""
WON_EVALUATIONS = 2

Kind = Literal["first", "improving", "waiting", "flat", "discriminator wins", "collapsing", "copying"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to think of the last evaluation."""

    kind: Kind
    sentence: str
    flat: bool
    """Whether there was no new best in five evaluations since the generator had grown, whatever the sentence says."""


def verdict(history: Sequence[Evaluation]) -> Verdict:
    """Judge the last evaluation by those of the same stage before it, oldest first; there is at least one.

    Those from before the generator had grown to its side aren't compared: softer pictures have other figures.

    The gravest comes first: copying, collapsing, the discriminator wins (these two only where KID is not the best so
    far), flat, waiting for a new best, improving.
    """
    if not history:
        raise ValueError("a verdict needs an evaluation")
    alike = [each for each in history if each.side == history[-1].side]
    top = best(alike)
    since = len(alike) - 1 - alike.index(top) if top else len(alike)
    flat = since >= PATIENCE
    kind, sentence = _judged(alike, top, since, of=f" of {alike[-1].side} px" if len(alike) < len(history) else "")
    return Verdict(kind, sentence, flat)


def _judged(history: Sequence[Evaluation], top: Evaluation | None, since: int, *, of: str) -> tuple[Kind, str]:
    last = history[-1]
    if last.copying or top is None:
        figure = "" if last.copying_z is None else f" (C_T {last.copying_z:+.1f})"
        return "copying", f"Copying its training pictures{figure}: stop{_or_go_back(top)}; more pictures would help."
    if since == 0:
        before = best(history[:-1])
        if before is None:
            return "first", f"{_kid(last)}: the first{of} to compare with."
        return "improving", f"Improving: {_kid(last)}, after {before.kid_lite0:.2f}."
    if lost := _lost_variety(history):
        return "collapsing", f"Collapsing: {lost}: stop{_or_go_back(top)} at a lower rate."
    if _discriminator_wins(history):
        scores = f"{last.score_real:.0%} for real, {last.score_fake:.0%} for generated pictures"
        return "discriminator wins", f"The discriminator wins ({scores}): more augmentation, or a lower rate."
    news = f"No new best in {since} evaluation{'s' if since > 1 else ''} ({_kid(top)} at {top.images:,} images)"
    if since >= PATIENCE:
        return "flat", f"{news}: stop, or lower the rate."
    return "waiting", f"{news}: {_kid(last)} now."


def _lost_variety(history: Sequence[Evaluation]) -> str:
    """Say what fell under half of its highest, nothing where neither did."""
    last = history[-1]
    falls = {
        "recall": (max(each.recall for each in history), last.recall),
        "coverage": (max(each.coverage for each in history), last.coverage),
    }
    return ", ".join(
        f"{name} {now:.2f} after {highest:.2f}"
        for name, (highest, now) in falls.items()
        if highest >= COLLAPSED_FROM and now < COLLAPSED_SHARE * highest
    )


def _discriminator_wins(history: Sequence[Evaluation]) -> bool:
    """Whether it told nearly all apart at the last two evaluations."""
    lately = history[-WON_EVALUATIONS:]
    return len(lately) == WON_EVALUATIONS and all(
        each.score_real >= WON_REAL and each.score_fake <= WON_FAKE for each in lately
    )


def _kid(evaluation: Evaluation) -> str:
    return f"KID {evaluation.kid_lite0:.2f} ± {evaluation.kid_lite0_error:.2f}"


def _or_go_back(top: Evaluation | None) -> str:
    return f", or go back to {top.images:,} images (KID {top.kid_lite0:.2f})" if top else ""
