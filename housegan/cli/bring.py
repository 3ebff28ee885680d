"""`import`: pictures that a person has already."""

from pathlib import Path
from typing import Annotated

import typer

from housegan.cli.arguments import Changes, say
from housegan.errors import HouseganError


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("import")(import_)


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
