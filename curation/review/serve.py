"""Serve the page of a set until Ctrl-C, and say what came of it."""

import sys

from curation.learning import Start
from curation.review.app import opened
from curation.review.state import State
from housegan.catalog.persons import Tally, last_rows, said_since
from housegan.config import SetConfig
from housegan.errors import HouseganError
from housegan.web.server import serve


def review(name: str, config: SetConfig, start: Start = Start(), *, port: int, open_browser: bool) -> None:
    """Let a person look through the set `name` on a page; what they decide is in its catalog.

    `start` is what its filter may know before that.
    """
    with opened(name, config, start) as page:
        counts = page.reading.ask(State.counts)
        if not counts.found:
            raise HouseganError(f"The set {name!r} has no pictures yet. Run `housegan import {name} FOLDER` first.")
        if not counts.steps:
            _say(f"Nobody has judged {name} yet: `housegan curate {name}` first spares you most of the work.")
        before = page.writing.ask(last_rows)
        serve(page.app(), port=port, open_browser=open_browser, say=_say)
        said = page.writing.ask(said_since, before)
    _say(f"{sentence(said)} `housegan curate {name}` packs what is kept.")


def sentence(said: Tally) -> str:
    """What was decided, in words."""
    counts = (
        (said.kept, "kept", "picture"), (said.rejected, "rejected", "picture"),
        (said.cropped, "cropped", "picture"), (said.pairs, "judged", "pair"),
    )  # fmt: skip
    done = [f"{count:,} {noun}{'s' if count > 1 else ''} {verb}" for count, verb, noun in counts if count]
    return f"Decided: {', '.join(done)}." if done else "Nothing was decided."


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
