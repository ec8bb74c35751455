"""Strings to numbers: what counts as one, and what is said of the rest."""

import numpy as np
import pytest

from pipeline.sources.numbers import finite_numbers, whole_numbers


def test_whole_numbers_of_every_spelling():
    numbers, reasons = whole_numbers("n", ["7", "-7", "+7", "7.0", "7.", " 7 ", "007"])
    assert numbers.dtype == np.int64
    assert numbers.tolist() == [7, -7, 7, 7, 7, 7, 7]
    assert not reasons


def test_the_limits_of_64_bits():
    numbers, reasons = whole_numbers("n", [str(2**63 - 1), str(-(2**63)), str(2**63), "9" * 5000])
    assert numbers[:2].tolist() == [2**63 - 1, -(2**63)]
    assert set(reasons) == {2, 3}
    assert reasons[2] == "n '9223372036854775808' does not fit into 64 bits"


@pytest.mark.parametrize("value", ["x", "1.5", "nan", "1e3", "1_000", "٣", "0x10", "--1", "1 2"])
def test_what_is_no_whole_number(value):
    numbers, reasons = whole_numbers("n", ["1", value, "3"])
    assert numbers.tolist() == [1, 0, 3]
    assert reasons == {1: f"n {value!r} is not a whole number"}


def test_an_empty_field_is_missing():
    assert whole_numbers("n", ["", "1"])[1] == {0: "n is missing"}
    assert finite_numbers("n", ["1", " "])[1] == {1: "n is missing"}


def test_finite_numbers():
    numbers, reasons = finite_numbers("n", ["1", "-2.5", "1e2", " .5"])
    assert numbers.tolist() == [1, -2.5, 100, 0.5]
    assert not reasons


@pytest.mark.parametrize("value", ["nan", "inf", "-Infinity", "1e999", "x", "1_0", "٣", "1,5"])
def test_what_is_no_finite_number(value):
    numbers, reasons = finite_numbers("n", ["1", value])
    assert numbers[0] == 1
    assert np.isnan(numbers[1])
    assert reasons == {1: f"n {value!r} is not a finite number"}
