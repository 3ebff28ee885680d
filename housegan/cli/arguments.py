"""Arguments and options that several commands share."""

from typing import Annotated

import typer

from housegan.terminal import plain

Changes = Annotated[
    list[str],
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change one value of the config, as in finetune.learning_rate=1e-4."
    ),
]
OptionalName = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="The set; left out, the only one here, else `imaginary`.")
]
OptionalRun = Annotated[
    str | None, typer.Argument(metavar="[RUN]", help="A run's number, name or folder; left out, the newest.")
]
At = Annotated[str, typer.Option(help="Which generator: last, best, favourite, epoch:N or images:N.")]
Source = Annotated[
    str | None,
    typer.Argument(metavar="[RUN]", help="A run, or a file of weights or its name; left out, the newest run."),
]
Truncation = Annotated[
    float, typer.Option(min=0.01, max=1, help="Below 1 z is drawn nearer to the mean: more usual, more alike.")
]
Seeds = Annotated[str | None, typer.Option(help="Which seeds, in this order, as in 1,5,9 or 0-7.")]


def set_or_default(name: str | None) -> str:
    """The set that is meant, saying which where none was named."""
    if name is not None:
        return name
    from housegan.places import default_set

    chosen = default_set()
    typer.echo(f"Set: {chosen}", err=True)
    return chosen


def say(line: str = "") -> None:
    """Print a line of a command's result, or several."""
    typer.echo("\n".join(map(plain, line.split("\n"))))
