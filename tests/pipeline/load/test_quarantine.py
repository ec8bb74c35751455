"""The file of refused rows."""

import csv
import os

import pytest

from pipeline.load.quarantine import write_quarantine
from pipeline.sources.tables import RefusedRow
from tests.support.narrowing import present

ROWS = [RefusedRow("r.csv", 3, "a NUL byte", '1,"x\0'), RefusedRow("r.csv", 9, "no", "a\tb, c")]


def test_each_row_has_file_line_reason_and_text(tmp_path):
    file = present(write_quarantine(tmp_path / "new", "small", ROWS))
    assert file == tmp_path / "new" / "small.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        written = list(csv.reader(stream))
    assert written[0] == ["file", "line", "reason", "text"]
    assert written[1:] == [[row.file, str(row.line), row.reason, row.text] for row in ROWS]


def test_without_refused_rows_there_is_no_file(tmp_path):
    assert write_quarantine(tmp_path / "new", "small", []) is None
    assert not (tmp_path / "new").exists()
    write_quarantine(tmp_path, "small", ROWS)
    assert write_quarantine(tmp_path, "small", []) is None
    assert not list(tmp_path.iterdir())


def test_a_name_cannot_lead_out_of_the_folder(tmp_path):
    file = present(write_quarantine(tmp_path, "../../my data", ROWS))
    assert file.parent == tmp_path
    assert present(write_quarantine(tmp_path, "..", ROWS)).parent == tmp_path


def test_a_failure_leaves_the_old_file_whole(tmp_path, monkeypatch):
    file = present(write_quarantine(tmp_path, "small", ROWS))
    before = file.read_bytes()

    def no_space(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        write_quarantine(tmp_path, "small", ROWS[:1])
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
