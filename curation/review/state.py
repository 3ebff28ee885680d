"""What the page is told of the catalog: as values that become JSON."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from curation import crop, duplicates
from curation.learning import Said
from curation.review.filter import told
from housegan.catalog import Catalog, Crop, Pair, Picture, Sha256
from housegan.catalog.persons import last_words, named
from housegan.catalog.shelf import Shelf
from housegan.catalog.shown import ID_DIGITS, Counts, Selection, Shown
from housegan.config import SetConfig

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

MOST_CHANGES = 500
MOST_PAIRS = 500


class State:
    """The catalog as the page sees it; `unreadable` says what is wrong with originals that can't be shown."""

    def __init__(self, catalog: Catalog, config: SetConfig, unreadable: Mapping[Sha256, str]) -> None:
        self.catalog, self.config, self._unreadable = catalog, config, unreadable
        self.said: Said | None = None  # by the filter
        self.shelf = Shelf(catalog, min_crop_confidence=config.curate.min_crop_confidence)

    def counts(self) -> Counts:
        """Count what is there."""
        self.shelf.refresh()
        return self.shelf.counts()

    def summary(self) -> Json:
        """Count what is kept and what waits."""
        counts = self.counts()
        return {
            "name": self.catalog.folder.name,
            "target": self.config.scrape.target,
            "found": counts.found,
            "kept": counts.kept,
            "judged": counts.judged,
            "rejected": [{"kind": kind, "count": count} for kind, count in counts.rejected.items()],
            "steps": list(counts.steps),
            "kinds": list(counts.rejected),
            "sources": list(counts.sources),
            "waiting": {"crops": counts.doubtful, "pairs": self.pairs_waiting()},
            "filter": told(self.said),
            "filtered": counts.filtered,
            "last": self.shelf.last,
        }

    def hear(self, said: Said) -> None:
        """Take in what the filter says; its ratings come by `rate`."""
        self.said = said

    def rate(self, probabilities: Mapping[Sha256, float], places: Mapping[Sha256, int]) -> None:
        """Take in what the filter thinks of some pictures."""
        self.shelf.rate(probabilities, places)

    def index(self, wanted: Selection) -> tuple[list[str], int]:
        """Ids of the pictures that are selected, and the last decision taken in."""
        self.shelf.refresh()
        return self.shelf.find(wanted), self.shelf.last

    def named(self, ids: Sequence[str]) -> list[Picture]:
        """The pictures of these ids, as they lie in the catalog."""
        return named(self.catalog, ids)

    def pictures(self, ids: Sequence[str]) -> list[Json]:
        """Tell of pictures, by their ids or digests."""
        self.shelf.catch_up()
        return [self._picture(shown) for shown in self.shelf.shown(ids)]

    def pairs(self) -> list[Json]:
        """The first of the pairs that wait for a person, the likeliest first."""
        self.shelf.refresh()
        waiting = self._pairs()[:MOST_PAIRS]
        digests = list({digest for pair in waiting for digest in (pair.first, pair.second)})
        pictures = {shown.sha256: self._picture(shown) for shown in self.shelf.shown(digests)}
        seen = last_words(self.catalog, [(pair.first, pair.second) for pair in waiting])
        return [
            {
                "first": pictures[pair.first], "second": pictures[pair.second],
                "bits": pair.distance, "reason": pair.reason, "seen": row,
            }
            for pair, (row, _) in zip(waiting, seen, strict=True)
        ]  # fmt: skip

    def pairs_waiting(self) -> int:
        """How many pairs wait for a person."""
        return len(self._pairs())

    def changes(self, since: int) -> Json:
        """What persons have said after the decision `since`, and what the filter says."""
        self.shelf.catch_up()
        digests, last = self.shelf.changed_since(since, at_most=MOST_CHANGES)
        pictures = [self._picture(shown) for shown in self.shelf.shown(digests)]
        return {"last": last, "pictures": pictures, "pairs": self.pairs_waiting(), "filter": told(self.said)}

    def pair_words(self, pairs: Sequence[tuple[Sha256, Sha256]]) -> list[Json]:
        """What holds of pairs now."""
        told = zip(pairs, last_words(self.catalog, pairs), strict=True)
        return [{"first": id_of(first), "second": id_of(second), "same": same} for (first, second), (_, same) in told]

    def _pairs(self) -> list[Pair]:
        """Those that are kept on both sides, and that the steps as they are now can't decide."""
        asked = self.shelf.open_pairs()
        return duplicates.waiting(
            {digest for pair in asked for digest in (pair.first, pair.second)}, asked, self.config.curate
        )

    def _picture(self, shown: Shown) -> Json:
        machine_crop = _fitted(shown.machine_crop, shown)
        return {
            "id": id_of(shown.sha256), "width": shown.width, "height": shown.height,
            "title": shown.title, "author": shown.author, "licence": shown.licence,
            "source": shown.source, "page_url": shown.page_url,
            "verdict": shown.verdict, "by": shown.by, "step": shown.step, "reason": shown.reason,
            "crop": _fitted(shown.person_crop, shown) if shown.person_crop else machine_crop,
            "crop_by": "person" if shown.person_crop else "machine" if shown.machine_crop else None,
            "crop_confidence": None if shown.person_crop else shown.confidence,
            "doubtful": shown.doubtful, "seen": shown.seen,
            "machine": {
                "verdict": shown.machine_verdict, "step": shown.machine_step, "reason": shown.machine_reason,
                "crop": machine_crop,
            },
            # What nobody has judged is judged unawares: else the filter would be audited by its own word.
            "probability": shown.probability if shown.by else None,
            "unreadable": self._unreadable.get(shown.sha256),
        }  # fmt: skip


def id_of(sha256: Sha256) -> str:
    """How the page names a picture."""
    return sha256[:ID_DIGITS]


def _fitted(square: Crop | None, shown: Shown) -> list[Json]:
    """The square that is packed, as left, top, side; the centre where nobody proposes one."""
    facts = Picture(shown.sha256, shown.format, shown.width, shown.height, 0, animated=False)
    fitted = crop.fitted(square, facts)
    return [fitted.left, fitted.top, fitted.side]
