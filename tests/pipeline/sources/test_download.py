"""Downloads, from an HTTP server on this machine that also cuts off, refuses and lies."""

import gzip
import hashlib
import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.errors import DownloadError, SourceError
from pipeline.home import Home
from pipeline.sources import download, open_source
from pipeline.sources.download import check_gzip, check_zip, download_imdb, fetch


def zipped(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


SMALL = zipped(
    {
        "ml-latest-small/movies.csv": 'movieId,title,genres\n1,"Harbour, The (1995)",Drama\n',
        "ml-latest-small/links.csv": "movieId,imdbId,tmdbId\n1,0000001,\n",
        "ml-latest-small/ratings.csv": "userId,movieId,rating,timestamp\n7,1,4.5,100\n",
        "ml-latest-small/README.txt": "not read",
    }
)
BASICS = (
    "tconst\ttitleType\tprimaryTitle\toriginalTitle\tstartYear\tgenres\n"
    "tt0000001\tmovie\tThe Harbour\tThe Harbour\t1995\tDrama,Mystery\n"
)
IMDB = {
    "title.basics.tsv.gz": BASICS,
    "title.crew.tsv.gz": "tconst\tdirectors\twriters\ntt0000001\tnm1\t\\N\n",
    "title.principals.tsv.gz": "tconst\tordering\tnconst\tcategory\ntt0000001\t1\tnm2\tactor\n",
    "name.basics.tsv.gz": "nconst\tprimaryName\nnm1\tAda Quill\nnm2\tBo Reed\n",
}


class Site(ThreadingHTTPServer):
    """Serves ``files``; those in ``cut`` promise more than they send."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.files: dict[str, bytes] = {}
        self.cut: set[str] = set()
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Page(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        self.server.asked.append(name)
        content = self.server.files.get(name)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if name in self.server.cut else content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    server = Site()
    monkeypatch.setattr(download, "GROUPLENS", server.address)
    monkeypatch.setattr(download, "IMDB", server.address)
    monkeypatch.delenv("PIPELINE_CACHE", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def nowhere() -> str:
    """An address at which nothing answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def md5(content: bytes) -> str:
    return "md5:" + hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_file_is_fetched_once_and_then_taken_from_the_folder(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = SMALL
    for _ in range(2):
        path = fetch(site.address + "a.zip", tmp_path / "new", md5(SMALL), check_zip)
        assert path.read_bytes() == SMALL
    assert site.asked == ["a.zip"]


def test_damaged_copy_is_fetched_again(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = SMALL
    (tmp_path / "a.zip").write_bytes(SMALL[:-1])
    path = fetch(site.address + "a.zip", tmp_path, md5(SMALL), check_zip)
    assert path.read_bytes() == SMALL


def test_another_checksum_is_refused_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = SMALL
    with pytest.raises(DownloadError, match="does not have the published checksum md5"):
        fetch(site.address + "a.zip", tmp_path, md5(b"other"), check_zip)
    assert not list(tmp_path.iterdir())


def test_connection_that_breaks_is_told_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = SMALL
    site.cut.add("a.zip")
    with pytest.raises(DownloadError, match="broke before the file was complete"):
        fetch(site.address + "a.zip", tmp_path, None, check_zip)
    assert not list(tmp_path.iterdir())


def test_missing_page_is_told_with_its_status(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"cannot download .*/a\.zip: the server answered 404"):
        fetch(site.address + "a.zip", tmp_path, None, check_zip)


def test_server_out_of_reach_is_told(nowhere: str, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"damaged")
    with pytest.raises(DownloadError, match=r"cannot be reached \(and the copy at .* wrong"):
        fetch(nowhere + "a.zip", tmp_path, md5(SMALL), check_zip)


@pytest.mark.parametrize("content", [b"<html>", SMALL[:200]])
def test_zip_without_checksum_is_tested_by_its_own(
    site: Site, tmp_path: Path, content: bytes
) -> None:
    site.files["a.zip"] = content
    with pytest.raises(DownloadError, match=r"download of .* is damaged"):
        fetch(site.address + "a.zip", tmp_path, None, check_zip)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"<html>", gzip.compress(b"x" * 999, mtime=0)[:-9]])
def test_gzip_is_tested_by_its_own_checksum(site: Site, tmp_path: Path, content: bytes) -> None:
    site.files["a.gz"] = content
    with pytest.raises(DownloadError, match=r"a\.gz is damaged"):
        fetch(site.address + "a.gz", tmp_path, None, check_gzip)
    assert not list(tmp_path.iterdir())


def test_named_data_set_is_read_from_its_archive_and_offline_afterwards(
    site: Site, tmp_path: Path, nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.files["ml-latest-small.zip"] = SMALL
    first = open_source("ml-latest-small", "none", Home(tmp_path))
    monkeypatch.setattr(download, "GROUPLENS", nowhere)
    tables = open_source("ml-latest-small", "none", Home(tmp_path))
    assert tables.description == first.description
    assert tables.name == "ml-latest-small"
    assert tables.movies["title"].tolist() == ["The Harbour"]
    assert tables.ratings["rating"].tolist() == [4.5]
    assert (tmp_path / "cache/datasets/ml-latest-small.zip").is_file()


def test_cache_may_lie_elsewhere(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path / "shared"))
    site.files["ml-latest-small.zip"] = SMALL
    open_source("ml-latest-small", "none", Home(tmp_path / "home"))
    assert (tmp_path / "shared/datasets/ml-latest-small.zip").is_file()
    assert not (tmp_path / "home").exists()


def test_data_set_out_of_reach_says_where_to_put_it(
    nowhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "GROUPLENS", nowhere)
    monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path))
    with pytest.raises(DownloadError) as raised:
        open_source("ml-1m", "none", Home(tmp_path))
    assert f"download ml-1m.zip yourself, put it into {tmp_path / 'datasets'}" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_imdb_is_downloaded_and_joined(site: Site, tmp_path: Path) -> None:
    site.files["ml-latest-small.zip"] = SMALL
    site.files |= {name: gzip.compress(text.encode()) for name, text in IMDB.items()}
    tables = open_source("ml-latest-small", "download", Home(tmp_path))
    assert tables.credits["name"].tolist() == ["Bo Reed", "Ada Quill"]
    assert tables.genres["genre"].tolist() == ["Drama", "Mystery"]
    assert download_imdb(Home(tmp_path)) == tmp_path / "cache/datasets/imdb"
    assert len(site.asked) == 5


def test_imdb_out_of_reach_says_what_to_get(
    nowhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "IMDB", nowhere)
    monkeypatch.setenv("PIPELINE_CACHE", str(tmp_path))
    with pytest.raises(
        DownloadError, match=r"download title\.basics\.tsv\.gz, .* use --imdb FOLDER"
    ):
        download_imdb(Home(tmp_path))


def test_missing_imdb_folder_is_told_before_anything_is_fetched(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no folder"):
        open_source("ml-latest-small", str(tmp_path / "absent"), Home(tmp_path))
    assert not site.asked
