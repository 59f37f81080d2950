"""The fenced blocks of a page of documentation, in order."""

import dataclasses
import pathlib
import re

#: Stands in the line before a block that is not run, with the reason.
NOT_RUN = re.compile(r"<!-- not run: .+ -->")
#: Stands alone before a block that is the content of that file.
FILE_NAME = re.compile(r"`([\w./-]+)`:")
#: Stands alone before what the block before it prints.
PRINTS = "It prints:"


@dataclasses.dataclass
class Snippet:
    page: str
    line: int
    language: str
    text: str
    is_run: bool
    #: The file whose content it is; empty for none.
    file: str = ""
    #: What the snippet before it prints.
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
                path.name, number, line[3:], "", not NOT_RUN.fullmatch(before), name[1] if name else "",
                before == PRINTS)
        elif line:
            before = line
    assert inside is None, f"{path.name}: a block has no end"
    return found
