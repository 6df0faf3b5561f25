"""Signed bundles: what is found, what is refused, what is remembered."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ohmshot.bundle.file import default_bundle, load_bundle, load_trusted_bundle, read_bundle, save_bundle
from ohmshot.bundle.header import BundleHeader, ConductanceMapping, ConvolutionShape, NetworkShape, Provenance
from ohmshot.bundle.signature import METADATA, public_digits, sign_file
from ohmshot.bundle.trust import load_trusted_keys, pin
from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.tensor_files import header_end, tensors_of, write_tensors


def tiny_bundle(path: Path, name: str = "tiny") -> Path:
    import torch

    from ohmshot.bundle.bundle import Bundle

    layer = ConvolutionShape(inputs=1, outputs=2, kernel=3, stride=1, padding=0, rectified=True)
    header = BundleHeader(
        name=name,
        network=NetworkShape(input=(1, 3, 3), convolutions=(layer,), features=2, hidden=3, ways=2),
        rates=((0.1, 0.1),),
        mapping=ConductanceMapping(weight_full_scale=(1.0, 1.0), input_full_scale=(1.0, 1.0)),
        provenance=Provenance(
            ohmshot_version="0", torch_version="0", created="", seed=0, training_data="", settings={}, metrics={}
        ),
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
    default_bundle()
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
