"""`import`, `scrape` and `curate`: from strangers' files to the curated set."""

from pathlib import Path
from typing import Annotated

import typer

from housegan.cli.arguments import Changes, OptionalName, say, set_or_default
from housegan.errors import HouseganError


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("import")(import_)
    app.command()(scrape)


def import_(
    name: Annotated[str, typer.Argument(help="The set to import into; a new name makes a new set.")],
    path: Annotated[Path, typer.Argument(help="A folder or a zip, nested as it may be.")],
    changes: Changes = [],
) -> None:
    """Bring pictures that you have into a set: `housegan import monet ~/Pictures/monet`

    The bytes are kept as they came. Files that are no pictures are named with the reason. Again imports nothing twice.
    """
    from housegan.catalog import Catalog
    from housegan.config import load_set
    from housegan.places import data_folder
    from housegan.progress import Progress
    from scraping.intake import Intake
    from scraping.local import count_in, finds_in

    config = load_set(name, changes).intake
    if not path.exists():
        raise HouseganError(f"There is no {path}: give a folder of pictures or a zip.")
    again = f"Stopped; what was counted is kept. To go on: housegan import {name} {path}"
    with (
        Catalog(data_folder(name)) as catalog,
        Progress(f"importing {name}", total=count_in(path), unit="files", if_stopped=again) as progress,
    ):
        intake = Intake(catalog, config, on_refused=lambda file, reason: progress.say(f"refused {file}: {reason}"))
        for tally in intake.take(finds_in(path, max_file_mb=config.max_file_mb)):
            progress.advance(tally.total - progress.done)
        total = len(catalog.pictures())
    say(f"{tally.new:,} new pictures, {tally.known:,} known already, {tally.refused.total():,} refused.")
    for reason, count in tally.refused.most_common():
        say(f"  {count:,} × {reason}")
    if not total:
        raise HouseganError(f"The set {name!r} has no pictures: {path} held none that can be read.")
    say(f"The set {name!r} has {total:,} pictures in {data_folder(name)}. Next: housegan curate {name}")


def scrape(name: OptionalName = None) -> None:
    """Collect what a set's config asks for. Comes with the next version; until then there is `import`."""
    name = set_or_default(name)
    raise HouseganError(
        f"Scraping comes with the next version: until then bring pictures you have with `housegan import {name} FOLDER`."
    )
