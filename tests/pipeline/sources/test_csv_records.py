"""Quoted fields: over several lines, beside blanks, across blocks; and quotes that do not match."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SourceError
from pipeline.sources import csv_records, lines
from pipeline.sources.delimited import iter_rows, line_texts, read_rows

UNCLOSED = "a quoted field is not closed; close it, or delete its quote"
TEXT_AFTER = "a quoted field has text after its closing quote; write a quote within a field twice"


@pytest.fixture(params=[3, 10, 1 << 20], ids=lambda size: f"blocks of {size}")
def block(request, monkeypatch):
    monkeypatch.setattr(lines, "_BLOCK", request.param)


@pytest.fixture
def file(tmp_path, block):
    def write(content):
        path = tmp_path / "rows.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusals(rows):
    return [(row.line, row.reason) for row in rows.refused]


def loaded(rows):
    return list(zip(rows.lines, *rows.columns.values(), strict=True))


texts = st.text(st.sampled_from('ab ",\n\té'), max_size=8)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=6),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from([1, 5, 1 << 20]),
)
def test_what_a_csv_writer_writes_is_read(tmp_path_factory, rows, quoting, size):
    path = tmp_path_factory.mktemp("written") / "rows.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream, quoting=quoting).writerows([("a", "b", "c"), *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_BLOCK", size)
        found = read_rows(path, ["a", "b", "c"])
        assert line_texts(path, found.lines) == dict(zip(found.lines, found.texts, strict=True))
    stripped = [tuple(field.strip() for field in row) for row in rows]
    assert [row[1:] for row in loaded(found)] == stripped
    assert not found.refused


def test_a_quoted_field_may_span_lines(file):
    path = file('a,b,c\n1,"x\n99,no row,\n\ny",z\n2,u,"v\n"\n3,p,q\n')
    rows = read_rows(path, ["a", "b", "c"])
    assert loaded(rows) == [
        (2, "1", "x\n99,no row,\n\ny", "z"),
        (6, "2", "u", "v"),
        (8, "3", "p", "q"),
    ]
    assert rows.texts[0] == '1,"x\n99,no row,\n\ny",z'
    assert (rows.read, rows.refused) == (3, [])


def test_several_fields_of_a_row_may_span_lines(file):
    rows = read_rows(file('a,b,c\n"1\n","x\ny","z\n\n"\n2,u,v'), ["a", "b", "c"])
    assert loaded(rows) == [(2, "1", "x\ny", "z"), (7, "2", "u", "v")]


def test_quotes_and_windows_line_ends_within_a_field_of_several_lines(file):
    rows = read_rows(file('a,b\r\n1,"say ""hi"",\r\n""bye"""\r\n2,y\r\n'), ["a", "b"])
    assert loaded(rows) == [(2, "1", 'say "hi",\n"bye"'), (4, "2", "y")]


def test_the_header_may_span_lines(file):
    rows = read_rows(file('\na,"b\n"\n1,"x\ny"\n'), ["a", "b"])
    assert loaded(rows) == [(4, "1", "x\ny")]


def test_a_file_may_end_within_its_last_row_without_a_line_break(file):
    assert loaded(read_rows(file('a,b\n1,"x\ny"'), ["a", "b"])) == [(2, "1", "x\ny")]


@pytest.mark.parametrize(
    "row",
    [
        '2, "Film 2, too (1982)", "Action|Drama"',
        '2,\t"Film 2, too (1982)" , \t"Action|Drama"  ',
        ' "2" ,"Film 2, too (1982)"\t,"Action|Drama"\t',
        '2 , "Film 2, too (1982)",Action|Drama ',
    ],
)
def test_blanks_around_quotes_are_skipped(file, row):
    rows = read_rows(file(f"a,b,c\n{row}\n"), ["a", "b", "c"])
    assert loaded(rows) == [(2, "2", "Film 2, too (1982)", "Action|Drama")]


def test_a_quote_within_an_unquoted_field_is_a_letter(file):
    rows = read_rows(file('a,b\n1,7" and 12"\n2,y"\n3,x ""y""\n'), ["a", "b"])
    assert rows.columns["b"] == ['7" and 12"', 'y"', 'x ""y""']
    assert not rows.refused


def test_a_quote_that_nothing_closes_spoils_its_own_line_only(file):
    rows = read_rows(file('a,b\n1,"x\n2,y\n\n3,z\n4,"u\n5,""\n'), ["a", "b"])
    assert loaded(rows) == [(3, "2", "y"), (5, "3", "z"), (7, "5", "")]
    assert refusals(rows) == [(2, UNCLOSED), (6, UNCLOSED)]
    assert rows.refused[0].text == '1,"x'
    assert rows.read == 5


