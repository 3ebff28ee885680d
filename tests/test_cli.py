import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from housegan import __version__
from housegan.cli import app

Housegan = Callable[..., subprocess.CompletedProcess[str]]

HEAVY = ("torch", "scrapy", "cv2", "numpy", "PIL", "scipy", "imagehash", "pebble", "yaml", "pydantic")


def every_command() -> Iterator[tuple[str, Any]]:
    """Each command's words and its click command, subcommands included."""
    waiting: list[tuple[str, Any]] = [("", typer.main.get_command(app))]
    while waiting:
        words, command = waiting.pop()
        if inner := getattr(command, "commands", None):
            waiting += [(f"{words} {name}".strip(), one) for name, one in inner.items()]
        else:
            yield words, command


COMMANDS = dict(every_command())


def run_code(code: str, *arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# Help


def test_help_answers_fast_and_loads_nothing_heavy(command_environment: dict[str, str]) -> None:
    code = f"""if True:
        import json, sys
        from housegan.cli import main
        try:
            main()
        finally:
            print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)
    """
    for arguments in (["--help"], ["--version"], ["import", "--help"]):
        before = os.times().children_user
        done = run_code(code, *arguments, environment=command_environment)
        took = os.times().children_user - before
        loaded = set(json.loads(done.stderr))
        if arguments == ["import", "--help"]:
            loaded -= {"pydantic"}  # typer takes it for options that may be given several times
        assert (done.returncode, loaded) == (0, set()), arguments
        assert took < 1.5, "seconds of the processor's time"


def test_there_are_commands() -> None:
    assert {"import", "scrape", "curate"} <= COMMANDS.keys()


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_s_help_has_an_example(words: str) -> None:
    command = COMMANDS[words]
    told = f"{command.help}\n{command.epilog or ''}"
    assert re.search(rf"`housegan {re.escape(words)}\b[^`]*`", told), f"housegan {words} --help shows no example"


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_and_argument_is_explained(words: str) -> None:
    for parameter in COMMANDS[words].params:
        assert getattr(parameter, "help", None), f"housegan {words}: {parameter.name} has no help"


def test_the_version_is_the_package_s(housegan: Housegan) -> None:
    done = housegan("--version")
    assert (done.returncode, done.stdout) == (0, f"{__version__}\n")


# Exit codes and sentences


@pytest.mark.parametrize(
    "arguments",
    [
        ["import"],
        ["import", "monet"],
        ["nonsense"],
        ["import", "--nonsense"],
        ["import", "a", "b", "c"],
        ["import", "a", "b", "--set"],
    ],
)
def test_wrong_usage_ends_with_2_and_the_usage(arguments: list[str], housegan: Housegan) -> None:
    done = housegan(*arguments)
    assert done.returncode == 2
    assert "Usage: " in done.stderr or "requires an argument" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_person_can_mend_is_one_sentence_and_1(housegan: Housegan) -> None:
    done = housegan("import", "../monet", ".")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "housegan: '../monet' can't name a set: use up to 64 letters, digits, - and _.\n"


@pytest.mark.parametrize(
    "arguments", [["--debug", "import", "monet", "nowhere"], ["import", "monet", "nowhere", "--debug"]]
)
def test_debug_shows_the_traceback_before_or_behind_the_command(arguments: list[str], housegan: Housegan) -> None:
    done = housegan(*arguments)
    assert done.returncode == 1
    assert "Traceback (most recent call last)" in done.stderr
    assert "There is no nowhere" in done.stderr


FAULTY = """if True:
    import sys
    from housegan.cli import app, main
    from housegan.errors import StoppedError
    @app.command()
    def faulty(kind: str) -> None:
        if kind == 'fault':
            {}['a']['b']
        if kind == 'several lines':
            raise ValueError('one\\n  two\\nthree')
        if kind == 'system':
            open('/nowhere/at/all')
        if kind == 'stopped':
            raise StoppedError('Stopped. To go on: again')
        if kind == 'interrupted':
            raise KeyboardInterrupt
        if kind == 'much':
            for number in range(100_000):
                print(number)
    main()
"""


@pytest.mark.parametrize(
    ("kind", "code", "sentence"),
    [
        (
            "fault",
            1,
            "housegan: KeyError: 'a'. This is a fault of housegan: run the same with --debug and report it.\n",
        ),
        ("several lines", 1, "housegan: ValueError: one two three. This is a fault of housegan: "),
        ("system", 1, "housegan: The system refused (/nowhere/at/all): No such file or directory.\n"),
        ("stopped", 130, "housegan: Stopped. To go on: again\n"),
    ],
)
def test_every_exception_is_one_sentence(
    kind: str, code: int, sentence: str, command_environment: dict[str, str]
) -> None:
    done = run_code(FAULTY, "faulty", kind, environment=command_environment)
    assert done.returncode == code
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_before_there_is_anything_to_keep_is_no_traceback(command_environment: dict[str, str]) -> None:
    done = run_code(FAULTY, "faulty", "interrupted", environment=command_environment)
    assert (done.returncode, done.stdout) == (130, "")
    assert "Traceback" not in done.stderr


def test_a_fault_shows_its_traceback_with_debug(command_environment: dict[str, str]) -> None:
    done = run_code(FAULTY, "faulty", "fault", "--debug", environment=command_environment)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "KeyError: 'a'" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="pipes of a shell")
def test_a_reader_that_leaves_early_gets_no_complaint(command_environment: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "faulty.py"
    script.write_text(FAULTY.replace("if True:\n", "if __name__ == '__main__':\n"))
    done = subprocess.run(
        f"{json.dumps(sys.executable)} {json.dumps(str(script))} faulty much | head -1",
        shell=True,
        env=command_environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


# Which set


def test_the_set_that_is_meant_is_said(housegan: Housegan, workdir: Path) -> None:
    assert housegan("scrape").stderr.startswith("Set: imaginary\n")
    (workdir / "data" / "monet").mkdir(parents=True)
    (workdir / "data" / "monet" / "catalog.sqlite").touch()
    done = housegan("scrape")
    assert done.stderr.startswith("Set: monet\n")
    assert done.returncode == 1
    assert "Set: " not in housegan("scrape", "houses").stderr
