import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace

import pytest
import torch

from housegan.config import ModelConfig, StageConfig
from housegan.dataset import TrainingSet
from housegan.train.console import Console, lasting, one_line
from housegan.train.stage import Stage, Tick

VALUES = {
    "loss_d": 0.693, "loss_g": 1.5, "score_real": 0.75, "score_real_std": 0.1, "score_fake": 0.25,
    "score_fake_std": 0.2, "waited": 0.0,
}  # fmt: skip


def tick() -> Tick:
    data = TrainingSet([torch.zeros(5, 32, 32, 3, dtype=torch.uint8)], seed=0, stage="finetune", flip=True)
    return Tick(Stage("finetune", StageConfig(), ModelConfig(), data), 3_000, 2_000, 3_600.0, 123.4, VALUES)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (45.4, "45 s"), (119, "119 s"), (120, "2 min"), (7_199, "120 min"), (7_200, "2.0 h"),
        (12_240, "3.4 h"), (172_800, "2.0 days"), (1e7, "115.7 days"),
    ],
)  # fmt: skip
def test_a_duration_is_for_people(seconds: float, text: str) -> None:
    assert lasting(seconds) == text


def test_a_tick_is_one_line_with_every_number() -> None:
    line = one_line(tick())
    assert "\n" not in line
    for part in ("123 a second", "60 min left", "loss D 0.69 G 1.50", "real 0.75 ± 0.10", "fake 0.25 ± 0.20"):
        assert part in line
    assert "waited" not in line
    assert one_line(replace(tick(), values=VALUES | {"waited": 0.213})).endswith(", waited 21%")


def test_without_a_terminal_a_tick_is_a_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with Console() as console:
        console.resumed(128_000)
        console.begin(tick().stage, done=0)
        console.step(32)
        console.tick(tick())
    assert capsys.readouterr() == ("", f"Resumed at 128,000 images.\nfinetune 2,000 images, {one_line(tick())}\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_to_stop_and_afterwards_means_what_it_meant(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with Console() as console:
        assert not console.stop_requested()
        os.kill(os.getpid(), number)
        assert console.stop_requested()
        assert console.signal == number
    assert signal.getsignal(number) is before


def test_a_second_ctrl_c_does_not_wait() -> None:
    with Console() as console:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert console.stop_requested()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_on_a_terminal_there_is_a_bar_that_begins_where_training_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    stage = tick().stage
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal, Console() as console:
        monkeypatch.setattr(sys, "stderr", terminal)
        console.begin(replace(stage, name="pretrain"), done=100)
        console.step(100)
        console.begin(stage, done=399_968)
        console.step(32)
        console.tick(tick())
        console.step(0)
    shown = ""
    with suppress(OSError):  # Linux's way to say that the other end closed
        while chunk := os.read(ours, 65_536):
            shown += chunk.decode()
    os.close(ours)
    assert "pretrain" in shown
    assert "200/400000" in shown
    assert "finetune" in shown
    assert "400000/400000" in shown
    assert "loss D 0.69 G 1.50" in shown
