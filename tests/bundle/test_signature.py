"""Signed bundles: what is found, what is refused, what is remembered."""

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ohmshot.bundle.file import load_bundle, load_trusted_bundle, read_bundle, save_bundle, shipped_bundle
from ohmshot.bundle.header import BundleHeader, ConductanceMapping, ConvolutionShape, NetworkShape
from ohmshot.bundle.signature import METADATA, public_digits, sign_file
from ohmshot.bundle.trust import load_trusted_keys, pin, public_key_of
from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.tensor_files import header_end, tensors_of, write_tensors
from untrained import UNTRAINED


def tiny_bundle(path: Path, name: str = "tiny") -> Path:
    import torch

    from ohmshot.bundle.bundle import Bundle

    layer = ConvolutionShape(inputs=1, outputs=2, kernel=3, stride=1, padding=0, rectified=True)
    header = BundleHeader(
        name=name,
        network=NetworkShape(input=(1, 3, 3), convolutions=(layer,), features=2, hidden=(3,), ways=2),
        rates=((0.1, 0.1),),
        mapping=ConductanceMapping(weight_full_scale=(1.0, 1.0), input_full_scale=(1.0, 1.0), copies=(1, 1)),
        provenance=UNTRAINED,
    )
    weights = torch.arange(18.0).view(2, 1, 3, 3)
    save_bundle(Bundle(header, ((weights, torch.zeros(2)),), (torch.ones(3, 3), torch.zeros(4, 2))), path)
    return path


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def trusted(tmp_path: Path, key: Ed25519PrivateKey) -> Path:
    pin(tmp_path / "trusted.json", public_digits(key.public_key()))
    return tmp_path / "trusted.json"


def signed(folder: Path, key: Ed25519PrivateKey, version: int, name: str = "tiny") -> Path:
    path = folder / f"{name}-{version}.safetensors"
    sign_file(tiny_bundle(folder / "plain.safetensors", name), path, key, version)
    return path


