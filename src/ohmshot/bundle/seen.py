"""Signers of bundles that this user has taken, by the bundles' names: what was signed once is not taken unsigned."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from ohmshot.bundle.signature import PublicKey, Signature
from ohmshot.foundation.errors import BundleError, OhmshotError
from ohmshot.foundation.files import locked, state_folder, write_private
from ohmshot.foundation.foreign_files import text_of
from ohmshot.foundation.records import Record

FILE = "signers.json"


class SeenSigners(Record):
    """The file of them."""

    format: Literal["ohmshot-seen-signers"] = "ohmshot-seen-signers"
    format_version: Literal[1] = 1
    signers: dict[str, PublicKey] = Field(default_factory=dict)
    """Public key by the name in the bundle's header."""


def remember(name: str, signature: Signature) -> None:
    """Keep that a bundle of this name was taken, signed by a trusted key.

    Where nothing can be written nothing is kept: the pinned keys guard the bundle all the same.
    """
    place = state_folder() / FILE
    try:
        with locked(place):
            signers = _read(place).signers
            if signers.get(name) != signature.public_key:
                signers = signers | {name: signature.public_key}
                write_private(place, SeenSigners(signers=signers).model_dump_json(indent=2) + "\n")
    except OhmshotError:
        return


def require_as_seen(path: Path, name: str, signature: Signature | None) -> None:
    """Refuse a bundle whose signature is gone, or another signer's, when it is read without trusted keys.

    Args:
        path: its file, for the message.
        name: name in its header.
        signature: signature, checked; None for an unsigned bundle.

    Raises:
        BundleError: a bundle of this name was taken before with the signature of a trusted key, and this one has none
            or that of another key.
    """
    place = state_folder() / FILE
    signer = _read(place).signers.get(name)
    if signer is None or (signature is not None and signature.public_key == signer):
        return
    now = "is not signed" if signature is None else f"is signed with {signature.public_key}"
    raise BundleError(
        f"{path} {now}, but bundles named '{name}' were taken with the signature of {signer} before. Fetch it again "
        f"from its maker and give --trusted-keys; if it is one of your own, name it otherwise or take '{name}' out of "
        f"{place}."
    )


def _read(place: Path) -> SeenSigners:
    try:
        return SeenSigners.model_validate_json(text_of(place))
    except FileNotFoundError:
        return SeenSigners()
    except (OSError, ValueError) as error:
        raise BundleError(f"{place} is damaged. Restore it, or delete it to forget who signed bundles.") from error
