#!/usr/bin/env python3
"""Makes tokens.json: tokens that JWTVerificationTests takes or refuses, and the keys to them.

Run by hand when a case is added; the private keys are thrown away, so all tokens change.
"""
import base64
import hashlib
import hmac
import json
import pathlib

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

NOW = 1_800_000_000
GITHUB = "https://token.actions.githubusercontent.com"
KUBERNETES = "https://kubernetes.default.svc.cluster.local"
DEX = "https://dex.example.com/dex"
KEYCLOAK = "https://keycloak.example.com/realms/example"


def b64(data):
    if not isinstance(data, bytes):
        data = json.dumps(data, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(key, kid, **more):
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = public.public_numbers()
        fields = {"kty": "RSA", "n": b64(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
                  "e": b64(numbers.e.to_bytes(3))}
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        numbers = public.public_numbers()
        size = (key.curve.key_size + 7) // 8
        fields = {"kty": "EC", "crv": {256: "P-256", 384: "P-384"}[key.curve.key_size],
                  "x": b64(numbers.x.to_bytes(size)), "y": b64(numbers.y.to_bytes(size))}
    else:
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        fields = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw)}
    return {**fields, "kid": kid, **more}


RSA = rsa.generate_private_key(65537, 2048)
WEAK = rsa.generate_private_key(65537, 1024)
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED = ed25519.Ed25519PrivateKey.generate()
STRANGER = rsa.generate_private_key(65537, 2048)

KEYS = {
    GITHUB: [jwk(RSA, "cc413527", use="sig", alg="RS256")],
    KUBERNETES: [jwk(P256, "k8s-1", use="sig", alg="ES256"),
                 jwk(RSA, "k8s-enc", use="enc", alg="RSA-OAEP")],
    DEX: [jwk(ED, "dex-1")],
    KEYCLOAK: [jwk(RSA, "kc-rsa", use="sig", alg="RS256"), jwk(P256, "kc-ec", use="sig"),
               jwk(P384, "kc-384", use="sig", alg="ES384")],
}

TIMES = {"iat": NOW - 10, "nbf": NOW - 10, "exp": NOW + 300}
CLAIMS = {
    # As a workflow run gets them.
    GITHUB: {
        "jti": "f3a1", "sub": "repo:example/cart:ref:refs/heads/main", "aud": "trackd",
        "ref": "refs/heads/main", "sha": "8f0c5c1c2c1fa7c8a7e0b8b0a1c2d3e4f5061728",
        "repository": "example/cart", "repository_owner": "example",
        "repository_owner_id": "65", "run_id": "9000000001", "run_number": "7",
        "run_attempt": "1", "repository_visibility": "private", "repository_id": "74",
        "actor_id": "12", "actor": "octocat", "workflow": "release", "head_ref": "",
        "base_ref": "", "event_name": "push", "ref_protected": "true", "ref_type": "branch",
        "workflow_ref": "example/cart/.github/workflows/release.yml@refs/heads/main",
        "job_workflow_ref": "example/cart/.github/workflows/release.yml@refs/heads/main",
        "runner_environment": "github-hosted", "enterprise_id": "9", "iss": GITHUB, **TIMES,
    },
    # As a projected volume of a pod gets them.
    KUBERNETES: {
        "aud": ["trackd"], "iss": KUBERNETES, "jti": "0c6a",
        "kubernetes.io": {
            "namespace": "ci", "node": {"name": "n1", "uid": "b2"},
            "pod": {"name": "build-7", "uid": "c3"},
            "serviceaccount": {"name": "builder", "uid": "d4"}, "warnafter": NOW + 3607},
        "sub": "system:serviceaccount:ci:builder", **TIMES,
    },
    DEX: {
        "iss": DEX, "sub": "CgNhZGESBGxkYXA", "aud": "trackd", "at_hash": "x9Q",
        "email": "ada@example.com", "email_verified": True, "groups": ["deployers", "admins"],
        "name": "Ada", **TIMES,
    },
    KEYCLOAK: {
        "jti": "onrtac:1", "iss": KEYCLOAK, "aud": ["account", "trackd"], "typ": "Bearer",
        "sub": "0d4f7c1e-2c0b-4a3e-9a44-0f7e5b0c6c11", "azp": "trackctl", "sid": "s1", "acr": "1",
        "allowed-origins": ["/*"], "realm_access": {"roles": ["offline_access", "release"]},
        "resource_access": {"account": {"roles": ["view-profile"]}}, "scope": "profile email",
        "email_verified": True, "preferred_username": "ada", "iat": NOW - 10, "exp": NOW + 300,
    },
}
SIGNERS = {GITHUB: (RSA, "RS256", "cc413527"), KUBERNETES: (P256, "ES256", "k8s-1"),
           DEX: (ED, "EdDSA", "dex-1"), KEYCLOAK: (RSA, "RS256", "kc-rsa")}
