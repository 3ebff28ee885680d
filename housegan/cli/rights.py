"""`credits` and `purge`: what is owed to those whose pictures these are."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from housegan.cli.arguments import Changes, OptionalName, say, set_or_default
from housegan.errors import HouseganError
from housegan.terminal import plain

if TYPE_CHECKING:
    from housegan.catalog import Catalog
    from housegan.catalog.rights import Chosen
    from housegan.rights.purge import Plan

_SHOWN = 10


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("credits")(credits_)
    app.command()(purge)


def credits_(
    name: OptionalName = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Write there; left out, data/NAME/credits.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Rejected pictures too, not only those that are kept.")
    ] = False,
    changes: Changes = [],
) -> None:
    """Write a page that names who made the pictures, where they were found, and under which licences.

    Example: `housegan credits monet`

    credits.html is one file that loads nothing from anywhere; CREDITS.md says the same, with thumbnails/ beside it.
    """
    from housegan.catalog import Catalog
    from housegan.config import load_set
    from housegan.rights.credits import write

    name = set_or_default(name)
    config = load_set(name, changes)
    with Catalog.existing(name) as catalog:
        written = write(catalog, config, to or catalog.folder / "credits", everything=everything)
    if not written.groups:
        say(f"The set {name!r} keeps no pictures: the page is empty. `--all` shows rejected ones too.")
    for group in written.groups:
        say(plain(f"{len(group.credits):>9,}  {group.licence}"))
    for path, reason in written.unreadable.items():
        say(plain(f"no thumbnail of {path}: {reason}"))
    say(f"{written.page}\n{written.markdown}")


def purge(
    name: OptionalName = None,
    gone: Annotated[
        bool, typer.Option("--gone", help="What its site has taken down, as `housegan scrape --refresh` found.")
    ] = False,
    author: Annotated[str | None, typer.Option(metavar="NAME", help="Everything by this person.")] = None,
    post: Annotated[
        str | None, typer.Option(metavar="POST", help="Everything of one post: its id, or its address.")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="One picture: its digest, or the first eight digits.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go; remove nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Remove pictures for good, and all that is known of them: `housegan purge castles --author u/somebody`

    Bytes, rows, packs and thumbnails go; the runs that were trained on them are named. Scraping won't fetch the same
    addresses again. Give one of --gone, --author, --post and --sha256.
    """
    from housegan.catalog import Catalog
    from housegan.catalog.rights import by_absence, by_author, by_digest, by_post
    from housegan.rights.purge import carry_out, planned, scraping_kept_out, unfinished

    ways = {"--gone": gone, "--author": author, "--post": post, "--sha256": sha256}
    if sum(value is not None and value is not False for value in ways.values()) != 1:
        raise typer.BadParameter("give one of --gone, --author, --post and --sha256.")
    name = set_or_default(name)
    with Catalog.existing(name) as catalog, scraping_kept_out(catalog.folder):
        if not dry_run and (begun := unfinished(catalog)):
            say("First the purge that was interrupted is brought to its end.")
            carry_out(catalog, begun)
            _tell(begun, name)

        def choose() -> "Chosen":
            if author is not None:
                return by_author(catalog, author)
            if post is not None:
                return by_post(catalog, post)
            return by_absence(catalog) if sha256 is None else by_digest(catalog, sha256)

        plan = planned(catalog, choose())
        if not plan.chosen:
            say(_nothing(name, gone=gone))
            return
        _show(catalog, plan, name)
        if dry_run:
            say("A dry run: nothing was removed.")
            return
        _confirm(yes=yes)
        carry_out(catalog, plan)
    _tell(plan, name)


def _nothing(name: str, *, gone: bool) -> str:
    if gone:
        return (
            f"Nothing in the set {name!r} is known to be gone. `housegan scrape {name} --refresh` asks the sites "
            "again; then run this once more."
        )
    return f"The set {name!r} has nothing of that: nothing was removed."


def _show(catalog: "Catalog", plan: "Plan", name: str) -> None:
    pictures, addresses = plan.chosen.pictures, plan.chosen.addresses
    say(f"From the set {name!r}: {len(pictures):,} pictures, {len(addresses):,} addresses not fetched yet.")
    stories = catalog.stories() if pictures else {}
    for digest, _ in pictures[:_SHOWN]:
        story = stories[digest]
        say(plain(f"  {digest[:12]}  {story.title or 'untitled'}, {story.author or 'author unknown'}"))
    if len(pictures) > _SHOWN:
        say(f"  and {len(pictures) - _SHOWN:,} more")
    if plan.packs:
        say(f"  and the packs that hold them: {', '.join(plan.packs)}")


def _confirm(*, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise HouseganError("Nothing was removed: there is no terminal to ask at. Give --yes if you mean it.")
    if not typer.confirm("Remove all this for good?"):
        raise HouseganError("Nothing was removed.")


def _tell(plan: "Plan", name: str) -> None:
    say(f"Removed {len(plan.chosen.pictures):,} pictures and all that was known of them.")
    if plan.packs:
        say(f"Packs withdrawn: {', '.join(plan.packs)}. Next: housegan curate {name}")
    if plan.runs:
        say(
            f"Trained on them: {', '.join(plan.runs)}. Nothing takes that back: delete those folders in runs/, or "
            "train again and let go of their generators and films."
        )
    if plan.unsure:
        say(f"Of these runs it can't be told any more: {', '.join(plan.unsure)}.")
