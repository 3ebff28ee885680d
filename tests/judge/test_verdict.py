from collections.abc import Sequence

import pytest

from housegan.judge.verdict import verdict
from housegan.run.metrics import Evaluation, best


def evaluation(
    kid: float,
    *,
    images: int = 0,
    side: int = 256,
    recall: float = 0.5,
    coverage: float = 0.6,
    scores: tuple[float, float] = (0.7, 0.3),
    copying: bool | None = False,
) -> Evaluation:
    z = None if copying is None else -9.0 if copying else 0.4
    return Evaluation(
        stage="finetune", images=images, stage_images=images, epoch=1, side=side, samples=500, kid_lite0=kid,
        kid_lite0_error=0.1, kid_lite0_real=0, precision=0.5, recall=recall, density=1, coverage=coverage,
        precision_real=0.7, recall_real=0.7, density_real=1, coverage_real=0.95, copying=copying, copying_z=z,
        copying_close=None, score_real=scores[0], score_fake=scores[1],
    )  # fmt: skip


def history(*kids: float) -> list[Evaluation]:
    return [evaluation(kid, images=1000 * (i + 1)) for i, kid in enumerate(kids)]


def kinds(evaluations: Sequence[Evaluation]) -> list[str]:
    return [verdict(evaluations[: i + 1]).kind for i in range(len(evaluations))]


def test_a_healthy_stage_improves_waits_and_goes_flat() -> None:
    stage = history(8, 6, 7, 5, 5.5, 5.2, 5.3, 5.1, 5.4, 4.9)
    expected = ["first", "improving", "waiting", "improving", "waiting", "waiting", "waiting", "waiting", "flat"]
    assert kinds(stage) == [*expected, "improving"]
    assert [verdict(stage[: i + 1]).flat for i in range(10)] == [False] * 8 + [True, False]


def test_the_sentences_have_the_figures_and_what_to_do() -> None:
    stage = history(8, 6, 6.5, 6.5, 6.5, 6.5, 6.5)
    assert verdict(stage[:1]).sentence == "KID 8.00 ± 0.10: the first to compare with."
    assert verdict(stage[:2]).sentence == "Improving: KID 6.00 ± 0.10, after 8.00."
    assert verdict(stage[:3]).sentence == (
        "No new best in 1 evaluation (KID 6.00 ± 0.10 at 2,000 images): KID 6.50 ± 0.10 now."
    )
    assert verdict(stage).sentence == (
        "No new best in 5 evaluations (KID 6.00 ± 0.10 at 2,000 images): stop, or lower the rate."
    )


def test_the_best_is_the_lowest_that_does_not_copy() -> None:
    stage = [evaluation(5, images=1), evaluation(3, images=2, copying=True), evaluation(4, images=3)]
    assert best(stage) == stage[2]
    assert best([*stage, evaluation(3.5, images=4, copying=None)]) == evaluation(3.5, images=4, copying=None)
    assert best([*stage, evaluation(4, images=5)]) == stage[2]  # the first of equals
    assert best(stage[1:2]) is None
    assert best([]) is None


def test_what_was_soft_before_it_grew_is_not_compared_with() -> None:
    soft = [
        evaluation(kid, images=1000 * number, side=64, coverage=0.8) for number, kid in enumerate((4, 2, 3, 3, 3, 3))
    ]
    large = [evaluation(kid, images=9000 + number, coverage=0.3) for number, kid in enumerate((2.5, 2.4, 2.6))]
    stage = [*soft, *large]
    assert kinds(stage)[-3:] == ["first", "improving", "waiting"]
    assert verdict(stage[:7]).sentence == "KID 2.50 ± 0.10: the first of 256 px to compare with."
    assert "(KID 2.40 ± 0.10 at 9,001 images)" in verdict(stage).sentence
    assert best(stage) == large[1]
    assert best([*soft, evaluation(1, copying=True)]) == soft[1], "of those that don't copy"


def test_copying_comes_before_everything_even_the_lowest_kid() -> None:
    stage = [*history(8, 6), evaluation(2, copying=True)]
    assert verdict(stage).kind == "copying"
    assert verdict(stage).sentence == (
        "Copying its training pictures (C_T -9.0): stop, or go back to 2,000 images (KID 6.00); "
        "more pictures would help."
    )
    assert verdict([*stage, evaluation(5)]).kind == "improving"  # after 6: what copied is not compared with


def test_a_stage_that_copies_from_the_start_has_nothing_to_go_back_to_and_is_flat_in_the_end() -> None:
    stage = [evaluation(5 - i / 2, copying=True) for i in range(5)]
    assert kinds(stage) == ["copying"] * 5
    assert "go back" not in verdict(stage).sentence
    assert not verdict(stage[:4]).flat
    assert verdict(stage).flat


def test_too_few_to_say_is_not_copying() -> None:
    assert verdict([evaluation(5, copying=None)]).kind == "first"


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ({"recall": 0.2}, "recall 0.20 after 0.50"),
        ({"coverage": 0.1}, "coverage 0.10 after 0.60"),
        ({"recall": 0.0, "coverage": 0.1}, "recall 0.00 after 0.50, coverage 0.10 after 0.60"),
    ],
)
def test_losing_half_of_recall_or_coverage_is_collapsing(lost: dict[str, float], said: str) -> None:
    stage = [*history(8, 6), evaluation(7, **lost)]  # type: ignore[arg-type]
    assert verdict(stage).kind == "collapsing"
    assert verdict(stage).sentence == (
        f"Collapsing: {said}: stop, or go back to 2,000 images (KID 6.00) at a lower rate."
    )


def test_less_variety_is_no_collapse_while_the_best_is_new_nor_where_there_never_was_any() -> None:
    assert verdict([*history(8, 6), evaluation(4, recall=0.2)]).kind == "improving"
    assert verdict([*history(8, 6), evaluation(7, recall=0.3)]).kind == "waiting"
    poor = [evaluation(8, recall=0.08, coverage=0.09), evaluation(9, recall=0.01, coverage=0.02)]
    assert verdict(poor).kind == "waiting"


def test_a_discriminator_that_tells_all_apart_twice_without_a_new_best_wins() -> None:
    sure, unsure = (0.98, 0.02), (0.98, 0.2)
    stage = [*history(8, 6), evaluation(7, scores=sure), evaluation(7, scores=sure)]
    assert kinds(stage) == ["first", "improving", "waiting", "discriminator wins"]
    assert verdict(stage).sentence == (
        "The discriminator wins (98% for real, 2% for generated pictures): more augmentation, or a lower rate."
    )
    assert verdict([*stage[:3], evaluation(5, scores=sure)]).kind == "improving"
    assert verdict([*stage[:3], evaluation(7, scores=unsure)]).kind == "waiting"


def test_flat_is_told_beside_a_graver_sentence() -> None:
    stage = [*history(6, 7, 7, 7), *[evaluation(7, scores=(0.99, 0.01))] * 2]
    assert verdict(stage).kind == "discriminator wins"
    assert verdict(stage).flat
    assert not verdict(stage[:-1]).flat


def test_a_verdict_needs_an_evaluation() -> None:
    with pytest.raises(ValueError, match="needs an evaluation"):
        verdict([])
