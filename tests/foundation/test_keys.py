"""Secret keys and sealed contents."""

import ast
import stat
from pathlib import Path

import pytest

import ohmshot
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.keys import (
    load_device_key,
    load_signing_key,
    make_device_key,
    make_signing_key,
    sealed,
    unsealed,
)


def test_keys_are_their_owners_and_never_overwritten(tmp_path: Path) -> None:
    for make, load in ((make_signing_key, load_signing_key), (make_device_key, load_device_key)):
        path = tmp_path / make.__name__
        make(path)
        load(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(OhmshotError, match="not overwritten"):
            make(path)


def test_a_sealed_content_opens_with_its_own_key_only() -> None:
    key, content = bytes(range(32)), b"a person's own classes" * 9
    secret = sealed(content, key)
    assert unsealed(secret, key) == content
    assert b"person" not in secret
    assert secret != sealed(content, key)
    with pytest.raises(OhmshotError, match="another key"):
        unsealed(secret, bytes(32))


def test_a_change_of_any_byte_of_a_sealed_content_is_found() -> None:
    key = bytes(range(32))
    secret = sealed(b"state", key)
    for place in range(len(secret)):
        with pytest.raises(OhmshotError):
            unsealed(secret[:place] + bytes([secret[place] ^ 1]) + secret[place + 1 :], key)
    for length in range(len(secret)):
        with pytest.raises(OhmshotError):
            unsealed(secret[:length], key)


PICKLING = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
PICKLING_CALLS = {("torch", "load"), ("torch", "save"), ("np", "save"), ("numpy", "save")}
"""They pickle unless told not to; numpy.load does not, unless told to."""


def test_nothing_is_pickled() -> None:
    """Neither an import of a pickling library, nor a call that pickles inside."""
    found = []
    for path in Path(ohmshot.__file__).parent.rglob("*.py"):
        if path.name == "exercises.py":  # opens one file of another package, and that only with the SHA-256 it names
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name.split(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [(node.module or "").split(".")[0]]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                pickles = (node.value.id, node.attr) in PICKLING_CALLS
                names = ["pickle"] if pickles else []
            elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                names = ["pickle"] if not (isinstance(node.value, ast.Constant) and node.value.value is False) else []
            found += [f"{path.name}: {ast.unparse(node)}" for name in names if name in PICKLING]
    assert found == []
