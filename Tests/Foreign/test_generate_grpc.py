"""The command plugin generate-grpc in a package of its own: what it writes, and its words when it
cannot.

The guide ServeYourOwnProtos, which test_documentation.py follows, builds what it makes."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from support import paths

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(paths.SANITIZED, reason="builds a package")]
MANIFEST = """// swift-tools-version: 5.9
import PackageDescription

let package = Package(name: "web-shop", dependencies: [.package(path: "../trackd")])
"""
PROTO = """syntax = "proto3";
package shop.v1;
{body}
"""


class Package:
    """A package without targets beside trackd's folder."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder / "web-shop"
        self.folder.mkdir()
        (self.folder / "Package.swift").write_text(MANIFEST)
        (folder / "trackd").symlink_to(paths.ROOT)
        self.protos = self.folder / "Protos"

    def write(self, **bodies: str) -> None:
        """Makes the protos those of `bodies`, by name."""
        shutil.rmtree(self.protos, ignore_errors=True)
        (self.protos / "shop").mkdir(parents=True)
        for name, body in bodies.items():
            (self.protos / "shop" / f"{name}.proto").write_text(PROTO.format(body=body))

    def generate(self, *words: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["swift", "package", "--allow-writing-to-package-directory", "generate-grpc", *words],
            cwd=self.folder, env={**os.environ, "PATH": path}, text=True, capture_output=True)

    def sources(self) -> set[str]:
        root = self.folder / "Sources"
        return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}

    def refusal(self, *words: str, **more) -> str:
        done = self.generate(*words, **more)
        assert done.returncode != 0, done.stdout
        return re.sub(r"\s+", " ", done.stdout + done.stderr)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return Package(tmp_path_factory.mktemp("plugin"))


def test_each_run_replaces_what_the_last_one_made(package):
    package.write(cart="message Cart {} service Carts { rpc Get(Cart) returns (Cart); }",
                  order="message Order {}")
    made = package.generate()
    assert made.returncode == 0, made.stderr
    assert ('name: "CWebShopMessages", '
            'dependencies: [.product(name: "RPCStack", package: "trackd")]' in made.stdout)
    swift = {"shop.cart.pb.swift", "shop.cart.rpc.swift", "shop.cart.descriptor.swift",
             "shop.order.pb.swift", "shop.order.descriptor.swift"}
    c = {f"shop/{name}.pb-c.{end}" for name in ("cart", "order") for end in "ch"}
    assert package.sources() == {f"WebShopMessages/{name}" for name in swift} | {
        f"CWebShopMessages/WebShopMessages/{name}" for name in c}

    own = package.folder / "Sources" / "WebShopMessages" / "Own.swift"
    own.write_text("// Not the plugin's.\n")
    package.write(order="message Order {}")
    assert package.generate("Visibility=package").returncode == 0
    assert package.sources() == {
        "WebShopMessages/Own.swift", "WebShopMessages/shop.order.pb.swift",
        "WebShopMessages/shop.order.descriptor.swift",
        *(f"CWebShopMessages/WebShopMessages/shop/order.pb-c.{end}" for end in "ch")}
    assert "package nonisolated struct Order" in (own.parent / "shop.order.pb.swift").read_text()


def test_an_error_of_the_generator_leaves_everything_as_it_was(package):
    package.write(good="message Good {}")
    assert package.generate("--module", "Shop").returncode == 0
    before = package.sources()
    package.write(bad="message CartsServer {} service Carts {}")
    assert (
        "'shop.v1.CartsServer' (shop/bad.proto) and the service 'shop.v1.Carts' (shop/bad.proto)"
        " are both Shop::CartsServer in Swift: rename one") in package.refusal("--module", "Shop")
    assert package.sources() == before


def test_what_is_missing_is_named(package, tmp_path):
    package.write(cart="message Cart {}")
    assert "no .proto file is in" in package.refusal("--protos", "Nowhere")
    assert "usage: generate-grpc" in package.refusal("--nope")
    for program, debian in (("protoc", "protobuf-compiler"),
                            ("protoc-gen-c", "protobuf-c-compiler")):
        words = package.refusal(path=path_without(program, tmp_path / program))
        assert f"{program} is not in PATH: Debian has it in {debian}" in words


def path_without(program: str, folder: pathlib.Path) -> str:
    """PATH, but with links to all other programs in place of each folder that has this one."""
    entries = []
    for number, entry in enumerate(os.environ["PATH"].split(":")):
        if (pathlib.Path(entry) / program).exists():
            links = folder / str(number)
            links.mkdir(parents=True)
            for file in pathlib.Path(entry).iterdir():
                if file.name != program:
                    (links / file.name).symlink_to(file.resolve())
            entry = str(links)
        entries.append(entry)
    return ":".join(entries)


def test_the_size_of_a_contract_has_no_limit(package):
    """Decoded, these descriptors take more than what a server lets a peer's message take."""
    values = "\n".join(f"VALUE_{number} = {number};" for number in range(150_000))
    package.write(cart='import "shop/large.proto"; message Cart { Small small = 1; }',
                  large=f"enum Large {{ {values} }} message Small {{}}")
    made = subprocess.run(
        ["protoc", "-I", package.protos, f"--plugin=protoc-gen-swiftrpc={plugin(package)}",
         f"--swiftrpc_out={package.folder}", "--swiftrpc_opt=Module=Shop,Mshop/large.proto=Large",
         "shop/cart.proto"], text=True, capture_output=True)
    assert made.returncode == 0, made.stderr


def plugin(package) -> pathlib.Path:
    """The generator, which the package's command builds."""
    package.generate("--protos", "Nowhere")
    return next((package.folder / ".build").rglob("protoc-gen-swiftrpc-tool"))
