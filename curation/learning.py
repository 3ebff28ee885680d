"""The filter at work: describes a set's pictures, learns from its decisions, draws the audit, says what it found.

It runs in a process of its own beside the page (`run`), so that no answer of the page ever waits for it; what it says
goes through a pipe as the dataclasses below. It steps back for the page: it is niced, takes half the cores, and rests
as long as the page makes pictures for somebody who waits.
"""

import ctypes
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from typing import TypeAlias

import numpy as np

from curation import audit, topic
from curation.audit import Audit
from curation.descriptions import Describer, Heard, described
from curation.topic import Seeds, Space, Topic
from housegan.catalog import Catalog, Sha256
from housegan.config import IntakeConfig
from housegan.errors import HouseganError
from housegan.zero_shot import VERSION as CLIP_VERSION
from housegan.zero_shot import Clip, Words

TELL_EVERY_S = 0.5
NICENESS = 5
CORES = max(1, (os.cpu_count() or 2) // 2)
_LOOK_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class Describing:
    """It is still looking at the pictures."""

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What it knows now. While `needed` decisions are missing it has no probabilities, or those that words gave it."""

    labelled: int
    needed: int
    audit: Audit
    accuracy: float | None = None
    low: float = 0.0
    high: float = 1.0
    probabilities: dict[Sha256, float] = field(default_factory=dict, repr=False)
    order: list[Sha256] = field(default_factory=list, repr=False)
    sure: int = 0
    """Pictures that it would reject now."""
    note: str = ""
    """Why it goes without the words that it was given."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no filter, in one sentence."""

    sentence: str


Said: TypeAlias = Describing | Learned | Trouble


@dataclass(frozen=True, slots=True)
class Start:
    """What it may know before the first decision."""

    like: str = ""
    """A finished set, whose decisions seed it."""
    words: Words | None = None
    """They sort until it has learned."""

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.like or self.words)


class Learner:
    """Learns from one catalog."""

    def __init__(
        self, catalog: Catalog, limits: IntakeConfig, *, start: Start = Start(), heard: Heard | None = None
    ) -> None:
        self.catalog, self._limits, self._words, self._heard = catalog, limits, start.words, heard
        self._by_words: dict[Sha256, float] = {}
        self._note = ""
        features = described(catalog, catalog.pictures(), limits, heard=heard, workers=CORES)
        self.space = Space.of(features) if features else None
        self.seeds = seeds_of(start.like, limits, heard=heard) if start.like else None

    def learn(self) -> Learned:
        """Learn from what persons have said so far, and draw for the audit where it falls short."""
        words = self.catalog.person_words()
        known = topic.labels(words)
        unjudged = topic.open_ones(self.catalog.resolved(), words)
        drawn = list(self.catalog.opinions(audit.NAME))
        standing = audit.standing(drawn, known, unjudged)
        usable = {sha256: belongs for sha256, belongs in known.items() if self.space and sha256 in self.space.row}
        needed = topic.missing(usable, self.seeds)
        if self.space is None:
            return Learned(len(usable), needed, standing)
        if needed:
            probabilities = self._sorted_by_words()
            asked = topic.order(Topic(probabilities, 0, 0), self.space, unjudged, seed=len(words))
            return Learned(
                len(usable), needed, standing, probabilities=probabilities, order=asked, note=self._note
            )  # fmt: skip
        learned = topic.learn(self.space, usable, self.seeds)
        would = topic.would_reject(learned.probabilities, unjudged)
        if standing.to_draw:
            fresh = audit.draw(would, drawn, standing.to_draw, seed=len(words))
            self.catalog.record(fresh)
            drawn += [decision.sha256 for decision in fresh]
            standing = audit.standing(drawn, known, unjudged)
        return Learned(
            len(usable), 0, standing, learned.accuracy, *learned.interval, dict(learned.probabilities),
            topic.order(learned, self.space, unjudged, drawn, seed=len(words)), len(would),
        )  # fmt: skip

    def _sorted_by_words(self) -> dict[Sha256, float]:
        """How probable the words make it of each picture that it belongs; nothing without words or their network."""
        if self._words and not self._by_words:
            try:
                self._by_words = by_words(self.catalog, self._words, self._limits, heard=self._heard)
            except HouseganError as error:
                self._words, self._note = None, str(error)
        return self._by_words


def by_words(
    catalog: Catalog, words: Words, limits: IntakeConfig, *, heard: Heard | None = None
) -> dict[Sha256, float]:
    """How probable words make it of each picture that it belongs.

    Raises HouseganError where the network that compares them can't be had.
    """
    clip = Clip()
    seen = Describer("clip", CLIP_VERSION, clip.describe)
    features = described(catalog, catalog.pictures(), limits, by=seen, heard=heard, workers=CORES)
    if not features:
        return {}
    belonging = clip.belonging(words, np.stack(list(features.values())))
    return dict(zip(features, belonging.tolist(), strict=True))


def seeds_of(name: str, limits: IntakeConfig, *, heard: Heard | None = None) -> Seeds:
    """The decisions of a finished set. Raises HouseganError where it isn't there or nobody has decided anything."""
    with Catalog.existing(name) as catalog:
        known = topic.labels(catalog.person_words())
        judged = [picture for picture in catalog.pictures() if picture.sha256 in known]
        features = described(catalog, judged, limits, heard=heard, workers=CORES)
    if not features:
        raise HouseganError(
            f"Nobody has decided anything about {name!r} that could teach: `housegan curate {name} --review` first."
        )
    return Seeds(np.stack(list(features.values())), np.array([known[sha256] for sha256 in features]))


def run(pipe: Connection, rests: ctypes.c_bool, name: str, limits: IntakeConfig, start: Start) -> None:
    """Describe, learn, and learn again whenever something comes through the pipe, until its other end is closed.

    Between two pictures it waits as long as `rests`, which the page shares with it, is true.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to handle
    os.environ.setdefault("OMP_NUM_THREADS", str(CORES))  # before torch is loaded
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    last_told = 0.0

    def heard(done: int, of: int) -> None:
        nonlocal last_told
        if time.monotonic() - last_told > TELL_EVERY_S:
            last_told = time.monotonic()
            pipe.send(Describing(done, of))
        page = parent_process()
        while rests.value and page and page.is_alive():
            time.sleep(_LOOK_AGAIN_S)

    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            with Catalog.existing(name) as catalog:
                learner = Learner(catalog, limits, start=start, heard=heard)
                while True:
                    pipe.send(learner.learn())
                    pipe.recv()
                    while pipe.poll():  # asked several times meanwhile
                        pipe.recv()
        except HouseganError as error:
            pipe.send(Trouble(str(error)))
