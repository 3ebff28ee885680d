"""What a source came to, for the display and the closing table."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """What one source came to, in this run, but for `kept` and `waiting`, which count all runs."""

    found: int = 0
    kept: int = 0
    seen: int = 0
    waiting: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
