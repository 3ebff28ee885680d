"""`live`: a run as it goes, on a page."""

from typing import Annotated

import typer

from housegan.cli.arguments import OptionalRun, say


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(live)


def live(
    run: OptionalRun = None,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port of the page.")] = 8766,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Don't open the page here: its address is said.")
    ] = False,
) -> None:
    """Show a run on a page, while it trains or afterwards: grids, curves, pause, stop, a lower rate, branches.

    Example: `housegan live 7`
    """
    from housegan.live.app import Live
    from housegan.run.folder import find_run
    from housegan.web.server import serve

    found = find_run(run)
    serve(Live(found).app(), port=port, open_browser=not no_browser, say=say)
    say(f"A run that trains goes on. Its pictures: housegan sample {found.called}")
