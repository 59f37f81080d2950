"""The tables of features and rules name tests that exist; rules that only the sources can show."""

import collections
import re

from support import paths

PAGE = paths.ROOT / "Sources" / "RPC" / "RPC.docc" / "Features.md"
#: `FILE/TEST` in a table.
NAMED = re.compile(r"`(\w+Tests|test_\w+)/([^`]+)`")
ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)
#: Statuses that are for applications to give (grpc/doc/statuscodes.md).
OF_APPLICATIONS = ("invalidArgument", "notFound", "alreadyExists", "failedPrecondition", "aborted",
                   "outOfRange", "dataLoss")
STACK = ("HTTP1", "HTTP2", "RPC", "RPCCompression", "RPCHTTP2", "RPCInProcess")
#: Connect has a rule of its own for what is no request, or no message in JSON.
OF_CONNECT = re.compile(r'RPCError\(\.invalidArgument, "the message is not the JSON of its type')


def rows() -> list[str]:
    """The rows of all tables, without their heads."""
    return [row for row in ROW.findall(PAGE.read_text())
            if not row.endswith("tests") and not row.startswith("---")]


def files_of_tests() -> dict[str, str]:
    """The text of all files of a name: two modules may each have one."""
    texts = collections.defaultdict(str)
    for pattern in ("*Tests/**/*.swift", "Foreign/test_*.py"):
        for file in (paths.ROOT / "Tests").glob(pattern):
            texts[file.stem] += file.read_text()
    return texts


def test_every_test_that_is_named_exists():
    files = files_of_tests()
    missing = []
    for name, test in NAMED.findall(PAGE.read_text()):
        forms = (f"def {test}(",) if name.startswith("test_") else (f"func `{test}`(", f'"{test}"')
        if not any(form in files[name] for form in forms):
            missing.append(f"{name}/{test}")
    assert not missing


def test_every_row_has_a_test_or_says_no():
    assert len(rows()) > 100
    for row in rows():
        assert NAMED.search(row) or "| no: " in row, row


def test_features_are_numbered_in_order():
    numbers = [int(row.split(" | ")[0]) for row in rows() if row[0].isdigit()]
    assert numbers == list(range(1, 65))


def test_the_stack_leaves_the_codes_of_applications_alone():
    made = re.compile(rf"RPCError\(\s*\.({'|'.join(OF_APPLICATIONS)})\b")
    sources = [file for module in STACK
               for file in (paths.ROOT / "Sources" / module).rglob("*.swift")
               if "Connect" not in file.parts]
    assert sources and made.search("throw RPCError(\n  .notFound, text)")
    found = [str(file) for file in sources if made.search(OF_CONNECT.sub("", file.read_text()))]
    assert not found
