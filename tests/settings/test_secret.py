import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from botd.errors import ConfigError
from botd.settings.secret import Secret, SecretPlaces, SecretSource, parse_secret

VALUE = "AK-very-secret"
KEY = "botd.toml: brokers.alpaca.key_id"
Places = Callable[..., SecretPlaces]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Make the world that credentials are read from, wholly inside a folder."""

    def make(**environ: str) -> SecretPlaces:
        # A stand-in for systemd-creds that decrypts by turning the words around.
        script = "import sys; print(open(sys.argv[1]).read().strip()[::-1])"
        return SecretPlaces(
            environ=environ,
            directory=tmp_path,
            store=tmp_path / "credstore",
            encrypted_store=tmp_path / "credstore.encrypted",
            decrypt=(sys.executable, "-I", "-c", script),
        )

    return make


def file_of(path: Path, content: str | bytes = VALUE + "\n", mode: int = 0o600) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def fault_of(found: object, places: SecretPlaces) -> str | None:
    return parse_secret(found, KEY, places).fault()


def test_from_the_environment(places: Places) -> None:
    """A variable's value is revealed only when it is asked for."""
    secret = parse_secret({"env": "APCA_KEY"}, KEY, places(APCA_KEY=VALUE))

    assert VALUE == secret.reveal()
    assert secret.fault() is None


def test_from_a_file(places: Places, tmp_path: Path) -> None:
    """A path starts in the configuration folder; the line's end is no part of the value."""
    file_of(tmp_path / "keys" / "alpaca", VALUE + "\r\n")

    assert VALUE == parse_secret({"file": "keys/alpaca"}, KEY, places()).reveal()


def test_a_file_may_be_shared_with_the_service_group(places: Places, tmp_path: Path) -> None:
    """The owner's group is no stranger."""
    file_of(tmp_path / "key", mode=0o640)

    assert VALUE == parse_secret({"file": "key"}, KEY, places()).reveal()


def test_from_the_directory_of_the_service(places: Places, tmp_path: Path) -> None:
    """What systemd handed over comes before any store."""
    file_of(tmp_path / "handed" / "apca_key")
    file_of(tmp_path / "credstore" / "apca_key", "another")
    world = places(CREDENTIALS_DIRECTORY=str(tmp_path / "handed"))

    assert VALUE == parse_secret({"credential": "apca_key"}, KEY, world).reveal()


def test_from_the_store_at_a_shell(places: Places, tmp_path: Path) -> None:
    """A person's command reads the same credential as the service."""
    file_of(tmp_path / "credstore" / "apca_key")

    assert VALUE == parse_secret({"credential": "apca_key"}, KEY, places()).reveal()


def test_from_the_encrypted_store_at_a_shell(places: Places, tmp_path: Path) -> None:
    """An encrypted credential goes through systemd's own tool."""
    file_of(tmp_path / "credstore.encrypted" / "apca_key", VALUE[::-1])

    assert VALUE == parse_secret({"credential": "apca_key"}, KEY, places()).reveal()


def test_no_form_of_it_shows_the_value(places: Places) -> None:
    """Neither repr nor str nor equality depends on the value."""
    secret = parse_secret({"env": "APCA_KEY"}, KEY, places(APCA_KEY=VALUE))

    assert "Secret(env APCA_KEY)" == repr(secret) == str(secret)
    assert VALUE not in f"{[secret]}"
    assert Secret(SecretSource.ENV, "APCA_KEY", KEY, places()) == secret


