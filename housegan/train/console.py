"""Training as people see it: a bar on a terminal, a line a tick elsewhere; and hearing when it is to end."""

import math
import signal
import sys
import time
from types import FrameType, TracebackType
from typing import Self

from housegan.progress import Progress
from housegan.run.metrics import Judged
from housegan.train.stage import Stage, Tick

HEARD = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP")  # Ctrl-C, the system, Slurm's warning, a closed terminal
    if (number := getattr(signal, name, None)) is not None
]
"""Signals after which training saves and ends."""


class Listener:
    """Hears when a person, the system or the clock wants training to end, and says nothing itself."""

    def __init__(self, *, max_hours: float | None = None) -> None:
        self.signal: int | None = None
        self._until = time.monotonic() + max_hours * 3600 if max_hours else math.inf

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._heard) for number in HEARD}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None and number == signal.SIGINT:
            raise KeyboardInterrupt  # a second Ctrl-C doesn't wait for the step to end
        self.signal = number

    def stop_requested(self) -> bool:
        """Whether to save and end after this step."""
        return self.signal is not None or time.monotonic() >= self._until

    def began(self, taken: object) -> None:
        """Weights were taken over."""

    def resumed(self, images: int) -> None:
        """A checkpoint was found."""

    def begin(self, stage: Stage, *, done: int) -> None:
        """A stage begins."""

    def step(self, batch: int) -> None:
        """A step is done."""

    def tick(self, tick: Tick) -> None:
        """A line was written."""

    def judged(self, judged: Judged) -> None:
        """The generator was evaluated."""


class Console(Listener):
    """Tells a person how training goes, too: a bar on a terminal, a line a tick elsewhere."""

    def __init__(self, *, max_hours: float | None = None) -> None:
        super().__init__(max_hours=max_hours)
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
        self._close()
        if sys.stderr.isatty():
            self._bar = Progress(stage.name, total=stage.images, unit="images", if_stopped="")
            self._bar.__enter__()
            self._bar.advance(done)

    def step(self, batch: int) -> None:
        """Move the bar."""
        if self._bar:
            self._bar.advance(batch, note=self._note)

    def tick(self, tick: Tick) -> None:
        """Show the newest numbers."""
        self._note = one_line(tick)
        if self._bar is None:
            _print(f"{tick.stage.name} {tick.stage_images:,} images, {self._note}")

    def judged(self, judged: Judged) -> None:
        """Say what came of it."""
        line = f"{judged.stage} {judged.stage_images:,} images: {judged.said}"
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
    return (
        f"{lasting(tick.seconds_left)} left, {tick.images_per_second:.3g} a second, "
        f"loss D {values['loss_d']:.2f} G {values['loss_g']:.2f}, "
        f"real {values['score_real']:.2f} ± {values['score_real_std']:.2f}, "
        f"fake {values['score_fake']:.2f} ± {values['score_fake_std']:.2f}"
    )


def lasting(seconds: float) -> str:
    """A duration for people: 45 s, 12 min, 3.4 h, 2.1 days."""
    for limit, unit, word in ((120, 1, "s"), (7200, 60, "min")):
        if seconds < limit:
            return f"{seconds / unit:.0f} {word}"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"
