"""What a person says is recorded whole or not at all, never over another window's word, and can be taken back."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curation.review.actions import DecidePost, PairPost, UndoPost, decide, decide_pair, undo
from curation.review.state import id_of
from housegan.catalog import NO_CROP, Catalog, Crop, Decision, Pair, Sha256
from housegan.catalog.persons import Tally, last_rows, last_words, said_since
from housegan.catalog.undo import TakenBack
from housegan.web.answers import RefusedError, parsed
from tests.curation.rows import digest, fill, pairs

MACHINE_CROP = Crop(100, 0, 600)


class Window:
    """A window of the page: it numbers what it posts, and knows of each picture what it was told last."""

    def __init__(self, catalog: Catalog, name: str = "window-a") -> None:
        self.catalog, self.name, self.number = catalog, name, 0

    def _next(self) -> dict[str, Any]:
        self.number += 1
        return {"window": self.name, "number": self.number}

    def seen(self, sha256: Sha256) -> int:
        """The last person's row in which something is said of the picture."""
        (row,) = self.catalog._db.execute(
            """SELECT coalesce(max(id), 0) FROM decisions WHERE sha256 = ? AND by = 'person'
            AND (verdict IS NOT NULL OR crop_side IS NOT NULL)""",
            (sha256,),
        ).fetchone()
        return int(row)

    def decide(self, *digests: Sha256, seen: int | None = None, **what: Any) -> list[Sha256]:
        """Say the same of some pictures; returns those on which another window was faster."""
        changes = [{"id": id_of(d), "seen": self.seen(d) if seen is None else seen, **what} for d in digests]
        return decide(self.catalog, DecidePost.model_validate({**self._next(), "changes": changes}))[1]

    def pair(self, pair: Pair, same: bool | None, **more: Any) -> bool:
        """Say whether two pictures are the same; returns whether it was recorded."""
        posted = {"first": id_of(pair.first), "second": id_of(pair.second), "seen": 0, "same": same, **more}
        return decide_pair(self.catalog, PairPost.model_validate({**self._next(), **posted}))[1]

    def undo(self) -> TakenBack:
        """Take back."""
        return undo(self.catalog, UndoPost.model_validate(self._next()))


@pytest.fixture
def digests(catalog: Catalog) -> list[Sha256]:
    """Eight pictures that a machine has cropped."""
    digests = fill(catalog, 8)
    catalog.record([Decision(sha256, "crop", 1, "c", crop=MACHINE_CROP, confidence=0.9) for sha256 in digests])
    return digests


def holds(catalog: Catalog) -> dict[Sha256, tuple[str, str, str, Crop | None, str | None]]:
    """What all opinions come to."""
    return {
        found.picture.sha256: (found.verdict, found.step, found.reason, found.crop, found.crop_by)
        for found in catalog.resolved()
    }


def rows(catalog: Catalog, table: str = "decisions") -> list[tuple[Any, ...]]:
    """All rows of persons."""
    return catalog._db.execute(f"SELECT * FROM {table} WHERE by = 'person' ORDER BY id").fetchall()


# Deciding


def test_a_decision_is_an_opinion_of_a_person(catalog: Catalog, digests: list[Sha256]) -> None:
    window = Window(catalog)
    assert window.decide(digests[0], verdict="reject", reason="a ship") == []
    assert window.decide(digests[1], crop=[1, 2, 300]) == []
    assert window.decide(digests[2], verdict="keep", crop=[0, 0, 600]) == []
    held = holds(catalog)
    assert held[digests[0]] == ("reject", "review", "a ship", MACHINE_CROP, "machine")
    assert held[digests[1]] == ("keep", "", "", Crop(1, 2, 300), "person")
    assert held[digests[2]] == ("keep", "review", "", Crop(0, 0, 600), "person")
    tokens = [row[0] for row in catalog._db.execute("SELECT config FROM decisions WHERE by = 'person' ORDER BY id")]
    assert tokens == ["window-a:1", "window-a:2", "window-a:3"]


