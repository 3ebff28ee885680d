"""`import` and `curate`: from strangers' files to the curated set."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from housegan.cli.arguments import Changes, OptionalName, say, set_or_default
from housegan.errors import HouseganError

if TYPE_CHECKING:
    from curation.curate import Funnel


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("import")(import_)
    app.command()(curate)


def import_(
    name: Annotated[str, typer.Argument(help="The set to import into; a new name makes a new set.")],
    path: Annotated[str, typer.Argument(help="A folder, a zip or a tar, nested as it may be, or kaggle:owner/name.")],
    changes: Changes = [],
) -> None:
    """Bring pictures that you have into a set.

    Example: `housegan import monet ~/Pictures/monet`

    The bytes are kept as they came. Files that are no pictures are named with the reason. Again imports nothing twice.
    Titles, authors and licences come along where a metadata.jsonl or metadata.csv (Hugging Face) or a .json or .txt of
    the same name (WebDataset, img2dataset) tells them. `kaggle:` alone takes the data set that the set's YAML names.
    """
    from housegan.catalog import Catalog
    from housegan.catalog.handover import claim_imported
    from housegan.config import load_set
    from housegan.places import data_folder
    from housegan.progress import Progress
    from scraping.intake import Intake
    from scraping.kaggle import PREFIX, dataset_folder, finds_from
    from scraping.local import count_in, finds_in
    from scraping.stories import SOURCE

    config = load_set(name, changes)
    folder = data_folder(name)
    if path.startswith(PREFIX):
        handle = path.removeprefix(PREFIX) or config.scrape.kaggle or ""
        place = dataset_folder(handle)
        finds = finds_from(handle, place, max_file_mb=config.intake.max_file_mb)
    else:
        place = Path(path)
        finds = finds_in(place, max_file_mb=config.intake.max_file_mb)
    if not place.exists():
        raise HouseganError(f"There is no {path}: give a folder of pictures or a zip.")
    again = f"Stopped; what was counted is kept. To go on: housegan import {name} {path}"
    with (
        Catalog(folder) as catalog,
        Progress(f"importing {name}", total=count_in(place), unit="files", if_stopped=again) as progress,
    ):
        tally = Intake(
            catalog,
            config.intake,
            on_refused=lambda file, reason: progress.say(f"refused {file}: {reason}"),
            on_commit=lambda tally: progress.advance(tally.total - progress.done),
        ).take(finds)
        claimed = claim_imported(catalog, source=SOURCE)
        total = len(catalog.pictures())
    say(f"{tally.new:,} new pictures, {tally.known:,} known already, {tally.refused.total():,} refused.")
    for reason, count in tally.refused.most_common():
        say(f"  {count:,} × {reason}")
    if claimed:
        say(f"{claimed:,} of them were on the list of what scraping had still to fetch: it won't.")
    if not total:
        raise HouseganError(f"The set {name!r} has no pictures: {path} held none that can be read.")
    say(f"The set {name!r} has {total:,} pictures in {folder}. Next: housegan curate {name}")


def curate(
    name: OptionalName = None,
    size: Annotated[int | None, typer.Option(metavar="PX", help="Side of the packed pictures.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be kept; record and pack nothing.")
    ] = False,
    review: Annotated[
        bool, typer.Option("--review", help="Look through the pictures yourself (next version).")
    ] = False,
    changes: Changes = [],
) -> None:
    """Decide what is kept, crop it and pack it for training: `housegan curate monet --size 128`

    Too small, nearly flat and near-duplicate pictures go, each with its reason; change a threshold and run it again,
    as in `--set curate.duplicate_bits=20`, and they come back. Originals are never touched.
    """
    if review:
        raise HouseganError("The review page comes with the next version: until then `--dry-run` shows what would go.")
    from curation.curate import curate as curated
    from curation.curate import planned
    from housegan.catalog import Catalog
    from housegan.config import load_set
    from housegan.places import SIZES

    if size is not None and size not in SIZES:
        raise HouseganError(f"--size {size} is no size we pack: take one of {', '.join(map(str, SIZES))}.")
    name = set_or_default(name)
    config = load_set(name, changes if size is None else [*changes, f"curate.size={size}"])
    with Catalog.existing(name) as catalog:
        if dry_run:
            _show(_funnel_lines(planned(catalog, config.curate).funnel))
            say("A dry run: nothing was recorded or packed.")
            return
        funnel, packed = curated(catalog, config)
    for path, reason in packed.unreadable.items():
        say(f"left out {path}: {reason}. To mend this remove what is left of the file and import the picture again.")
    lines = _funnel_lines(funnel)
    if packed.unreadable:
        lines.append(("  unreadable now", len(packed.unreadable), "left out"))
    lines.append(("  held out", packed.held_out, "never trained on"))
    lines.append(("packed", packed.pictures, f"{packed.pack.folder}, {packed.pack.size} px"))
    _show(lines)
    if packed.was_there:
        say("This pack was there already: nothing to do.")
    say(f"Next: housegan train --data {name}   or   housegan train --pretrain LARGER_SET --finetune {name}")


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
