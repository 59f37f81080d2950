"""The fenced blocks of a documentation page, in order."""

import dataclasses
import pathlib
import re

#: The line before a block that is not run, with the reason.
NOT_RUN = re.compile(r"<!-- not run: .+ -->")
#: The line before a block that is the content of this file.
FILE_NAME = re.compile(r"`([\w./-]+)`:")
#: The line before the output of the preceding block.
PRINTS = "It prints:"


@dataclasses.dataclass
class Snippet:
    page: str
    line: int
    language: str
    text: str
    is_run: bool
    #: The file with this content; empty for none.
    file: str = ""
    #: Whether it is the output of the snippet before it.
    is_output: bool = False

    def __str__(self):
        return f"{self.page}:{self.line}"


def snippets(path: pathlib.Path) -> list[Snippet]:
    found, before, inside = [], "", None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if inside is not None:
            if line == "```":
                found.append(inside)
                before, inside = "", None
            else:
                inside.text += line + "\n"
        elif line.startswith("```"):
            name = FILE_NAME.fullmatch(before)
            inside = Snippet(
                path.name, number, line[3:], "", not NOT_RUN.fullmatch(before),
                name[1] if name else "", before == PRINTS)
        elif line:
            before = line
    assert inside is None, f"{path.name}: a block has no end"
    return found
