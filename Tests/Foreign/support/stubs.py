"""Python stubs of Protos/, generated when a test run starts, as a user of another language
would."""

import importlib
import shutil
import sys

import grpc_tools
from grpc_tools import protoc

from . import paths

OUT = paths.BUILD / "stubs"


def generate() -> None:
    """Generates stubs for every proto of the project's own packages, and adds them to the path."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    include = str(paths.pathlib.Path(grpc_tools.__file__).parent / "_proto")
    files = sorted(str(p) for p in (paths.PROTOS / "deploymenttrack").rglob("*.proto"))
    arguments = ["protoc", f"-I{paths.PROTOS}", f"-I{include}",
                 f"--python_out={OUT}", f"--grpc_python_out={OUT}", *files]
    if protoc.main(arguments) != 0:
        raise RuntimeError("protoc could not generate Python stubs from Protos/")
    sys.path.insert(0, str(OUT))
    importlib.invalidate_caches()


generate()


class Namespace:
    """The messages, enum values and stubs of all generated files under one name."""

    def __init__(self):
        #: The files' descriptors, by their names.
        self.DESCRIPTORS = {}
        for path in sorted(OUT.rglob("*_pb2*.py")):
            name = ".".join(path.relative_to(OUT).with_suffix("").parts)
            module = importlib.import_module(name)
            if hasattr(module, "DESCRIPTOR"):
                self.DESCRIPTORS[path.stem.removesuffix("_pb2")] = module.DESCRIPTOR
            for key, value in vars(module).items():
                if key[0].isupper() and not hasattr(self, key):
                    setattr(self, key, value)


api = Namespace()
