"""Ratings: what is refused and why, and that no row gets lost."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipeline.errors import SourceError
from pipeline.sources import lines
from pipeline.sources.delimited import Layout
from pipeline.sources.ratings import read_ratings

MOVIES = np.array([3, 1, 2])
HEADER = "userId,movieId,rating,timestamp\n"


def read(folder, text, **options):
    file = folder / "ratings.csv"
    file.write_text(text, encoding="utf-8", newline="")
    return read_ratings(file, MOVIES, **options)


def test_columns_and_types(tmp_path):
    ratings = read(tmp_path, "timestamp,movieId,userId,rating,more\n9,1,5,4.5,x\n8,2,5,3,y\n")
    assert dict(ratings.frame.dtypes.astype(str)) == {
        "userId": "int64",
        "movieId": "int64",
        "rating": "float64",
        "timestamp": "int64",
    }
    assert ratings.frame.to_numpy().tolist() == [[5, 1, 4.5, 9], [5, 2, 3, 8]]
    assert (ratings.rows_read, ratings.refused) == (2, [])


def test_without_a_rating_column_the_rating_is_nan(tmp_path):
    ratings = read(tmp_path, "userId,movieId,timestamp\n5,1,0\n")
    assert np.isnan(ratings.frame["rating"][0])


def test_without_a_header_the_order_is_that_of_movielens(tmp_path):
    layout = Layout(separator="\t", header=False)
    ratings = read(tmp_path, "5\t1\t4\t99\n", layout=layout)
    assert ratings.frame.to_numpy().tolist() == [[5, 1, 4, 99]]


def test_each_refusal_has_its_line_and_reason(tmp_path):
    text = HEADER + (
        "1,1,5,10\n"  # line 2, good
        ",1,5,10\n"
        "1,x,5,10\n"
        "1,9,5,10\n"
        "1,2,nan,10\n"
        "1,1,4,11\n"  # line 7, again
        "1,2,4\n"
        "2,2,4,1.5\n"
        "-1,2,4,-5\n"  # line 10, good
        f"{2**63},2,4,1\n"
        "\n"
        "1,1,5,10\n"
    )
    ratings = read(tmp_path, text)
    assert ratings.frame.to_numpy().tolist() == [[1, 1, 5, 10], [-1, 2, 4, -5]]
    assert [(r.line, r.reason) for r in ratings.refused] == [
        (3, "userId is missing"),
        (4, "movieId 'x' is not a whole number"),
        (5, "movie 9 is not in the movies file"),
        (6, "rating 'nan' is not a finite number"),
        (7, "user 1 rated movie 1 on an earlier line"),
        (8, "3 fields instead of 4"),
        (9, "timestamp '1.5' is not a whole number"),
        (11, "userId '9223372036854775808' does not fit into 64 bits"),
        (13, "user 1 rated movie 1 on an earlier line"),
    ]
    assert ratings.refused[4].text == "1,1,4,11"
    assert ratings.rows_read == 11


def test_a_blank_rating_is_loaded_without_stars_and_counted(tmp_path, capsys):
    ratings = read(tmp_path, HEADER + "1,1,5,1\n1,2,,2\n1,3, ,3\n2,1,abc,4\n2,9,,5\n1,2,,6\n")
    assert ratings.frame["movieId"].tolist() == [1, 2, 3]
    assert np.isnan(ratings.frame["rating"]).tolist() == [False, True, True]
    assert [(r.line, r.reason) for r in ratings.refused] == [
        (5, "rating 'abc' is not a finite number"),
        (6, "movie 9 is not in the movies file"),
        (7, "user 1 rated movie 2 on an earlier line"),
    ]
    assert ratings.rows_read == 6
    said = capsys.readouterr().err
    assert said.endswith(
        "ratings.csv: ratings without stars: 2 (first: line 3); loaded without a rating\n"
    )


def test_blank_ratings_in_all_rows(tmp_path, capsys):
    layout = Layout(separator="\t", header=False)
    ratings = read(tmp_path, "1\t1\t\t881250949\n1\t2\t\t881250950\n", layout=layout)
    assert np.isnan(ratings.frame["rating"]).all()
    assert ratings.rows_read == len(ratings.frame) == 2
    assert "ratings without stars: 2 (first: line 1)" in capsys.readouterr().err


def test_a_file_without_a_rating_column_says_nothing_of_stars(tmp_path, capsys):
    read(tmp_path, "userId,movieId,timestamp\n5,1,0\n")
    assert capsys.readouterr().err == ""


def test_ids_and_timestamps_may_be_decimals(tmp_path):
    ratings = read(tmp_path, HEADER + "1.0,2.0,4.0,881250949.0\n")
    assert ratings.frame.to_numpy().tolist() == [[1, 2, 4, 881250949]]


def test_a_refused_row_does_not_make_a_later_one_a_repetition(tmp_path):
    ratings = read(tmp_path, HEADER + "1,1,x,1\n1,1,3,2\n")
    assert ratings.frame.to_numpy().tolist() == [[1, 1, 3, 2]]


def test_no_usable_row_at_all_is_an_error(tmp_path):
    with pytest.raises(SourceError, match=r"none of its 2 rows .* line 2: movie 7 is not in"):
        read(tmp_path, HEADER + "1,7,5,1\n1,8,5,1\n")


def test_repetitions_are_found_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "_BLOCK", 50)
    body = "".join(f"{user},1,5,0\n" for user in range(100))
    ratings = read(tmp_path, HEADER + body + "7,1,4,1\n")
    assert len(ratings.frame) == 100
    assert [(r.line, r.text) for r in ratings.refused] == [(102, "7,1,4,1")]


GOOD = [
    f"{u},{m},{r},{t}" for u, m, r, t in [(1, 1, 5, 3), (1, 2, 4.5, 1), (2, 3, 1, 2), (3, 1, 2, 0)]
]
PIECES = [
    *"0123456789",
    ",",
    ".",
    "-",
    '"',
    "\n",
    "\r",
    "\0",
    " ",
    "x",
    "_",
    "é",
    "٣",
    "nan",
    "1e9",
    "\t",
]


@st.composite
def spoiled_rows(draw):
    text = "\n".join(draw(st.lists(st.sampled_from(GOOD), min_size=1, max_size=8)))
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, len(text)))
        cut = draw(st.integers(0, 3))
        text = text[:place] + draw(st.sampled_from(["", *PIECES])) + text[place + cut :]
    return text


def row_at(lines, place):
    """Letter by letter, with nothing of the reader: a row's fields or None, and its lines."""
    fields, state, at, line, opened, quote = [""], "start", 0, place, place, 0
    text = "\n".join([*lines[place:], ""])
    while at < len(text):
        letter = text[at]
        if state == "quoted":
            if text[at : at + 2] == '""':
                fields[-1], at = fields[-1] + letter, at + 1
            elif letter == '"':
                state, quote = "closed", at
            else:
                fields[-1], line = fields[-1] + letter, line + (letter == "\n")
        elif letter == "\n":
            return fields, line + 1 - place
        elif letter == ",":
            fields.append("")
            state = "start"
        elif state == "start" and letter == '"':
            fields[-1], state, opened = "", "quoted", line
        elif state == "closed" and not letter.isspace():
            begins = re.fullmatch(r"|.*,\s*", text[:quote].split("\n")[-1].rstrip())
            if begins and opened < line:
                return None, 1
            return None, spoilt(lines, place, line, text[at:].partition("\n")[0])
        elif state != "closed":
            fields[-1] += letter
            state = state if letter.isspace() else "plain"
        at += 1
    return None, 1


