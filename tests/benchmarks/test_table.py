"""What is printed and what is stored."""

import io
import json
import platform

import pytest
from rich.console import Console

from benchmarks import table
from benchmarks.document import headline, machine
from benchmarks.memory import Peaks
from benchmarks.pairing import Block, Figure
from benchmarks.plot import draw


def figures():
    own, other = Block(1_234_567, 2.0), Block(50, 20.0, gave_up=True)
    return [
        Figure(
            "loading", "RATED", "rows/s", [own], "bare driver", [own], 1 / 1.3, Peaks(1234, 56789)
        ),
        Figure("paths", "RKAN 7 hops, warm", "pairs/s", [own], "NetworkX", [other], 400.0),
        Figure(
            "latency", "recommend --users 1", "s", [Block(1, 0.5)], "import torch", [Block(1, 1)]
        ),
        Figure("paths", "RKAN-history, cold", "pairs/s", [own], "paths in memory", [own]),
        Figure("whole", "load-kg", "s", [Block(1, 12.34)]),
    ]


def printed(rows):
    out = io.StringIO()
    Console(file=out, width=table.WIDTH).print(table.table(rows))
    return out.getvalue()


def test_the_table_fits_eighty_columns_and_cuts_no_figure():
    text = printed(figures())
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    for part in ("617,284 rows/s", "617,284 /s", "1.00x", "≥ 0.77x", "1,234", "56,789"):
        assert part in text


def test_a_bound_is_marked_as_one():
    text = printed(figures())
    assert "< 2.50 /s" in text
    assert ">246,913x" in text


def test_what_is_unknown_is_a_dash():
    [row] = [line for line in printed(figures()).splitlines() if "load-kg" in line]
    assert row.split() == ["load-kg", "12.3", "s", "-", "-", "-", "-"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(123456.7, "123,457 s"), (99.96, "100.0 s"), (9.876, "9.88 s"), (0.5, "0.50 s")],
)
def test_figures_have_about_three_digits(value, text):
    assert table.number(value, "s") == text


def test_the_machine_is_described_without_its_name():
    about = machine("5.26.0")
    text = json.dumps(about)
    assert platform.node() not in text.replace(about["cpu"], "")
    assert f"{about['cores']} cores" in headline(about)
    assert {"memory_gib", "load", "python", "torch", "neo4j", "date"} <= about.keys()


def test_the_plot_is_written(tmp_path):
    draw(figures(), tmp_path / "ratios.svg")
    assert "<svg" in (tmp_path / "ratios.svg").read_text()
