"""The command line. Commands import what they need in their bodies, so that help answers at once."""

import os
import sys
from typing import Annotated

import typer

from housegan import __version__
from housegan.cli import (
    bring,
    curate,
    demo,
    evaluate,
    explore,
    films,
    live,
    neighbours,
    plan,
    plots,
    rights,
    rows,
    scrape,
    train,
    walks,
)
from housegan.errors import HouseganError, explain_os_error

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (
    demo,
    scrape,
    bring,
    curate,
    rights,
    rows,
    plan,
    train,
    live,
    evaluate,
    explore,
    neighbours,
    films,
    walks,
    plots,
):
    part.add_to(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error. Works behind any command.")
    ] = False,
) -> None:
    """From a search term to a trained generator and a short film.

    The way: `import` (or `scrape`), `curate`, `train`, then `sample`, `video` and `plot`. See all of it in four
    minutes: `housegan demo`.
    """


def main() -> None:
    """Run the command line: exit 1 and one sentence for what the person can mend, 2 for wrong usage."""
    debug = "--debug" in sys.argv[1:]
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        app(arguments)
    except Exception as error:
        if debug:
            raise
        sys.exit(_explained(error))


def _explained(error: Exception) -> int:
    if isinstance(error, HouseganError):
        sentence = str(error)
    elif isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left, as `| head` does
        return 1
    elif isinstance(error, OSError):
        sentence = explain_os_error(error)
    else:
        said = " ".join(str(error).split())
        sentence = (
            f"{type(error).__name__}: {said}. This is a fault of housegan: run the same with --debug and report it."
        )
    typer.secho(f"housegan: {sentence}", fg="red", err=True)
    return getattr(error, "exit_code", 1)