def test_a_word_is_taken_back_by_saying_so(catalog: Catalog, digests: list[Sha256]) -> None:
    catalog.record([Decision(digests[0], "quality", 1, "c", "reject", reason="blurred")])
    window = Window(catalog)
    window.decide(digests[0], verdict="keep", crop=[1, 2, 3])
    window.decide(digests[0], verdict="withdrawn", crop=None)
    assert holds(catalog)[digests[0]] == ("reject", "quality", "blurred", MACHINE_CROP, "machine")


def test_many_pictures_are_one_action(catalog: Catalog, digests: list[Sha256]) -> None:
    window = Window(catalog)
    window.decide(*digests, verdict="reject", reason="off topic")
    assert {held[0] for held in holds(catalog).values()} == {"reject"}
    assert set(window.undo().pictures) == set(digests)
    assert {held[:2] for held in holds(catalog).values()} == {("keep", "")}


def test_the_same_post_twice_is_recorded_once(catalog: Catalog, digests: list[Sha256]) -> None:
    waiting = pairs(digests, 1)[0]
    catalog.record_pairs([waiting])
    window = Window(catalog)
    for _ in range(2):
        window.number = 0
        assert window.decide(*digests[:3], verdict="reject", seen=0) == []
        assert window.pair(waiting, True, keep=id_of(waiting.first))
        window.undo()
        back = window.undo()
    assert (set(back.pictures), back.pairs) == (set(digests[:3]), ())
    assert len(rows(catalog)) == 2 * 3 + 2
    assert len(rows(catalog, "pairs")) == 2


def test_a_newer_word_of_another_window_is_not_overwritten(catalog: Catalog, digests: list[Sha256]) -> None:
    ours, theirs = Window(catalog), Window(catalog, "window-b")
    ours.decide(digests[0], verdict="keep")
    seen = ours.seen(digests[0])
    theirs.decide(digests[0], crop=[0, 0, 9])
    assert ours.decide(*digests[:3], verdict="reject", seen=seen) == [digests[0]]
    assert len(rows(catalog)) == 2, "nothing of the action is recorded"
    assert ours.decide(*digests[:3], verdict="reject") == [], "once it knows of theirs"
    assert ours.decide(digests[1], verdict="keep", seen=0) == [], "its own words are no surprise to a window"
    catalog.record([Decision(digests[2], "review", 1, "", "keep", by="person")])
    assert ours.decide(digests[2], verdict="reject", seen=ours.seen(digests[2]) - 1) == [digests[2]]
    theirs.decide(digests[4], verdict="reject")
    theirs.undo()
    assert ours.decide(digests[4], verdict="reject", seen=0) == [digests[4]], "what they took back is news too"


def test_windows_are_told_apart_by_their_whole_names(catalog: Catalog, digests: list[Sha256]) -> None:
    windows = [Window(catalog, name) for name in ("a", "a-b", "aa", "A", "a_", "ab")]
    for window, sha256 in zip(windows, digests, strict=False):
        window.decide(sha256, verdict="reject")
    assert Window(catalog, "a_b").undo() == TakenBack()
    for window, sha256 in zip(windows, digests, strict=False):
        assert Window(catalog, "b").decide(sha256, verdict="keep", seen=0) == [sha256]
        window.number = 100
        assert window.undo().pictures == (sha256,)
        assert window.undo() == TakenBack()


