"""The table of the documentation that says what bad input gets."""

from . import paths

BEGIN, END = "<!-- bad-input:begin -->", "<!-- bad-input:end -->"


def rows() -> dict[str, str]:
    """Bad input -> its one answer, as the documentation has them."""
    text = paths.BAD_INPUT.read_text()
    table = text[text.index(BEGIN) + len(BEGIN):text.index(END)]
    found: dict[str, str] = {}
    for line in table.strip().splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        name, answer = cells[0], cells[-1].replace("`", "")
        assert name not in found, f"the table lists {name!r} twice"
        found[name] = answer
    return found
