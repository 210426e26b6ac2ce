"""Certificates for tests, made once by openssl."""

import shutil
import subprocess
from pathlib import Path

import pytest


def self_signed(folder: Path, names: str = "DNS:localhost,IP:127.0.0.1", days: int = 30) -> tuple[Path, Path]:
    """(cert.pem, key.pem) in `folder`. Who trusts cert.pem as an authority verifies for real."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no certificate for this test")
    folder.mkdir(parents=True, exist_ok=True)
    cert, key = folder / "cert.pem", folder / "key.pem"
    made_by = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days), "-subj", "/CN=localhost"]
    subprocess.run([*made_by, "-keyout", key, "-out", cert, "-addext", f"subjectAltName={names}"], check=True, capture_output=True)
    return cert, key
