"""The filter at work: describes a set's pictures, learns from its decisions, draws the audit, says what it found.

It runs in a process of its own beside the page (`run`), so that no answer of the page ever waits for it; what it says
goes through a pipe as the dataclasses below.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TypeAlias

import numpy as np

from curation import audit, topic
from curation.audit import Audit
from curation.descriptions import described
from curation.topic import Seeds, Space
from housegan.catalog import Catalog, Sha256
from housegan.config import IntakeConfig
from housegan.errors import HouseganError

TELL_EVERY_S = 0.5
NICENESS = 10


@dataclass(frozen=True, slots=True)
class Describing:
    """It is still looking at the pictures."""

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Learned:
    """What it knows now. While `needed` decisions are missing it has no probabilities."""

    labelled: int
    needed: int
    audit: Audit
    accuracy: float | None = None
    low: float = 0.0
    high: float = 1.0
    probabilities: dict[Sha256, float] = field(default_factory=dict, repr=False)
    order: list[Sha256] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no filter, in one sentence."""

    sentence: str


Said: TypeAlias = Describing | Learned | Trouble


class Learner:
    """Learns from one catalog; `like` names a finished set whose decisions seed it."""

    def __init__(
        self, catalog: Catalog, limits: IntakeConfig, *, like: str = "", heard: Callable[[int, int], None] | None = None
    ) -> None:
        self.catalog = catalog
        features = described(catalog, catalog.pictures(), limits, heard=heard)
        self.space = Space.of(features) if features else None
        self.seeds = seeds_of(like, limits, heard=heard) if like else None

    def learn(self) -> Learned:
        """Learn from what persons have said so far, and draw for the audit where it falls short."""
        words = self.catalog.person_words()
        known = topic.labels(words)
        unjudged = topic.open_ones(self.catalog.resolved(), words)
        drawn = list(self.catalog.opinions(audit.NAME))
        standing = audit.standing(drawn, known, unjudged)
        usable = {sha256: belongs for sha256, belongs in known.items() if self.space and sha256 in self.space.row}
        needed = topic.missing(usable, self.seeds)
        if self.space is None or needed:
            return Learned(len(usable), needed, standing)
        learned = topic.learn(self.space, usable, self.seeds)
        if standing.to_draw:
            would = topic.would_reject(learned.probabilities, unjudged)
            fresh = audit.draw(would, drawn, standing.to_draw, seed=len(words))
            self.catalog.record(fresh)
            drawn += [decision.sha256 for decision in fresh]
            standing = audit.standing(drawn, known, unjudged)
        return Learned(
            len(usable), 0, standing, learned.accuracy, *learned.interval, dict(learned.probabilities),
            topic.order(learned, self.space, unjudged, drawn, seed=len(words)),
        )  # fmt: skip


def seeds_of(name: str, limits: IntakeConfig, *, heard: Callable[[int, int], None] | None = None) -> Seeds:
    """The decisions of a finished set. Raises HouseganError where it isn't there or nobody has decided anything."""
    with Catalog.existing(name) as catalog:
        known = topic.labels(catalog.person_words())
        judged = [picture for picture in catalog.pictures() if picture.sha256 in known]
        features = described(catalog, judged, limits, heard=heard)
    if not features:
        raise HouseganError(
            f"Nobody has decided anything about {name!r} that could teach: `housegan curate {name} --review` first."
        )
    return Seeds(np.stack(list(features.values())), np.array([known[sha256] for sha256 in features]))


def run(pipe: Connection, name: str, limits: IntakeConfig, like: str) -> None:
    """Describe, learn, and learn again whenever something comes through the pipe, until its other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to handle
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    last_told = 0.0

    def heard(done: int, of: int) -> None:
        nonlocal last_told
        if time.monotonic() - last_told > TELL_EVERY_S:
            last_told = time.monotonic()
            pipe.send(Describing(done, of))

    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            with Catalog.existing(name) as catalog:
                learner = Learner(catalog, limits, like=like, heard=heard)
                while True:
                    pipe.send(learner.learn())
                    pipe.recv()
                    while pipe.poll():  # asked several times meanwhile
                        pipe.recv()
        except HouseganError as error:
            pipe.send(Trouble(str(error)))