CASES = []


def case(name, token, outcome):
    CASES.append({"name": name, "token": token, "outcome": outcome})


def signed(issuer, header=None, drop=(), key=None, alg=None, **claims):
    own, own_alg, kid = SIGNERS[issuer]
    payload = {**CLAIMS[issuer], **claims}
    for name in drop:
        payload.pop(name)
    head = {"kid": kid, **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(payload, key or own, alg or own_alg, headers=head)


def raw(header, payload, key=RSA):
    """Signed with RS256, whatever the header says; both parts as text."""
    text = f"{b64(header.encode())}.{b64(payload.encode())}"
    signature = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(
        text.encode(), key)
    return f"{text}.{b64(signature)}"


HEADER = '{"alg":"RS256","kid":"cc413527"}'
GOOD = json.dumps(CLAIMS[GITHUB])

for issuer, outcome in ((GITHUB, "jwt:%s#repo:example/cart:ref:refs/heads/main"),
                        (KUBERNETES, "jwt:%s#system:serviceaccount:ci:builder"),
                        (DEX, "jwt:%s#ada@example.com"), (KEYCLOAK, "jwt:%s#ada")):
    case(f"as {issuer} makes it", signed(issuer), outcome % issuer)
case("Keycloak's second key", signed(KEYCLOAK, {"kid": "kc-ec"}, key=P256, alg="ES256"),
     f"jwt:{KEYCLOAK}#ada")
case("several audiences, ours last", signed(GITHUB, aud=["a", "b", "trackd"]),
     f"jwt:{GITHUB}#repo:example/cart:ref:refs/heads/main")
case("no kid where there is one key", signed(GITHUB, {"kid": None}),
     f"jwt:{GITHUB}#repo:example/cart:ref:refs/heads/main")
case("an expiry with a fraction", raw(HEADER, GOOD.replace(f'"exp": {NOW + 300}',
     f'"exp": {NOW + 1}.75')), f"jwt:{GITHUB}#repo:example/cart:ref:refs/heads/main")
case("expired within the skew", signed(GITHUB, exp=NOW - 59),
     f"jwt:{GITHUB}#repo:example/cart:ref:refs/heads/main")
case("valid soon, within the skew", signed(GITHUB, nbf=NOW + 60),
     f"jwt:{GITHUB}#repo:example/cart:ref:refs/heads/main")

case("expired", signed(GITHUB, exp=NOW - 60), "TOKEN_EXPIRED")
case("expired long ago", signed(GITHUB, exp=0), "TOKEN_EXPIRED")
case("not valid yet", signed(GITHUB, nbf=NOW + 61), "TOKEN_NOT_YET_VALID")
case("no expiry", signed(GITHUB, drop=["exp"]), "TOKEN_CLAIMS_REFUSED")
for text in ('"1800000300"', "1e300", "99999999999999999999", "-1", "null", "true", "[1800000300]",
             "1.8000003e9", "18000003000000"):
    case(f"the expiry {text}", raw(HEADER, GOOD.replace(f'"exp": {NOW + 300}', f'"exp": {text}')),
         "CREDENTIALS_MALFORMED")
for text in ("NaN", "Infinity", "01800000300", "+1800000300", "1800000300.", ".5", "0x6b49d32c"):
    case(f"the expiry {text}", raw(HEADER, GOOD.replace(f'"exp": {NOW + 300}', f'"exp": {text}')),
         "CREDENTIALS_MALFORMED")
case("another audience", signed(GITHUB, aud="other"), "TOKEN_AUDIENCE_WRONG")
case("an audience that begins with ours", signed(GITHUB, aud="trackd2"), "TOKEN_AUDIENCE_WRONG")
case("no audience", signed(GITHUB, drop=["aud"]), "TOKEN_AUDIENCE_WRONG")
case("an empty list of audiences", signed(GITHUB, aud=[]), "TOKEN_AUDIENCE_WRONG")
case("a list in a list of audiences", signed(GITHUB, aud=[["trackd"]]), "CREDENTIALS_MALFORMED")
case("a number in the audiences", raw(HEADER, GOOD.replace('"aud": "trackd"',
     '"aud": ["trackd", 1]')), "CREDENTIALS_MALFORMED")
case("another issuer", raw(HEADER, GOOD.replace(GITHUB, "https://evil.example")),
     "TOKEN_ISSUER_UNKNOWN")
case("an issuer with a slash at its end", raw(HEADER, GOOD.replace(f'"iss": "{GITHUB}"',
     f'"iss": "{GITHUB}/"')), "TOKEN_ISSUER_UNKNOWN")
case("no issuer", signed(GITHUB, drop=["iss"]), "TOKEN_ISSUER_UNKNOWN")
case("an issuer that signs as another", raw('{"alg":"RS256","kid":"kc-rsa"}', GOOD),
     "TOKEN_KEY_UNKNOWN")
case("a key of another issuer", signed(DEX, {"kid": "dex-1"}, key=P256, alg="ES256"),
     "TOKEN_SIGNATURE_INVALID")
case("an unknown key", signed(GITHUB, {"kid": "other"}), "TOKEN_KEY_UNKNOWN")
case("a kid in another case", signed(GITHUB, {"kid": "CC413527"}), "TOKEN_KEY_UNKNOWN")
case("no kid where there are two keys", signed(KEYCLOAK, {"kid": None}), "TOKEN_KEY_UNKNOWN")
case("a key for encryption", signed(KUBERNETES, {"kid": "k8s-enc"}, key=RSA, alg="RS256"),
     "TOKEN_KEY_UNKNOWN")
case("a key of an algorithm that is not taken",
     signed(KEYCLOAK, {"kid": "kc-384"}, key=P384, alg="ES384"), "TOKEN_SIGNATURE_INVALID")
case("signed by a stranger", signed(GITHUB, key=STRANGER), "TOKEN_SIGNATURE_INVALID")
case("PS256 with the right key", signed(GITHUB, alg="PS256"), "TOKEN_SIGNATURE_INVALID")
case("RS512 with the right key", signed(GITHUB, alg="RS512"), "TOKEN_SIGNATURE_INVALID")
case("ES256 said of an RSA key", raw('{"alg":"ES256","kid":"cc413527"}', GOOD),
     "TOKEN_SIGNATURE_INVALID")
pem = RSA.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
for secret, what in ((pem, "PEM"), (KEYS[GITHUB][0]["n"].encode(), "modulus")):
    text = f'{b64(HEADER.replace("RS256", "HS256").encode())}.{b64(CLAIMS[GITHUB])}'
    case(f"HMAC with the public key's {what}",
         f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}",
         "TOKEN_SIGNATURE_INVALID")
