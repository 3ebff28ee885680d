import errno
from pathlib import Path

import pytest

from housegan.errors import HouseganError, StoppedError, explain_os_error


def test_a_real_refusal_of_the_system_is_explained_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory") as refusal:
        (tmp_path / "file" / "inside").touch()
    assert explain_os_error(refusal.value) == f"The system refused ({tmp_path}/file/inside): Not a directory."


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
def test_a_really_full_disk_is_explained() -> None:
    with pytest.raises(OSError, match="No space") as refusal, Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    assert "The disk is full" in explain_os_error(refusal.value)
    assert "run the same command again" in explain_os_error(refusal.value)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_lack_of_permission_is_explained(number: int) -> None:
    assert explain_os_error(OSError(number, "no", "/x/y")).startswith("No permission to write or read (/x/y): check")


def test_an_error_without_number_or_place_is_still_a_sentence() -> None:
    assert explain_os_error(OSError("the far end hung up")) == "The system refused: the far end hung up."


def test_a_stop_is_an_error_of_its_own_exit_code() -> None:
    assert issubclass(StoppedError, HouseganError)
    assert StoppedError.exit_code == 130
