"""Names of hosts that one trackd knows, and nobody else: a hosts file of its own, in a mount
namespace of its own."""

import pathlib


class Hosts:
    """`prefix` starts a program that sees the file; its children do too."""

    def __init__(self, path: pathlib.Path, **names: str):
        self.path = path
        self.set(**names)
        self.prefix = ("unshare", "--mount", "sh", "-ec",
                       'mount --bind "$0" /etc/hosts; exec "$@"', str(path))

    def set(self, **names: str) -> None:
        """Gives names their addresses, separated by spaces. Dots of names are written `_`."""
        text = "127.0.0.1 localhost\n"
        for name, addresses in names.items():
            text += "".join(f"{address} {name.replace('_', '.')}\n"
                            for address in addresses.split())
        # In place: another file would not be the one that is mounted.
        self.path.write_text(text)
