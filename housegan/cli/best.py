"""How `sample --best` picks: the score comes from judging or from curation, which exploring knows nothing of."""

from typing import TYPE_CHECKING

from housegan.cli.arguments import say
from housegan.errors import HouseganError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from housegan.explore.picking import Score
    from housegan.run.chosen import Chosen


def best_seeds(
    chosen: "Chosen", seeds: tuple[int, ...], *, keep: int, taste: str | None, truncation: float
) -> tuple[tuple[int, ...], str]:
    """Choose seeds by realism, or by the taste that a set's review shows; and say by what, in a few words."""
    from housegan.explore.picking import best_of
    from housegan.progress import Progress

    by, score = _by_taste(taste) if taste else _by_realism(chosen)
    nothing = "Stopped; nothing was written."
    with Progress("choosing", total=len(seeds), unit="pictures", if_stopped=nothing) as bar:
        generator = chosen.generator
        return best_of(generator, seeds, keep=keep, score=score, truncation=truncation, bar=bar), by


def _by_realism(chosen: "Chosen") -> "tuple[str, Score]":
    """Score by the pictures that the generator's stage was shown."""
    import numpy as np

    from housegan.judge.realism import realism
    from housegan.progress import Progress
    from housegan.run.learned import learned_from, sets_of, without

    if chosen.run is None:
        raise HouseganError(
            f"{chosen.snapshot.path} doesn't say what it learned from: pick by --taste NAME, or name a run."
        )
    stage, size = chosen.moment.stage, chosen.generator.config.size
    parts, gone = learned_from(chosen.run, sets=sets_of(chosen.run.config(), stage=stage))
    for sentence in without(gone):
        say(sentence)
    with Progress(
        "describing", total=sum(len(part.rows) for part in parts), unit="training pictures",
        if_stopped="Stopped; nothing was written.",
    ) as bar:  # fmt: skip
        real = np.concatenate([part.features(size, kept_in=chosen.out(""), bar=bar)[:, 0] for part in parts])
    return "realism", lambda features: realism(real, features)


def _by_taste(name: str) -> "tuple[str, Score]":
    """Score by what a person kept and rejected in the review of a set."""
    import numpy as np

    from curation import topic
    from curation.learning import seeds_of
    from housegan.catalog import Sha256
    from housegan.config import load_set

    decided = seeds_of(name, load_set(name).intake)
    if topic.missing({}, decided):
        kept = int(decided.belong.sum())
        raise HouseganError(
            f"To learn your taste takes {topic.LEAST} kept and {topic.LEAST} rejected pictures of {name!r}, of which "
            f"{kept} and {len(decided.belong) - kept} are there: go on with `housegan curate {name} --review`."
        )

    def score(features: "NDArray[np.float32]") -> "NDArray[np.float64]":
        names = [Sha256(f"{place:06d}") for place in range(len(features))]
        learned = topic.learn(topic.Space.of(dict(zip(names, features, strict=True))), {}, decided)
        return np.array([learned.probabilities[one] for one in names])

    return f"the taste of {name}", score
