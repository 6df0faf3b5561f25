"""Bundles on disk: one safetensors file whose metadata hold the validated JSON header; no pickle."""

import importlib.resources
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import safetensors
import torch
from pydantic import ValidationError
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.graph import described
from ohmshot.bundle.hand_made import HAND_MADE, is_hand_made
from ohmshot.bundle.header import FORMAT, FORMAT_VERSION, BundleHeader, NetworkShape
from ohmshot.bundle.seen import remember, require_as_seen
from ohmshot.bundle.signature import METADATA as SIGNATURE
from ohmshot.bundle.signature import Signature, checked, content_digest
from ohmshot.bundle.trust import accept
from ohmshot.foundation.errors import BundleError
from ohmshot.foundation.foreign_files import bytes_of, json_of
from ohmshot.foundation.tensor_files import tensors_of, write_tensors

OLD_NAMES = ("head.first", "head.second")
"""Names of the layers of the head in files of the format versions 1 and 2."""
GRAPH = "graph"
"""Name of the bytes of an ONNX graph, uint8 [n]."""
UNNAMED = ""
"""Stands for what made the head until the weights are read, where a header does not say it."""
CHARACTERS, FOUR_CONVOLUTIONS = "characters", "four-convolutions"
SHIPPED = (CHARACTERS, FOUR_CONVOLUTIONS)
"""Bundles of the package, trained on Omniglot's background alphabets only: the best for characters, and the network of
the published demonstration, four convolutional and two fully-connected layers, which the studies measure."""
DEFAULT_ALGORITHM = "maml"
"""Algorithm of a bundle whose settings name none."""


def save_bundle(bundle: Bundle, path: str | Path) -> None:
    """Write a bundle as a safetensors file, whole or not at all (`ohmshot.foundation.files.replacing`).

    Args:
        bundle: the learned initialisation.
        path: the file.

    Raises:
        OSError: the file cannot be written.

    Examples:
        >>> import ohmshot as oh, pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "mine.safetensors"
        >>> oh.save_bundle(oh.load_bundle(), file)
        >>> oh.load_bundle(file).digest == oh.load_bundle().digest
        True
    """
    tensors = {f"head.{i}": weights for i, weights in enumerate(bundle.head)}
    for i, (weight, bias) in enumerate(bundle.convolutions):
        tensors[f"convolution.{i}.weight"] = weight
        tensors[f"convolution.{i}.bias"] = bias
    if bundle.graph:
        tensors[GRAPH] = torch.frombuffer(bytearray(bundle.graph), dtype=torch.uint8)
    write_tensors(Path(path), tensors, {"ohmshot": bundle.header.model_dump_json()})


@dataclass(frozen=True)
class ReadBundle:
    """A bundle with what its file says of its signer.

    Attributes:
        bundle: header and weights.
        signature: checked against every byte of the file; None for an unsigned bundle.
        digest: SHA-256 of the file.
    """

    bundle: Bundle
    signature: Signature | None
    digest: str


def load_bundle(path: Path) -> Bundle:
    """Read a bundle; one that is signed must be what was signed, whoever did it.

    Raises:
        BundleError: see `read_bundle` and `ohmshot.bundle.seen.require_as_seen`.
    """
    read = read_bundle(path)
    require_as_seen(path, read.bundle.header.name, read.signature)
    return read.bundle


def load_trusted_bundle(path: Path, trusted_keys: Path) -> ReadBundle:
    """Read a bundle that a pinned key must have signed, and no older than the newest taken.

    Raises:
        BundleError: see `read_bundle` and `ohmshot.bundle.trust.accept`.
    """
    read = read_bundle(path)
    remember(read.bundle.header.name, accept(trusted_keys, read.signature, read.digest))
    return read


def read_bundle(path: Path) -> ReadBundle:
    """Read a bundle with its signature: the bytes that are checked are the bytes that are used.

    Raises:
        BundleError: missing, damaged, foreign, changed or newer than this version understands.
    """
    if not path.is_file():
        raise BundleError(f"There is no bundle {path}. Make one with `ohmshot meta-train` or leave --bundle out.")
    try:
        content = bytes_of(path)
        tensors, metadata = tensors_of(content)
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise BundleError(f"{path} is damaged or no bundle: {error}. Copy it again from where it was made.") from error
    text = metadata.get("ohmshot")
    if text is None:
        raise BundleError(f"{path} is a safetensors file but no ohmshot bundle. Give one made by `ohmshot meta-train`.")
    if not set(metadata) <= {"ohmshot", SIGNATURE}:  # a signature whose name has changed must not pass for none
        raise BundleError(f"{path} holds metadata that no bundle has. Copy the bundle again from where it was made.")
    signature = checked(content, metadata)
    return ReadBundle(_named_head(_assembled(path, _header(path, text), tensors)), signature, content_digest(content))


