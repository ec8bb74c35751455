"""The arithmetic of growth, by hand."""

import pytest
from rich.console import Console

from benchmarks.scale_process import Stage, run_python
from benchmarks.scale_sizes import Sizes, table_bytes, vocabulary_bytes
from benchmarks.scale_stages import Run
from benchmarks.scale_table import beside, growths, problems, share, stage_tables, trainer_table
from pipeline.content.catalogue import Catalogue

SMALL = Sizes(1_000, 10, 100, 50, tables=8.0, histories=1.0, vocabulary=0.5)
LARGE = Sizes(3_000, 30, 173, 90, tables=12.0, histories=3.0, vocabulary=1.0)


def runs() -> list[Run]:
    small = Run(0.01, SMALL, [Stage("load-kg", 2.0, 3.0, 100), Stage("train", 4.0, 4.0, 500)])
    large = Run(0.03, LARGE, [Stage("load-kg", 9.0, 9.0, 150), Stage("train", 12.0, 6.0, 700)])
    return [large, small]


def test_growth_is_time_per_rating_beside_the_smaller_fraction():
    (small, first), (large, second) = growths(runs())
    assert (small.fraction, large.fraction) == (0.01, 0.03)
    assert [each.microseconds for each in first] == pytest.approx([2_000, 4_000])
    assert [each.growth for each in first] == [None, None]
    assert [each.microseconds for each in second] == pytest.approx([3_000, 4_000])
    assert [each.growth for each in second] == pytest.approx([1.5, 1.0])
    assert [each.cpu_growth for each in second] == pytest.approx([1.0, 0.5])


def test_the_trainers_memory_less_what_it_holds():
    large, small = runs()
    assert beside(small) == pytest.approx(500 - 9.5)
    assert beside(large) == pytest.approx(700 - 16)
    assert beside(Run(0.01, None, small.stages)) is None
    small.stages[1].problem = "took longer than 5 s"
    assert beside(small) is None


def test_a_stage_that_did_not_end_has_no_growth_and_is_named():
    large, small = runs()
    large.stages[1].problem = "took longer than 12 s"
    rows = dict(zip(("load-kg", "train"), list(growths([small, large]))[1][1], strict=True))
    assert rows["train"].growth is None
    assert rows["load-kg"].growth == pytest.approx(1.5)
    assert problems([small, large]) == ["3 %: train took longer than 12 s"]
    assert "> 12" in shown([small, large])


def test_the_tables_fit_80_columns():
    text = shown(runs())
    assert max(map(len, text.splitlines())) <= 80
    assert "1 %: 1,000 ratings, 10 users, 100 films" in " ".join(text.split())
    assert share(0.0005) == "0.05 %"


def test_sizes_by_hand():
    assert table_bytes(10, 4) == 10 * 4 * 4 * 2 * 4
    none = Catalogue([], [], [], edges=pytest.importorskip("numpy").zeros((0, 2)), relations=[])
    assert vocabulary_bytes(none) == 0


def test_a_process_over_its_limit_is_ended_and_reported():
    stage = run_python("slow", ["-c", "import time; time.sleep(60)"], limit=0.3)
    assert stage.problem == "took longer than 0 s"
    assert stage.seconds is not None
    assert stage.seconds < 20


def test_a_process_that_fails_is_reported_with_its_last_line():
    stage = run_python("bad", ["-c", "raise SystemExit('no such folder')"], limit=60)
    assert stage.problem == "failed: no such folder"
    fine = run_python("good", ["-c", "pass"], limit=60)
    assert (fine.problem, fine.cpu is not None) == (None, True)


def shown(given: list[Run]) -> str:
    console = Console(width=80, record=True, quiet=False, force_terminal=False)
    with console.capture() as captured:
        for table in stage_tables(given):
            console.print(table)
        console.print(trainer_table(given))
    return captured.get()
