"""What every step of curation has in common: opinions that name the thresholds they went by, recorded only as news."""

import hashlib
from collections.abc import Iterable, Mapping

from housegan.catalog import Decision, Sha256
from housegan.config import CurateConfig


def fingerprint(config: CurateConfig, thresholds: set[str]) -> str:
    """Twelve hexadecimal digits that change when one of these fields of the config does."""
    return hashlib.sha256(config.model_dump_json(include=thresholds).encode()).hexdigest()[:12]


def news(decisions: Iterable[Decision], last: Mapping[Sha256, Decision]) -> list[Decision]:
    """Those that say something else than the step's last opinion of the picture."""
    return [decision for decision in decisions if _says(decision) != _says(last.get(decision.sha256))]


def kind(decision: Decision) -> str:
    """A few words under which a rejection is counted: its reason up to the colon."""
    return decision.reason.partition(":")[0]


def _says(decision: Decision | None) -> object:
    return decision and (decision.verdict, decision.crop, decision.reason)
