"""How long to wait after a refusal that will pass: what the host says, else twice as long each time."""

import math
import time
from collections import Counter
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from scraping.source import Later, Reply, Wait

MAX_TRIES = 6
"""Refusals of one ask in a run, after which it is left for the next run."""
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 900.0
"""A host that wants more than this is asked again in the next run."""


class Backoff:
    """Counts each ask's refusals; an ask that was answered in the end is forgotten."""

    def __init__(self) -> None:
        self._refusals: Counter[str] = Counter()

    def again(self, reply: Reply, reason: str) -> Wait | Later:
        """Say when to ask the same again: Retry-After, else 2, 4, 8… seconds."""
        self._refusals[reply.ask.key] += 1
        refusals = self._refusals[reply.ask.key]
        told = retry_after_s(reply.headers)
        if refusals > MAX_TRIES or (told or 0) > LONGEST_WAIT_S:
            self.forget(reply)
            return Later(reason)
        return Wait(FIRST_WAIT_S * 2 ** (refusals - 1) if told is None else told, reason)

    def forget(self, reply: Reply) -> None:
        """The ask was answered."""
        del self._refusals[reply.ask.key]


def will_pass(reply: Reply) -> bool:
    """Whether a reply's status says too many requests, or trouble on the host's side."""
    return reply.status in {408, 425, 429} or 500 <= reply.status < 600


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that the Retry-After header asks for, given as a number or a date; None where it says nothing."""
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    if (seconds := header_number(told)) is not None:
        return max(0.0, seconds)
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except (ValueError, OverflowError, TypeError):
        return None


def header_number(value: str | None) -> float | None:
    """A header's finite number; None where it is none."""
    try:
        parsed = float(value or "")
    except ValueError:
        return None
    return parsed if math.isfinite(parsed) else None
