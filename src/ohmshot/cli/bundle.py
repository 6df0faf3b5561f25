"""`ohmshot bundle`: keys, signatures and what a bundle says about itself."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import Commands, app
from ohmshot.cli.console import console
from ohmshot.cli.output import beside, require_outputs

bundle_app = Commands(no_args_is_help=True, help="Sign, verify, inspect and export bundles.")
app.add_typer(bundle_app, name="bundle")

PinnedKeysOption = Annotated[Path, typer.Option(help="File of pinned public keys and the versions seen.")]


class KeyKind(StrEnum):
    """Purpose of a key."""

    signing = "signing"
    device = "device"


@bundle_app.command("keygen")
def keygen_command(
    output: Annotated[Path, typer.Argument(help="The secret key; it must not exist yet.")],
    kind: Annotated[
        KeyKind, typer.Option(help="signing: for bundles, with the public key beside it; device: for adapted chips.")
    ] = KeyKind.signing,
) -> None:
    """Make a key."""
    from ohmshot.bundle.signature import public_digits
    from ohmshot.foundation.errors import SettingsError
    from ohmshot.foundation.files import write_text
    from ohmshot.foundation.keys import make_device_key, make_signing_key

    if kind is KeyKind.device:
        make_device_key(output)
    else:
        public_file = beside(output, ".pub")
        if public_file == output:
            raise SettingsError(f"The public key would go to {output} too. Name the secret key otherwise: maker.pem.")
        if public_file.exists() or public_file.is_symlink():
            raise SettingsError(f"{public_file}, where the public key would go, exists. Choose another name.")
        public = public_digits(make_signing_key(output).public_key())
        write_text(public_file, public + "\n")
        console.print(f"public key {public}", soft_wrap=True)
        console.print(f"wrote {public_file}", soft_wrap=True)
    console.print(f"wrote {output}: keep it secret", soft_wrap=True)


@bundle_app.command("sign")
def sign_command(
    file: Annotated[Path, typer.Argument(help="A bundle.")],
    key: Annotated[Path, typer.Option(help="Secret key made by `ohmshot bundle keygen`.")],
    version: Annotated[int, typer.Option(min=1, help="Higher than that of every bundle signed with this key before.")],
    output: Annotated[
        Path | None, typer.Option(help="Where the signed bundle goes; the bundle itself if left out.")
    ] = None,
) -> None:
    """Sign a bundle."""
    from ohmshot.bundle.file import read_bundle
    from ohmshot.bundle.signature import sign_file
    from ohmshot.foundation.keys import load_signing_key

    require_outputs(output=output)
    read_bundle(file)
    record = sign_file(file, output or file, load_signing_key(key), version)
    console.print(f"wrote {output or file}: version {version}, signed with {record.public_key}", soft_wrap=True)


@bundle_app.command("trust")
def trust_command(
    public_key: Annotated[Path, typer.Argument(help="A .pub file made by `ohmshot bundle keygen`.")],
    trusted_keys: PinnedKeysOption,
) -> None:
    """Pin a public key: bundles signed with it are taken from now on."""
    from ohmshot.bundle.trust import pin, public_key_of

    digits = public_key_of(public_key)
    pin(trusted_keys, digits)
    console.print(f"{trusted_keys} trusts {digits}", soft_wrap=True)


@bundle_app.command("verify")
def verify_command(
    file: Annotated[Path, typer.Argument(help="A signed bundle.")],
    trusted_keys: PinnedKeysOption,
    trust_on_first_use: Annotated[
        bool, typer.Option(help="Pin the key of this bundle, where there is no file of keys yet.")
    ] = False,
) -> None:
    """Check that nothing has changed since a trusted key signed it, and that it is not older than the newest seen."""
    from ohmshot.bundle.file import load_trusted_bundle, read_bundle
    from ohmshot.bundle.trust import pin_first

    signature = read_bundle(file).signature
    if trust_on_first_use and signature is not None and pin_first(trusted_keys, signature.public_key):
        console.print(f"pinned {signature.public_key} on first use", soft_wrap=True)
    checked = load_trusted_bundle(file, trusted_keys)
    assert checked.signature is not None
    console.print(f"{file}: version {checked.signature.version}, signed with a trusted key, unchanged", soft_wrap=True)


@bundle_app.command("inspect")
def inspect_command(file: Annotated[Path, typer.Argument(help="A bundle.")]) -> None:
    """Print what a bundle says about itself; whoever signed it is not checked against pinned keys."""
    from ohmshot.bundle.file import read_bundle
    from ohmshot.report.shown.kept import bundle_lines

    console.show(bundle_lines(read_bundle(file)))


@bundle_app.command("export")
def export_command(
    bundle: Annotated[Path, typer.Argument(help="A bundle, or the name of one that comes with ohmshot.")],
    onnx: Annotated[Path, typer.Option("--onnx", help="File for the fixed part as an ONNX graph.")],
) -> None:
    """Write the fixed part of a bundle, from examples to features, for another runtime."""
    from ohmshot.bundle.file import named_bundle
    from ohmshot.bundle.onnx_export import export_onnx

    require_outputs(onnx=onnx)
    exported = named_bundle(bundle)
    export_onnx(exported, onnx)
    console.print(f"wrote {onnx}: examples to {exported.header.network.features} features", soft_wrap=True)