@pytest.mark.parametrize(
    ("posted", "status", "sentence"),
    [
        ({"crop": [1, 2]}, 400, "crop"),
        ({"crop": [0, 0, 0]}, 400, "no square of 800 × 600"),
        ({"crop": [201, 0, 600]}, 400, "no square of 800 × 600"),
        ({"crop": [0, 1, 600]}, 400, "no square of 800 × 600"),
        ({"crop": [-1, 0, 5]}, 400, "crop"),
        ({"crop": [0.5, 0, 5]}, 400, "crop"),
        ({"crop": [10**30, 0, 5]}, 400, "no square"),
        ({"verdict": "maybe"}, 400, "verdict"),
        ({"verdict": None}, 400, "a verdict or a crop"),
        ({}, 400, "a verdict or a crop"),
        ({"verdict": "keep", "by": "machine"}, 400, "by"),
        ({"verdict": "reject", "reason": "x" * 201}, 400, "reason"),
        ({"verdict": "keep", "id": "0" * 16}, 404, "no picture 0000000000000000"),
        ({"verdict": "keep", "id": "%"}, 400, "id"),
        ({"verdict": "keep", "seen": "0"}, 400, "seen"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    catalog: Catalog, digests: list[Sha256], posted: dict[str, Any], status: int, sentence: str
) -> None:
    changes = [{"id": id_of(digests[1]), "seen": 0, "verdict": "keep"}, {"id": id_of(digests[0]), "seen": 0} | posted]
    body = json.dumps({"window": "a", "number": 1, "changes": changes}).encode()
    with pytest.raises(RefusedError, match=sentence) as refused:
        decide(catalog, parsed(DecidePost, body))
    assert refused.value.status == status
    assert rows(catalog) == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b"\xff", b'{"window": "a", "number": 1}', b'{"window": "a", "number": 1, "changes": []}',
        b'{"window": "a b", "number": 1, "changes": [{"id": "0123456789abcdef", "seen": 0, "verdict": "keep"}]}',
        b'{"window": "a", "number": 0, "changes": [{"id": "0123456789abcdef", "seen": 0, "verdict": "keep"}]}',
    ],
)  # fmt: skip
def test_a_post_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        parsed(DecidePost, body)
    assert refused.value.status == 400
    assert refused.value.sentence.endswith(".")


def test_a_picture_comes_once_in_an_action(catalog: Catalog, digests: list[Sha256]) -> None:
    with pytest.raises(ValueError, match="once"):
        Window(catalog).decide(digests[0], digests[0], verdict="keep")


# Pairs


def test_a_pair_is_the_same_different_or_open_again(catalog: Catalog, digests: list[Sha256]) -> None:
    waiting = pairs(digests, 3)
    catalog.record_pairs(waiting)
    window = Window(catalog)
    assert window.pair(waiting[0], True)
    assert window.pair(waiting[1], False)
    assert window.pair(waiting[2], True)
    assert window.pair(waiting[2], None)
    told = {(pair.first, pair.second): pair for pair in catalog.pairs()}
    answers = [told[pair.first, pair.second] for pair in waiting]
    assert [(pair.same, pair.by, pair.distance) for pair in answers] == [
        (True, "person", 0), (False, "person", 1), (None, "machine", 2),
    ]  # fmt: skip
    seen = last_words(catalog, [(pair.first, pair.second) for pair in waiting])
    assert seen == [(4, True), (5, False), (7, None)]


def test_keep_this_one_keeps_it_by_the_persons_word(catalog: Catalog, digests: list[Sha256]) -> None:
    (waiting,) = pairs(digests, 1)
    catalog.record_pairs([waiting])
    window = Window(catalog)
    assert window.pair(waiting, True, keep=id_of(waiting.second))
    assert catalog.person_verdicts() == {waiting.second: "keep"}
    back = window.undo()
    assert (back.pictures, back.pairs) == ((waiting.second,), ((waiting.first, waiting.second),))
    assert catalog.person_verdicts() == {}
    assert [pair.same for pair in catalog.pairs()] == [None]


def test_a_pair_that_another_window_has_decided_is_not_overwritten(catalog: Catalog, digests: list[Sha256]) -> None:
    (waiting,) = pairs(digests, 1)
    catalog.record_pairs([waiting])
    ours, theirs = Window(catalog), Window(catalog, "window-b")
    assert theirs.pair(waiting, False)
    assert not ours.pair(waiting, True, keep=id_of(waiting.first))
    assert catalog.person_verdicts() == {}
    ((seen, same),) = last_words(catalog, [(waiting.first, waiting.second)])
    assert same is False
    assert ours.pair(waiting, True, seen=seen)
    assert [pair.same for pair in catalog.pairs()] == [True]


