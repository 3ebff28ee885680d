"""Paths through latent space, against a slow plain reference."""

import math

import pytest
import torch
from torch import Tensor

from housegan.explore.paths import along, angles, lerp, orbit, rows, slerp

D = torch.float64


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=D)


def plain_slerp(start: list[float], end: list[float], share: float) -> list[float]:
    """White 2016, number by number."""
    inner = sum(a * b for a, b in zip(start, end, strict=True))
    lengths = math.sqrt(sum(a * a for a in start)) * math.sqrt(sum(b * b for b in end))
    angle = math.acos(max(-1.0, min(1.0, inner / lengths)))
    first, second = math.sin((1 - share) * angle), math.sin(share * angle)
    return [(first * a + second * b) / math.sin(angle) for a, b in zip(start, end, strict=True)]


def test_a_great_circle_equals_the_plain_reference() -> None:
    start, end, share = normal(50, 7), normal(50, 7, seed=1), torch.linspace(0, 1, 50, dtype=D)
    expected = [plain_slerp(a.tolist(), b.tolist(), float(t)) for a, b, t in zip(start, end, share, strict=True)]
    assert torch.allclose(slerp(start, end, share), torch.tensor(expected, dtype=D), atol=1e-9)


def test_on_a_great_circle_the_norm_and_the_speed_stay() -> None:
    ends = normal(2, 100)
    ends *= 10 / ends.norm(dim=1, keepdim=True)
    path = slerp(ends[:1].expand(41, -1), ends[1:].expand(41, -1), torch.linspace(0, 1, 41, dtype=D))
    steps = path.diff(dim=0).norm(dim=1)
    assert torch.allclose(path.norm(dim=1), torch.tensor(10, dtype=D))
    assert float(steps.max() / steps.min()) == pytest.approx(1)
    middle = lerp(ends[:1], ends[1:], torch.tensor([0.5], dtype=D))
    assert float(middle.norm()) < 8  # which is why a straight line isn't taken


@pytest.mark.parametrize("factor", [1.0, 2.0, 1 + 1e-9])
def test_between_parallel_vectors_it_is_a_straight_line(factor: float) -> None:
    start = normal(1, 9)
    middle = slerp(start, factor * start, torch.tensor([0.5], dtype=D))
    assert torch.allclose(middle, start * (1 + factor) / 2)


def test_to_the_opposite_side_it_is_a_half_circle() -> None:
    start = torch.tensor([[3.0, 0.0, 4.0]], dtype=D).expand(9, -1)
    path = slerp(start, -start, torch.linspace(0, 1, 9, dtype=D))
    assert torch.allclose(path[[0, -1]], torch.stack([start[0], -start[0]]), atol=1e-12)
    assert torch.allclose(path.norm(dim=1), torch.tensor(5, dtype=D))
    assert torch.allclose(path[4], torch.tensor([0.0, 5.0, 0.0], dtype=D), atol=1e-12)


def test_from_and_to_zero_it_is_a_straight_line() -> None:
    zero, end, half = torch.zeros(1, 5, dtype=D), normal(1, 5), torch.tensor([0.5], dtype=D)
    assert torch.allclose(slerp(zero, end, half), end / 2)
    assert torch.allclose(slerp(end, zero, half), end / 2)
    assert torch.equal(slerp(zero, zero, half), zero)


def test_angles_are_right_near_both_ends_where_an_arc_cosine_is_not() -> None:
    for angle in (1e-9, 1e-4, 1.0, math.pi - 1e-9):
        start = torch.tensor([[2.0, 0.0]], dtype=D)
        end = torch.tensor([[math.cos(angle), math.sin(angle)]], dtype=D)
        assert float(angles(start, end)) == pytest.approx(angle, rel=1e-6)


def test_a_closed_loop_meets_its_points_and_comes_back() -> None:
    points = normal(3, 20)
    there = along(points, torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0], dtype=D))
    assert torch.allclose(there, points[[0, 1, 2, 0, 1]])
    back = along(points, torch.tensor([2.5], dtype=D))
    assert torch.allclose(back, slerp(points[2:], points[:1], torch.tensor([0.5], dtype=D)))


def test_rows_lead_from_each_point_to_the_next() -> None:
    points = normal(4, 6)
    for between in (slerp, lerp):
        found = rows(points, 5, between)
        assert found.shape == (3, 6, 6)
        assert torch.allclose(found[:, 0], points[:-1])
        assert torch.allclose(found[:, -1], points[1:])
    assert torch.allclose(rows(points, 2, lerp)[0, 1], (points[0] + points[1]) / 2)


def test_an_orbit_stays_at_its_distance_and_on_the_sphere() -> None:
    centre, plane = normal(64), normal(2, 64, seed=3)
    way = orbit(centre, plane, torch.arange(24, dtype=D) / 24, radius_rad=0.3)
    assert torch.allclose(way.norm(dim=1), centre.norm())
    assert torch.allclose(angles(way, centre.expand(24, -1)), torch.tensor(0.3, dtype=D))
    assert torch.allclose(way.mean(dim=0), math.cos(0.3) * centre, atol=1e-12)  # once round, evenly
    steps = torch.cat([way, way[:1]]).diff(dim=0).norm(dim=1)
    assert float(steps.max() / steps.min()) == pytest.approx(1)
