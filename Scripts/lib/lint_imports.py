"""Finds imports of C modules by others than their owners: one Swift module stands between a C
library and the rest. See Scripts/lint."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: Each C module with the modules of Swift that may import it. The owners' tests may, too.
OWNERS = {
    # trackd: for the compiler `struct stat` may be a part of it.
    "CLinux": ("EventLoop", "trackd", "RPCHTTP2Tests"),
    "CNGHTTP2": ("HTTP2",),
    "CSessionMemory": ("HTTP2",),
    "CProtobufC": (),
    "CProtobufShim": ("Protobuf",),
    "CSQLite": ("TrackStoreSQLite",),
    "CStoreMemory": ("TrackStoreSQLite",),
    "CPostgreSQL": ("TrackStorePostgreSQL",),
    "CYAML": ("YAML",),
    "CZlib": ("RPCCompression",),
    "CCurl": ("WebFetch",),
    "COpenSSL": ("Crypto",),
    # Generated.
    "CProtobufMessages": ("Protobuf",),
    "CRPCMessages": ("RPC",),
    "CRPCServicesMessages": ("RPCServices",),
    "CTrackMessages": ("TrackMessages",),
    "CIntegrationMessages": ("IntegrationMessages",),
    "CCollectorMessages": ("CollectorMessages",),
    "CInteropMessages": ("InteropMessages",),
    # Of tests.
    "CTestMessages": ("TestMessages",),
    "CPowerCutVFS": ("TrackStoreSQLiteTests",),
    "CFuzzer": ("Fuzz",),
}
IMPORT = re.compile(
    r"(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:typealias|struct|class|enum|protocol|let|var|func)\s+)?(C[A-Z]\w*)")


def faults(root: pathlib.Path, path: pathlib.Path) -> list[str]:
    module = path.relative_to(root).parts[1]
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not (imported := IMPORT.match(line.strip())):
            continue
        name, place = imported.group(1), f"{path.relative_to(root)}:{number}"
        owners = OWNERS.get(name)
        if owners is None:
            found.append(f"{place}: {name} has no owner in Scripts/lib/lint_imports.py")
        elif module not in {*owners, *(f"{owner}Tests" for owner in owners)}:
            found.append(f"{place}: {module} imports {name}, which is for "
                         f"{', '.join(owners) or 'other C modules'} alone")
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    found = [fault for folder in ("Sources", "Tests")
             for path in sorted((root / folder).glob("*/**/*.swift")) for fault in faults(root, path)]
    print("".join(line + "\n" for line in found), end="", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
