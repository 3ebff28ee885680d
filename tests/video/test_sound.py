"""Films get sound, and keep their pictures as they are."""

from pathlib import Path

import av
import numpy as np
import pytest
import scipy.io.wavfile

from housegan.video.safe import write_safely
from housegan.video.sound import write_with_sound

RATE = 22_050


@pytest.fixture
def film(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    path = tmp_path / "silent.mp4"
    noise = random.integers(0, 255, (60, 64, 64, 3), np.uint8)
    write_safely(path, lambda: noise, fps=30, allow_flashes=True)
    return path


def a_click(path: Path, *, at_s: float, lasting_s: float) -> Path:
    samples = np.zeros(round(lasting_s * RATE), np.int16)
    samples[round(at_s * RATE) :][:100] = 20_000
    scipy.io.wavfile.write(path, RATE, samples)
    return path


def pictures(path: Path) -> list[bytes]:
    with av.open(path) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.dts is not None]


def heard(path: Path) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], int]:
    """Samples of the left channel as a player gives them, from time 0 on."""
    with av.open(path) as container:
        stream = container.streams.audio[0]
        frames = [frame for frame in container.decode(stream) if frame.pts is not None and frame.pts >= 0]
        assert (stream.codec_context.name, stream.layout.name) == ("aac", "stereo")
        return np.concatenate([frame.to_ndarray()[0] for frame in frames]), stream.rate


def test_pictures_stay_bit_for_bit_and_the_sound_comes_when_it_should(film: Path, tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    write_with_sound(target, film, a_click(tmp_path / "click.wav", at_s=1.5, lasting_s=9))
    assert pictures(target) == pictures(film)
    samples, rate = heard(target)
    assert np.abs(samples).argmax() / rate == pytest.approx(1.5, abs=0.01)
    with av.open(target) as container:
        assert (container.duration or 0) / 1e6 == pytest.approx(2, abs=0.05)  # cut where the pictures end
    data = target.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_music_shorter_than_the_film_ends_before_it(film: Path, tmp_path: Path) -> None:
    target = tmp_path / "film.mp4"
    write_with_sound(target, film, a_click(tmp_path / "click.wav", at_s=0.5, lasting_s=1))
    assert pictures(target) == pictures(film)
    samples, rate = heard(target)
    assert len(samples) / rate == pytest.approx(1, abs=0.05)


def test_the_same_film_and_sound_are_the_same_bytes(film: Path, tmp_path: Path) -> None:
    music = a_click(tmp_path / "click.wav", at_s=0.5, lasting_s=3)
    for name in ("one.mp4", "two.mp4"):
        write_with_sound(tmp_path / name, film, music)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_what_fails_leaves_nothing(film: Path, tmp_path: Path) -> None:
    text = tmp_path / "music.txt"
    text.write_text("no music")
    with pytest.raises(av.FFmpegError):
        write_with_sound(tmp_path / "film.mp4", film, text)
    assert not list(tmp_path.glob("*film.mp4*"))