def test_pairs_that_make_no_sense_are_refused(catalog: Catalog, digests: list[Sha256]) -> None:
    (waiting,) = pairs(digests, 1)
    catalog.record_pairs([waiting])
    window = Window(catalog)
    for more in ({"keep": id_of(digests[5])}, {"same": False, "keep": id_of(waiting.first)}):
        with pytest.raises(ValueError, match="keep"):
            window.pair(waiting, more.pop("same", True), **more)  # type: ignore[arg-type]
    with pytest.raises(RefusedError, match="compared"):
        window.pair(replace(waiting, first=digests[4], second=digests[5]), True)
    with pytest.raises(RefusedError, match="no picture"):
        window.pair(Pair(waiting.first, digest(99), None, 0), True)


# Undo


def test_undo_goes_back_to_the_beginning_one_row_each(catalog: Catalog, digests: list[Sha256]) -> None:
    before = holds(catalog)
    (waiting,) = pairs(digests, 1)
    catalog.record_pairs([waiting])
    window = Window(catalog)
    steps: list[Any] = [holds(catalog)]
    doings: list[Callable[[], object]] = [
        lambda: window.decide(digests[0], verdict="reject", reason="a ship"),
        lambda: window.decide(digests[0], verdict="keep"),
        lambda: window.decide(digests[0], crop=[5, 6, 70]),
        lambda: window.decide(*digests[:4], verdict="reject", reason="fog", crop=[1, 1, 10]),
        lambda: window.decide(digests[0], verdict="withdrawn", crop=None),
        lambda: window.pair(waiting, True, keep=id_of(waiting.first)),
        lambda: window.decide(digests[0], crop=[7, 8, 90]),
    ]
    for do in doings:
        do()
        steps.append(holds(catalog))
    count = len(rows(catalog))
    for step in reversed(steps[:-1]):
        assert window.undo().pictures
        assert holds(catalog) == step
    assert len(rows(catalog)) == 2 * count, "nothing is deleted"
    assert window.undo() == TakenBack()
    assert len(rows(catalog)) == 2 * count
    assert holds(catalog) == before


def test_undo_after_a_new_action_passes_over_what_was_undone(catalog: Catalog, digests: list[Sha256]) -> None:
    window = Window(catalog)
    for verdict, sha256 in (("keep", digests[0]), ("reject", digests[1]), ("keep", digests[2])):
        window.decide(sha256, verdict=verdict)
    assert window.undo().pictures == (digests[2],)
    assert window.undo().pictures == (digests[1],)
    window.decide(digests[3], verdict="reject")
    assert [window.undo().pictures for _ in range(3)] == [(digests[3],), (digests[0],), ()]


def test_a_window_takes_back_what_it_did_before_the_server_was_restarted(
    catalog: Catalog, digests: list[Sha256]
) -> None:
    Window(catalog).decide(digests[0], verdict="reject")
    with Catalog(catalog.folder) as again:
        window = Window(again)
        window.number = 50  # the page draws its numbers from the clock
        assert window.undo().pictures == (digests[0],)
    assert holds(catalog)[digests[0]][0] == "keep"


def test_undo_leaves_what_another_window_said_since(catalog: Catalog, digests: list[Sha256]) -> None:
    ours, theirs = Window(catalog), Window(catalog, "window-b")
    ours.decide(*digests[:2], verdict="reject", crop=[1, 1, 10])
    theirs.decide(digests[0], verdict="keep")
    seen = theirs.seen(digests[0])
    assert set(ours.undo().pictures) == set(digests[:2])
    held = holds(catalog)
    assert held[digests[0]] == ("keep", "review", "", MACHINE_CROP, "machine"), "their verdict, and nobody's crop"
    assert held[digests[1]][0] == "keep"
    assert ours.undo() == TakenBack()
    theirs.undo()
    assert held[digests[0]][0] == holds(catalog)[digests[0]][0] == "keep"
    assert catalog.person_verdicts() == {}, "ours was taken back before, so that nothing of it comes back"
    assert seen


def test_undo_restores_what_another_window_had_said_before(catalog: Catalog, digests: list[Sha256]) -> None:
    ours, theirs = Window(catalog), Window(catalog, "window-b")
    theirs.decide(digests[0], verdict="reject", reason="a ship")
    ours.decide(digests[0], verdict="keep")
    ours.undo()
    assert holds(catalog)[digests[0]][:3] == ("reject", "review", "a ship")