for alg in ("none", "None", "NONE", "nOnE", "rs256", "RS256 ", ""):
    text = b64(f'{{"alg":"{alg}","kid":"cc413527"}}'.encode()) + "." + b64(CLAIMS[GITHUB])
    case(f"the algorithm '{alg}'", f"{text}.{signed(GITHUB).split('.')[2]}",
         "TOKEN_SIGNATURE_INVALID")
head, payload, signature = signed(GITHUB).split(".")
case("no signature", f"{head}.{payload}.", "CREDENTIALS_MALFORMED")
case("two parts", f"{head}.{payload}", "CREDENTIALS_MALFORMED")
case("four parts", f"{head}.{payload}.{signature}.", "CREDENTIALS_MALFORMED")
case("five parts, as encrypted ones have", f"{head}.{payload}.{signature}.a.b",
     "CREDENTIALS_MALFORMED")
case("a signature cut short", f"{head}.{payload}.{signature[:340]}", "TOKEN_SIGNATURE_INVALID")
case("padding behind the signature", f"{head}.{payload}.{signature}==", "CREDENTIALS_MALFORMED")
case("base64 in place of base64url", f"{head}.{payload}.{signature[:-2]}+/",
     "CREDENTIALS_MALFORMED")
ec_token = signed(KUBERNETES)
ec_head, ec_payload, ec_signature = ec_token.split(".")
der = P256.sign(f"{ec_head}.{ec_payload}".encode(), ec.ECDSA(__import__(
    "cryptography.hazmat.primitives.hashes", fromlist=["SHA256"]).SHA256()))
