"""The figures of who calls: calls with a JSON Web Token under a policy, and calls that are refused."""

import os
import pathlib

import yaml

from support import tokens

ISSUER = "https://idp.example.com"
#: About as long as the tokens of CI systems.
TOKEN_BYTES = 900


class Identity:
    """An issuer, a policy for one of its subjects, and the tokens of the cases."""

    def __init__(self, folder: pathlib.Path):
        self.issuer = tokens.Issuer(ISSUER)
        keys = self._file(folder / "keys.json", self.issuer.jwks)
        config = tokens.config(folder / "auth.yaml", {"issuer": ISSUER, "jwks_file": str(keys)})
        os.chmod(config, 0o600)
        policy = self._policy(folder / "policy.yaml", f"jwt:{ISSUER}#ci")
        #: One under which a caller over loopback may read.
        self.open_policy = self._policy(folder / "open-policy.yaml", "anonymous")
        self.flags = ["--auth-config", str(config), "--policy", str(policy), "--admin-listen",
                      "127.0.0.1:0"]
        self.good = self._long()
        self.expired = self._long(seconds=-3600)
        #: A signature of somebody else.
        self.bad = self._long(key=tokens.Issuer(ISSUER).keys["k1"][1])

    @staticmethod
    def _file(path: pathlib.Path, text: str) -> pathlib.Path:
        path.write_text(text)
        os.chmod(path, 0o600)
        return path

    def _policy(self, path: pathlib.Path, reader: str) -> pathlib.Path:
        return self._file(path, yaml.safe_dump({
            "roles": {"viewer": ["read"]},
            "bindings": [{"role": "viewer", "principals": [reader], "scope": "all"}]}))

    def _long(self, **changes) -> str:
        short = self.issuer.token(**changes)
        return self.issuer.token(claim="x" * ((TOKEN_BYTES - len(short)) * 3 // 4), **changes)

    def headers(self) -> dict[str, tuple[str, ...]]:
        """The header fields of each case."""
        return {name: ("-H", f"authorization: {value}") if value else () for name, value in {
            "no": "", "malformed": "Bearer !", "expired": f"Bearer {self.expired}",
            "known-bad": f"Bearer {self.bad}"}.items()}
