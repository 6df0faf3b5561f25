"""Trusted makers of bundles: pinned public keys, and for each the newest version accepted."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from ohmshot.bundle.signature import PublicKey, Signature
from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.files import locked, write_private
from ohmshot.foundation.foreign_files import text_of
from ohmshot.foundation.records import Record


class TrustedKey(Record):
    """A pinned key.

    Attributes:
        public_key: see `ohmshot.bundle.signature.PublicKey`.
        version: newest version that the host has accepted; 0 for none yet.
        digest: SHA-256 of the file of that version: one version is one file.
    """

    public_key: PublicKey
    version: Annotated[int, Field(ge=0)] = 0
    digest: str = ""


class TrustedKeys(Record):
    """The file of pinned keys."""

    format: Literal["ohmshot-trusted-keys"] = "ohmshot-trusted-keys"
    format_version: Literal[1] = 1
    keys: tuple[TrustedKey, ...] = ()


def load_trusted_keys(path: Path) -> TrustedKeys:
    """Read the pinned keys; a file that is not there holds none.

    Raises:
        BundleError: damaged. It is never taken for empty, which would forget the versions seen.
    """
    try:
        return TrustedKeys.model_validate_json(text_of(path))
    except FileNotFoundError:
        return TrustedKeys()
    except (OSError, ValidationError, ValueError) as error:
        raise BundleError(
            f"{path} holds no trusted keys: {str(error).splitlines()[0]}. Restore it, or give another file."
        ) from error


def public_key_of(path: Path) -> str:
    """Read the hexadecimal public key that `ohmshot bundle keygen` writes.

    Raises:
        BundleError: no such file, or something else in it.
    """
    try:
        return TrustedKey(public_key=text_of(path).strip()).public_key
    except (OSError, ValueError) as error:
        raise BundleError(
            f"{path} holds no public key. Give the .pub file that `ohmshot bundle keygen` wrote."
        ) from error


def pin(path: Path, public_key: str) -> None:
    """Trust a key from now on; one that is trusted already keeps its version."""
    with locked(path):
        trusted = load_trusted_keys(path)
        if all(key.public_key != public_key for key in trusted.keys):
            _save(path, (*trusted.keys, TrustedKey(public_key=public_key)))


def pin_first(path: Path, public_key: str) -> bool:
    """Trust a key on first use: only where there is no file of keys yet; returns whether it was pinned.

    A file without keys is the work of somebody who took the last one out, and means that nobody is trusted.
    """
    with locked(path):
        if path.exists():
            return False
        _save(path, (TrustedKey(public_key=public_key),))
        return True


def accept(path: Path, signature: Signature | None, digest: str) -> Signature:
    """Take a bundle whose signature is right if its key is pinned and it is no older than the newest taken.

    Its version is remembered at once.

    Args:
        path: file of the pinned keys.
        signature: signature of the bundle, checked (`ohmshot.bundle.signature.checked`).
        digest: SHA-256 of the bundle's file.

    Returns:
        The signature that it was taken for.

    Raises:
        BundleError: unsigned, signed by a stranger, older, or another file of a version already seen.
    """
    if signature is None:
        raise BundleError("The bundle is not signed. Ask its maker for a signed one, or leave --trusted-keys out.")
    with locked(path):
        _accept_signed(path, signature, digest)
    return signature


def _accept_signed(path: Path, signature: Signature, digest: str) -> None:
    """See `accept`; under the lock of the file, or another process would forget what this one has seen."""
    keys = load_trusted_keys(path).keys
    known = next((key for key in keys if key.public_key == signature.public_key), None)
    if known is None:
        raise BundleError(
            f"The bundle is signed with {signature.public_key}, which {path} does not trust. Compare the key with its "
            "maker's, then pin it with `ohmshot bundle trust`."
        )
    if signature.version < known.version:
        raise BundleError(
            f"The bundle has version {signature.version}, but version {known.version} of the same key was taken "
            "before. Fetch the newest one; a maker who wants an old one back signs it again with a higher version."
        )
    if signature.version == known.version and digest != known.digest:
        raise BundleError(
            f"Another bundle of version {signature.version} was taken before. Ask the maker for one with a new version."
        )
    newest = TrustedKey(public_key=known.public_key, version=signature.version, digest=digest)
    if newest != known:
        _save(path, tuple(newest if key is known else key for key in keys))


def _save(path: Path, keys: tuple[TrustedKey, ...]) -> None:
    write_private(path, TrustedKeys(keys=keys).model_dump_json(indent=2) + "\n")
