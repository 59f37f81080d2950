"""Finds pages of documentation with lines that are too long, and links to files that are not there.
See Scripts/lint."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONGEST = 100
#: A link to a file, not to an address or a page of the catalog.
LINK = re.compile(r"\[[^\]]*\]\((?![a-z]+:)([^)#\s]+)[^)]*\)")


def faults(root: pathlib.Path, page: pathlib.Path) -> list[str]:
    """Rows of tables may be as long as they like."""
    found = []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        place = f"{page.relative_to(root)}:{number}"
        if len(line) > LONGEST and not line.startswith("|"):
            found.append(f"{place}: has {len(line)} characters, more than {LONGEST}")
        found += [f"{place}: there is no {name}" for name in LINK.findall(line)
                  if not (page.parent / name).exists()]
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    pages = [root / "README.md", *sorted(root.glob("Sources/*/*.docc/*.md"))]
    found = [fault for page in pages for fault in faults(root, page)]
    print("".join(line + "\n" for line in found), end="", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
