"""A Git server over ssh: OpenSSH's sshd as a process of its own, with its own key."""

import getpass
import pathlib
import shutil
import socket
import subprocess

from . import waiting


class SSHServer:
    """Lets the user who runs the tests in, with the key of `key`. `known_hosts` is what
    ssh-keyscan(1) would write."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.key = self._make_key("client")
        host_key = self._make_key("host")
        (folder / "authorized").write_text(self.key.with_suffix(".pub").read_text())
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.known_hosts = self.knowing(f"[localhost]:{self.port}", host_key)
        configuration = folder / "sshd_config"
        configuration.write_text(f"""
            ListenAddress 127.0.0.1:{self.port}
            HostKey {host_key}
            AuthorizedKeysFile {folder / "authorized"}
            PidFile none
            StrictModes no
            PermitRootLogin yes
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            UsePAM no
            LogLevel VERBOSE
            """)
        # Where sshd of Debian puts those who have not logged in yet.
        pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
        self.log = folder / "sshd.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [program, "-D", "-e", "-f", configuration], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        waiting.until(lambda: "Server listening" in self.log.read_text())

    def _make_key(self, name: str) -> pathlib.Path:
        path = self.folder / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path],
                       check=True)
        return path

    def knowing(self, names: str, key: pathlib.Path | None = None) -> pathlib.Path:
        """A file that knows these names by this key, or by one that is nobody's."""
        key = key or self._make_key(f"other-{len(list(self.folder.iterdir()))}")
        path = self.folder / f"known-{len(list(self.folder.iterdir()))}"
        kind, value, _ = key.with_suffix(".pub").read_text().split()
        path.write_text(f"{names} {kind} {value}\n")
        return path

    def create(self, name: str) -> pathlib.Path:
        path = self.folder / name
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
        return path

    def url(self, name: str, host: str = "localhost") -> str:
        return f"ssh://{getpass.getuser()}@{host}:{self.port}{self.folder / name}"

    @property
    def logins(self) -> int:
        return self.log.read_text().count("Accepted publickey")

    @property
    def connections(self) -> int:
        return self.log.read_text().count("Connection from")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