def test_a_quote_that_begins_a_later_field_does_not_close_an_earlier_one(file):
    path = file('a,b,c\n1,"x,y\n2,y,z\n3,""\n4, "z, the",u\n"5",v,w\n')
    rows = read_rows(path, ["a", "b", "c"])
    assert [place for place, *_ in loaded(rows)] == [3, 5, 6]
    assert refusals(rows) == [(2, UNCLOSED), (4, "2 fields instead of 3")]


def test_text_after_a_closing_quote_is_refused(file):
    rows = read_rows(file('a,b\n1,"x"y\n2,"x" y\n3,"x "y" z"\n4,u\n'), ["a", "b"])
    assert loaded(rows) == [(5, "4", "u")]
    assert refusals(rows) == [(2, TEXT_AFTER), (3, TEXT_AFTER), (4, TEXT_AFTER)]


@pytest.mark.parametrize(
    "text",
    ['3,"Three "odd" stories:\n99,no row"', '3,"Three stories:\n99,no "odd" row"'],
)
def test_quotes_not_doubled_in_a_field_of_several_lines_spoil_one_row(file, text):
    rows = read_rows(file(f"a,b\n{text}\n4,u\n"), ["a", "b"])
    assert loaded(rows) == [(4, "4", "u")]
    assert refusals(rows) == [(2, TEXT_AFTER)]
    assert rows.refused[0].text == text


def test_a_row_of_several_lines_with_too_many_fields_is_one_refused_row(file):
    rows = read_rows(file('a,b\n1,"x\n2,y",z\n3,u\n'), ["a", "b"])
    assert loaded(rows) == [(4, "3", "u")]
    assert refusals(rows) == [(2, "3 fields instead of 2")]
    assert rows.refused[0].text == '1,"x\n2,y",z'


def test_a_field_of_too_many_lines_or_characters_is_not_closed(file, monkeypatch):
    monkeypatch.setattr(csv_records, "MAX_LINES", 3)
    fits = 'a,b\n1,"x\ny\nz"\n'
    path = file(fits + '2,"x\n3,y\n4,z\n5,u"\n')
    rows = read_rows(path, ["a", "b"])
    assert [place for place, *_ in loaded(rows)] == [2, 6, 7, 8]
    assert refusals(rows) == [(5, UNCLOSED)]
    monkeypatch.setattr(csv_records, "MAX_CHARACTERS", 6)
    rows = read_rows(path, ["a", "b"])
    assert [row.line for row in rows.refused] == [2, 3, 4, 5]
    assert rows.refused[0].reason == UNCLOSED


def test_a_stray_quote_in_a_long_file_spoils_its_own_line_only(tmp_path):
    rows = [f"{n},x\n" for n in range(300_000)]
    rows[5] = '5,"x\n'
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "".join(rows))
    found = read_rows(path, ["a", "b"])
    assert len(found.lines) == 299_999
    assert refusals(found) == [(7, UNCLOSED)]


def test_bad_bytes_in_a_row_of_several_lines_spoil_that_row(file):
    path = file('a,b\n1,"é\n'.encode() + b'\xe9"\n2,y\n3,"\x00\n"\n4,"ok\nok"\n')
    rows = read_rows(path, ["a", "b"])
    assert loaded(rows) == [(4, "2", "y"), (7, "4", "ok\nok")]
    assert refusals(rows) == [(2, "not valid utf-8"), (5, "a NUL byte")]


def test_other_encodings_in_rows_of_several_lines(file, capsys):
    path = file('a,b\n1,"x\n\xe9\n\ny"\n2,y\n3,"z\n'.encode("latin-1"))
    rows = read_rows(path, ["a", "b"])
    assert loaded(rows) == [(2, "1", "x\né\n\ny"), (6, "2", "y")]
    assert refusals(rows) == [(7, UNCLOSED)]
    assert "is not UTF-8: read as Windows-1252 (first: 'é' on line 3)" in capsys.readouterr().err


def test_a_header_with_an_open_quote_says_so(file):
    with pytest.raises(SourceError, match="the first line: a quoted field is not closed"):
        read_rows(file('a,"b\n1,2\n'), ["a", "b"])


def test_texts_are_those_of_whole_rows(file):
    content = "a,b\n" + "".join(f'{n},"x\n{n}"\n{n},y\n' for n in range(1, 40))
    path = file(content + '"end\n",z')
    rows = list(iter_rows(path, ["a"]))
    texts = {n: text for block in rows for n, text in zip(block.lines, block.texts, strict=True)}
    assert len(texts) == 79
    assert line_texts(path, texts) == texts
    assert line_texts(path, [2, 4, 119]) == {2: '1,"x\n1"', 4: "1,y", 119: '"end\n",z'}


def test_rows_of_several_lines_are_counted_in_one_line(file, capsys):
    path = file('a,b\n1,"x\ny"\n2,y\n3,"x\n\ny"\n')
    read_rows(path, ["a", "b"])
    said = capsys.readouterr().err
    assert said == f"{path}: rows of several lines: 2 (the longest: 3 lines from line 5)\n"
    line_texts(path, [2])
    assert capsys.readouterr().err == ""
