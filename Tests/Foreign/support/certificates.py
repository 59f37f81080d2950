"""Authorities and certificates for TLS, good ones and bad ones, made when a test needs them."""

import datetime
import ipaddress
import pathlib
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
                      x509.NameAttribute(NameOID.COMMON_NAME, common)])


def alternative(text: str) -> x509.GeneralName:
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def pem(key) -> bytes:
    """A private key without a password."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


class Pair:
    """A certificate with its chain and its private key, as files and as bytes."""

    def __init__(self, folder: pathlib.Path, title: str, certificate, key, chain=()):
        self.x509 = certificate
        self.private = key
        self.chain = b"".join(c.public_bytes(serialization.Encoding.PEM)
                              for c in (certificate, *chain))
        self.key = pem(key)
        self.chain_file = folder / f"{title}.crt"
        self.key_file = folder / f"{title}.key"
        self.chain_file.write_bytes(self.chain)
        self.key_file.write_bytes(self.key)
        self.key_file.chmod(0o600)

    @property
    def flags(self) -> list[str]:
        return ["--tls-cert", str(self.chain_file), "--tls-key", str(self.key_file)]


class Authority:
    """Signs certificates, and says which of them count no more."""

    def __init__(self, folder: pathlib.Path, title="root"):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = name(title)
        builder = self._builder(self.name, self.key, now() - DAY, now() + 100 * DAY)
        self.certificate = builder.add_extension(
            x509.BasicConstraints(True, None), True).sign(self.key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        self.file = folder / f"{title}.pem"
        self.file.write_bytes(self.pem)
        self.revoked: list[int] = []

    def _builder(self, subject, key, begins, ends):
        return (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                .public_key(key.public_key()).serial_number(x509.random_serial_number())
                .not_valid_before(begins).not_valid_after(ends))

    def issue(self, title: str, *names: str, usage=SERVER, begins=None, ends=None, key=None,
              signer=None, subject=None) -> Pair:
        """A certificate for these names: DNS names, addresses, URIs."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(name(title) if subject is None else subject, key,
                                begins or now() - DAY, ends or now() + 30 * DAY)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([alternative(n) for n in names]), False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), False)
        return Pair(self.folder, title, builder.sign(signer or self.key, hashes.SHA256()), key)

    def self_signed(self, title: str, *names: str, usage=SERVER) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (x509.CertificateBuilder().subject_name(name(title)).issuer_name(name(title))
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now() - DAY).not_valid_after(now() + DAY)
                   .add_extension(x509.SubjectAlternativeName([alternative(n) for n in names]),
                                  False)
                   .add_extension(x509.ExtendedKeyUsage([usage]), False))
        return Pair(self.folder, title, builder.sign(key, hashes.SHA256()), key)

    def issue_with_sha1(self, title: str, *names: str) -> Pair:
        """A server's certificate that is signed with SHA-1: openssl still does."""
        good = self.issue(title, *names)
        files = {kind: self.folder / f"{title}.{kind}" for kind in ("signer", "request")}
        files["signer"].write_bytes(pem(self.key))
        request = x509.CertificateSigningRequestBuilder().subject_name(good.x509.subject)
        for extension in good.x509.extensions:
            request = request.add_extension(extension.value, extension.critical)
        files["request"].write_bytes(request.sign(good.private, hashes.SHA256()).public_bytes(
            serialization.Encoding.PEM))
        signed = subprocess.run(
            ["openssl", "x509", "-req", "-in", files["request"], "-CA", self.file, "-CAkey",
             files["signer"], "-set_serial", "4712", "-sha1", "-copy_extensions", "copyall"],
            capture_output=True, check=True).stdout
        return Pair(self.folder, title, x509.load_pem_x509_certificate(signed), good.private)

    def revocations(self, title="revoked") -> pathlib.Path:
        """Writes the list of what is revoked until now."""
        builder = (x509.CertificateRevocationListBuilder().issuer_name(self.name)
                   .last_update(now() - DAY).next_update(now() + DAY))
        for serial in self.revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial)
                .revocation_date(now() - DAY).build())
        path = self.folder / f"{title}.crl"
        path.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(
            serialization.Encoding.PEM))
        return path


def weak_key():
    """An RSA key of 1024 bits."""
    return rsa.generate_private_key(65537, 1024)
