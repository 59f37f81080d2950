"""The table of bad input in the documentation."""

from . import paths

BEGIN, END = "<!-- bad-input:begin -->", "<!-- bad-input:end -->"


def rows() -> dict[str, str]:
    """Maps bad input to its one answer, as documented."""
    text = paths.BAD_INPUT.read_text()
    table = text[text.index(BEGIN) + len(BEGIN):text.index(END)]
    found: dict[str, str] = {}
    for line in table.strip().splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        name, answer = cells[0], cells[-1].replace("`", "")
        assert name not in found, f"the table lists {name!r} twice"
        found[name] = answer
    return found