def test_faults_when_it_is_revealed(places: Places, tmp_path: Path) -> None:
    """Each message names file and key, where it was looked for, and never the value."""
    file_of(tmp_path / "bytes", b"\xff\xfe")
    file_of(tmp_path / "empty", "\n")
    file_of(tmp_path / "credstore" / "blank", "")
    file_of(tmp_path / "open")
    world = places(EMPTY="")
    opened = parse_secret({"file": "open"}, KEY, world)
    (tmp_path / "open").chmod(0o604)

    assert f"{KEY}: environment variable NOPE is not set" == fault_of({"env": "NOPE"}, world)
    assert f"{KEY}: env 'EMPTY' is empty" == fault_of({"env": "EMPTY"}, world)
    assert f"{KEY}: file 'empty' is empty" == fault_of({"file": "empty"}, world)
    assert f"{KEY}: credential 'blank' is empty" == fault_of({"credential": "blank"}, world)
    assert f"{KEY}: {tmp_path}/nope: no such file" == fault_of({"file": "nope"}, world)
    assert f"{KEY}: {tmp_path}/bytes: not UTF-8 text" == fault_of({"file": "bytes"}, world)
    assert (
        f"{KEY}: {tmp_path}/open is open to others (mode 604); run: chmod 600 {tmp_path}/open"
        == (opened.fault())
    )


def test_revealing_raises_what_fault_says(places: Places) -> None:
    """Whoever needs the value gets a fault of the configuration instead."""
    with pytest.raises(ConfigError, match="NOPE is not set"):
        parse_secret({"env": "NOPE"}, KEY, places()).reveal()


def test_a_credential_that_is_nowhere_tells_the_line_that_makes_it(
    places: Places,
    tmp_path: Path,
) -> None:
    """At a shell the line puts it into the store; in the service it hands it over."""
    at_a_shell = fault_of({"credential": "apca_key"}, places())
    in_service = fault_of(
        {"credential": "apca_key"},
        places(CREDENTIALS_DIRECTORY=str(tmp_path / "handed")),
    )

    assert at_a_shell is not None
    assert f"sudo install -D -m 600 /dev/stdin {tmp_path}/credstore/apca_key" in at_a_shell
    assert in_service is not None
    assert in_service.endswith("add to its unit: LoadCredential=apca_key")


def test_a_store_that_cannot_be_read_tells_to_be_root(places: Places, tmp_path: Path) -> None:
    """What the system refuses is told with the command that works."""
    file_of(tmp_path / "credstore")
    fault = fault_of({"credential": "apca_key"}, places())

    assert fault is not None
    assert fault.endswith("Not a directory; run it as root: sudo botd ...")


@pytest.mark.parametrize(
    "decrypt",
    [
        pytest.param((sys.executable, "-I", "-c", "raise SystemExit(1)"), id="it fails"),
        pytest.param(("/nonexistent/systemd-creds",), id="there is no such tool"),
    ],
)
def test_an_encrypted_credential_that_cannot_be_decrypted(
    tmp_path: Path,
    decrypt: tuple[str, ...],
) -> None:
    """Only the host's root can, and the message says so."""
    file_of(tmp_path / "encrypted" / "apca_key", "rubbish")
    world = SecretPlaces({}, tmp_path, tmp_path / "none", tmp_path / "encrypted", decrypt)
    fault = fault_of({"credential": "apca_key"}, world)

    assert f"{KEY}: {tmp_path}/encrypted/apca_key cannot be decrypted here; run it as root: " in (
        fault or ""
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(VALUE, "no secret stands in a file", id="a secret in plain text"),
        pytest.param(5, "not a reference", id="a number"),
        pytest.param({}, "not a reference", id="nothing"),
        pytest.param({"env": "A", "file": "b"}, "not a reference", id="two places"),
        pytest.param({"evn": "A"}, "evn: unknown key; did you mean env?", id="a misspelt place"),
        pytest.param({"env": 5}, "5 is not text", id="a name that is a number"),
        pytest.param({"credential": "../../etc/shadow"}, "is no credential's name", id="a path"),
    ],
)
def test_what_is_no_reference(places: Places, found: object, expected: str) -> None:
    """Only the three forms are read; a secret in plain text is never repeated."""
    with pytest.raises(ValueError, match=r".+") as caught:
        parse_secret(found, KEY, places())

    assert expected in str(caught.value)
    assert VALUE not in str(caught.value)


def test_a_file_open_to_others_is_refused_when_it_is_named(places: Places, tmp_path: Path) -> None:
    """Before anything starts, and also where others could write it."""
    file_of(tmp_path / "key", mode=0o602)

    with pytest.raises(ValueError, match="is open to others"):
        parse_secret({"file": "key"}, KEY, places())
