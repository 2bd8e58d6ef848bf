"""
Credentials: where they stand, never what they are.

    { env = "NAME" }         a variable of the process's environment
    { file = "PATH" }        a file that others cannot read
    { credential = "NAME" }  systemd's credentials directory; from a shell the store under /etc

A `Secret` is read when it is revealed, so that `botd history` runs for somebody who may
not read the broker's key. Its value reaches no message, log or `repr`.
"""

import re
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from botd.errors import ConfigError
from botd.settings.document import read_bytes
from botd.settings.reader import did_you_mean
from botd.settings.values import shown, text

ALLOWED = '{ env = "NAME" }, { file = "PATH" } or { credential = "NAME" }'
_CREDENTIAL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}")
_OTHERS = stat.S_IROTH | stat.S_IWOTH
_DECRYPT_SECONDS = 30


class SecretSource(Enum):
    """The three places where a credential may stand."""

    ENV = "env"
    FILE = "file"
    CREDENTIAL = "credential"


@dataclass(frozen=True, slots=True)
class SecretPlaces:
    """The world that credentials are read from."""

    environ: Mapping[str, str]
    directory: Path  # of the configuration: paths are relative to it
    store: Path = Path("/etc/credstore")
    encrypted_store: Path = Path("/etc/credstore.encrypted")
    decrypt: tuple[str, ...] = ("systemd-creds", "decrypt")


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """One credential by name. *key* is file and key that name it, for messages."""

    source: SecretSource
    name: str
    key: str
    places: SecretPlaces = field(compare=False)

    def __repr__(self) -> str:
        """Tell where it stands; never what it is."""
        return f"Secret({self.source.value} {self.name})"

    def reveal(self) -> str:
        """
        Read the value, without the line's end.

        Raises:
            ConfigError: it cannot be had; the message says where it was looked for.
        """
        try:
            value = _READERS[self.source](self.places, self.name).rstrip("\r\n")
        except ValueError as error:
            raise ConfigError(f"{self.key}: {error}") from None
        if not value:
            raise ConfigError(f"{self.key}: {self.source.value} {self.name!r} is empty")
        return value

    def fault(self) -> str | None:
        """Say why it cannot be had; None when it can."""
        try:
            self.reveal()
        except ConfigError as error:
            return str(error)
        return None


def parse_secret(found: object, key: str, places: SecretPlaces) -> Secret:
    """
    Read a reference to a credential.

    Raises:
        ValueError: it is none, or a secret in plain text, which is never repeated.
    """
    word, named = _reference(found)
    words = [source.value for source in SecretSource]
    if word not in words:
        raise ValueError(f"{word}: unknown key{did_you_mean(word, words)}; write {ALLOWED}")
    secret = Secret(SecretSource(word), text(named), key, places)
    if secret.source is SecretSource.CREDENTIAL and not _CREDENTIAL_NAME.fullmatch(secret.name):
        raise ValueError(f"{shown(named)} is no credential's name (letters, digits, '.', '_', '-')")
    if secret.source is SecretSource.FILE:
        _refuse_open_file(_path(places, secret.name))
    return secret


def _reference(found: object) -> tuple[str, object]:
    match found:
        case str():
            raise ValueError(f"no secret stands in a file; write {ALLOWED}")
        case dict() if len(found) == 1:
            [(word, named)] = found.items()
            return word, named
        case _:
            raise ValueError(f"not a reference to a credential; write {ALLOWED}")


def _from_env(places: SecretPlaces, name: str) -> str:
    if name not in places.environ:
        raise ValueError(f"environment variable {name} is not set")
    return places.environ[name]


def _from_file(places: SecretPlaces, name: str) -> str:
    path = _path(places, name)
    _refuse_open_file(path)
    return _read(path)


def _from_credential(places: SecretPlaces, name: str) -> str:
    if directory := places.environ.get("CREDENTIALS_DIRECTORY"):
        path = Path(directory, name)
        if path.exists():
            return _read(path)
        raise ValueError(
            f"credential {name!r} was not handed to the service; "
            f"add to its unit: LoadCredential={name}",
        )
    return _from_store(places, name)


def _from_store(places: SecretPlaces, name: str) -> str:
    """Read what systemd would hand over, for a person at a shell."""
    plain, encrypted = places.store / name, places.encrypted_store / name
    try:
        if _is_there(plain):
            return _read(plain)
        if _is_there(encrypted):
            return _decrypted(places, encrypted)
    except ValueError as error:
        raise ValueError(f"{error}; run it as root: sudo botd ...") from None
    raise ValueError(
        f"no credential {name!r} in {places.store} or {places.encrypted_store}; make it with: "
        f"sudo install -D -m 600 /dev/stdin {plain}",
    )


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    return True


def _decrypted(places: SecretPlaces, path: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - systemd's own tool on a file of its store
            [*places.decrypt, str(path), "-"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=_DECRYPT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        raise ValueError(f"{path} cannot be decrypted here") from None
    return _words(done.stdout, path)


def _refuse_open_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # told when it is revealed: another user may be the one who can
    if mode & _OTHERS:
        raise ValueError(f"{path} is open to others (mode {mode & 0o777:o}); run: chmod 600 {path}")


def _path(places: SecretPlaces, name: str) -> Path:
    return places.directory / name


def _read(path: Path) -> str:
    try:
        data = read_bytes(path)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return _words(data, path)


def _words(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not UTF-8 text") from None


_READERS = {
    SecretSource.ENV: _from_env,
    SecretSource.FILE: _from_file,
    SecretSource.CREDENTIAL: _from_credential,
}
