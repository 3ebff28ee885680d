import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from housegan.config import Budget, Recipe, StageConfig
from housegan.errors import HouseganError
from housegan.files import write_whole
from housegan.run.folder import Run, RunConfig, SetUsed, all_runs, find_run, new_run, run_to_resume
from housegan.run.lines import append_line, forget_after, read_lines


def config(name: str = "castles", *, pretrain: str | None = None, seed: int = 0, images: int = 1_000) -> RunConfig:
    return RunConfig(
        recipe=Recipe(finetune=StageConfig(budget=Budget(images=images))), recipe_name="default", seed=seed,
        pretrain=SetUsed(name=pretrain, pack="32-abc", pictures=9) if pretrain else None,
        finetune=SetUsed(name=name, pack="32-def", pictures=7), precision="fp32", device="cpu",
    )  # fmt: skip


# Numbers and names


def test_runs_are_numbered_and_named_by_their_sets(workdir: Path) -> None:
    made = [new_run(config()), new_run(config("houses", pretrain="socal")), new_run(config())]
    assert [run.name for run in made] == ["00001-castles", "00002-socal-houses", "00003-castles"]
    assert all_runs() == made
    assert [run.number for run in made] == [1, 2, 3]
    assert made[1].config() == config("houses", pretrain="socal")


def test_a_number_is_not_given_again_while_a_later_run_is_there(workdir: Path) -> None:
    first, second = new_run(config()), new_run(config())
    (first.path / "config.yaml").unlink()
    first.path.rmdir()
    assert new_run(config()).number == second.number + 1
    Path("runs/00041-moved-here").mkdir()
    Path("runs/notes").mkdir()
    Path("runs/00099-a-file").write_text("")
    assert new_run(config()).number == 42


def test_many_that_begin_at_once_never_share_a_number(workdir: Path) -> None:
    code = """if True:
        import sys
        from housegan.run.folder import RunConfig, new_run
        config = RunConfig.model_validate_json(sys.argv[1])
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(20):
            print(new_run(config).name)
    """
    texts = [config(name).model_dump_json() for name in ("a", "a", "b", "c")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, text], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        for text in texts
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
    names = [name for process in processes for name in process.communicate(timeout=60)[0].split()]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert len(names) == 80
    assert sorted(int(name[:5]) for name in names) == list(range(1, 81))
    assert len(all_runs()) == 80


def test_a_run_is_found_by_number_name_path_and_by_none(workdir: Path) -> None:
    first, second = new_run(config()), new_run(config("houses"))
    for name in ("1", "00001", "00001-castles", "runs/00001-castles", "runs/00001-castles/", f"{workdir}/{first.path}"):
        assert find_run(name).path.resolve() == first.path.resolve(), name
    assert find_run(None) == second


def test_a_path_elsewhere_is_not_taken_for_a_run_here_of_the_same_name(workdir: Path) -> None:
    new_run(config())
    elsewhere = workdir / "friend" / "00001-castles"
    elsewhere.mkdir(parents=True)
    Run(elsewhere).write_config(config(seed=5))
    assert find_run("friend/00001-castles").config().seed == 5
    assert find_run("00001-castles").config().seed == 0