def test_signing_changes_nothing_but_the_record(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    path = signed(tmp_path, key, 3)
    assert load_bundle(path).digest == load_bundle(tmp_path / "plain.safetensors").digest
    read = read_bundle(path).signature
    assert read is not None
    assert (read.version, read.public_key) == (3, public_digits(key.public_key()))


def test_the_signature_is_that_of_the_documented_message(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    """Anybody can check a bundle with RFC 8032 and SHA-256 alone, as docs/security.md says."""
    content = signed(tmp_path, key, 3).read_bytes()
    size = int.from_bytes(content[:8], "little")
    record = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["ohmshot.signature"])
    blank = content.replace(record["signature"].encode(), b"0" * 128)
    message = b"ohmshot bundle signature 1\n" + hashlib.sha256(blank).digest()
    key.public_key().verify(bytes.fromhex(record["signature"]), message)
    assert (record["algorithm"], record["version"]) == ("ed25519", 3)
    assert record["public_key"] == key.public_key().public_bytes_raw().hex()


def test_a_change_of_any_byte_is_found(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    content = signed(tmp_path, key, 1).read_bytes()
    changed = tmp_path / "changed.safetensors"
    for place in range(len(content)):
        for other in (content[place] ^ 1, content[place] ^ 32):  # 32: upper case of a letter, a space for a zero byte
            changed.write_bytes(content[:place] + bytes([other]) + content[place + 1 :])
            with pytest.raises(BundleError):
                load_bundle(changed)


@pytest.mark.parametrize("less", [1, 8, 300])
def test_a_shorter_or_longer_file_is_found(tmp_path: Path, key: Ed25519PrivateKey, less: int) -> None:
    path = signed(tmp_path, key, 1)
    content = path.read_bytes()
    for other in (content[:-less], content + bytes(less)):
        path.write_bytes(other)
        with pytest.raises(BundleError):
            load_bundle(path)


def test_a_space_more_in_the_header_is_found(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    path = signed(tmp_path, key, 1)
    content = path.read_bytes()
    end = header_end(content)
    path.write_bytes((end - 8 + 8).to_bytes(8, "little") + content[8:end] + b" " * 8 + content[end:])
    tensors_of(path.read_bytes())
    with pytest.raises(BundleError, match="changed"):
        load_bundle(path)


def test_an_unsigned_bundle_loads_but_is_not_trusted(tmp_path: Path, trusted: Path) -> None:
    path = tiny_bundle(tmp_path / "plain.safetensors")
    load_bundle(path)
    shipped_bundle("four-convolutions")
    with pytest.raises(BundleError, match="not signed"):
        load_trusted_bundle(path, trusted)


def test_a_stripped_signature_is_not_trusted(tmp_path: Path, key: Ed25519PrivateKey, trusted: Path) -> None:
    path = signed(tmp_path, key, 1)
    tensors, metadata = tensors_of(path.read_bytes())
    write_tensors(path, tensors, {name: text for name, text in metadata.items() if name != METADATA})
    with pytest.raises(BundleError, match="not signed"):
        load_trusted_bundle(path, trusted)


def test_a_strangers_signature_is_refused(tmp_path: Path, trusted: Path) -> None:
    with pytest.raises(BundleError, match="does not trust"):
        load_trusted_bundle(signed(tmp_path, Ed25519PrivateKey.generate(), 9), trusted)


def test_an_older_version_is_refused_once_a_newer_was_taken(
    tmp_path: Path, key: Ed25519PrivateKey, trusted: Path
) -> None:
    first, second = signed(tmp_path, key, 1), signed(tmp_path, key, 2)
    for path in (first, second, second):
        load_trusted_bundle(path, trusted)
    pin(trusted, public_digits(key.public_key()))  # pinning again does not forget
    with pytest.raises(BundleError, match="version 2 of the same key"):
        load_trusted_bundle(first, trusted)
    assert load_trusted_keys(trusted).keys[0].version == 2


def test_one_version_is_one_file(tmp_path: Path, key: Ed25519PrivateKey, trusted: Path) -> None:
    load_trusted_bundle(signed(tmp_path, key, 1), trusted)
    with pytest.raises(BundleError, match="Another bundle of version 1"):
        load_trusted_bundle(signed(tmp_path, key, 1, "other"), trusted)


def test_a_damaged_file_of_keys_is_not_taken_for_empty(tmp_path: Path, key: Ed25519PrivateKey, trusted: Path) -> None:
    trusted.write_text(trusted.read_text()[:-20])
    with pytest.raises(BundleError, match="no trusted keys"):
        load_trusted_bundle(signed(tmp_path, key, 1), trusted)


def test_the_file_of_keys_holds_the_newest_version_and_its_digest(
    tmp_path: Path, key: Ed25519PrivateKey, trusted: Path
) -> None:
    other = public_digits(Ed25519PrivateKey.generate().public_key())
    pin(trusted, other)
    path = signed(tmp_path, key, 4)
    read = load_trusted_bundle(path, trusted)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read.digest == digest
    mine = public_digits(key.public_key())
    assert json.loads(trusted.read_text()) == {
        "format": "ohmshot-trusted-keys",
        "format_version": 1,
        "keys": [
            {"public_key": mine, "version": 4, "digest": digest},
            {"public_key": other, "version": 0, "digest": ""},
        ],
    }


def test_a_public_key_is_read_from_its_file(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    path = tmp_path / "maker.pub"
    path.write_text(public_digits(key.public_key()) + "\n")
    assert public_key_of(path) == key.public_key().public_bytes_raw().hex()
    path.write_text("no key")
    for wrong in (path, tmp_path / "nothing.pub"):
        with pytest.raises(BundleError, match="holds no public key"):
            public_key_of(wrong)


def test_what_is_no_bundle_cannot_be_signed(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    (tmp_path / "notes.txt").write_text("no bundle")
    for source, version in ((tmp_path / "notes.txt", 1), (tiny_bundle(tmp_path / "plain.safetensors"), 0)):
        with pytest.raises(BundleError, match="cannot be signed"):
            sign_file(source, tmp_path / "out.safetensors", key, version)
    assert not (tmp_path / "out.safetensors").exists()
