"""What belongs to a set, learned from the person's own decisions: nothing about any topic is built in.

A logistic regression on the features that `curation.descriptions` keeps: of length one, turned to their first
PRINCIPAL directions in this set, with the two classes weighted alike. A person's keeping teaches it that a picture
belongs, a rejection that it doesn't, unless the reason is another matter (see `teaches`). It sorts by what it is least
certain of, and rejects only once `curation.audit` allows it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from curation.audit import wilson
from housegan.catalog import Decision, Resolved, Sha256, Verdict
from housegan.catalog.shown import FILTER

NAME = FILTER
VERSION = 1

LEAST = 10
"""Decisions of each kind before it begins."""
SURE = 0.1
"""What belongs less probably than this is what it would reject."""
PRINCIPAL = 128
STRENGTHS = (3.0, 30.0, 300.0)
"""Inverse regularisation, of which cross-validation takes the one with the least log loss."""
FOLDS = 5
SEEDS_WEIGH = 0.3
"""What a decision of another set weighs beside one of this set."""
TURNS = 6
"""Of so many pictures that are asked about three are in doubt, one comes by chance and two are the audit's, if any."""

_SAMPLE = 4_000
_ALIKE = 0.9
_BATCH = 10
_VARIED = 200
_ANOTHER_MATTER = (
    "blur", "sharp", "focus", "spoil", "spoilt", "damaged", "broken", "quality", "noise", "dark", "bright", "text",
    "watermark", "border", "collage", "small", "tiny", "large", "flat", "cut", "crop", "seen", "twice", "copy",
    "copies", "duplicate", "double", "same", "rights", "licence", "license", "copyright",
)  # fmt: skip

Matrix = NDArray[np.float32]


def teaches(reason: str) -> bool:
    """Whether a rejection for this reason says that the picture doesn't belong.

    Not where a word of it begins like one about copies, rights, technical quality or the subject's place: of the
    page's own reasons "text or watermark", "blurred or spoilt", "subject too small", "subject cut off", "seen before"
    and "rights unclear". All other words do, and so does a rejection without any.
    """
    return not any(word.startswith(_ANOTHER_MATTER) for word in reason.casefold().replace("-", " ").split())


def labels(words: Mapping[Sha256, tuple[Verdict, str]]) -> dict[Sha256, bool]:
    """Whether pictures belong, by persons' last verdicts and reasons; those that say nothing of it are left out."""
    return {
        sha256: verdict == "keep"
        for sha256, (verdict, reason) in words.items()
        if verdict == "keep" or (verdict == "reject" and teaches(reason))
    }


@dataclass(frozen=True, slots=True)
class Space:
    """The features of a set's pictures in their principal directions."""

    digests: tuple[Sha256, ...]
    places: Matrix
    """N×(up to 128), in the order of `digests`; lengths are 1 on average."""
    centre: Matrix
    directions: Matrix
    row: Mapping[Sha256, int] = field(repr=False)

    @classmethod
    def of(cls, features: Mapping[Sha256, Matrix], *, seed: int = 0) -> "Space":
        """Make it of features of any length; the directions are those of at most 4,000 of the pictures."""
        from sklearn.utils.extmath import randomized_svd

        digests = tuple(sorted(features))
        lengths_one = _normalised(np.stack([features[sha256] for sha256 in digests]))
        rows = np.sort(np.random.default_rng(seed).permutation(len(digests))[:_SAMPLE])
        sample = lengths_one[rows]
        centre = sample.mean(axis=0)
        count = min(PRINCIPAL, *sample.shape)
        _, _, axes = randomized_svd(sample - centre, count, random_state=seed)
        directions = axes.T
        size = np.float32(np.sqrt((((sample - centre) @ directions) ** 2).sum(axis=1).mean()) or 1)
        row = {sha256: number for number, sha256 in enumerate(digests)}
        return cls(digests, (lengths_one - centre) @ directions / size, centre, directions / size, row)

    def place(self, features: Matrix) -> Matrix:
        """Where pictures of another set lie here, from their features N×1280."""
        return np.asarray((_normalised(features) - self.centre) @ self.directions, np.float32)


@dataclass(frozen=True, slots=True)
class Seeds:
    """Decisions of another set: features N×1280, and whether each belonged."""

    features: Matrix
    belong: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Topic:
    """What has been learned: how probable it is of each picture that it belongs."""

    probabilities: Mapping[Sha256, float]
    right: int
    """Of this set's decisions, those that it would have guessed without having seen them."""
    labelled: int
    """This set's decisions that it has learned from."""

    @property
    def accuracy(self) -> float | None:
        """Share guessed right, cross-validated; harder to guess than the rest, as they were asked for doubt."""
        return self.right / self.labelled if self.labelled else None

    @property
    def interval(self) -> tuple[float, float]:
        """Bounds of the accuracy with 95 % certainty."""
        return wilson(self.right, self.labelled)


def would_reject(probabilities: Mapping[Sha256, float], among: Iterable[Sha256]) -> dict[Sha256, float]:
    """Those of which it is sure that they don't belong, with their probabilities."""
    return {sha256: probabilities[sha256] for sha256 in among if probabilities.get(sha256, 1) < SURE}


def missing(known: Mapping[Sha256, bool], seeds: Seeds | None = None) -> int:
    """How many decisions are missing at least before it can learn."""
    belong = [*known.values(), *(seeds.belong.tolist() if seeds else ())]
    return sum(max(0, LEAST - belong.count(kind)) for kind in (True, False))


