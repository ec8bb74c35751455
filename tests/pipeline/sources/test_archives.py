import zipfile
from pathlib import Path

import pytest

from pipeline.errors import SourceError
from pipeline.sources.archives import open_archive, read_member


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("tiny/a.txt", "one\ntwo\n")
        written.writestr("tiny/big.txt", "0" * 10_000)
        written.writestr("../evil.txt", "outside")
    return path


def test_members_are_read_in_place(archive: Path) -> None:
    with open_archive(archive, "tiny", ["a.txt"], limit=100) as folder:
        assert (folder / "a.txt").read_text() == "one\ntwo\n"
    assert sorted(p.name for p in archive.parent.iterdir()) == ["tiny.zip"]


def test_member_larger_than_the_limit_is_refused(archive: Path) -> None:
    with (
        pytest.raises(
            SourceError, match=r"tiny/big\.txt declares 10,000 bytes; the limit is 9,999"
        ),
        open_archive(archive, "tiny", ["big.txt"], limit=9_999),
    ):
        pass


def test_member_that_hides_its_size_is_cut_off(archive: Path, tmp_path: Path) -> None:
    content = bytearray(archive.read_bytes())
    claimed, real = (10).to_bytes(4, "little"), (10_000).to_bytes(4, "little")
    assert content.count(real) >= 2  # local header and central directory
    archive.write_bytes(bytes(content).replace(real, claimed))
    with (
        pytest.raises(SourceError, match="damaged"),
        open_archive(archive, "tiny", ["big.txt"], limit=100) as folder,
    ):
        read_member(folder / "big.txt")


def test_missing_member_is_named(archive: Path) -> None:
    with (
        pytest.raises(SourceError, match=r"tiny\.zip contains no tiny/b\.txt"),
        open_archive(archive, "tiny", ["b.txt"], limit=100),
    ):
        pass


def test_file_that_is_no_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "page.zip"
    path.write_text("<html>not found</html>")
    with (
        pytest.raises(SourceError, match=r"page\.zip is damaged or not a zip file"),
        open_archive(path, "tiny", [], limit=100),
    ):
        pass


def test_damaged_member_is_found_on_reading(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    place = content.index(b"tiny/a.txt") + len(b"tiny/a.txt")
    content[place + 2] ^= 0xFF
    archive.write_bytes(content)
    with (
        pytest.raises(SourceError, match="damaged"),
        open_archive(archive, "tiny", ["a.txt"], limit=100) as folder,
    ):
        read_member(folder / "a.txt")


def test_archive_that_points_before_its_start_is_damaged(archive: Path) -> None:
    """As one does whose first bytes are missing: zipfile seeks to a negative place."""
    archive.write_bytes(archive.read_bytes()[4:])
    with (
        pytest.raises(SourceError, match=r"tiny\.zip.* is damaged .*download it again"),
        open_archive(archive, "tiny", ["a.txt"], limit=100) as folder,
    ):
        read_member(folder / "a.txt")


def test_archive_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    with (
        pytest.raises(IsADirectoryError),
        open_archive(tmp_path, "tiny", ["a.txt"], limit=100),
    ):
        pass
