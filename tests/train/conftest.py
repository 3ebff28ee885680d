"""The real command in processes of their own, forked from one that has imported torch already; two small sets."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from PIL import Image

FORKER = """if True:
    import faulthandler, gc, json, os, sys, traceback
    import torch, torch._dynamo
    import housegan.train.console, housegan.train.loop, housegan.train.prepare
    from housegan.cli import main
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        if "ended" in request:
            ended, status = os.waitpid(request["ended"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        elif not (answer := os.fork()):
            break
        print(json.dumps(answer), flush=True)
    else:
        sys.exit()
    os.chdir(request["folder"])
    for number, file in enumerate(request["files"], start=1):
        os.dup2(os.open(file, os.O_CREAT | os.O_WRONLY), number)
    faulthandler.enable()
    sys.argv = ["housegan", *request["arguments"]]
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the interpreter's own end takes half a second
"""


Ask = Callable[..., int | None]


class Command:
    """One command in a process of its own, which can be sent signals."""

    def __init__(self, ask: Ask, folder: Path, output: Path, arguments: list[str]) -> None:
        self._ask, self._files = ask, [output.with_suffix(".out"), output.with_suffix(".err")]
        self.pid = ask(folder=str(folder), files=[str(file) for file in self._files], arguments=arguments) or 0
        self._code: int | None = None

    def ended(self) -> bool:
        """Whether it has come to its end."""
        if self._code is None:
            self._code = self._ask(ended=self.pid)
        return self._code is not None

    def wait(self, *, longest_s: float = 100) -> int:
        """The exit code, once there is one; a signal that killed it is negative. One that hangs shows where."""
        give_up = time.monotonic() + longest_s
        while not self.ended():
            if time.monotonic() > give_up:
                self.send(signal.SIGABRT)
            time.sleep(0.01)
        assert self._code is not None
        return self._code

    def send(self, number: int) -> None:
        """Send a signal to the process."""
        os.kill(self.pid, number)

    @property
    def out(self) -> str:
        """Standard output so far."""
        return self._read(0)

    @property
    def err(self) -> str:
        """Standard error so far."""
        return self._read(1)

    def _read(self, number: int) -> str:
        return self._files[number].read_text() if self._files[number].is_file() else ""


Start = Callable[..., Command]
Until = Callable[[Callable[[], object]], None]


@pytest.fixture(scope="session")
def forker(command_environment: dict[str, str]) -> Iterator[Ask]:
    """Ask the process that forks commands: its imports are paid for once. One thread, so that sums are in one order."""
    environment = command_environment | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", FORKER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout

    def ask(**request: object) -> int | None:
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        answer: int | None = json.loads(stdout.readline())
        return answer

    yield ask
    process.communicate(timeout=30)


@pytest.fixture(scope="session")
def curated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `data` with two sets of 24 pictures at 64 px: `skies`, bright above and dark below, and `blobs`."""
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    shared = tmp_path_factory.getbasetemp() if alone else tmp_path_factory.getbasetemp().parent
    with FileLock(shared / "curated.lock"):  # made once for all workers
        if not (shared / "curated").is_dir():
            made = make_sets(request.getfixturevalue("forker"), tmp_path_factory.mktemp("sets"))
            made.rename(shared / "curated")
    return shared / "curated"


def make_sets(forker: Ask, folder: Path) -> Path:
    """Paint, import and curate both sets."""
    for name, bright in (("skies", 70), ("blobs", 0)):
        (folder / name).mkdir()
        for number in range(24):
            (folder / name / f"{number}.png").write_bytes(painted(f"{name} {number}", bright=bright))
    for words in ("import {0} {0}", "curate {0} --size 64 --set curate.min_side_px=64 --set curate.min_sharpness=0"):
        commands = [
            Command(forker, folder, folder / f"output of {name}", words.format(name).split())
            for name in ("skies", "blobs")
        ]
        for command in commands:
            assert command.wait() == 0, command.err
    assert command.out.splitlines()[-2].startswith("packed                        24 ")
    return folder / "data"


def painted(seed: str, *, bright: int) -> bytes:
    """A picture of soft blobs, above brighter than below by two times `bright`."""
    chance = random.Random(seed)
    blobs = Image.frombytes("RGB", (7, 7), bytes(chance.randrange(80, 176) for _ in range(7 * 7 * 3)))
    large = blobs.resize((96, 96), Image.Resampling.BICUBIC)
    for box, change in (((0, 0, 96, 48), bright), ((0, 48, 96, 96), -bright)):
        large.paste(large.crop(box).point(lambda value, change=change: value + change), box)
    file = io.BytesIO()
    large.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def start(forker: Ask, curated: Path, workdir: Path, tmp_path: Path) -> Iterator[Start]:
    """Start a command in the working folder, or in another, where both sets are."""
    started: list[Command] = []

    def start(*arguments: str | int, folder: Path = workdir) -> Command:
        folder.mkdir(exist_ok=True)
        if not (folder / "data").exists():
            (folder / "data").symlink_to(curated)
        output = tmp_path / f"output{len(started)}"
        started.append(Command(forker, folder, output, [str(argument) for argument in arguments]))
        return started[-1]

    yield start
    for command in started:
        if not command.ended():
            command.send(signal.SIGKILL)
            command.wait()


@pytest.fixture
def until() -> Until:
    """Wait until something is so, not for ever."""

    def until(reached: Callable[[], object]) -> None:
        give_up = time.monotonic() + 100
        while not reached():
            assert time.monotonic() < give_up, "waited in vain"
            time.sleep(0.01)

    return until