def spoilt(lines, place, line, rest):
    quotes = rest.count('"')
    while quotes % 2:
        line += 1
        if line == len(lines) or re.search(r'(^|,)\s*"(?!"|\s*(,|$))', lines[line]):
            return 1
        quotes += lines[line].count('"')
    return line + 1 - place


def expected(text):
    """The rows to load, and the lines of all rows."""
    kept, seen, rows = [], set(), {}
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    place = used = 0
    while (place := place + used) < len(lines):
        fields, used = row_at(lines, place)
        raw = "\n".join(lines[place : place + used])
        if not raw.strip() and len(fields) != 4:
            continue
        rows[place + 2] = raw
        fields = [field.strip() for field in fields or ()]
        whole = re.compile(r"[+-]?[0-9]+(\.0*)?")
        if len(fields) != 4 or "\0" in raw:
            continue
        if not all(whole.fullmatch(fields[place]) for place in (0, 1, 3)):
            continue
        if not re.fullmatch(r"([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?)?", fields[2]):
            continue
        user, movie, time = (int(fields[place].partition(".")[0]) for place in (0, 1, 3))
        rating = float(fields[2] or "nan")
        if movie in (1, 2, 3) and not np.isinf(rating) and (user, movie) not in seen:
            seen.add((user, movie))
            kept.append([user, movie, None if np.isnan(rating) else rating, time])
    return kept, rows


@hypothesis_settings(max_examples=400, deadline=None)
@given(spoiled_rows(), st.sampled_from([8, 1 << 20]))
def test_every_row_is_loaded_or_refused(tmp_path_factory, text, block):
    kept, rows = expected(text)
    folder = tmp_path_factory.mktemp("spoiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_BLOCK", block)
        try:
            ratings = read(folder, HEADER + text)
        except SourceError:
            assert not kept
            return
    frame = ratings.frame.astype(object)
    assert frame.where(frame.notna(), None).to_numpy().tolist() == kept
    assert ratings.rows_read == len(rows) == len(ratings.frame) + len(ratings.refused)
    assert len({row.line for row in ratings.refused}) == len(ratings.refused)
    for row in ratings.refused:
        assert row.text == rows[row.line]
