"""The order of blocks, and the arithmetic of their ratios."""

from functools import partial

import pytest

from benchmarks.pairing import Block, Figure, alternate, timed


def figure(own, other=(), **changes):
    """A figure of blocks of ten units that took these seconds."""
    blocks, others = ([Block(10, seconds) for seconds in each] for each in (own, other))
    given = {"reference": "other", **changes} if other else changes
    return Figure(
        "stage", "name", given.pop("unit", "rows/s"), blocks, reference_blocks=others, **given
    )


def test_blocks_take_turns_and_each_round_begins_at_the_other_end():
    seen = []

    def block(letter):
        seen.append(letter)
        return letter

    assert alternate([partial(block, letter) for letter in "abc"], 3) == [("a", "b", "c")] * 3
    assert "".join(seen) == "abc" + "cba" + "abc"


def test_the_ratio_is_the_median_of_the_rounds_and_not_of_the_rates():
    slow_twice = figure([1, 4, 10], [2, 2, 5])  # 2x, 0.5x, 0.5x
    assert slow_twice.ratios == [2, 0.5, 0.5]
    assert slow_twice.ratio == 0.5
    assert slow_twice.value == 2.5
    assert slow_twice.reference_value == 5


def test_noise_that_slows_both_blocks_of_a_round_cancels():
    noise = [1, 7, 3]
    assert figure(noise, [3 * each for each in noise]).ratio == pytest.approx(3)


def test_a_figure_in_seconds_shows_them_and_still_compares_rates():
    latency = figure([4, 6, 5], [2, 3, 2.5], unit="s")
    assert latency.value == 5
    assert latency.reference_value == 2.5
    assert latency.ratio == 0.5


@pytest.mark.parametrize(("target", "met"), [(2.0, True), (2.1, False), (None, None)])
def test_a_target_is_met_or_missed(target, met):
    assert figure([1], [2], target=target).met is met


def test_without_a_reference_there_is_no_ratio():
    alone = figure([2])
    assert (alone.value, alone.ratio, alone.ratios, alone.reference_value) == (5, None, [], None)
    assert alone.met is None


def test_one_block_that_gave_up_makes_the_ratio_a_bound():
    bound = Figure("s", "n", "rows/s", [Block(9, 1)], "other", [Block(1, 3, gave_up=True)])
    assert bound.gave_up
    assert bound.ratio == pytest.approx(27)


def test_work_is_timed():
    block = timed(lambda: 12)()
    assert block.units == 12
    assert 0 < block.seconds < 10
