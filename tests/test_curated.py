import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from housegan.curated import CuratedRow, current_set, fingerprint, held_out_groups, reduced, writing
from housegan.errors import HouseganError


def rows(count: int, *, start: int = 0) -> list[CuratedRow]:
    return [
        CuratedRow(
            f"{number:064x}", (number, 2, 100), held_out=number % 10 == 0, title=f"Häuser {number}", author="Ann"
        )
        for number in range(start, start + count)
    ]


def pack(name: str, count: int, *, size: int = 32, start: int = 0) -> None:
    with writing(name, rows(count, start=start), size=size) as images:
        if images is not None:
            for number in range(count):
                images[number] = (start + number) % 256


def groups(count: int, *, largest: int = 4) -> list[list[str]]:
    """Digests in groups of 1 to `largest`."""
    digests = iter(f"{number * 7919:064x}" for number in range(count * largest))
    return [[next(digests) for _ in range(1 + number % largest)] for number in range(count)]


# Reading


def test_a_set_that_is_not_curated_says_what_to_run(workdir: Path) -> None:
    with pytest.raises(HouseganError, match=r"is not curated yet\. Run `housegan curate monet` first\."):
        current_set("monet", at_least=64)


def test_a_pack_too_small_says_both_ways_out(workdir: Path) -> None:
    pack("monet", 3)
    pack("monet", 3, size=64)
    with pytest.raises(HouseganError) as refusal:
        current_set("monet", at_least=128)
    assert "is packed at 64 px, training asks for 128" in str(refusal.value)
    assert "run `housegan curate monet --size 128` first, or train with `--size 64`" in str(refusal.value)


def test_the_smallest_pack_that_will_do_is_taken(workdir: Path) -> None:
    for size in (128, 32, 64):
        pack("monet", 3, size=size)
    assert [current_set("monet", at_least=size).size for size in (32, 64, 128)] == [32, 64, 128]
    assert current_set("monet", at_least=33).size == 64


def test_what_was_packed_is_read_back(workdir: Path) -> None:
    pack("monet", 5)
    curated = current_set("monet", at_least=32)
    images = curated.images()
    assert images.shape == (5, 32, 32, 3)
    assert images.dtype == np.uint8
    assert images[:, 3, 4, 1].tolist() == [0, 1, 2, 3, 4]
    assert curated.rows() == rows(5)
    assert (curated.name, curated.size) == ("monet", 32)
    assert curated.fingerprint == fingerprint(rows(5), size=32)
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 0


@pytest.mark.parametrize("damage", ["cut", "garbled", "gone"])
@pytest.mark.parametrize("file", ["images.npy", "images.jsonl"])
def test_a_damaged_pack_is_one_sentence(file: str, damage: str, workdir: Path) -> None:
    pack("monet", 5)
    curated = current_set("monet", at_least=32)
    path = curated.folder / file
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-100] if damage == "cut" else b"\xff" * 500)
    with pytest.raises(HouseganError, match=r"is damaged \(.*\): delete .* and run `housegan curate monet --size 32`"):
        curated.rows() if file == "images.jsonl" else curated.images()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"32": null}', '{"x": "32-abc"}', '{"32": "../../../elsewhere"}'])
def test_a_damaged_or_foreign_pointer_is_no_pack(text: str, workdir: Path) -> None:
    pack("monet", 5)
    (workdir / "elsewhere").mkdir()
    (workdir / "data/monet/curated/current.json").write_text(text)
    with pytest.raises(HouseganError, match="is not curated yet"):
        current_set("monet", at_least=32)
    pack("monet", 5)
    assert current_set("monet", at_least=32).size == 32


# Writing


def test_an_exception_inside_leaves_nothing_and_the_old_pack_current(workdir: Path) -> None:
    pack("monet", 3)
    before = current_set("monet", at_least=32)

    def break_off(error: type[BaseException]) -> None:
        with writing("monet", rows(7), size=32) as images:
            assert images is not None
            images[:3] = 9
            raise error

    for error in (ZeroDivisionError, KeyboardInterrupt):
        with pytest.raises(error):
            break_off(error)
    assert current_set("monet", at_least=32) == before
    assert sorted(path.name for path in before.folder.parent.iterdir()) == [before.folder.name, "current.json"]


