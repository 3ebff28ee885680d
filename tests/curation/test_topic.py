"""The filter learns what belongs from a person's decisions, and says honestly how well."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from curation.audit import wilson
from curation.topic import (
    LEAST,
    SURE,
    Seeds,
    Space,
    labels,
    learn,
    missing,
    open_ones,
    order,
    rejections,
    taken_back,
    teaches,
    would_reject,
)
from housegan.catalog import Catalog, Decision, Sha256, Verdict
from tests.curation.rows import digest, fill

DIMENSIONS = 1280


def described(count: int, *, apart: float = 3.0, seed: int = 0) -> dict[Sha256, Any]:
    """Features of pictures of which every second belongs: two clouds in a few of many directions."""
    rng = np.random.default_rng(seed)
    spread = np.exp(-np.arange(DIMENSIONS) / 40)
    features = rng.normal(size=(count, DIMENSIONS)) * spread + 1
    features[::2, :8] += apart * spread[:8]
    return {digest(number): row for number, row in enumerate(features.astype(np.float32))}


def belongs(count: int) -> dict[Sha256, bool]:
    return {digest(number): number % 2 == 0 for number in range(count)}


def right(probabilities: Mapping[Sha256, float], truth: Mapping[Sha256, bool]) -> float:
    return float(np.mean([(probabilities[sha256] > 0.5) == belong for sha256, belong in truth.items()]))


@pytest.mark.parametrize(
    ("reason", "is_taught"),
    [
        ("", True), ("off topic", True), ("another style", True), ("people in it", True), ("an interior", True),
        ("Text or watermark", False), ("blurred or spoilt", False), ("subject too small", False),
        ("subject cut off", False), ("seen before", False), ("rights unclear", False), ("near-duplicate", False),
    ],
)  # fmt: skip
def test_rejections_for_another_matter_teach_nothing(reason: str, is_taught: bool) -> None:
    assert teaches(reason) == is_taught


def test_labels_are_what_persons_say_of_the_topic() -> None:
    words: dict[Sha256, tuple[Verdict, str]] = {
        digest(0): ("keep", "seen before"), digest(1): ("reject", ""), digest(2): ("reject", "blurred"),
        digest(3): ("withdrawn", ""),
    }  # fmt: skip
    assert labels(words) == {digest(0): True, digest(1): False}


def test_it_begins_with_ten_of_each_kind() -> None:
    assert missing({}) == 2 * LEAST
    assert missing(belongs(18)) == 2
    assert missing(dict.fromkeys(map(digest, range(50)), True)) == LEAST
    assert missing(belongs(20)) == 0
    seeds = Seeds(np.ones((30, DIMENSIONS), np.float32), np.arange(30) < 15)
    assert missing({}, seeds) == 0


def test_a_few_decisions_sort_all_the_others() -> None:
    space = Space.of(described(400))
    topic = learn(space, belongs(40))
    assert right(topic.probabilities, belongs(400)) > 0.97
    assert (topic.labelled, set(topic.probabilities)) == (40, set(space.digests))
    sure = would_reject(topic.probabilities, space.digests)
    assert sure
    assert all(probability < SURE for probability in sure.values())
    assert np.mean([belongs(400)[sha256] for sha256 in sure]) < 0.05


def test_one_kind_may_be_rare() -> None:
    truth = belongs(600)
    few = {sha256: belong for number, (sha256, belong) in enumerate(truth.items()) if belong or number % 12 == 1}
    known = dict(list(few.items())[:130])
    assert list(known.values()).count(False) < 25
    topic = learn(Space.of(described(600)), known)
    assert right(topic.probabilities, {sha256: one for sha256, one in truth.items() if not one}) > 0.9


def test_what_it_says_of_itself_holds_for_pictures_that_it_has_not_seen() -> None:
    """With clouds that overlap, the interval has to hold the accuracy on the others about every time."""
    truth, holds = belongs(600), []
    for seed in range(6):
        topic = learn(Space.of(described(600, apart=1.2, seed=seed)), belongs(160))
        others = {sha256: truth[sha256] for sha256 in list(truth)[160:]}
        low, high = topic.interval
        assert (low, high) == wilson(topic.right, 160)
        assert topic.accuracy is not None
        assert 0.7 < topic.accuracy < 0.99
        holds.append(low <= right(topic.probabilities, others) <= high)
    assert sum(holds) >= 5


def test_labels_without_meaning_are_not_learned() -> None:
    rng = np.random.default_rng(0)
    noise = {digest(number): bool(rng.integers(2)) for number in range(100)}
    low, high = learn(Space.of(described(300)), noise).interval
    assert low < 0.5 < high


def test_the_same_decisions_teach_the_same() -> None:
    space = Space.of(described(100))
    once, again = (learn(space, known) for known in (belongs(40), dict(reversed(belongs(40).items()))))
    assert once == again
    assert order(once, space, space.digests, seed=1) == order(again, space, reversed(space.digests), seed=1)


def test_a_thousand_decisions_take_well_under_a_second() -> None:
    space = Space.of(described(1500, apart=1.5))
    learn(space, belongs(40))
    started = time.process_time()
    learn(space, belongs(1000))
    assert time.process_time() - started < 1.0


def test_a_finished_set_teaches_the_next_which_soon_knows_better() -> None:
    mine, others = described(300), described(200, seed=1)
    seeds = Seeds(np.stack(list(others.values())), np.array(list(belongs(200).values())))
    space = Space.of(mine)
    at_first = learn(space, {}, seeds)
    assert right(at_first.probabilities, belongs(300)) > 0.97
    assert (at_first.labelled, at_first.accuracy, at_first.interval) == (0, None, (0.0, 1.0))
    wrong_way_round = Seeds(seeds.features, ~seeds.belong)
    assert right(learn(space, belongs(200), wrong_way_round).probabilities, belongs(300)) > 0.9


def test_what_is_in_doubt_is_asked_about_first_with_some_by_chance() -> None:
    space = Space.of(described(300, apart=1.5))
    topic = learn(space, belongs(30))
    asked = order(topic, space, space.digests[:200])
    assert sorted(asked) == sorted(space.digests[:200]), "each once, and none that isn't open"
    doubts = [abs(topic.probabilities[sha256] - 0.5) for sha256 in asked]
    in_turn = [doubt for place, doubt in enumerate(doubts) if place % 4 != 2]
    assert np.mean(in_turn[:9]) < np.mean(doubts) / 2
    by_chance = [[order(topic, space, space.digests, seed=seed)[2] for seed in range(20)]]
    assert len(set(by_chance[0])) > 10


def test_one_in_three_is_the_audits_without_standing_out() -> None:
    space = Space.of(described(200))
    topic = learn(space, belongs(30))
    audited = list(would_reject(topic.probabilities, space.digests))[:8]
    asked = order(topic, space, space.digests, audited)
    assert [asked.index(sha256) for sha256 in audited] == [2, 5, 8, 11, 14, 17, 20, 23]
    assert sorted(asked) == sorted(space.digests)
    others = [sha256 for sha256 in audited if sha256 != audited[0]]
    gone = order(topic, space, [one for one in space.digests if one != audited[0]], audited)
    assert audited[0] not in gone
    assert gone[2] == others[0]


def test_pictures_that_are_alike_are_not_asked_about_in_a_row() -> None:
    features = described(200, apart=1.5)
    topic = learn(Space.of(features), belongs(30))
    doubted = min(topic.probabilities, key=lambda sha256: abs(topic.probabilities[sha256] - 0.5))
    for number in range(1000, 1020):
        features[digest(number)] = features[doubted] * (1 + number / 1e9)
    space = Space.of(features)
    asked = order(learn(space, belongs(30)), space, features)
    copies = {doubted, *map(digest, range(1000, 1020))}
    assert len(copies & set(asked[:10])) <= 2


def test_its_rejections_say_how_probable_and_leave_others_words_alone(catalog: Catalog) -> None:
    digests = fill(catalog, 60)
    space = Space.of({sha256: row for sha256, row in described(60).items() if sha256 in digests})
    topic = learn(space, belongs(30))
    catalog.record(
        [
            Decision(digests[31], "quality", 1, "c", "reject", reason="blurred"),
            Decision(digests[33], "review", 1, "w:1", "keep", by="person"),
        ]
    )
    found = rejections(topic.probabilities, open_ones(catalog.resolved(), catalog.person_verdicts()))
    assert len(found) > 5
    assert {decision.sha256 for decision in found}.isdisjoint({digests[31], digests[33]})
    for decision in found:
        probability = topic.probabilities[decision.sha256]
        assert decision.confidence == 1 - probability
        told = "under 1" if probability < 0.005 else f"{100 * probability:.0f}"
        assert decision.reason == f"off topic: {told} % likely to belong"


def test_all_its_rejections_are_taken_back_at_once_and_a_person_stays_right(catalog: Catalog) -> None:
    digests = fill(catalog, 60)
    topic = learn(Space.of(described(60)), belongs(30))
    found = rejections(topic.probabilities, open_ones(catalog.resolved(), ()))
    catalog.record(found)
    assert {one.picture.sha256 for one in catalog.resolved() if one.step == "topic"} == {one.sha256 for one in found}
    overruled = found[0].sha256
    catalog.record([Decision(overruled, "review", 1, "w:1", "keep", by="person")])
    rejected = {one.picture.sha256 for one in catalog.resolved() if one.verdict == "reject"}
    assert rejected == {one.sha256 for one in found} - {overruled}
    catalog.record(taken_back(catalog.opinions("topic")))
    assert all(one.verdict == "keep" for one in catalog.resolved())
    assert taken_back(catalog.opinions("topic")) == []
    assert len(digests) == 60
