"""Curation from end to end: run the steps in order, record what is new, pack what is kept."""

from collections import Counter
from dataclasses import dataclass

from curation import crop, duplicates, quality
from curation.opinions import kind, news
from curation.pack import Packed, pack
from housegan.catalog import Catalog, Decision, Pair
from housegan.config import CurateConfig, SetConfig
from housegan.errors import HouseganError


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many pictures there are, how many go for which reason, and how many are left."""

    found: int
    extra_sightings: int
    """How often the same bytes were found again; the catalog has them once."""
    rejected: Counter[str]

    @property
    def kept(self) -> int:
        """Pictures that nobody objects to."""
        return self.found - self.rejected.total()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the steps have to say that the catalog doesn't know yet, and what it comes to."""

    decisions: list[Decision]
    pairs: list[Pair]
    funnel: Funnel


def planned(catalog: Catalog, config: CurateConfig) -> Plan:
    """Run every step on the catalog's facts without recording anything."""
    pictures = catalog.pictures()
    if not pictures:
        name = catalog.folder.name
        raise HouseganError(f"The set {name!r} has no pictures yet. Run `housegan import {name} FOLDER` first.")
    persons = catalog.person_verdicts()
    known_pairs = catalog.pairs()

    of_quality = quality.decide(pictures, config)
    out = {decision.sha256 for decision in of_quality if decision.verdict == "reject"} - persons.keys()
    out |= {sha256 for sha256, verdict in persons.items() if verdict == "reject"}
    chosen = {sha256 for sha256, verdict in persons.items() if verdict == "keep"}
    of_duplicates, same = duplicates.decide(pictures, config, out=out, chosen=chosen, pairs=known_pairs)
    of_crop = crop.decide(pictures, config)

    by_machine = [d for d in of_quality + of_duplicates if d.verdict == "reject" and d.sha256 not in persons]
    rejected = Counter(map(kind, by_machine))
    rejected["rejected by a person"] = len(persons) - len(chosen)
    told = {(pair.first, pair.second) for pair in known_pairs}
    return Plan(
        decisions=[
            decision
            for step, decisions in ((quality, of_quality), (duplicates, of_duplicates), (crop, of_crop))
            for decision in news(decisions, catalog.opinions(step.NAME))
        ],
        pairs=[pair for pair in same if (pair.first, pair.second) not in told],
        funnel=Funnel(len(pictures), catalog.extra_sightings(), +rejected),
    )


def curate(catalog: Catalog, config: SetConfig) -> tuple[Funnel, Packed]:
    """Decide, record and pack. Again with the same config and pictures records and writes nothing."""
    plan = planned(catalog, config.curate)
    catalog.record_pairs(plan.pairs)
    catalog.record(plan.decisions)
    if not plan.funnel.kept:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in plan.funnel.rejected.most_common())
        raise HouseganError(
            f"Nothing of {catalog.folder.name!r} is kept ({counts}): import other pictures, or lower the thresholds, "
            f"as in --set curate.min_side_px={max(config.curate.min_side_px // 2, 1)} --set curate.min_contrast=0."
        )
    return plan.funnel, pack(catalog, config)
