"""Signatures of bundles: Ed25519 over every byte of the file.

The record lies in the metadata of the safetensors header, so a bundle stays one file and readers that know nothing of
signatures still read it. What is signed is the SHA-256 of the whole file with zeros where the digits of the signature
stand, so no byte can change unnoticed, not even a space between two numbers of the header (docs/security.md).
"""

import hashlib
import re
from pathlib import Path
from typing import Annotated, Literal

import safetensors
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field, ValidationError

from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.files import write_bytes
from ohmshot.foundation.records import Record
from ohmshot.foundation.tensor_files import header_end, tensor_bytes, tensors_of

METADATA = "ohmshot.signature"
"""Name of the record in the metadata of the safetensors header."""

_CONTEXT = b"ohmshot bundle signature 1\n"
"""Stands before the digest, so that a signature for another purpose by this key never passes for a bundle's."""

_DIGITS = 128
_ZEROS = "0" * _DIGITS

PublicKey = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""32 bytes (RFC 8032) in lower-case hexadecimal."""


class Signature(Record):
    """The record of a signature.

    Attributes:
        version: grows with each bundle that a key signs; a host never goes back (`ohmshot.bundle.trust`).
        public_key: public key of the signer.
        signature: 64 bytes in lower-case hexadecimal.
    """

    algorithm: Literal["ed25519"] = "ed25519"
    version: Annotated[int, Field(ge=1)]
    public_key: PublicKey
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


def sign_file(source: Path, destination: Path, key: Ed25519PrivateKey, version: int) -> Signature:
    """Write a signed copy of a bundle file; an earlier signature is replaced.

    Raises:
        BundleError: the file is damaged, or the version is below 1.
    """
    try:
        tensors, metadata = tensors_of(source.read_bytes())
        blank = Signature(version=version, public_key=public_digits(key.public_key()), signature=_ZEROS)
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise BundleError(f"{source} cannot be signed: {str(error).splitlines()[0]}. Give a whole bundle.") from error
    content = tensor_bytes(tensors, metadata | {METADATA: blank.model_dump_json()})
    signed = blank.model_copy(update={"signature": key.sign(_message(content, _ZEROS)).hex()})
    end = header_end(content)
    write_bytes(destination, content[:end].replace(_ZEROS.encode(), signed.signature.encode()) + content[end:])
    return signed


def checked(content: bytes, metadata: dict[str, str]) -> Signature | None:
    """Check the content of a bundle file against the signature in it; None where it has none.

    Whether the signer is to be trusted is another question, see `ohmshot.bundle.trust`.

    Raises:
        BundleError: a byte has changed since it was signed, or the record is malformed.
    """
    text = metadata.get(METADATA)
    if text is None:
        return None
    try:
        record = Signature.model_validate_json(text)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(record.public_key))
        key.verify(bytes.fromhex(record.signature), _message(content, record.signature))
    except (ValidationError, InvalidSignature, ValueError) as error:
        raise BundleError(
            "The bundle is not what was signed: something in the file has changed. Fetch it again from its maker."
        ) from error
    return record


def public_digits(key: Ed25519PublicKey) -> str:
    """Return a public key in hexadecimal."""
    return key.public_bytes_raw().hex()


def content_digest(content: bytes) -> str:
    """SHA-256 of a bundle file, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _message(content: bytes, signature: str) -> bytes:
    """The signed message: context and the SHA-256 of the file with zeros for the signature's digits."""
    end = header_end(content)
    header, digits = content[:end], signature.encode()
    if len(re.findall(digits, header)) != 1:
        raise ValueError("the digits of the signature must stand in the header once")
    return _CONTEXT + hashlib.sha256(header.replace(digits, _ZEROS.encode()) + content[end:]).digest()
