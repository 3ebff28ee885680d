"""Curation from end to end: run the steps in order, record what is new, pack what is kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from curation import crop, duplicates, quality, topic
from curation.against import Shared, Side, candidates_between, doubtful_between, shared_between
from curation.comparison import Shelf, judgements
from curation.composition import COMPOSITION
from curation.copies import COPY
from curation.looks import LOOK, Look
from curation.measures import measured
from curation.opinions import kind, news
from curation.pack import Packed, pack
from housegan.catalog import Catalog, Decision, Pair, Picture, Sha256
from housegan.config import SetConfig
from housegan.curated import all_packs, current_set
from housegan.errors import HouseganError


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many pictures there are, how many go for which reason, how many are left, and what waits for a person."""

    found: int
    extra_sightings: int
    """How often the same bytes were found again; the catalog has them once."""
    rejected: Counter[str]
    doubtful_pairs: int
    doubtful_crops: int

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
    looks: Mapping[Sha256, Look]


@dataclass(frozen=True, slots=True)
class Curated:
    """What a curation came to."""

    funnel: Funnel
    packed: Packed
    looks: Mapping[Sha256, Look]


def planned(catalog: Catalog, config: SetConfig) -> Plan:
    """Run every step without recording an opinion; what has to be measured for it is measured and kept."""
    pictures = {picture.sha256: picture for picture in catalog.pictures()}
    if not pictures:
        name = catalog.folder.name
        raise HouseganError(f"The set {name!r} has no pictures yet. Run `housegan import {name} FOLDER` first.")
    persons = catalog.person_verdicts()
    unwanted = {sha256 for sha256, verdict in persons.items() if verdict == "reject"}
    chosen = {sha256 for sha256, verdict in persons.items() if verdict == "keep"}

    looks = measured(catalog, LOOK, pictures.values(), config.intake)
    of_quality = quality.decide(pictures.values(), looks.values, looks.unreadable, config.curate)
    of_filter = [opinion for opinion in catalog.opinions(topic.NAME).values() if opinion.verdict == "reject"]
    out = (_rejected([*of_quality, *of_filter]) - chosen) | unwanted

    fresh, pairs = _compared(catalog, pictures, looks.values, config, out=out)
    doubles = [pictures[sha256] for sha256 in duplicates.members(pairs, config.curate, out=out)]
    copies = measured(catalog, COPY, doubles, config.intake)
    of_duplicates = duplicates.decide(
        pictures.values(), looks.values, copies.values, config.curate, out=out, chosen=chosen, pairs=pairs
    )

    kept = [picture for sha256, picture in pictures.items() if sha256 not in out | _rejected(of_duplicates) - chosen]
    compositions = measured(catalog, COMPOSITION, kept if config.curate.crop == "subject" else [], config.intake)
    of_crop = crop.decide(kept, compositions.values, config.curate)

    cropped = {found.picture.sha256 for found in catalog.resolved() if found.crop_by == "person"}
    confidences = {decision.sha256: decision.confidence for decision in of_crop}
    reasons: dict[Sha256, str] = {}
    for decision in [*of_quality, *of_filter, *of_duplicates]:
        if decision.verdict == "reject" and decision.sha256 not in persons:
            reasons.setdefault(decision.sha256, kind(decision))
    by_reason = Counter(reasons.values()) + Counter({"rejected by a person": len(unwanted)})
    steps = ((quality, of_quality), (duplicates, of_duplicates), (crop, of_crop))
    return Plan(
        decisions=[d for step, decisions in steps for d in news(decisions, catalog.opinions(step.NAME))],
        pairs=fresh,
        funnel=Funnel(
            len(pictures),
            catalog.extra_sightings(),
            by_reason,
            doubtful_pairs=len(duplicates.waiting([picture.sha256 for picture in kept], pairs, config.curate)),
            doubtful_crops=len(crop.waiting(confidences, persons.keys() | cropped, config.curate)),
        ),
        looks=looks.values,
    )


def curate(catalog: Catalog, config: SetConfig) -> Curated:
    """Decide, record and pack. Again with the same config and pictures records and writes nothing."""
    plan = planned(catalog, config)
    catalog.record_pairs(plan.pairs)
    catalog.record(plan.decisions)
    if not plan.funnel.kept:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in plan.funnel.rejected.most_common())
        raise HouseganError(
            f"Nothing of {catalog.folder.name!r} is kept ({counts}): import other pictures, or lower the thresholds, "
            f"as in --set curate.min_side_px={max(config.curate.min_side_px // 2, 1)} --set curate.min_contrast=0."
        )
    return Curated(plan.funnel, pack(catalog, config), plan.looks)


def shared(these: Catalog, those: Catalog, config: SetConfig) -> Shared:
    """Find what two sets share, by the thresholds of the first; records nothing but measures."""
    (these_side, (catalog, pictures)), (those_side, seconds) = _side(these, config), _side(those, config)
    near = candidates_between(these_side, those_side, config.curate)
    asked = doubtful_between(near, config.curate)
    said = judgements(catalog, asked, pictures, config.intake, seconds=seconds)
    return shared_between(these_side, those_side, near, said, config.curate)


def _side(catalog: Catalog, config: SetConfig) -> tuple[Side, Shelf]:
    """What a set keeps, as `against` and `compared` want it."""
    kept = {found.picture.sha256: found.picture for found in catalog.resolved() if found.verdict == "keep"}
    name, looks = catalog.folder.name, measured(catalog, LOOK, kept.values(), config.intake).values
    titles = {sha256: story.title for sha256, story in catalog.stories().items() if sha256 in kept}
    packs = all_packs(name)
    held_out = {row.sha256 for row in current_set(name, at_least=1).rows() if row.held_out} if packs else None
    return Side(name, looks, titles, held_out), (catalog, kept)


def _compared(
    catalog: Catalog,
    pictures: Mapping[Sha256, Picture],
    looks: Mapping[Sha256, Look],
    config: SetConfig,
    *,
    out: set[Sha256],
) -> tuple[list[Pair], Sequence[Pair]]:
    """What there is to record about pairs, and all that is thought of pairs then."""
    pairs = catalog.pairs()
    near = duplicates.candidates(pictures.values(), looks, config.curate, out=out)
    asked = duplicates.doubtful(near, pairs, config.curate)
    said = judgements(catalog, asked, pictures, config.intake)
    fresh = duplicates.opinions(near, said, pairs, config.curate)
    return fresh, duplicates.together(pairs, fresh)


def _rejected(decisions: Sequence[Decision]) -> set[Sha256]:
    return {decision.sha256 for decision in decisions if decision.verdict == "reject"}