def learn(space: Space, known: Mapping[Sha256, bool], seeds: Seeds | None = None, *, seed: int = 0) -> Topic:
    """Learn from this set's labels, at least ten of each kind with the seeds'; the same again for the same seed."""
    own = sorted(sha256 for sha256 in known if sha256 in space.row)
    places = space.places[[space.row[sha256] for sha256 in own]]
    belong = np.array([known[sha256] for sha256 in own], dtype=bool)
    weights = np.ones(len(own))
    if seeds is not None and len(seeds.belong):
        places = np.concatenate([places, space.place(seeds.features)])
        belong = np.concatenate([belong, seeds.belong])
        weights = np.concatenate([weights, np.full(len(seeds.belong), SEEDS_WEIGH)])
    guessed = {strength: _cross_validated(places, belong, weights, strength, seed) for strength in STRENGTHS}
    best = min(STRENGTHS, key=lambda strength: _log_loss(guessed[strength], belong, weights))
    found = _fitted(places, belong, weights, best)(space.places)
    right = int(((guessed[best] > 0.5) == belong)[: len(own)].sum())
    return Topic(dict(zip(space.digests, found.tolist(), strict=True)), right, len(own))


def order(
    topic: Topic, space: Space, among: Iterable[Sha256], audited: Sequence[Sha256] = (), *, seed: int = 0
) -> list[Sha256]:
    """In which order to ask about pictures that nobody has judged: the least certain first, and not all alike.

    One in six is drawn at random, so that what it has never seen is seen; one in three is the audit's while it lasts.
    """
    there = set(among) & topic.probabilities.keys()
    rest = sorted(there - set(audited), key=lambda sha256: (abs(topic.probabilities[sha256] - 0.5), sha256))
    doubted = _varied(rest, space)
    doubt, audit = iter(doubted), iter([sha256 for sha256 in audited if sha256 in there])
    chance = (rest[place] for place in np.random.default_rng(seed).permutation(len(rest)))
    taken: dict[Sha256, None] = {}
    for queue in islice(cycle((doubt, doubt, audit, chance, doubt, audit)), TURNS * len(there)):
        for sha256 in islice((one for one in queue if one not in taken), 1):
            taken[sha256] = None
    return list(taken)


def open_ones(found: Iterable[Resolved], judged: Collection[Sha256]) -> list[Sha256]:
    """The pictures that no person has judged and no step has anything against."""
    return [one.picture.sha256 for one in found if one.verdict == "keep" and one.picture.sha256 not in judged]


def rejections(probabilities: Mapping[Sha256, float], among: Iterable[Sha256]) -> list[Decision]:
    """Reject what it is sure of, among those on which nobody else has a word (`open_ones`)."""
    return [
        Decision(
            sha256, NAME, VERSION, "", "reject", confidence=1 - probability,
            reason=f"off topic: {_percent(probability)} likely to belong",
        )
        for sha256, probability in would_reject(probabilities, among).items()
    ]  # fmt: skip


def taken_back(last: Mapping[Sha256, Decision]) -> list[Decision]:
    """Take all its rejections back, given the step's last opinions."""
    return [
        Decision(sha256, NAME, VERSION, "", "withdrawn")
        for sha256, opinion in last.items()
        if opinion.verdict == "reject"
    ]


def _percent(probability: float) -> str:
    return "under 1 %" if probability < 0.005 else f"{probability:.0%}".replace("%", " %")


def _normalised(features: Matrix) -> Matrix:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)


def _varied(doubted: list[Sha256], space: Space) -> list[Sha256]:
    """The same with the first few hundred in such an order that ten in a row are not much alike, where it can be."""
    head, varied = doubted[:_VARIED], list[Sha256]()
    places = {sha256: space.places[space.row[sha256]] for sha256 in head}
    unit = {sha256: place / max(float(np.linalg.norm(place)), 1e-9) for sha256, place in places.items()}
    while head:
        recent = [unit[sha256] for sha256 in varied[-_BATCH:]]
        other = (one for one in head if all(float(unit[one] @ before) < _ALIKE for before in recent))
        varied.append(next(other, head[0]))
        head.remove(varied[-1])
    return varied + doubted[_VARIED:]


def _fitted(
    places: Matrix, belong: NDArray[np.bool_], weights: NDArray[np.float64], strength: float
) -> "Callable[[Matrix], NDArray[np.float64]]":
    """Fit, and return what gives the probability to belong; both classes weigh the same in all."""
    from sklearn.linear_model import LogisticRegression

    balanced = weights.copy()
    for kind in (True, False):
        balanced[belong == kind] *= weights.sum() / (2 * weights[belong == kind].sum())
    regression = LogisticRegression(C=strength, max_iter=1_000).fit(places, belong, sample_weight=balanced)
    return lambda asked: np.asarray(regression.predict_proba(asked)[:, 1], np.float64)


def _cross_validated(
    places: Matrix, belong: NDArray[np.bool_], weights: NDArray[np.float64], strength: float, seed: int
) -> NDArray[np.float64]:
    """The probability of each by a fit on the others."""
    from sklearn.model_selection import StratifiedKFold

    guessed = np.empty(len(belong))
    for seen, hidden in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(places, belong):
        guessed[hidden] = _fitted(places[seen], belong[seen], weights[seen], strength)(places[hidden])
    return guessed


def _log_loss(guessed: NDArray[np.float64], belong: NDArray[np.bool_], weights: NDArray[np.float64]) -> float:
    told = np.clip(np.where(belong, guessed, 1 - guessed), 1e-6, 1)
    return float(-(weights * np.log(told)).sum() / weights.sum())
