"""Finds Swift tests that may hang for ever: those whose suite has no time limit. See
Scripts/lint."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = re.compile(r"\.timeLimit\(\.minutes\([12]\)\)")
TYPE = re.compile(r"\b(?:struct|class|actor|enum|extension)\s+(\w+)")
FREE = "a test outside of any type"


class Suites:
    """The types of a folder of tests that hold a test, and those with a time limit."""

    def __init__(self):
        self.tested: dict[str, str] = {}
        self.limited: set[str] = set()

    def read(self, path: pathlib.Path) -> None:
        """Takes in a file that is formatted: a type's members stand two spaces to the right of
        it."""
        open_types: list[tuple[int, str]] = []
        attributes = ""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            text = line.strip()
            if not text or text.startswith("//"):
                continue
            indent = len(line) - len(line.lstrip())
            open_types = [one for one in open_types if one[0] < indent]
            named = TYPE.search(re.sub(r'"[^"]*"', "", text))
            if text.startswith("@Test"):
                place = f"{path}:{number}"
                self.tested.setdefault(open_types[-1][1] if open_types else f"{FREE} ({place})",
                                       place)
                if not open_types and LIMIT.search(text):
                    self.limited.add(f"{FREE} ({place})")
            elif named and not text.startswith("case "):
                outer = open_types[-1][1] if open_types else None
                open_types.append((indent, named.group(1)))
                # A suite within a suite has the limit of the outer one.
                if LIMIT.search(attributes + text) or outer in self.limited:
                    self.limited.add(named.group(1))
            attributes = text + " " if text.startswith("@") and not named else ""

    def without_limit(self) -> list[str]:
        return [f"{place}: {name} has no .timeLimit(.minutes(2))"
                for name, place in self.tested.items() if name not in self.limited]


def main() -> int:
    found = []
    tests = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Tests"
    for folder in sorted(tests.iterdir()):
        suites = Suites()
        for path in sorted(folder.rglob("*.swift")):
            suites.read(path)
        found += suites.without_limit()
    print("".join(line.replace(f"{ROOT}/", "") + "\n" for line in found), end="", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
