"""Encodings: UTF-8 where the file is UTF-8, the encoding of its format where it is not."""

import pytest

from pipeline.sources import lines
from pipeline.sources.delimited import CSV, TSV, Layout, line_texts, read_rows

COLONS = Layout(separator="::", encoding="latin-1", header=False)


@pytest.fixture(params=[5, 1 << 20], ids=lambda size: f"blocks of {size}")
def file(tmp_path, monkeypatch, request):
    monkeypatch.setattr(lines, "_BLOCK", request.param)

    def write(content):
        path = tmp_path / "rows"
        path.write_bytes(content)
        return path

    return write


def test_utf_8_is_read_as_such_in_a_format_that_is_latin_1(file):
    path = file("1::Plain\n2::Misérables, Les\n3::東京\n".encode())
    assert read_rows(path, ["x", "y"], COLONS).columns["y"] == ["Plain", "Misérables, Les", "東京"]
    assert line_texts(path, [2], COLONS) == {2: "2::Misérables, Les"}


def test_a_byte_that_is_not_utf_8_makes_the_whole_file_latin_1(file, capsys):
    path = file(b"1::Plain\n2::Mis\xe9rables, Les\n3::ol\xe9\n")
    rows = read_rows(path, ["x", "y"], COLONS)
    assert rows.columns["y"] == ["Plain", "Misérables, Les", "olé"]
    assert line_texts(path, [3], COLONS) == {3: "3::olé"}
    assert not rows.refused
    assert capsys.readouterr().err == ""  # it is the encoding of the format


def test_utf_8_and_latin_1_in_one_file_is_latin_1(file):
    path = file("1::é\n".encode() + b"2::\xe9\n")
    assert read_rows(path, ["x", "y"], COLONS).columns["y"] == ["Ã©", "é"]


def test_a_csv_file_that_is_not_utf_8_is_windows_1252_and_says_so(file, capsys):
    path = file("a,b\n1,plain\n2,Café – “x”\n3,é\n".encode("cp1252"))
    rows = read_rows(path, ["a", "b"], CSV)
    assert rows.columns["b"] == ["plain", "Café – “x”", "é"]
    assert not rows.refused
    assert capsys.readouterr().err == (
        f"{path} is not UTF-8: read as Windows-1252 (first: '2,Café – “x”' on line 3); "
        "if letters are wrong, save it as UTF-8\n"
    )
    assert line_texts(path, [3]) == {3: "2,Café – “x”"}
    assert capsys.readouterr().err == ""


def test_a_csv_file_mostly_in_utf_8_refuses_its_other_lines(file, capsys):
    path = file("a,b\n1,é\n2,".encode() + b"\xe9\n3,x\n" + "4,ü\n".encode())
    rows = read_rows(path, ["a", "b"], CSV)
    assert rows.columns["b"] == ["é", "x", "ü"]
    assert [(row.line, row.reason) for row in rows.refused] == [(3, "not valid utf-8")]
    assert rows.read == 4
    assert capsys.readouterr().err == ""


def test_bytes_that_windows_1252_lacks_are_refused(file):
    rows = read_rows(file(b"a,b\n1,\xe9\n2,\x81\n"), ["a", "b"], CSV)
    assert rows.columns["b"] == ["é"]
    assert [(row.line, row.reason) for row in rows.refused] == [(3, "not valid cp1252")]


def test_a_byte_order_mark_does_not_make_a_file_utf_8(file):
    rows = read_rows(file(b"\xef\xbb\xbfa,b\n1,\xe9\n"), ["a", "b"], CSV)
    assert rows.columns == {"a": ["1"], "b": ["é"]}


def test_a_format_that_is_always_utf_8_refuses_other_lines(file):
    rows = read_rows(file(b"a\tb\n1\t\xe9\n2\tx\n"), ["a", "b"], TSV)
    assert rows.columns["a"] == ["2"]
    assert [(row.line, row.reason) for row in rows.refused] == [(2, "not valid utf-8")]
