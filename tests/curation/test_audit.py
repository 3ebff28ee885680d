"""The filter may reject only after a random sample of what it would reject was judged right."""

import numpy as np
import pytest

from curation.audit import LEAST, ROUND, Audit, draw, standing, wilson
from housegan.catalog import Catalog, Sha256
from tests.curation.rows import digest, fill


def test_wilsons_bounds_are_those_of_the_textbook() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(40, 40)[0] == pytest.approx(0.9124, abs=1e-4)
    assert wilson(40, 40)[1] == 1.0
    low, high = wilson(81, 263)  # Newcombe 1998, table I: 0.2553 to 0.3662
    assert low == pytest.approx(0.2553, abs=1e-4)
    assert high == pytest.approx(0.3662, abs=1e-4)


def test_forty_without_a_mistake_suffice_and_fewer_do_not() -> None:
    assert Audit(40, 0, 0).passes
    assert not Audit(39, 0, 0).passes
    assert not Audit(39, 1, 0).passes
    assert not Audit(51, 1, 0).passes
    assert Audit(52, 1, 0).passes
    assert not Audit(360, 41, 0).passes, "a good share isn't a good bound"


def test_pictures_that_wait_are_taken_for_wrong() -> None:
    assert not Audit(40, 0, 1).passes
    assert Audit(60, 0, 1).passes


def test_it_says_how_many_more_are_needed_and_draws_them_in_rounds() -> None:
    assert (Audit(0, 0, 0).needed, Audit(0, 0, 0).to_draw) == (LEAST, ROUND)
    assert (Audit(30, 0, 2).needed, Audit(30, 0, 2).to_draw) == (10, ROUND - 2)
    assert Audit(30, 0, 3).to_draw == 0
    assert (Audit(39, 0, 1).needed, Audit(39, 0, 1).to_draw) == (1, 0), "what waits may be enough"
    assert (Audit(39, 1, 0).needed, Audit(39, 1, 0).to_draw) == (13, ROUND)
    assert (Audit(40, 0, 0).needed, Audit(40, 0, 0).to_draw) == (0, 0)
    for right in range(60):
        for wrong in range(4):
            short = Audit(right, wrong, 0)
            assert short.passes or Audit(right + short.needed, wrong, 0).passes
            assert short.needed <= 1 or not Audit(right + short.needed - 1, wrong, 0).passes


def test_a_rejection_for_another_reason_counts_neither_way() -> None:
    off, belongs, blurred, waits = (digest(number) for number in range(4))
    found = standing([off, belongs, blurred, waits], {off: False, belongs: True}, {waits, digest(9)})
    assert found == Audit(right=1, wrong=1, waiting=1)


def test_early_mistakes_are_forgotten() -> None:
    drawn = [digest(number) for number in range(50)]
    labels = {sha256: place < 10 for place, sha256 in enumerate(drawn)}
    assert standing(drawn, labels, ()).wrong == 10
    assert standing(drawn, labels, (), latest=40) == Audit(40, 0, 0)


def test_the_draw_is_at_random_and_not_by_what_is_surest() -> None:
    would = {digest(number): number / 10_000 for number in range(1000)}
    means = [np.mean([d.confidence for d in draw(would, (), ROUND, seed=seed)]) for seed in range(100)]
    assert np.mean(means) == pytest.approx(0.05, abs=0.004)
    assert draw(would, (), ROUND, seed=3) == draw(would, (), ROUND, seed=3)


def test_what_was_drawn_is_not_drawn_again() -> None:
    would = {digest(number): 0.05 for number in range(30)}
    drawn: list[Sha256] = []
    for _ in range(4):
        drawn += [decision.sha256 for decision in draw(would, drawn, ROUND, seed=1)]
    assert sorted(drawn) == sorted(would)


def test_the_record_outlives_a_restart_in_its_order_and_changes_no_verdict(catalog: Catalog) -> None:
    would = dict.fromkeys(fill(catalog, 100), 0.03)
    first = draw(would, (), ROUND, seed=0)
    catalog.record(first)
    second = draw(would, [one.sha256 for one in first], ROUND, seed=0)
    catalog.record(second)
    with Catalog(catalog.folder) as again:
        kept = again.opinions("topic-audit")
        assert list(kept) == [decision.sha256 for decision in [*first, *second]]
        assert {decision.confidence for decision in kept.values()} == {0.03}
        assert {found.verdict for found in again.resolved()} == {"keep"}
