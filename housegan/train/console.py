"""Training as people see it: a bar on a terminal, a line a tick elsewhere; and hearing when it is to end."""

import math
import signal
import sys
import time
from types import FrameType, TracebackType
from typing import Any, Self

from housegan.errors import HouseganError
from housegan.progress import Progress
from housegan.run import standing
from housegan.run.folder import Run
from housegan.run.metrics import Judged
from housegan.run.standing import Standing
from housegan.run.wishes import Inbox, Wish
from housegan.train.stage import Stage, Tick

HEARD = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP")  # Ctrl-C, the system, Slurm's warning, a closed terminal
    if (number := getattr(signal, name, None)) is not None
]
"""Signals after which training saves and ends."""


SHOW_EVERY_S = 1.0
"""How often the run's standing is written, at most."""
SAID = {
    "pause": "Paused from the page. It goes on from there; Ctrl-C saves and ends.",
    "go on": "Going on.",
    "stop": "Stopped from the page.",
    "lower": "Both learning rates are halved from here on, from the page.",
}


class Listener:
    """Hears when a person, the system or the clock wants training to end, and says nothing itself.

    With a `run` it also hears what a page wishes, from now on, and shows the page how training stands.
    """

    def __init__(self, *, max_hours: float | None = None, run: Run | None = None) -> None:
        self.signal: int | None = None
        self._until = time.monotonic() + max_hours * 3600 if max_hours else math.inf
        self._run = run
        self._inbox = Inbox(run) if run else None
        self._standing = Standing()
        self._show_at = 0.0
        self._stage_images = self._halvings = 0
        self._stopped = self._paused = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._heard) for number in HEARD}
        self._show({})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._run and isinstance(error, Exception):
            said = f"{error}" if isinstance(error, HouseganError) else f"{type(error).__name__}: {error}"
            self._show({"trouble": said})
        elif self._run:
            standing.hide(self._run)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None and number == signal.SIGINT:
            raise KeyboardInterrupt  # a second Ctrl-C doesn't wait for the step to end
        self.signal = number

    def stop_requested(self) -> bool:
        """Whether to save and end after this step."""
        self._listen()
        return self.signal is not None or self._stopped or time.monotonic() >= self._until

    def pause_requested(self) -> bool:
        """Whether to save and wait after this step."""
        self._listen()
        return self._paused

    def halvings(self) -> int:
        """How many times both learning rates are to be halved, since this was last asked."""
        self._listen()
        halvings, self._halvings = self._halvings, 0
        return halvings

    def began(self, taken: object) -> None:
        """Weights were taken over."""

    def resumed(self, images: int) -> None:
        """A checkpoint was found."""

    def begin(self, stage: Stage, *, done: int) -> None:
        """A stage begins."""
        self._stage_images = done
        self._show({"stage": stage.name, "of": stage.images, "seconds_left": None})

    def step(self, batch: int) -> None:
        """A step is done."""
        self._stage_images += batch

    def tick(self, tick: Tick) -> None:
        """A line was written."""
        self._show({"seconds_left": tick.seconds_left})

    def hear(self, wish: Wish) -> None:
        """Somebody wishes something."""
        self._paused = wish == "pause" or (self._paused and wish == "lower")
        self._stopped = self._stopped or wish == "stop"
        self._halvings += wish == "lower"
        self._show({"paused": self._paused})

    def _listen(self) -> None:
        if self._inbox:
            for wish in self._inbox.new():
                self.hear(wish)
        if time.monotonic() >= self._show_at:
            self._show({})

    def _show(self, changed: dict[str, Any]) -> None:
        if self._run:
            self._standing = self._standing.model_copy(update={"stage_images": self._stage_images} | changed)
            standing.show(self._run, self._standing)
            self._show_at = time.monotonic() + SHOW_EVERY_S

    def judged(self, judged: Judged) -> None:
        """The generator was evaluated."""


class Console(Listener):
    """Tells a person how training goes, too: a bar on a terminal, a line a tick elsewhere."""

    def __init__(self, *, max_hours: float | None = None, run: Run | None = None) -> None:
        super().__init__(max_hours=max_hours, run=run)
        self._bar: Progress | None = None
        self._note = ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._close()

    def began(self, taken: object) -> None:
        """Say what was taken over."""
        _print(str(taken))

    def resumed(self, images: int) -> None:
        """Say where training goes on."""
        _print(f"Resumed at {images:,} images.")

    def begin(self, stage: Stage, *, done: int) -> None:
        """Open the bar of a stage."""
        super().begin(stage, done=done)
        self._close()
        if sys.stderr.isatty():
            self._bar = Progress(stage.name, total=stage.images, unit="images", if_stopped="")
            self._bar.__enter__()
            self._bar.advance(done)

    def step(self, batch: int) -> None:
        """Move the bar."""
        super().step(batch)
        if self._bar:
            self._bar.advance(batch, note=self._note)

    def tick(self, tick: Tick) -> None:
        """Show the newest numbers."""
        super().tick(tick)
        self._note = one_line(tick)
        if self._bar is None:
            _print(f"{tick.stage.name} {tick.stage_images:,} images, {self._note}")

    def judged(self, judged: Judged) -> None:
        """Say what came of it."""
        self._say(f"{judged.stage} {judged.stage_images:,} images: {judged.said}")

    def hear(self, wish: Wish) -> None:
        """Say what somebody wishes."""
        super().hear(wish)
        self._say(SAID[wish])

    def _say(self, line: str) -> None:
        (self._bar.say if self._bar else _print)(line)

    def _close(self) -> None:
        if self._bar:
            self._bar.__exit__(None, None, None)
            self._bar = None


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def one_line(tick: Tick) -> str:
    """The numbers of a tick in one line."""
    values = tick.values
    waited = values["waited"]
    return (
        f"{lasting(tick.seconds_left)} left, {tick.images_per_second:.3g} a second, "
        f"loss D {values['loss_d']:.2f} G {values['loss_g']:.2f}, "
        f"real {values['score_real']:.2f} ± {values['score_real_std']:.2f}, "
        f"fake {values['score_fake']:.2f} ± {values['score_fake_std']:.2f}"
        f"{f', waited {waited:.0%}' if waited else ''}"
    )


def lasting(seconds: float) -> str:
    """A duration for people: 45 s, 12 min, 3.4 h, 2.1 days."""
    for limit, unit, word in ((120, 1, "s"), (7200, 60, "min")):
        if seconds < limit:
            return f"{seconds / unit:.0f} {word}"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"
