"""A data set that one can count by hand, as a folder of CSV files.

Users 1 and 2 rate five movies each (four train), user 7 rates two. Movie 60 has no attribute and
no rating; Jo directs, acts and writes; two rows are refused.
"""

from pathlib import Path

from pipeline.sources.csv_folder import read_csv_folder
from pipeline.sources.tables import SourceTables

MOVIES = """\
movieId,title,year,genres,directors,actors,writers,imdbId
10,Alpha,1990,Drama|Comedy,Jo,Jo|Kim,Jo,tt0000010
20,Beta,1991,Drama,Lee,Kim|Max,,
30,Gamma,1992,Comedy,Lee,,,
40,Delta (1993),,Drama,,Max,,
50,Epsilon,,War,,,,
60,Zeta,,,,,,
"""
RATINGS = """\
userId,movieId,rating,timestamp
2,10,1,100
2,20,2,101
2,30,3,102
2,40,4,103
2,50,5,104
1,50,5,9
1,40,4.5,8
1,30,3,7
1,20,2,7
1,10,1,6
1,99,3,10
7,10,5,0
7,20,5,0
7,10,5,1
"""
NODES = {"User": 3, "Movie": 6, "Person": 4, "Genre": 3}
RELATIONSHIPS = {
    "RATED": 10,
    "HELD_OUT": 2,
    "IN_GENRE": 6,
    "DIRECTED": 3,
    "ACTED_IN": 5,
    "WROTE": 1,
}


def small_folder(parent: Path, name: str = "small") -> Path:
    """The folder with both files."""
    folder = parent / name
    folder.mkdir()
    (folder / "movies.csv").write_text(MOVIES)
    (folder / "ratings.csv").write_text(RATINGS)
    return folder


def small_tables(parent: Path, name: str = "small") -> SourceTables:
    """What the CSV source reads there."""
    return read_csv_folder(small_folder(parent, name))
