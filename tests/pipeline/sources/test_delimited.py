"""Delimited text: every line is read or refused by its number, and a hopeless file says so."""

import gzip
import zipfile

import pytest

from pipeline.errors import SourceError
from pipeline.sources import lines
from pipeline.sources.delimited import CSV, TSV, Layout, iter_rows, line_texts, read_rows

COLONS = Layout(separator="::", encoding="latin-1", header=False)


def write(folder, content, name="rows.csv"):
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_columns_are_found_by_name_and_others_ignored(tmp_path):
    rows = read_rows(write(tmp_path, "b,x,a\n1,2,3\n4,5,6\n"), ["a", "b"])
    assert rows.columns == {"b": ["1", "4"], "a": ["3", "6"]}
    assert list(rows.lines) == [2, 3]
    assert list(rows.texts) == ["1,2,3", "4,5,6"]
    assert (rows.read, rows.refused) == (2, [])


def test_the_frame_holds_strings_lines_and_texts(tmp_path):
    frame = read_rows(write(tmp_path, "a\n01\n"), ["a"]).frame()
    assert frame.to_dict("list") == {"a": ["01"], "line": [2], "text": ["01"]}


def test_optional_columns_are_taken_where_they_are(tmp_path):
    file = write(tmp_path, "a,b\n1,2\n")
    assert set(read_rows(file, ["a"], optional=["b", "c"]).columns) == {"a", "b"}


def test_a_header_may_use_other_names(tmp_path):
    file = write(tmp_path, "user_id:token\n7\n")
    rows = read_rows(file, ["userId"], TSV, rename={"user_id:token": "userId"})
    assert rows.columns == {"userId": ["7"]}


def test_fields_without_a_header_are_named_in_order(tmp_path):
    rows = read_rows(write(tmp_path, "1::b\n2::d\n"), ["x", "y"], COLONS)
    assert rows.columns == {"x": ["1", "2"], "y": ["b", "d"]}
    assert list(rows.lines) == [1, 2]


def test_a_long_separator_does_not_join_lines(tmp_path):
    rows = read_rows(write(tmp_path, "1::b:\n2::d\n"), ["x", "y"], COLONS)
    assert rows.columns == {"x": ["1", "2"], "y": ["b:", "d"]}


def test_latin_1_is_read(tmp_path):
    rows = read_rows(write(tmp_path, "1::Am\xe9lie".encode("latin-1")), ["x", "y"], COLONS)
    assert rows.columns["y"] == ["Amélie"]


def test_too_few_and_too_many_fields_are_refused_by_line(tmp_path):
    rows = read_rows(write(tmp_path, "a,b\n1,2\n3\n4,5,6\n7,8\n"), ["a", "b"])
    assert rows.columns["a"] == ["1", "7"]
    assert list(rows.lines) == [2, 5]
    assert [(r.line, r.reason, r.text) for r in rows.refused] == [
        (3, "1 field instead of 2", "3"),
        (4, "3 fields instead of 2", "4,5,6"),
    ]


def test_as_many_fields_too_few_as_too_many_do_not_cancel_out(tmp_path):
    rows = read_rows(write(tmp_path, "a,b\n1\n2,3,4\n"), ["a"], CSV)
    assert [r.line for r in rows.refused] == [2, 3]


def test_quotes_hold_separators_and_quotes(tmp_path):
    rows = read_rows(write(tmp_path, 'a,b\n"x, y","say ""hi"""\n1,2\n'), ["a", "b"])
    assert rows.columns == {"a": ["x, y", "1"], "b": ['say "hi"', "2"]}


def test_an_open_quote_spoils_its_own_line_only(tmp_path):
    rows = read_rows(write(tmp_path, 'a,b\n1,"x\n2,y\n3,"z"w\n4,u\n'), ["a", "b"])
    assert rows.columns["a"] == ["2", "4"]
    assert [r.line for r in rows.refused] == [2, 4]
    assert "quoted" in rows.refused[0].reason


def test_quotes_mean_nothing_where_the_format_has_none(tmp_path):
    rows = read_rows(write(tmp_path, 'a\tb\n1\t"x\n'), ["a", "b"], TSV)
    assert rows.columns["b"] == ['"x']


def test_blank_lines_are_no_rows_but_count_as_lines(tmp_path):
    rows = read_rows(write(tmp_path, "\n\na,b\n\n1,2\n  \n3,4\n\n"), ["a", "b"])
    assert list(rows.lines) == [5, 7]
    assert rows.read == 2


def test_windows_line_ends_and_a_byte_order_mark_are_dropped(tmp_path):
    rows = read_rows(write(tmp_path, "\ufeffa,b\r\n1,2\r\n3,4"), ["a", "b"])
    assert rows.columns == {"a": ["1", "3"], "b": ["2", "4"]}


def test_a_nul_byte_is_refused(tmp_path):
    rows = read_rows(write(tmp_path, "a,b\n1,2\n3,\x004\n"), ["a", "b"])
    assert [(r.line, r.reason) for r in rows.refused] == [(3, "a NUL byte")]


def test_bytes_of_another_encoding_are_refused_by_line(tmp_path):
    rows = read_rows(write(tmp_path, "a,b\n1,é\n3,".encode() + b"\xe9\n5,6\n"), ["a", "b"])
    assert rows.columns["a"] == ["1", "5"]
    assert [(r.line, r.reason) for r in rows.refused] == [(3, "not valid utf-8")]


def test_gzip_is_unpacked_whatever_the_name(tmp_path):
    for name in ("rows.csv.gz", "rows.csv"):
        file = write(tmp_path, gzip.compress(b"a,b\n1,2\n"), name)
        assert read_rows(file, ["a"]).columns == {"a": ["1"]}


def test_a_member_of_an_archive_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("folder/rows.csv", "a,b\n1,2\n")
    member = zipfile.Path(tmp_path / "a.zip", "folder/rows.csv")
    assert read_rows(member, ["a"]).columns == {"a": ["1"]}


def test_lines_are_counted_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "_BLOCK", 7)
    file = write(tmp_path, "a,b\n" + "".join(f"{n},x\n" for n in range(200)) + "bad\n9,y")
    blocks = list(iter_rows(file, ["a"]))
    assert len(blocks) > 10
    rows = read_rows(file, ["a"])
    assert rows.columns["a"] == [*map(str, range(200)), "9"]
    assert list(rows.lines) == [*range(2, 202), 203]
    assert [r.line for r in rows.refused] == [202]
    assert line_texts(file, [203, 2, 100]) == {2: "0,x", 100: "98,x", 203: "9,y"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"a,b\n", "has a header but no rows"),
        (b"a,c\n1,2\n", r"no column b; the first line is 'a,c', the required columns are a,b"),
        (b"a,b,a\n1,2,3\n", "column a occurs twice"),
        (b"\x1f\x8b\x08" + b"\0" * 7 + b"\xff" * 40, "damaged"),
        (gzip.compress(b"a,b\n1,2\n" * 999, mtime=0)[:-20], "is truncated"),
        ("a,b\n1,2\n".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, content, message):
    file = write(tmp_path, content)
    with pytest.raises(SourceError, match=message) as caught:
        read_rows(file, ["a", "b"])
    assert str(file) in str(caught.value)


def test_text_with_the_name_of_a_gzip_file_is_refused(tmp_path):
    with pytest.raises(SourceError, match="damaged"):
        read_rows(write(tmp_path, "a,b\n1,2\n", "rows.csv.gz"), ["a"])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"there is no file .*absent\.csv"):
        read_rows(tmp_path / "absent.csv", ["a"])
