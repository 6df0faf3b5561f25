"""`ohmshot bundle`, encrypted chips and the network that an adaptation does not need, as a person types them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from ohmshot import cli
from ohmshot.bundle.file import save_bundle, shipped_bundle
from ohmshot.bundle.for_features import bundle_behind
from ohmshot.data.invented import invented_alphabets


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr("sys.argv", ["ohmshot", *(str(argument) for argument in arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    save_bundle(shipped_bundle("four-convolutions"), tmp_path / "bundle.safetensors")
    return tmp_path / "bundle.safetensors"


@pytest.fixture
def support(tmp_path: Path) -> Path:
    drawings = invented_alphabets(5, 1, 5, 2)
    for character in range(5):
        place = tmp_path / "support" / f"sign {character}"
        place.mkdir(parents=True)
        for number in range(2):
            Image.fromarray(255 - drawings.values[character, number].numpy()).save(place / f"{number}.png")
    return tmp_path / "support"


@pytest.fixture
def no_sockets() -> Iterator[list[str]]:
    """Forbid every socket, whoever makes it: the interpreter's own audit events, not a patched module."""
    tried: list[str] = []
    armed = True

    def refuse(event: str, _: object) -> None:
        if armed and event.startswith("socket."):
            tried.append(event)
            raise OSError(f"{event} while an adaptation needs no network")

    sys.addaudithook(refuse)  # hooks stay for the life of the interpreter; this one is disarmed below
    yield tried
    armed = False


def test_a_bundle_is_signed_trusted_and_verified(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key, trusted, signed = tmp_path / "maker.pem", tmp_path / "trusted.json", tmp_path / "signed.safetensors"
    verify = ("bundle", "verify", "--trusted-keys", trusted)
    assert run(monkeypatch, "bundle", "keygen", key) == 0
    for version, path in ((1, tmp_path / "old.safetensors"), (2, signed)):
        made = ("bundle", "sign", bundle, "--key", key, "--version", version, "--output", path)
        assert run(monkeypatch, *made) == 0
    assert run(monkeypatch, *verify, signed) == 2
    assert "does not trust" in capsys.readouterr().err
    assert run(monkeypatch, "bundle", "trust", key.with_suffix(".pub"), "--trusted-keys", trusted) == 0
    assert run(monkeypatch, *verify, signed) == 0
    assert run(monkeypatch, *verify, tmp_path / "old.safetensors") == 2
    assert "Fetch the newest one" in capsys.readouterr().err
    assert run(monkeypatch, "bundle", "inspect", signed) == 0
    shown = capsys.readouterr().out
    assert "version 2, unchanged since signed" in shown
    assert "head: hand-made" in shown


def test_a_key_is_pinned_on_first_use_only_when_asked_for_and_only_the_first(
    tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = ("bundle", "verify", bundle, "--trusted-keys", tmp_path / "trusted.json")
    for maker in ("first.pem", "second.pem"):
        assert run(monkeypatch, "bundle", "keygen", tmp_path / maker) == 0
    assert run(monkeypatch, "bundle", "sign", bundle, "--key", tmp_path / "first.pem", "--version", 1) == 0
    assert run(monkeypatch, *verify) == 2
    assert run(monkeypatch, *verify, "--trust-on-first-use") == 0
    assert run(monkeypatch, "bundle", "sign", bundle, "--key", tmp_path / "second.pem", "--version", 9) == 0
    assert run(monkeypatch, *verify, "--trust-on-first-use") == 2


def test_an_adapted_chip_is_encrypted_and_its_page_left_out(
    tmp_path: Path, support: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key, chip, example = tmp_path / "device.key", tmp_path / "chip.sealed", support / "sign 0" / "0.png"
    assert run(monkeypatch, "bundle", "keygen", "--kind", "device", key) == 0
    assert run(monkeypatch, "adapt", "--support", support, "--output", chip, "--encrypt-with", key) == 0
    assert b"sign 0" not in chip.read_bytes()
    assert not chip.with_suffix(".html").exists()
    assert run(monkeypatch, "classify", "--chip", chip, example) == 2
    assert "--decrypt-with" in capsys.readouterr().err
    assert run(monkeypatch, "classify", "--chip", chip, "--decrypt-with", key, example) == 0
    assert ": sign " in capsys.readouterr().out.replace("\n", " ")


def test_an_adaptation_needs_no_network(
    tmp_path: Path, support: Path, monkeypatch: pytest.MonkeyPatch, no_sockets: list[str]
) -> None:
    import socket

    with pytest.raises(OSError, match="needs no network"):  # the ban is in force
        socket.socket()
    no_sockets.clear()
    chip = tmp_path / "chip.safetensors"
    assert run(monkeypatch, "adapt", "--support", support, "--output", chip) == 0
    assert run(monkeypatch, "classify", "--chip", chip, support / "sign 0" / "0.png") == 0
    assert no_sockets == []


def test_the_fixed_part_is_exported_as_a_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "characters.onnx"
    assert run(monkeypatch, "bundle", "export", "characters", "--onnx", path) == 0
    assert "examples to 29 features" in capsys.readouterr().out
    again = bundle_behind(path, "drawing", (28, 28), unit_length=False)
    assert again.header.network.features == 29