def default_bundle() -> Bundle:
    """Return the bundle that adapts chips where none is named: characters, the best that comes with the package."""
    return shipped_bundle(CHARACTERS)


def shipped_bundle(name: str) -> Bundle:
    """Return a bundle that comes with the package, by its name in `SHIPPED`.

    Raises:
        BundleError: none of this name comes with the package.
    """
    if name not in SHIPPED:
        raise BundleError(f"No bundle '{name}' comes with ohmshot. Name {' or '.join(SHIPPED)}, or give a file.")
    path = importlib.resources.files("ohmshot.bundle") / f"{name}.safetensors"
    with importlib.resources.as_file(path) as file:
        return read_bundle(file).bundle


def named_bundle(name: Path) -> Bundle:
    """Return the bundle of a file, or one that comes with the package by its name; a file goes first."""
    return load_bundle(name) if name.exists() or str(name) not in SHIPPED else shipped_bundle(str(name))


def _header(path: Path, text: str) -> BundleHeader:
    try:
        fields = json_of(text)
        if fields.get("format") == FORMAT and int(fields.get("format_version", 0)) > FORMAT_VERSION:
            raise BundleError(
                f"{path} has format version {fields['format_version']}; this ohmshot reads up to {FORMAT_VERSION}. "
                "Install a newer ohmshot."
            )
        fields["provenance"] = {"head": UNNAMED} | fields["provenance"]
        return BundleHeader.model_validate(_upgraded(fields))
    except (ValidationError, ValueError, TypeError, AttributeError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise BundleError(f"The header of {path} is damaged ({reason}). Copy the bundle again.") from error


def _named_head(bundle: Bundle) -> Bundle:
    """Say by its weights what made a head, where its file is older than that field of the provenance."""
    provenance = bundle.header.provenance
    if provenance.head != UNNAMED:
        return bundle
    head = HAND_MADE if is_hand_made(bundle.head) else str(provenance.settings.get("algorithm", DEFAULT_ALGORITHM))
    named = provenance.model_copy(update={"head": head})
    return replace(bundle, header=bundle.header.model_copy(update={"provenance": named}))


def _upgraded(fields: dict[str, Any]) -> dict[str, Any]:
    """Bring an old header to this version: 1 knew only square drawings, 1 and 2 only heads of two layers."""
    if fields.get("format_version") == 1:
        side = fields["network"]["image_side"]
        network = {name: value for name, value in fields["network"].items() if name != "image_side"}
        fields = fields | {
            "format_version": 2,
            "network": network | {"input": (1, side, side)},
            "preprocessing": fields["preprocessing"] | {"kind": "drawing"},
        }
    if fields.get("format_version") == 2:
        fields = fields | {
            "format_version": FORMAT_VERSION,
            "network": fields["network"] | {"hidden": (fields["network"]["hidden"],)},
            "mapping": fields["mapping"] | {"copies": (1, 1)},
        }
    return fields


def _assembled(path: Path, header: BundleHeader, tensors: dict[str, Tensor]) -> Bundle:
    network = header.network
    wanted: dict[str, tuple[int, ...]] = {f"head.{i}": shape for i, shape in enumerate(network.layers)}
    for i, old_name in enumerate(OLD_NAMES):
        if old_name in tensors:
            tensors = tensors | {f"head.{i}": tensors[old_name]}
    for i, layer in enumerate(network.convolutions):
        wanted[f"convolution.{i}.weight"] = (layer.outputs, layer.inputs, *layer.kernel)
        wanted[f"convolution.{i}.bias"] = (layer.outputs,)
    for name, shape in wanted.items():
        if name not in tensors or tuple(tensors[name].shape) != shape or tensors[name].dtype != torch.float32:
            raise BundleError(f"{path} is damaged: {name} must be float32 of shape {shape}. Copy the bundle again.")
        if not bool(torch.isfinite(tensors[name]).all()):
            raise BundleError(f"{path} is damaged: {name} holds numbers that are not finite. Copy the bundle again.")
    convolutions = tuple(
        (tensors[f"convolution.{i}.weight"], tensors[f"convolution.{i}.bias"]) for i in range(len(network.convolutions))
    )
    head = tuple(tensors[f"head.{i}"] for i in range(len(network.layers)))
    return Bundle(header, convolutions, head, b"" if network.graph is None else _graph(path, network, tensors))


def _graph(path: Path, network: NetworkShape, tensors: dict[str, Tensor]) -> bytes:
    """The bytes of the ONNX graph, which must be what the header says of it."""
    held = tensors.get(GRAPH)
    if held is None or held.dtype != torch.uint8 or held.ndim != 1:
        raise BundleError(f"{path} is damaged: it lacks the bytes of its graph. Copy the bundle again.")
    content = held.numpy().tobytes()
    if described(content, str(path)) != (network.graph, network.features):
        raise BundleError(f"{path} is damaged: its graph is not the one that its header tells of. Copy it again.")
    return content