case("ES256 with a DER signature", f"{ec_head}.{ec_payload}.{b64(der)}", "TOKEN_SIGNATURE_INVALID")
case("ES256 with zeros", f"{ec_head}.{ec_payload}.{b64(bytes(64))}", "TOKEN_SIGNATURE_INVALID")
case("Ed25519 with zeros", ".".join(signed(DEX).split(".")[:2]) + "." + b64(bytes(64)),
     "TOKEN_SIGNATURE_INVALID")
case("crit", raw('{"alg":"RS256","kid":"cc413527","crit":["exp"],"exp":1}', GOOD),
     "CREDENTIALS_MALFORMED")
case("an empty crit", raw('{"alg":"RS256","kid":"cc413527","crit":[]}', GOOD),
     "CREDENTIALS_MALFORMED")
case("two algorithms", raw('{"alg":"RS256","alg":"RS256","kid":"cc413527"}', GOOD),
     "CREDENTIALS_MALFORMED")
case("the claim sub twice", raw(HEADER, GOOD[:-1] + ',"sub":"admin"}'), "CREDENTIALS_MALFORMED")
case("the claim sub twice, once escaped", raw(HEADER, GOOD[:-1] + ',"s\\u0075b":"admin"}'),
     "CREDENTIALS_MALFORMED")
case("a payload that is a list", raw(HEADER, f"[{GOOD}]"), "CREDENTIALS_MALFORMED")
case("something behind the payload", raw(HEADER, GOOD + "{}"), "CREDENTIALS_MALFORMED")
case("a comma too many", raw(HEADER, GOOD[:-1] + ",}"), "CREDENTIALS_MALFORMED")
case("half a surrogate pair", raw(HEADER, GOOD.replace("octocat", "\\ud800")),
     "CREDENTIALS_MALFORMED")
case("a deep payload", raw(HEADER, GOOD[:-1] + ',"x":' + "[" * 400 + "]" * 400 + "}"),
     "CREDENTIALS_MALFORMED")
case("a kid that is a number", raw('{"alg":"RS256","kid":1}', GOOD), "CREDENTIALS_MALFORMED")
case("a key in the header", raw(json.dumps({
    "alg": "RS256", "kid": "cc413527", "jwk": jwk(STRANGER, "cc413527")}), GOOD, STRANGER),
    "TOKEN_SIGNATURE_INVALID")
case("another type of token", signed(GITHUB, {"typ": "logout+jwt"}), "CREDENTIALS_MALFORMED")
case("another repository's owner", signed(GITHUB, repository_owner="evil"), "TOKEN_CLAIMS_REFUSED")
case("a required claim in another case", signed(GITHUB, repository_owner="Example"),
     "TOKEN_CLAIMS_REFUSED")
case("without a required claim", signed(GITHUB, drop=["repository_owner"]),
     "TOKEN_CLAIMS_REFUSED")
case("a required claim that is an object", signed(GITHUB, repository_owner={"example": 1}),
     "TOKEN_CLAIMS_REFUSED")
case("another namespace", signed(KUBERNETES, **{"kubernetes.io": {"namespace": "dev"}}),
     "TOKEN_CLAIMS_REFUSED")
case("no name", signed(GITHUB, drop=["sub"]), "TOKEN_CLAIMS_REFUSED")
case("an empty name", signed(DEX, email=""), "TOKEN_CLAIMS_REFUSED")
case("a name with a line end", signed(DEX, email="ada\nadmin"), "TOKEN_CLAIMS_REFUSED")
case("a long name", signed(DEX, email="a" * 256), "TOKEN_CLAIMS_REFUSED")
case("groups that are numbers", signed(DEX, groups=[1]), "TOKEN_CLAIMS_REFUSED")

out = {"now": NOW, "keys": {name: {"keys": keys} for name, keys in KEYS.items()},
       "weak": {"keys": [jwk(WEAK, "weak")]}, "cases": CASES}
path = pathlib.Path(__file__).with_name("tokens.json")
path.write_text(json.dumps(out, indent=1) + "\n")
