"""`scrape`: collect what a set's config asks for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from housegan.cli.arguments import Changes, OptionalName, say, set_or_default

if TYPE_CHECKING:
    from scraping.source import Media


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(scrape)


def scrape(
    name: OptionalName = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Stop at N pictures, over all runs; left out, the config's target."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be fetched; fetch pages alone, and write nothing.")
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask for all pages again, as they may have changed; no picture twice.")
    ] = False,
    export_urls: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Fetch no picture: write addresses, .parquet or .csv, for img2dataset."),
    ] = None,
    changes: Changes = [],
) -> None:
    """Collect what a set's config asks for, politely: `housegan scrape imaginary --limit 200`

    The same command goes on where the last one ended, however it ended, and fetches nothing twice. Every picture keeps
    where it was found, who made it and under which licence. Sites want to know who asks: give an e-mail or web address
    of yours as HOUSEGAN_CONTACT or in the set's YAML.
    """
    from housegan.config import load_set
    from housegan.places import data_folder
    from scraping.display import printable
    from scraping.scrape import scrape as scraped

    def list_it(media: "Media") -> None:
        story = media.sighting
        said = [story.title, story.author, story.licence]
        say(printable("  ".join([media.urls[0] if media.urls else story.media_url, *filter(None, said)])))

    name = set_or_default(name)
    result = scraped(
        data_folder(name), name, load_set(name, changes),
        limit=limit, refresh=refresh, would_fetch=list_it if dry_run else None, export_to=export_urls,
    )  # fmt: skip
    if dry_run:
        say("A dry run: pages were read, no picture was fetched, nothing was written.")
        return
    for line in result.lines:
        say(line)
    if export_urls:
        say(f"Next: let img2dataset fetch them, then housegan import {name} FOLDER_OF_SHARDS (docs/importing.md)")
        return
    missing = result.limit - result.passed
    say(
        f"The set {name!r} has {result.passed:,} scraped pictures"
        + (f", {missing:,} fewer than wanted." if missing > 0 else f" of {result.limit:,} wanted.")
    )
    say(f"Next: housegan curate {name}")
