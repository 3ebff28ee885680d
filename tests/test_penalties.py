import pytest
import torch

from housegan.penalties import ANCHOR_DECAY, gradient_penalty, lecam, moved


def test_the_gradient_penalty_is_half_the_mean_squared_slope() -> None:
    slopes = torch.tensor([1.0, 2.0, -3.0])
    pictures = torch.randn(3, 3, 4, 4, requires_grad=True)
    logits = slopes * pictures.sum(dim=(1, 2, 3))
    expected = (slopes.square() * 48).mean() / 2
    assert gradient_penalty(logits, pictures).item() == pytest.approx(expected.item())


def test_the_gradient_penalty_teaches() -> None:
    scale = torch.tensor(2.0, requires_grad=True)
    pictures = torch.randn(2, 3, 4, 4, requires_grad=True)
    gradient_penalty(scale * pictures.sum(dim=(1, 2, 3)), pictures).backward()
    assert scale.grad is not None
    assert scale.grad.item() == pytest.approx(2.0 * 48)


def test_lecam_minds_logits_beyond_the_other_kind_s_average_alone() -> None:
    anchors = torch.tensor([1.0, -1.0])
    assert lecam(torch.full((4,), -2.0), torch.full((4,), 2.0), anchors) == 0, "both are on the wrong side anyway"
    found = lecam(torch.tensor([0.0, 2.0]), torch.tensor([0.0, -2.0]), anchors)
    assert found.item() == pytest.approx((1 + 9) / 2 + (1 + 9) / 2)


def test_the_averages_follow_slowly() -> None:
    anchors = torch.zeros(2)
    for _ in range(500):
        anchors = moved(anchors, torch.full((3,), 2.0), torch.full((3,), -1.0))
    keep = 1 - ANCHOR_DECAY**500
    assert anchors.tolist() == pytest.approx([2 * keep, -keep], rel=1e-4)
