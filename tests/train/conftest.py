"""The real command in processes of their own, forked from one that has imported torch already; two small sets."""

import io
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image

FORKER = """if True:
    import gc, json, os, sys
    import torch, torch._dynamo
    import housegan.train.console, housegan.train.loop, housegan.train.prepare
    from housegan.cli import main
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            answer = os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1])
        elif not (answer := os.fork()):
            break
        print(answer, flush=True)
    else:
        sys.exit()
    os.chdir(request["folder"])
    for number, file in enumerate(request["files"], start=1):
        os.dup2(os.open(file, os.O_CREAT | os.O_WRONLY), number)
    sys.argv = ["housegan", *request["arguments"]]
    import faulthandler; faulthandler.dump_traceback_later(15, exit=False, file=open(request["files"][1]+".trace","w"))
    main()
"""


class Command:
    """One command in a process of its own, which can be sent signals."""

    def __init__(self, ask: Callable[..., int], folder: Path, output: Path, arguments: list[str]) -> None:
        self._ask, self._files = ask, [output.with_suffix(".out"), output.with_suffix(".err")]
        self.pid = ask(folder=str(folder), files=[str(file) for file in self._files], arguments=arguments)
        self._code: int | None = None

    def wait(self) -> int:
        """The exit code, once there is one; a signal that killed it is negative."""
        if self._code is None:
            self._code = self._ask(wait=self.pid)
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


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Two threads on cores that others use too spend their time waiting for each other."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def forker(command_environment: dict[str, str]) -> Iterator[Callable[..., int]]:
    """Ask the process that forks commands: its imports are paid for once. One thread, so that sums are in one order."""
    environment = command_environment | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", FORKER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stdout
    stdin, stdout = process.stdin, process.stdout

    def ask(**request: object) -> int:
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        return int(stdout.readline())

    yield ask
    process.communicate(timeout=30)


@pytest.fixture(scope="session")
def curated(forker: Callable[..., int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `data` with two sets of 24 pictures, packed at 64 px: `skies`, bright above and dark below, and `blobs`."""
    folder = tmp_path_factory.mktemp("curated")
    for name, bright in (("skies", 70), ("blobs", 0)):
        (folder / name).mkdir()
        for number in range(24):
            (folder / name / f"{number}.png").write_bytes(painted(f"{name} {number}", bright=bright))
        for arguments in (
            ["import", name, name],
            ["curate", name, "--size", "64", "--set", "curate.min_side_px=64"],
        ):
            command = Command(forker, folder, folder / arguments[0], arguments)
            assert command.wait() == 0, command.err
        assert "packed                        24" in command.out
        assert "held out                     2" in command.out
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
def start(forker: Callable[..., int], curated: Path, workdir: Path, tmp_path: Path) -> Iterator[Start]:
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
        if command._code is None:
            command.send(9)
            command.wait()


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until something is so, half a minute at most."""

    def until(reached: Callable[[], object]) -> None:
        give_up = time.monotonic() + 30
        while not reached():
            assert time.monotonic() < give_up, "waited in vain"
            time.sleep(0.01)

    return until
