import os
import subprocess
import sys
from pathlib import Path

import pytest

from housegan.errors import StoppedError
from housegan.progress import Progress


def test_ctrl_c_inside_becomes_the_sentence_how_to_go_on() -> None:
    with (
        pytest.raises(StoppedError, match="To go on: again"),
        Progress("x", total=3, unit="files", if_stopped="To go on: again"),
    ):
        raise KeyboardInterrupt


def test_other_errors_pass_through() -> None:
    with pytest.raises(ZeroDivisionError), Progress("x", total=None, unit="files", if_stopped=""):
        raise ZeroDivisionError


def test_without_a_terminal_short_work_is_silent_and_lines_go_to_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Progress("importing x", total=3, unit="files", if_stopped="") as progress:
        progress.advance()
        progress.advance(2, note="nearly")
        progress.say("refused a.txt: not a picture")
    assert progress.done == 3
    assert capsys.readouterr() == ("", "refused a.txt: not a picture\n")


def test_a_plain_line_says_how_far_and_how_fast(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("housegan.progress.PLAIN_LINE_EVERY_S", 0)
    with Progress("importing x", total=3_000, unit="files", if_stopped="") as progress:
        progress.advance(1_500, note="half way")
    line = capsys.readouterr().err
    assert line.startswith("importing x: 1,500 of 3,000 files, ")
    assert line.endswith(" a second, half way\n")


def test_a_stranger_s_name_can_not_write_lines_or_colours_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("x", total=None, unit="files", if_stopped="") as progress:
        progress.say("refused a\nhousegan: all is well\x1b[2J\r\x07 Häuser \udcff.jpg")
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert not set(line[:-1]) & set("\n\r\x07\x1b")
    assert "Häuser" in line


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_on_a_terminal_there_is_a_bar_and_lines_stay(tmp_path: Path) -> None:
    script = tmp_path / "bar.py"
    script.write_text(
        "from housegan.progress import Progress\n"
        "with Progress('importing x', total=10, unit='files', if_stopped='') as progress:\n"
        "    progress.advance(7, note='note')\n"
        "    progress.say('refused [b]a.txt[/b]: not a picture')\n"
        "    progress.advance(3)\n"
    )
    ours, theirs = os.openpty()
    environment = {**os.environ, "COLUMNS": "120", "TERM": "xterm"}
    with subprocess.Popen([sys.executable, script], stderr=theirs, stdout=subprocess.PIPE, env=environment) as command:
        os.close(theirs)
        shown = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # Linux's way to say that the other end closed
                break
            if not chunk:
                break
            shown += chunk
    os.close(ours)
    assert command.returncode == 0
    text = shown.decode()
    assert "refused [b]a.txt[/b]: not a picture" in text
    assert "10/10" in text