def test_a_run_s_own_folder_may_be_the_working_folder(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(config())
    monkeypatch.chdir(run.path)
    assert (find_run(".").name, find_run(".").number) == ("00001-castles", 1)


def test_a_run_is_called_by_its_number_and_by_its_path_where_that_says_nothing(workdir: Path) -> None:
    run = new_run(config())
    assert run.called == find_run(str(run.path.resolve())).called == "1"
    renamed = Run(run.path.rename(run.path.with_name("the blue towers")))
    assert shlex.split(renamed.called) == [str(renamed.path)]
    assert find_run(str(renamed.path)).called == shlex.quote(str(renamed.path.resolve()))


def test_a_run_that_is_not_there_is_answered_with_those_that_are(workdir: Path) -> None:
    with pytest.raises(HouseganError, match=r"There are no runs here yet\. Run `housegan train --data NAME`"):
        find_run(None)
    with pytest.raises(HouseganError, match=r"There is no run '7': the newest here are none\."):
        find_run("7")
    for _ in range(7):
        new_run(config())
    for name in ("8", "castles", "00001", "../runs", ""):
        if name != "00001":
            with pytest.raises(HouseganError, match=r"the newest here are 00003-castles, .*00007-castles\.$"):
                find_run(name)


# Resuming


def test_the_newest_run_of_the_same_config_sets_and_seed_is_resumed(workdir: Path) -> None:
    assert run_to_resume(config()) is None
    first = new_run(config())
    for other in (config(seed=1), config("houses"), config(pretrain="socal")):
        assert run_to_resume(other) is None
    assert run_to_resume(config()) == first
    assert run_to_resume(config(images=9_999)) == first, "only the last stage's budget may differ"
    assert run_to_resume(config(pretrain="socal")) is None
    again = new_run(config())
    assert run_to_resume(config()) == again


@pytest.mark.parametrize("text", ["", "recipe: [", "later_key: 1\n", "\0"])
def test_a_run_whose_config_can_not_be_read_stands_in_nobody_s_way(text: str, workdir: Path) -> None:
    first = new_run(config())
    (new_run(config()).path / "config.yaml").write_text(text)
    Path("runs/00003-half-made").mkdir()
    assert run_to_resume(config()) == first


def test_a_start_is_noted_with_the_environment_and_the_grown_budget(workdir: Path) -> None:
    run = new_run(config())
    run.begin(config())
    write_whole(run.path / "finished", b"")
    assert run.finished
    run.begin(config(images=5_000))
    assert not run.finished
    assert run.config() == config(images=5_000)
    starts = json.loads((run.path / "environment.json").read_text())
    assert len(starts) == 2
    assert {"housegan", "torch", "started", "python", "system", "processor", "threads"} <= starts[1].keys()


# The lock


HOLD = """if True:
    import sys
    from pathlib import Path
    from housegan.errors import HouseganError
    from housegan.run.folder import Run
    try:
        with Run(Path(sys.argv[1])).locked():
            print("in", flush=True)
            sys.stdin.readline()
    except HouseganError as error:
        print(error, flush=True)
"""


def holder(run: Run) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, run.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_second_process_is_kept_out_and_a_killed_one_frees_the_lock(workdir: Path) -> None:
    run = new_run(config())
    with holder(run) as process:
        assert process.stdout
        assert process.stdout.readline() == "in\n"
        with pytest.raises(HouseganError, match=r"Another process is training runs/00001-castles: wait for it"):
            run.locked().__enter__()
        process.kill()
    with run.locked(), holder(run) as process:
        assert process.communicate(timeout=60)[0].startswith("Another process is training")
    with run.locked():
        pass


def test_other_runs_are_not_locked(workdir: Path) -> None:
    first, second = new_run(config()), new_run(config())
    with first.locked(), second.locked():
        pass


def test_lines_are_read_back_and_one_that_is_being_written_is_left_out(workdir: Path) -> None:
    path = Path("lines.jsonl")
    assert read_lines(path) == []
    lines: list[dict[str, Any]] = [{"images": 1, "title": "Häuser\nund mehr"}, {"images": 2, "loss": 0.1}]
    for line in lines:
        append_line(path, line)
    assert read_lines(path) == lines
    path.write_text(path.read_text() + '{"images": 3, "lo')
    assert read_lines(path) == lines


def test_what_tells_of_a_time_after_the_checkpoint_is_forgotten_and_the_rest_is_kept_to_the_byte(workdir: Path) -> None:
    path = Path("metrics.jsonl")
    for images in (100, 200, 300):
        append_line(path, {"images": images, "loss": images / 7, "stage": "ä"})
        if images == 200:
            kept = path.read_bytes()
    path.write_bytes(path.read_bytes() + b'{"images": 400, "l')
    forget_after(path, 250)
    assert path.read_bytes() == kept
    forget_after(path, 200)
    assert path.read_bytes() == kept
    forget_after(path, -1)
    assert path.read_bytes() == b""
    forget_after(Path("none.jsonl"), 5)
    assert not Path("none.jsonl").exists()


def test_what_is_made_later_goes_to_out(workdir: Path) -> None:
    run = new_run(config())
    run.out("film.mp4").write_bytes(b"")
    assert Path("runs/00001-castles/out/film.mp4").is_file()
    append_line(run.path / "notes.jsonl", {"kind": "favourite", "images": 5})
    assert run.notes() == [{"kind": "favourite", "images": 5}]


def test_the_config_is_yaml_that_people_can_read(workdir: Path) -> None:
    text = (new_run(config()).path / "config.yaml").read_text()
    assert re.search(r"^recipe:\n  title: ''\n  model:\n    size: 256\n", text)
    assert "!!" not in text
