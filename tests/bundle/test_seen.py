"""A bundle whose signature has gone is not taken for an unsigned one where its signer was known."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ohmshot.bundle.file import load_bundle, load_trusted_bundle, named_bundle, read_bundle, save_bundle, shipped_bundle
from ohmshot.bundle.signature import METADATA, public_digits, sign_file
from ohmshot.bundle.trust import pin
from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.files import state_folder
from ohmshot.foundation.tensor_files import tensors_of, write_tensors


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """A signed bundle that this machine has taken with trusted keys."""
    save_bundle(shipped_bundle("characters"), tmp_path / "plain.safetensors")
    key = Ed25519PrivateKey.generate()
    sign_file(tmp_path / "plain.safetensors", tmp_path / "signed.safetensors", key, 1)
    pin(tmp_path / "trusted.json", public_digits(key.public_key()))
    load_trusted_bundle(tmp_path / "signed.safetensors", tmp_path / "trusted.json")
    return tmp_path / "signed.safetensors"


def test_what_was_signed_is_not_taken_unsigned_nor_signed_by_another(tmp_path: Path, taken: Path) -> None:
    load_bundle(taken)
    tensors, metadata = tensors_of(taken.read_bytes())
    stripped = tmp_path / "stripped.safetensors"
    write_tensors(stripped, tensors, {name: text for name, text in metadata.items() if name != METADATA})
    other = tmp_path / "other.safetensors"
    sign_file(taken, other, Ed25519PrivateKey.generate(), 9)
    for path in (stripped, other):
        for load in (load_bundle, named_bundle):
            with pytest.raises(BundleError, match="were taken with the signature of"):
                load(path)
        read_bundle(path)  # to be looked at, or signed anew
        with pytest.raises(BundleError):
            load_trusted_bundle(path, tmp_path / "trusted.json")
    shipped_bundle("characters")  # came with the package, whatever its name


def test_no_change_of_a_bit_in_the_header_makes_a_signed_bundle_an_unsigned_one(tmp_path: Path, taken: Path) -> None:
    content = taken.read_bytes()
    changed = tmp_path / "changed.safetensors"
    place = content.find(METADATA.encode())
    for at in range(place - 4, place + 22):  # the names of the records, and their quotation marks
        for bit in range(8):
            changed.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
            with pytest.raises(BundleError):
                read_bundle(changed)


def test_a_damaged_memory_of_signers_is_not_taken_for_an_empty_one(taken: Path) -> None:
    (state_folder() / "signers.json").write_text("{")
    with pytest.raises(BundleError, match="delete it to forget"):
        load_bundle(taken)
