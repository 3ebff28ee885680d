"""`curate` and `export`: what is kept of a set, cropped and packed, and packs for other programs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from housegan.cli.arguments import Changes, OptionalName, say, set_or_default
from housegan.errors import WrongUsageError

if TYPE_CHECKING:
    from curation.against import SharedPair
    from curation.curate import Curated, Funnel
    from curation.learning import Start
    from housegan.config import SetConfig


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(curate)
    app.command()(export)


def curate(
    name: OptionalName = None,
    size: Annotated[int | None, typer.Option(metavar="PX", help="Side of the packed pictures.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be kept; record and pack nothing.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Write a page that shows what was kept, what went, and why.")
    ] = False,
    against: Annotated[
        str | None, typer.Option(metavar="SET", help="Only say which pictures this set and another one share.")
    ] = None,
    review: Annotated[bool, typer.Option("--review", help="Look through the pictures yourself, on a page.")] = False,
    like: Annotated[
        str | None,
        typer.Option(metavar="SET", help="With --review: the filter begins with your decisions on that set."),
    ] = None,
    words: Annotated[
        list[str],
        typer.Option(metavar="TEXT", help="With --review: what belongs here; sorts until the filter has learned."),
    ] = [],
    unwanted: Annotated[
        list[str], typer.Option("--not", metavar="TEXT", help="With --words: what doesn't belong.")
    ] = [],
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port of the review page.")] = 8765,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Don't open the review page here: its address is said.")
    ] = False,
    changes: Changes = [],
) -> None:
    """Decide what is kept, crop it and pack it for training: `housegan curate monet --report`

    Spoilt, small and blurred pictures and all but the best of several copies go, each with its reason; a square is
    laid around the subject. Change a threshold and run it again, as in `--set curate.duplicate_bits=20`, and they come
    back. Originals are never touched. What a machine can't tell waits for you: `housegan curate monet --review`
    """
    from housegan.catalog import Catalog
    from housegan.config import load_set
    from housegan.places import SIZES

    if size is not None and size not in SIZES:
        raise WrongUsageError(f"--size {size} is no size we pack: take one of {', '.join(map(str, SIZES))}.")
    if sum((dry_run, report, review, against is not None)) > 1:
        raise WrongUsageError("Give one of --dry-run, --report, --review and --against at a time.")
    if (like is not None or words or unwanted) and not review:
        raise WrongUsageError("--like, --words and --not are for the page's filter: give them with --review.")
    name = set_or_default(name)
    config = load_set(name, changes if size is None else [*changes, f"curate.size={size}"])
    if against is not None:
        _show_shared(name, against, config)
        return
    if review:
        from curation.review.serve import review as review_page

        start = _start_of_filter(name, like, words, unwanted)
        review_page(name, config, start, port=port, open_browser=not no_browser)
        return
    from curation.curate import curate as curated
    from curation.curate import planned

    with Catalog.existing(name) as catalog:
        if dry_run:
            _show(_funnel_lines(planned(catalog, config).funnel))
            say("A dry run: nothing was recorded or packed.")
            return
        outcome = curated(catalog, config)
        _say_outcome(name, outcome)
        if report:
            from curation.report import write_report

            say(f"Report: {write_report(catalog, config, outcome.looks)}")


def export(
    name: OptionalName = None,
    to: Annotated[str, typer.Option("--to", help="imagefolder, webdataset or stylegan.")] = "imagefolder",
    out: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Where to; left out, exports/NAME-FORMAT here.")
    ] = None,
    size: Annotated[int | None, typer.Option(metavar="PX", help="Side of the pictures; left out, the pack's.")] = None,
    held_out: Annotated[
        bool, typer.Option("--with-held-out", help="StyleGAN's zip: the held-out pictures too.")
    ] = False,
) -> None:
    """Write the curated pictures for other programs: `housegan export monet --to webdataset`

    `imagefolder` is a folder of PNGs with metadata.jsonl (Hugging Face), `webdataset` tars of PNG and JSON,
    `stylegan` a zip as StyleGAN's training reads it. `housegan import` reads all of them back.
    """
    from curation.exports import export as exported
    from housegan.curated import current_set

    name = set_or_default(name)
    done = exported(current_set(name, at_least=size or 1), to, out, size=size, with_held_out=held_out)
    say(f"{done.path}: {done.pictures:,} pictures, {done.held_out:,} of them held out.")
    if done.left_out:
        say(f"{done.left_out:,} held-out pictures are left out: a generator is judged by them (--with-held-out).")
    if done.was_there:
        say("It was there already: nothing to do.")


def _start_of_filter(name: str, like: str | None, words: list[str], unwanted: list[str]) -> "Start":
    from curation.learning import Start
    from housegan.zero_shot import Words

    if like == name:
        raise WrongUsageError(f"--like {like} is the same set: give another one.")
    if bool(words) != bool(unwanted):
        raise WrongUsageError(
            "Give words for both, what belongs and what doesn't, as in --words 'a house' --not 'a room'."
        )
    return Start(like or "", Words(tuple(words), tuple(unwanted)) if words else None)


def _say_outcome(name: str, outcome: "Curated") -> None:
    packed = outcome.packed
    for path, reason in packed.unreadable.items():
        say(f"left out {path}: {reason}. To mend this remove what is left of the file and import the picture again.")
    lines = _funnel_lines(outcome.funnel)
    if packed.unreadable:
        lines.append(("  unreadable now", len(packed.unreadable), "left out"))
    lines.append(("  held out", packed.held_out, "never trained on"))
    lines.append(("packed", packed.pictures, f"{packed.pack.folder}, {packed.pack.size} px"))
    _show(lines)
    if packed.was_there:
        say("This pack was there already: nothing to do.")
    if waiting := _waiting(outcome.funnel):
        say(f"Waiting for you: {waiting}. See them: housegan curate {name} --review")
    say(f"Next: housegan train --data {name}   or   housegan train --pretrain LARGER_SET --finetune {name}")


def _show_shared(name: str, against: str, config: "SetConfig") -> None:
    from curation.curate import shared
    from housegan.catalog import Catalog

    if against == name:
        raise WrongUsageError(f"--against {against} is the same set: give another one.")
    with Catalog.existing(name) as these, Catalog.existing(against) as those:
        found = shared(these, those, config)
    for pair in found.pairs:
        say(f"{_called(pair.first, pair.first_title)} = {_called(pair.second, pair.second_title)}{_how(pair)}")
    for pair in found.doubtful:
        say(f"{_called(pair.first, pair.first_title)} ? {_called(pair.second, pair.second_title)}{_how(pair)}")
    say(str(found))


def _called(sha256: str, title: str) -> str:
    """A picture in a few words, whatever its title tries with a terminal."""
    shown = "".join(character for character in title if character.isprintable())[:60]
    return f"{sha256[:8]} {shown}".rstrip()


def _how(pair: "SharedPair") -> str:
    turned = "" if pair.variant in ("", "as it is") else f", {pair.variant}"
    return f"  ({pair.bits} of 256 bits differ{turned})"


def _waiting(funnel: "Funnel") -> str:
    """Name what a person is to look at: `12 pairs and 30 crops`; empty where nothing waits."""
    counts = ((funnel.doubtful_pairs, "pair"), (funnel.doubtful_crops, "crop"))
    return " and ".join(f"{count:,} {word}{'s' if count > 1 else ''}" for count, word in counts if count)


def _funnel_lines(funnel: "Funnel") -> list[tuple[str, int, str]]:
    again = f"exact copies merged: {funnel.extra_sightings:,}" if funnel.extra_sightings else ""
    return [
        ("found", funnel.found, again),
        *((f"  {reason}", -count, "") for reason, count in funnel.rejected.most_common()),
        ("kept", funnel.kept, ""),
    ]


def _show(lines: list[tuple[str, int, str]]) -> None:
    """Print counts between a name and a remark: a table on a terminal, aligned text elsewhere."""
    if not sys.stdout.isatty():
        for what, count, remark in lines:
            say(f"{what:<22} {count:>9,}  {remark}".rstrip())
        return
    from rich.console import Console
    from rich.table import Column, Table

    table = Table.grid("", Column(justify="right"), Column(overflow="fold"), padding=(0, 2))
    for what, count, remark in lines:
        table.add_row(what, f"{count:,}", remark)
    Console().print(table, markup=False, highlight=False)
