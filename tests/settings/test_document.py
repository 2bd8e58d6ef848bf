from decimal import Decimal
from pathlib import Path

import pytest

from botd.settings.document import parse_json, parse_toml, read_bytes


def test_numbers_never_pass_through_a_float() -> None:
    """A number with a point is exact, in both languages."""
    assert {"price": Decimal("1.10")} == parse_toml(b"price = 1.10")
    assert {"price": Decimal("1.10")} == parse_json(b'{"price": 1.10}')


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'\xef\xbb\xbfname = "x"\n', id="a byte order mark"),
        pytest.param(b'name = "x"\r\n\r\n', id="Windows line ends"),
    ],
)
def test_files_of_other_editors(data: bytes) -> None:
    """What Windows editors write is read."""
    assert {"name": "x"} == parse_toml(data)


def test_an_empty_file_is_an_empty_table() -> None:
    """Nothing in it is wrong; what is missing is told by whoever needs it."""
    assert {} == parse_toml(b"")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"x = 1\ny = [[", "not valid TOML: .*document", id="cut off"),
        pytest.param(b"x = 1\ny = 0o9\n", r"not valid TOML: .*\(at line 2, column", id="a place"),
        pytest.param(b'x = 1\ny = "\xff"\n', "^line 2 is not UTF-8 text$", id="Latin-1"),
        pytest.param("x = 1".encode("utf-16"), "^line 1 is not UTF-8 text$", id="UTF-16"),
        pytest.param(b"x = " + b"[" * 5000, "^not valid TOML: nested too deep$", id="too deep"),
        pytest.param(b"x = " + b"9" * 5000, "^not valid TOML: ", id="a number without end"),
    ],
)
def test_no_toml(data: bytes, expected: str) -> None:
    """The message names the language and the place."""
    with pytest.raises(ValueError, match=expected):
        parse_toml(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"[]", r"^not a JSON object", id="a list"),
        pytest.param(b"{", r"^not valid JSON: .*line 1 column 2", id="cut off"),
        pytest.param(b'{"a": ' + b"[" * 100_000, r"nested too deep", id="too deep"),
        pytest.param(
            b'{"a": {"x": 1, "y": 2, "x": 3}}',
            r"^not valid JSON: key 'x' stands twice in one object$",
            id="a key twice",
        ),
    ],
)
def test_no_json(data: bytes, expected: str) -> None:
    """A key that stands twice is refused: JSON itself would silently take the last one."""
    with pytest.raises(ValueError, match=expected):
        parse_json(data)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, a folder, or anything else that the system refuses: one plain word each."""
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(ValueError, match=r"^no such file$"):
        read_bytes(tmp_path / "missing")
    with pytest.raises(ValueError, match=r"^is a folder, not a file$"):
        read_bytes(tmp_path)
    with pytest.raises(ValueError, match=r"^cannot be read: Too many levels of symbolic links$"):
        read_bytes(tmp_path / "loop")
