"""Detached signatures that anybody can check: CMS (RFC 5652), made with the officer's own key and certificate.

A certificate names who signed, as 电子签名法 art. 13 and eIDAS ask of a signature; one of the hospital's or a public
authority is worth more than one that the officer issued himself.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, pkcs7

from detector.errors import UsageError

PASSPHRASE: Final = "DETECTOR_SIGN_PASSPHRASE"  # noqa: S105  (the name of a variable)
"""Environment variable with the passphrase of an encrypted key."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and the certificates that go with it, the signer's own first."""

    suffix: ClassVar[str] = ".p7s"
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificates: tuple[x509.Certificate, ...]

    @property
    def name(self) -> str:
        """Return whom the certificate names."""
        return self.certificates[0].subject.rfc4514_string()

    def sign(self, content: bytes) -> bytes:
        """Return a detached signature of the content, in PEM."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
        builder = builder.add_signer(self.certificates[0], self.key, hashes.SHA256())
        for authority in self.certificates[1:]:
            builder = builder.add_certificate(authority)
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        return builder.sign(Encoding.PEM, options)


def read_signer(key_file: Path, certificate_file: Path | None = None) -> Signer:
    """Read a PEM key and certificate, from one file or from two. Raises UsageError where they are not usable."""
    given = os.environ.get(PASSPHRASE)
    try:
        key = load_pem_private_key(_read(key_file), given.encode() if given is not None else None)
    except TypeError:
        what = "is not encrypted: unset" if given is not None else "is encrypted: put its passphrase into"
        raise UsageError(f"--sign: the key in {key_file} {what} {PASSPHRASE}") from None
    except ValueError as error:
        raise UsageError(f"--sign: {key_file} holds no PEM key that can be read: {error}") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise UsageError(f"--sign: the key in {key_file} must be RSA or elliptic-curve (P-256, P-384)")
    place = certificate_file or key_file
    try:
        certificates = tuple(x509.load_pem_x509_certificates(_read(place)))
    except ValueError:
        raise UsageError(
            f"--sign: no certificate in {place}; give --certificate FILE, or make key and certificate with"
            " `openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -keyout key.pem -out cert.pem -subj /CN=NAME`"
        ) from None
    own = certificates[0].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if own != key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo):
        raise UsageError(f"--sign: the certificate in {place} does not belong to the key in {key_file}")
    return Signer(key, certificates)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"--sign: {path} cannot be read: {error.strerror}") from None
