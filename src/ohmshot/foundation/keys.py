"""Secret keys in files, and contents sealed with them."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import make_folder

SEALED = b"ohmshot sealed 1\n"
"""First bytes of a sealed file; bound to the content as associated data."""

_NONCE_BYTES = 12


def make_signing_key(path: Path) -> Ed25519PrivateKey:
    """Write a new Ed25519 key as PEM (PKCS 8), readable by its owner only.

    Raises:
        OhmshotError: the file exists, or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    _write_secret(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def load_signing_key(path: Path) -> Ed25519PrivateKey:
    """Read an Ed25519 key.

    Raises:
        OhmshotError: missing, readable by others, or no such key.
    """
    _require_private(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise OhmshotError(f"{path} is no signing key. Make one with `ohmshot bundle keygen`.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise OhmshotError(f"{path} is a key of another kind than Ed25519. Make one with `ohmshot bundle keygen`.")
    return key


def make_device_key(path: Path) -> None:
    """Write a new key of 256 bits in hexadecimal, readable by its owner only.

    Raises:
        OhmshotError: the file exists, or cannot be written.
    """
    _write_secret(path, ChaCha20Poly1305.generate_key().hex().encode() + b"\n")


def load_device_key(path: Path) -> bytes:
    """Read the key of a device, 32 bytes.

    Raises:
        OhmshotError: missing, readable by others, or no such key.
    """
    _require_private(path)
    try:
        key = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise OhmshotError(f"{path} is no device key. Make one with `ohmshot bundle keygen --kind device`.") from error
    if len(key) != 32:
        raise OhmshotError(
            f"{path} must hold 64 hexadecimal digits. Make one with `ohmshot bundle keygen --kind device`."
        )
    return key


def sealed(content: bytes, key: bytes) -> bytes:
    """Encrypt and authenticate with ChaCha20-Poly1305 (RFC 8439): beginning, nonce of 12 bytes, ciphertext with tag.

    The nonce is drawn anew; 2^32 files of one key stay far from a repetition.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return SEALED + nonce + ChaCha20Poly1305(key).encrypt(nonce, content, SEALED)


def unsealed(content: bytes, key: bytes) -> bytes:
    """Undo `sealed`.

    Raises:
        OhmshotError: not sealed, sealed with another key, or changed since.
    """
    if not content.startswith(SEALED):
        raise OhmshotError("The file is not encrypted. Leave --decrypt-with out.")
    nonce, secret = content[len(SEALED) :][:_NONCE_BYTES], content[len(SEALED) + _NONCE_BYTES :]
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, secret, SEALED)
    except (InvalidTag, ValueError) as error:
        raise OhmshotError(
            "The file was encrypted with another key, or has changed since. Give its own key."
        ) from error


def _require_private(path: Path) -> None:
    """Refuse a key that others can read, where the system tells who can."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # the reader tells
    if os.name == "posix" and mode & 0o077:
        raise OhmshotError(
            f"{path} can be read by others (mode {mode & 0o777:o}), so it may be no secret any more. Make a new key, "
            f"or if nobody has read it: chmod 600 {path}"
        )


def _write_secret(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read; keys are never overwritten."""
    make_folder(path.parent)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise OhmshotError(f"{path} exists, and keys are not overwritten. Choose another name.") from error
    except OSError as error:
        raise OhmshotError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink()  # half a key is none, and would be in the way of a whole one
        raise OhmshotError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
