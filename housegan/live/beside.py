"""The page beside a training: a process of its own, so that neither disturbs the other.

It hears none of the terminal's signals and ends by itself: ten minutes after training has ended and nobody looks any
more, or when the run's folder is gone. It is not nice, as a branch that it begins would be, too.
"""

import subprocess
import sys
import time
from pathlib import Path

from housegan.live.app import Live
from housegan.live.branch import alone
from housegan.run.folder import Run
from housegan.web.server import invitation, serve_while

LINGER_S = 600.0
"""How long it stays after training has ended and the page was last looked at."""


def page_beside(run: Run) -> str:
    """Start the page and return what to tell: its address, or that there is none, which is no reason not to train."""
    process = subprocess.Popen(
        [sys.executable, "-m", "housegan.live.beside", str(run.path)],
        env=alone(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    with process.stdout:
        address = process.stdout.readline().strip()
    process.returncode = 0  # it outlives this process, which needn't wait for it
    if not address:
        return f"The live page could not be started: `housegan live {run.called}` says why."
    return "\n".join(["The live page:", *invitation(address)])


def main() -> None:
    """Serve the page of the run whose folder is named."""
    run = Run(Path(sys.argv[1]))
    live = Live(run)
    serve_while(
        lambda: run.path.is_dir() and (live.training or time.monotonic() - live.asked_at < LINGER_S),
        live.app(),
        say=lambda address: print(address, flush=True),  # noqa: T201
    )


if __name__ == "__main__":
    main()
