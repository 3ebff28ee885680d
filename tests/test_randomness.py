import torch

from housegan.randomness import generator_for


def draw(seed: int, *purpose: str | int) -> list[float]:
    return torch.rand(8, generator=generator_for(seed, *purpose)).tolist()


def test_the_same_seed_and_purpose_draw_the_same() -> None:
    assert draw(3, "step", 128) == draw(3, "step", 128)


def test_another_seed_or_purpose_draws_something_else() -> None:
    cases: list[tuple[int, *tuple[str | int, ...]]] = [
        (3, "step", 128),
        (4, "step", 128),
        (3, "step", 129),
        (3, "flips", 128),
        (3, "step"),
        (3, "step", "128"),
    ]
    assert len({tuple(draw(*case)) for case in cases}) == len(cases)


def test_draws_are_the_same_in_every_process_and_version() -> None:
    assert generator_for(0, "noise", 128_000).initial_seed() == 121_786_730_699_517_168


def test_a_seed_may_be_of_any_size() -> None:
    assert len({tuple(draw(seed, "x")) for seed in (0, 2**31, 2**63, 2**64, 10**60)}) == 5


def test_torch_s_own_generator_is_left_alone() -> None:
    before = torch.random.get_rng_state()
    draw(1, "x")
    assert torch.equal(torch.random.get_rng_state(), before)