def test_a_killed_packing_leaves_the_old_pack_current(workdir: Path) -> None:
    pack("monet", 3)
    before = current_set("monet", at_least=32)
    code = """if True:
        import os, signal
        from housegan.curated import CuratedRow, writing
        with writing('monet', [CuratedRow('a' * 64, (0, 0, 1), False)] * 9, size=32) as images:
            images[:3] = 9
            os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", code], check=False, timeout=30)
    assert current_set("monet", at_least=32) == before
    assert before.images().shape == (3, 32, 32, 3)


def test_the_same_pack_is_not_written_again_and_becomes_current(workdir: Path) -> None:
    pack("monet", 3)
    first = current_set("monet", at_least=32)
    written = (first.folder / "images.npy").stat()
    pack("monet", 4)
    assert current_set("monet", at_least=32) != first
    with writing("monet", rows(3), size=32) as images:
        assert images is None
    assert current_set("monet", at_least=32) == first
    assert (first.folder / "images.npy").stat().st_mtime_ns == written.st_mtime_ns


def test_two_that_pack_the_same_at_once_both_end_well(workdir: Path) -> None:
    with writing("monet", rows(3), size=32) as images:
        assert images is not None
        images[:] = 1
        code = """if True:
            import json, sys
            from housegan.curated import CuratedRow, writing
            rows = [CuratedRow(**row) for row in json.load(sys.stdin)]
            with writing('monet', rows, size=32) as images:
                images[:] = 1
        """
        given = json.dumps([{"sha256": row.sha256, "crop": row.crop, "held_out": row.held_out} for row in rows(3)])
        subprocess.run([sys.executable, "-c", code], input=given, text=True, check=True, timeout=30)
    curated = current_set("monet", at_least=32)
    assert curated.images().min() == 1
    assert sorted(path.name for path in curated.folder.parent.iterdir()) == [curated.folder.name, "current.json"]


def test_the_fingerprint_goes_by_pixels_and_roles_alone() -> None:
    row = CuratedRow("a" * 64, (1, 2, 3), held_out=False)
    same = CuratedRow("a" * 64, (1, 2, 3), held_out=False, title="other", author="other")
    others = [
        CuratedRow("b" * 64, (1, 2, 3), held_out=False),
        CuratedRow("a" * 64, (1, 2, 4), held_out=False),
        CuratedRow("a" * 64, (1, 2, 3), held_out=True),
    ]
    assert fingerprint([row], size=32) == fingerprint([same], size=32)
    assert len({fingerprint([one], size=32) for one in (row, *others)} | {fingerprint([row], size=64)}) == 5
    assert len(fingerprint([row], size=32)) == 12


# Smaller sizes


@pytest.mark.parametrize(("side", "size"), [(64, 32), (128, 32), (32, 32), (64, 1)])
def test_a_reduction_is_the_mean_of_each_box(side: int, size: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (300, side, side, 3), np.uint8)
    box = side // size
    small = reduced(images, size)
    assert small.shape == (300, size, size, 3)
    assert small.dtype == np.uint8
    for number in (0, 255, 256, 299):
        for row, column in ((0, 0), (size - 1, size // 2)):
            part = images[number, row * box : (row + 1) * box, column * box : (column + 1) * box].astype(float)
            assert np.abs(small[number, row, column] - part.mean(axis=(0, 1))).max() <= 0.5


def test_a_reduction_keeps_black_and_white() -> None:
    for value in (0, 255):
        assert np.unique(reduced(np.full((2, 64, 64, 3), value, np.uint8), 32)).tolist() == [value]


# Held out


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5])
def test_the_share_held_out_is_as_asked_and_groups_stay_together(share: float) -> None:
    all_groups = groups(200)
    total = sum(map(len, all_groups))
    chosen = held_out_groups(all_groups, share=share)
    assert abs(len(chosen) - share * total) <= 1
    assert all(chosen.issuperset(group) or chosen.isdisjoint(group) for group in all_groups)


def test_the_order_of_groups_and_members_makes_no_difference() -> None:
    all_groups = groups(100)
    turned = [group[::-1] for group in reversed(all_groups)]
    assert held_out_groups(all_groups, share=0.1) == held_out_groups(turned, share=0.1)


def test_one_huge_group_does_not_take_all_of_the_share() -> None:
    chosen = held_out_groups([[f"{number:064x}" for number in range(500)], *groups(100)], share=0.1)
    assert 0 < len(chosen) <= round(0.1 * 750)


def test_hardly_anything_changes_its_role_when_a_set_grows() -> None:
    singles = [[f"{number * 7919:064x}"] for number in range(2_000)]
    before = held_out_groups(singles[:1_000], share=0.1)
    after = held_out_groups(singles, share=0.1)
    old = {group[0] for group in singles[:1_000]}
    assert len(before ^ (after & old)) <= 20  # of 1,000


def test_no_groups_hold_nothing_out() -> None:
    assert held_out_groups([], share=0.1) == set()
