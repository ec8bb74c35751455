import pytest
import torch

from model.training.weight_average import WeightAverage


def test_average_follows_the_recursion_with_its_warm_up():
    weight = torch.tensor([0.0])
    average = WeightAverage([weight], decay=0.1)
    expected = 0.0
    for step, value in enumerate((1.0, 5.0, 2.0), start=1):
        weight.fill_(value)
        average.update()
        share = min(0.1, step / (step + 10))
        expected = share * expected + (1 - share) * value
    with average.applied():
        assert weight.item() == pytest.approx(expected)
    assert weight.item() == 2.0


def test_weights_come_back_after_an_error():
    weight = torch.tensor([1.0])
    average = WeightAverage([weight], decay=0.9)
    weight.fill_(3.0)
    with pytest.raises(ZeroDivisionError), average.applied():
        assert weight.item() == 1.0
        raise ZeroDivisionError
    assert weight.item() == 3.0


def test_one_with_the_state_of_another_goes_on_as_the_other():
    weight = torch.tensor([1.0, 2.0])
    first = WeightAverage([weight], decay=0.5)
    weight.add_(1)
    first.update()
    second = WeightAverage([weight], decay=0.5)
    second.load_state_dict(first.state_dict())
    weight.add_(1)
    for average in (first, second):
        average.update()
    with first.applied():
        one = weight.clone()
    with second.applied():
        assert torch.equal(one, weight)
