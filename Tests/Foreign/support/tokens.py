"""Bearer tokens: lines of `--auth-tokens`, and JSON Web Tokens with their issuers."""

import hashlib
import http.server
import json
import pathlib
import ssl
import subprocess
import threading
import time

import jwt
import yaml
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

AUDIENCE = "trackd"


def line(name: str, token: str, *options: str) -> str:
    """A line of `--auth-tokens`."""
    return " ".join([name, "sha256:" + hashlib.sha256(token.encode()).hexdigest(), *options]) + "\n"


def bearer(token: str):
    """The metadata of a call."""
    return [("authorization", f"Bearer {token}")]


class Issuer:
    """Signs tokens; `jwks` are its public keys."""

    def __init__(self, name: str, algorithm="RS256", key_id="k1"):
        self.name = name
        self.keys: dict[str, tuple[str, object]] = {}
        self.add_key(key_id, algorithm)

    def add_key(self, key_id: str, algorithm="RS256") -> None:
        """Makes the key with which it signs from now on."""
        self.key_id = key_id
        self.keys[key_id] = (algorithm, {
            "RS256": lambda: rsa.generate_private_key(65537, 2048),
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
        }[algorithm]())

    @property
    def jwks(self) -> str:
        keys = []
        for key_id, (algorithm, key) in self.keys.items():
            public = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
            keys.append({**public, "kid": key_id, "use": "sig"})
        return json.dumps({"keys": keys})

    def token(self, subject="ci", *, seconds=300, header=None, key=None, algorithm=None, **claims):
        own_algorithm, own_key = self.keys[self.key_id]
        now = int(time.time())
        payload = {"iss": self.name, "sub": subject, "aud": AUDIENCE, "iat": now,
                   "exp": now + seconds, **claims}
        return jwt.encode(payload, key or own_key, algorithm or own_algorithm,
                          headers={"kid": self.key_id, **(header or {})})


class KeyServer:
    """Serves an issuer's keys over https with a certificate of its own."""

    def __init__(self, issuer: Issuer, folder: pathlib.Path):
        self.issuer = issuer
        self.answer: tuple[int, dict[str, str], bytes] | None = None
        self.requests = 0
        #: Cleared, it keeps whoever asks waiting.
        self.answers = threading.Event()
        self.answers.set()
        self.ca = folder / "keys-ca.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
             folder / "keys-key.pem", "-out", self.ca], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, folder / "keys-key.pem")
        own = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                own.requests += 1
                own.answers.wait(60)
                status, headers, body = own.answer or (200, {}, own.issuer.jwks.encode())
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server.server_address[1]}/keys"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def config(path: pathlib.Path, *issuers: dict) -> pathlib.Path:
    """Writes a file for `--auth-config`."""
    path.write_text(yaml.safe_dump({"issuers": [
        {"audiences": [AUDIENCE], **issuer} for issuer in issuers]}))
    return path
