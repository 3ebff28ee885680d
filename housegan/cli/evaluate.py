"""`evaluate`: how good a generator is, in figures."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from housegan.cli.arguments import At, say
from housegan.errors import HouseganError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from housegan.features import Network
    from housegan.run.chosen import Chosen
    from housegan.run.learned import Learned

_STOPPED = "Stopped; training pictures that were described whole are kept. The same command goes on."


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(evaluate)


def evaluate(
    what: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run, or a file of weights; left out, the newest run.")
    ] = None,
    at: At = "last",
    samples: Annotated[int, typer.Option(min=20, max=50_000, help="How many pictures to draw.")] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="Where their latents come from.")] = 0,
    against: Annotated[
        str | None, typer.Option(metavar="SET", help="Compare with this set; left out, what the run learned from.")
    ] = None,
    features: Annotated[
        str | None, typer.Option(metavar="timm:NAME", help="Describe pictures by another network.")
    ] = None,
    fid: Annotated[bool, typer.Option("--fid", help="FID on Inception's features, too, as papers give it.")] = False,
) -> None:
    """Judge a generator with many samples: KID, precision, recall, copying, and what ImageNet takes them for.

    Example: `housegan evaluate 7 --at best --samples 5000`

    Each figure stands beside what real pictures get against real ones. The same as JSON goes to the run's out/.
    """
    import json

    import numpy as np
    import torch

    from housegan.explore.walks import drawn_along
    from housegan.features import LITE0, described, network
    from housegan.files import write_whole
    from housegan.judge.evaluation import References, findings
    from housegan.judge.labels import labels
    from housegan.judge.report import Report
    from housegan.progress import Progress
    from housegan.randomness import generator_for
    from housegan.run.chosen import choose
    from housegan.run.learned import in_words

    if features is not None and not features.startswith("timm:"):
        raise HouseganError(f"--features {features} must be timm:NAME, a model of timm, as in timm:resnet50.")
    chosen = choose(what, at)
    generator = chosen.generator
    size = generator.config.size
    parts = _learned(chosen, against, size)
    by = network(features.removeprefix("timm:") if features else LITE0)
    training, held_out = _described(parts, size, by=by, chosen=chosen)
    z = torch.randn(samples, generator.config.z, generator=generator_for(seed, "evaluate"))
    with Progress("drawing", total=samples, unit="pictures", if_stopped=_STOPPED) as bar:
        shown = bar.counted(drawn_along(generator, z))
        kept = list(shown) if fid else []
        generated = described(kept or shown, by=by)
    pictures = np.repeat(np.arange(len(training) // 2), 2)
    found = findings(References(training, held_out, pictures), generated, seed=seed)
    report = Report(
        chosen.name,
        chosen.moment.images,
        in_words(parts),
        by.version,
        found,
        labels=None if features else (labels(generated), labels(training[::2])),
        fid=_fid(parts, kept, size) if fid else None,
    )
    unusual = (against, features, seed and f"seed-{seed}", fid and "fid")
    name = "-".join(["evaluation", str(report.images), str(samples), *(str(word) for word in unusual if word)])
    path = chosen.out(re.sub(r"[/:]", "-", name) + ".json")
    write_whole(path, json.dumps(report.values(), indent=1).encode())
    say(f"{samples:,} pictures by {chosen.name} at {report.images:,} images, beside {report.compared}, {size} px:")
    for line in report.lines():
        say(line)
    say(f"{path}. See them: housegan sample {what or chosen.name} --at {at}")


def _learned(chosen: "Chosen", against: str | None, size: int) -> "list[Learned]":
    """The pictures to compare with."""
    from housegan.curated import current_set
    from housegan.run.learned import learned_from, learned_of, sets_of, without

    if against:
        return learned_of([current_set(against, at_least=size)])
    if chosen.run is None:
        raise HouseganError(f"{chosen.snapshot.path} doesn't say what it learned from: name a set with --against SET.")
    parts, gone = learned_from(chosen.run, sets=sets_of(chosen.run.config(), stage=chosen.moment.stage))
    for sentence in without(gone):
        say(sentence)
    return parts


def _described(
    parts: "list[Learned]", size: int, *, by: "Network", chosen: "Chosen"
) -> "tuple[NDArray[np.float32], NDArray[np.float32]]":
    """Features of the training pictures, each as it is and mirrored, and of the held-out ones."""
    import numpy as np

    from housegan.dataset import held_out_pictures
    from housegan.features import described
    from housegan.progress import Progress

    held_out = [held_out_pictures(part.pack, size=size) for part in parts]
    total = sum(len(part.rows) for part in parts) + sum(map(len, held_out))
    with Progress("describing", total=total, unit="real pictures", if_stopped=_STOPPED) as bar:
        both_ways = [part.features(size, kept_in=chosen.out(""), bar=bar, by=by) for part in parts]
        unseen = described((picture for some in held_out for picture in bar.counted(some)), by=by)
    training = np.concatenate(both_ways).reshape(-1, by.dimensions).astype(np.float32)
    return training, unseen


def _fid(parts: "list[Learned]", generated: "list[NDArray[np.uint8]]", size: int) -> float:
    import numpy as np

    from housegan.judge.fidelity import fid
    from housegan.train.device import chosen_device

    real = np.concatenate([block for part in parts for block in part.blocks(size)])
    return fid(real, np.stack(generated), device=chosen_device("auto"))
