"""What the report says, gathered from the catalog; no picture is opened here."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from curation import crop, duplicates
from curation.looks import Look
from curation.report.charts import look_histograms, side_histogram
from curation.report.parts import Doubt, Group, Reason, Report, Share, Shown, Square, Threshold
from housegan import __version__
from housegan.catalog import Catalog, Pair, Resolved, Sha256, Sighting
from housegan.config import CurateConfig, SetConfig

MAX_EXAMPLES = 12
MAX_GROUPS = 40
MAX_LOSERS = 7
MAX_PAIRS = 40
MAX_DOUBTFUL = 60
MAX_SQUARES = 1_000
"""The page shows so many of each and says how many more there are: it stays under 15 MB."""

BY_A_PERSON = "rejected by a person"
_DIGEST = re.compile(r"\b[0-9a-f]{8,64}\b")


def report_of(
    catalog: Catalog, config: SetConfig, looks: Mapping[Sha256, Look] | None = None, *, when: datetime
) -> Report:
    """Gather what a catalog thinks of its pictures after curation; with `looks` also how their measures spread."""
    everything = list(catalog.resolved())
    persons, stories = catalog.person_verdicts(), catalog.stories()
    pairs = list(duplicates.current(catalog.pairs(), config.curate))
    why_cropped = {sha256: opinion.reason for sha256, opinion in catalog.opinions(crop.NAME).items()}
    kept = [one for one in everything if one.verdict == "keep"]
    kept_digests = {one.picture.sha256 for one in kept}
    pictures = {one.picture.sha256: one.picture for one in everything}

    def shown(sha256: Sha256, detail: str = "") -> Shown:
        story = stories.get(sha256) or Sighting("", "")
        return Shown(pictures[sha256], story.title, story.author, detail)

    reasons: defaultdict[str, list[Resolved]] = defaultdict(list)
    for one in everything:
        if one.verdict == "reject":
            reasons[_kind(one, by_person=one.picture.sha256 in persons)].append(one)
    families = sorted(_families(everything, pairs).items(), key=lambda family: (-len(family[1]), str(family[0])))
    doubts = duplicates.waiting(kept_digests, pairs, config.curate)
    answered = persons.keys() | {one.picture.sha256 for one in kept if one.crop_by == "person"}
    waiting = crop.waiting({one.picture.sha256: one.crop_confidence for one in kept}, answered, config.curate)
    squares = [
        _square(one, shown(one.picture.sha256, _why(one, why_cropped)), doubtful=one.picture.sha256 in waiting)
        for one in kept
    ]
    doubtful = sorted(
        (one for one in squares if one.doubtful), key=lambda one: (one.confidence, one.shown.picture.sha256)
    )
    sure = [one for one in squares if not one.doubtful]
    measured = {sha256: look for sha256, look in (looks or {}).items() if sha256 in pictures}
    return Report(
        name=catalog.folder.name,
        title=config.title or catalog.folder.name,
        story=config.story,
        when=when,
        version=__version__,
        found=len(everything),
        extra_sightings=catalog.extra_sightings(),
        kept=len(kept),
        reasons=[
            Reason(kind, len(some), [shown(one.picture.sha256, _detail(one)) for one in some[:MAX_EXAMPLES]])
            for kind, some in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
        ],
        groups=[
            Group(
                shown(winner) if winner else None,
                [shown(one.picture.sha256, _detail(one)) for one in losers[:MAX_LOSERS]],
                kept=winner in kept_digests,
                more=max(len(losers) - MAX_LOSERS, 0),
            )
            for winner, losers in families[:MAX_GROUPS]
        ],
        groups_in_all=len(families),
        doubts=[Doubt(shown(p.first), shown(p.second), p.distance, p.reason) for p in doubts[:MAX_PAIRS]],
        doubts_in_all=len(doubts),
        squares=[*doubtful[:MAX_DOUBTFUL], *sure[:MAX_SQUARES]],
        doubtful_in_all=len(doubtful),
        crops_by_person=sum(one.by_person for one in squares),
        enlarged=sum(one.crop.side < config.curate.size for one in squares),
        size=config.curate.size,
        sides=side_histogram(pictures.values(), kept_digests, config.curate),
        measures=look_histograms(measured, kept_digests, config.curate) if measured else [],
        sources=_shares(pictures, kept_digests, {sha256: story.source for sha256, story in stories.items()}),
        licences=_shares(pictures, kept_digests, {sha256: story.licence for sha256, story in stories.items()}),
        authors=len({stories[sha256].author for sha256 in kept_digests & stories.keys()} - {""}),
        without_author=sum(not stories[sha256].author for sha256 in kept_digests & stories.keys()),
        thresholds=_thresholds(config.curate),
        crops={one.shown.picture.sha256: one.crop for one in squares},
        pictures=pictures,
    )


def _kind(one: Resolved, *, by_person: bool) -> str:
    kind = one.reason.partition(":")[0].strip()
    return kind or (BY_A_PERSON if by_person else one.step)


def _detail(one: Resolved) -> str:
    return one.reason.partition(":")[2].strip()


def _why(one: Resolved, reasons: Mapping[Sha256, str]) -> str:
    return reasons.get(one.picture.sha256, "") if one.crop_by == "machine" else ""


def _families(everything: Collection[Resolved], pairs: Iterable[Pair]) -> dict[Sha256 | None, list[Resolved]]:
    """Gather rejected duplicates under the picture that stands for them: the one their reason names, or their pairs."""
    by_start: defaultdict[str, list[Sha256]] = defaultdict(list)
    kept: set[Sha256] = set()
    for one in everything:
        by_start[one.picture.sha256[:8]].append(one.picture.sha256)
        if one.verdict == "keep":
            kept.add(one.picture.sha256)
    same: defaultdict[Sha256, list[Sha256]] = defaultdict(list)
    for pair in pairs:
        if pair.same:
            same[pair.first].append(pair.second)
            same[pair.second].append(pair.first)

    def winner(loser: Resolved) -> Sha256 | None:
        me = loser.picture.sha256
        named = [
            other
            for start in _DIGEST.findall(loser.reason)
            for other in by_start[start[:8]]
            if other.startswith(start) and other != me
        ]
        linked = sorted(same[me], key=lambda other: other not in kept)
        return next(iter([*named, *linked]), None)

    families: defaultdict[Sha256 | None, list[Resolved]] = defaultdict(list)
    for one in everything:
        if one.verdict == "reject" and one.step == duplicates.NAME:
            families[winner(one)].append(one)
    return families


def _square(one: Resolved, shown: Shown, *, doubtful: bool) -> Square:
    square, picture = crop.fitted(one.crop, one.picture), one.picture
    frame = (
        square.left / picture.width, square.top / picture.height,
        square.side / picture.width, square.side / picture.height,
    )  # fmt: skip
    return Square(shown, square, doubtful, one.crop_by == "person", one.crop_confidence, frame)


def _shares(found: Collection[Sha256], kept: Collection[Sha256], names: Mapping[Sha256, str]) -> list[Share]:
    in_all = Counter(names.get(sha256, "") for sha256 in found)
    of_kept = Counter(names.get(sha256, "") for sha256 in kept)
    shares = [Share(name, count, of_kept[name]) for name, count in in_all.items()]
    return sorted(shares, key=lambda share: (share.name == "", -share.kept, -share.found, share.name))


def _thresholds(config: CurateConfig) -> list[Threshold]:
    return [
        Threshold(
            name,
            f"{value:g}" if isinstance(value, float) else str(value),
            value != field.default,
            field.description or "",
        )
        for name, field in CurateConfig.model_fields.items()
        for value in [getattr(config, name)]
    ]