@pytest.mark.parametrize("seed", range(8))
def test_whatever_two_windows_do_what_holds_is_the_last_word_not_taken_back(catalog: Catalog, seed: int) -> None:
    """Against a plain reference: a list of all actions, from which an undo removes one."""
    digests = fill(catalog, 4)
    rng = random.Random(seed)
    windows = [Window(catalog, "a"), Window(catalog, "b")]
    done: list[tuple[Window, dict[Sha256, tuple[str | None, Crop | None]]]] = []
    for _ in range(60):
        window = rng.choice(windows)
        if rng.random() < 0.4:
            window.undo()
            mine = [place for place, (who, _) in enumerate(done) if who is window]
            if mine:
                del done[mine[-1]]
        else:
            some = rng.sample(digests, rng.randint(1, 3))
            verdict = rng.choice(["keep", "reject", "withdrawn", None])
            crop = rng.choice([None, [rng.randrange(200), 0, 600], []])  # said, or taken back, or not spoken of
            if verdict is None and crop == []:
                continue
            what: dict[str, Any] = {"verdict": verdict} | ({} if crop == [] else {"crop": crop})
            window.decide(*some, **what)
            square = None if crop == [] else NO_CROP if crop is None else Crop(*crop)
            done.append((window, dict.fromkeys(some, (verdict, square))))
        verdicts = {s: v for _, words in done for s, (v, _) in words.items() if v}
        assert catalog.person_verdicts() == {s: v for s, v in verdicts.items() if v != "withdrawn"}
        crops = {s: c for _, words in done for s, (_, c) in words.items() if c}
        held = {found.picture.sha256: found.crop for found in catalog.resolved() if found.crop}
        assert held == {s: c for s, c in crops.items() if c != NO_CROP}


# The end


def test_the_end_counts_last_words_alone(catalog: Catalog, digests: list[Sha256]) -> None:
    waiting = pairs(digests, 2)
    catalog.record_pairs(waiting)
    window = Window(catalog)
    window.decide(digests[7], verdict="keep", crop=[0, 0, 9])
    before = last_rows(catalog)
    assert said_since(catalog, before) == Tally(0, 0, 0, 0)
    window.decide(*digests[:4], verdict="keep")
    window.decide(digests[0], verdict="reject")
    window.decide(digests[1], crop=[0, 0, 9])
    window.decide(digests[2], crop=[0, 0, 9])
    window.undo()
    window.pair(waiting[0], True)
    window.pair(waiting[1], True)
    window.undo()
    assert said_since(catalog, before) == Tally(kept=3, rejected=1, cropped=1, pairs=1)


def test_processes_that_decide_at_once_never_overwrite_each_other(catalog: Catalog, digests: list[Sha256]) -> None:
    """Each says its word on the same pictures, in another order, as long as it knows of no other: one can be first."""
    code = """if True:
        import sys
        from pathlib import Path
        from housegan.catalog import Catalog, Sha256
        from housegan.catalog.persons import Action, say, word
        window, verdict, *digests = sys.argv[1:]
        with Catalog(Path("data/houses")) as catalog:
            print("ready", flush=True)
            sys.stdin.readline()
            for number, sha256 in enumerate(digests, 1):
                action = Action(window, number)
                print(len(say(catalog, action, [word(action, sha256, verdict=verdict)], {sha256: 0})), flush=True)
    """

    def start(window: str, verdict: str, order: Sequence[Sha256]) -> "subprocess.Popen[str]":
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.Popen(
            [sys.executable, "-c", code, window, verdict, *order], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    both = [start("a", "keep", digests), start("b", "reject", digests[::-1])]
    for process in both:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    refused = [process.communicate("go\n", timeout=60)[0].split() for process in both]
    assert len(rows(catalog)) == len(digests)
    assert [ours + theirs for ours, theirs in zip(refused[0], refused[1][::-1], strict=True)] == [
        "01" if verdict == "keep" else "10" for verdict in map(catalog.person_verdicts().get, digests)
    ]
