"""The evidence file, checked as a third party would: with sha256sum, openssl and the logs themselves."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import re
import stat
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from detector.cli import shell
from detector.deployment.settings import Settings
from detector.findings.reading import read_findings
from detector.store import open_published
from detector.texts.untrusted import UNSAFE
from tests.reports.worlds import DECOY, PLANTED, build, judged


@dataclass
class Place:
    """A judged hospital, and what `detector` says there."""

    settings: Settings
    folder: Path

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run the command line in this process, errors in English; return what it said on stderr."""
        said = io.StringIO()
        quiet = contextlib.redirect_stdout(io.StringIO())
        with contextlib.redirect_stderr(said), quiet, pytest.raises(SystemExit) as stopped:
            shell.main(["-c", str(self.settings.path), *(() if code == 0 else ("--lang", "en")), *arguments])
        assert stopped.value.code == code, said.getvalue()
        return said.getvalue()

    def evidence(self, name: str, *arguments: str, finding: str = "") -> dict[str, bytes]:
        """Write a bundle and return its files."""
        path = self.folder / name
        self.run("evidence", finding or self.finding("n2"), "--out", str(path), *arguments)
        with zipfile.ZipFile(path) as archive:
            return {one: archive.read(one) for one in archive.namelist()}

    def finding(self, user: str) -> str:
        with open_published(self.settings) as published:
            return next(
                one["finding_id"] for one in read_findings(published.connection, "zh") if one["user_id"] == user
            )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("evidence")
    settings = build(folder / "site", days=5)
    judged(settings)
    found = Place(settings, folder)
    found.run("triage", found.finding("n2"), "--disposition", "escalated", "--note", f"{DECOY} =1+1 <script> \u202e")
    return found


@pytest.fixture(scope="module")
def whole(place: Place) -> dict[str, bytes]:
    return place.evidence("whole.zip", "--affected")


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def fixed(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if not name.startswith("custody")}


def test_the_manifest_holds_and_covers_everything_but_custody(whole: dict[str, bytes], tmp_path: Path) -> None:
    assert next(iter(whole)) == "SHA256SUMS"
    for name, content in whole.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    named = {line.split("  ", 1)[1] for line in whole["SHA256SUMS"].decode().splitlines()}
    assert named == set(whole) - {"SHA256SUMS", "custody.html", "custody.pdf"}
    assert {"finding.html", "finding.json", "events.csv", "events.ndjson", "files.csv", "affected.csv",
            "configuration.toml", "decisions.jsonl", "policies/decoy-access.sql", "README.txt"} <= named  # fmt: skip


def test_the_custody_page_names_the_manifest_and_who_made_it(whole: dict[str, bytes]) -> None:
    page = whole["custody.html"].decode()
    assert hashlib.sha256(whole["SHA256SUMS"]).hexdigest() in page
    assert "证据保管链" in page
    assert "交接记录" in page


def test_every_event_stands_in_its_log_where_it_is_said_to(place: Place, whole: dict[str, bytes]) -> None:
    events = [json.loads(line) for line in whole["events.ndjson"].decode().splitlines()]
    assert events
    for event in events:
        log = (place.settings.folder / event["file"]).read_bytes()
        raw = event["raw"].encode()
        assert log[event["byte_position"] :].startswith(raw)
        assert hashlib.sha256(raw).hexdigest() == event["raw_sha256"]
        assert event["user_id"] == "n2"
    originals = b"".join(content for name, content in whole.items() if name.startswith("original/"))
    assert all(event["raw"].encode() in originals for event in events)


def test_the_hash_of_every_log_can_be_recomputed(place: Place, whole: dict[str, bytes]) -> None:
    files = rows(whole["files.csv"])
    assert {row["source"] for row in files} == {"emr"}
    for row in files:
        content = (place.settings.folder / row["file"]).read_bytes()[: int(row["bytes_read"])]
        assert hashlib.sha256(content).hexdigest() == row["sha256"]


def test_a_decision_is_the_line_of_the_trail(place: Place, whole: dict[str, bytes]) -> None:
    trail = (place.settings.store.path.parent / "trail.jsonl").read_bytes().splitlines()
    lines = whole["decisions.jsonl"].splitlines()
    assert len(lines) == 1
    assert lines[0] in trail
    body = re.sub(rb', "hash": "[0-9a-f]{64}"\}$', b"}", lines[0])
    assert hashlib.sha256(body).hexdigest() == json.loads(lines[0])["hash"]


def test_it_is_on_record(place: Place, whole: dict[str, bytes]) -> None:
    trail = (place.settings.store.path.parent / "trail.jsonl").read_text(encoding="utf-8").splitlines()
    told = [entry for entry in map(json.loads, trail) if entry["kind"] == "evidence"]
    assert told[0]["finding"] == place.finding("n2")
    assert told[0]["sums"] == hashlib.sha256(whole["SHA256SUMS"]).hexdigest()


def test_the_same_state_gives_the_same_bytes(place: Place, whole: dict[str, bytes]) -> None:
    again = place.evidence("again.zip", "--affected")
    assert fixed(again) == fixed(whole)
    assert stat.S_IMODE((place.folder / "again.zip").stat().st_mode) == 0o600


def test_as_of_a_day_later_events_and_decisions_change_nothing(tmp_path: Path) -> None:
    settings = build(tmp_path / "site", days=3)
    judged(settings)
    place = Place(settings, tmp_path)
    before = place.evidence("before.zip", "--as-of", "2026-06-02", "--affected", finding=place.finding("n0"))
    place.run("triage", place.finding("n0"), "--disposition", "confirmed", "--note", "later")
    after = place.evidence("after.zip", "--as-of", "2026-06-02", "--affected", finding=place.finding("n0"))
    for name in ("events.csv", "events.ndjson", "files.csv", "affected.csv", "days.csv", "decisions.jsonl"):
        assert before[name] == after[name], name
    assert "first listed on 2026-06-02" in place.run(
        "evidence", place.finding("n0"), "--out", "x.zip", "--as-of", "2026-06-01", code=2
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pseudonyms_leave_no_record_number(place: Place, language: str) -> None:
    path = place.folder / f"{language}-p.zip"
    place.run("--lang", language, "evidence", place.finding("n2"), "--out", str(path), "--affected", "--pseudonymise")
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    key = (place.settings.store.path.parent / "pseudonyms.key").read_text().strip()
    tokens = {row["patient_id"] for row in rows(files["events.csv"])}
    assert tokens
    assert rows(files["affected.csv"]) == []  # a decoy is nobody
    assert all(token.startswith("P-") for token in tokens)
    for name, content in files.items():
        if name != "custody.pdf":
            assert DECOY.encode() not in content, name
            assert b"D1&#34;" not in content, name
            assert key.encode() not in content, name
    assert not any(name.startswith("original/") for name in files)


def test_nothing_that_was_planted_does_anything(whole: dict[str, bytes]) -> None:
    for name in ("finding.html", "custody.html"):
        text = whole[name].decode()
        assert "<script>" not in text
        assert "<img" not in text
        assert UNSAFE.search(text.replace("\n", "")) is None
    for name in ("events.csv", "affected.csv", "files.csv", "days.csv"):
        for row in rows(whole[name]):
            for cell in row.values():
                assert not str(cell).startswith(("=", "+", "-", "@")), name
                assert UNSAFE.search(str(cell)) is None, name
    assert all(re.fullmatch(r"[\w./-]+", name) and ".." not in name for name in whole)
    assert PLANTED[3] not in whole["finding.html"].decode()


def openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.mark.needs_program("openssl")
@pytest.mark.parametrize("kind", [("rsa:2048",), ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")], ids=["rsa", "ec"])
def test_openssl_checks_the_signature(place: Place, tmp_path: Path, kind: tuple[str, ...]) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    openssl("req", "-x509", "-newkey", *kind, "-nodes", "-days", "3650", "-keyout", str(key), "-out", str(certificate),
            "-subj", "/CN=liu")  # fmt: skip
    files = place.evidence("signed.zip", "--sign", str(key), "--certificate", str(certificate))
    assert "CN=liu" in files["custody.html"].decode()
    for name in ("SHA256SUMS", "custody.html"):
        for one in (name, f"{name}.p7s"):
            (tmp_path / one).write_bytes(files[one])
        check = ["openssl", "cms", "-verify", "-binary", "-inform", "PEM", "-in", f"{name}.p7s", "-content", name,
                 "-CAfile", "cert.pem", "-purpose", "any", "-out", "/dev/null"]  # fmt: skip
        assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0
        (tmp_path / name).write_bytes(files[name] + b" ")
        assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_signing_without_the_extra_says_what_to_install(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    monkeypatch.delitem(sys.modules, "detector.evidence.signature", raising=False)
    arguments = ("--out", str(place.folder / "unsigned.zip"), "--sign", "key.pem")
    assert "pip install '.[sign]'" in place.run("evidence", place.finding("n2"), *arguments, code=2)


def test_keys_that_cannot_sign_are_told(place: Place, tmp_path: Path) -> None:
    key, other, sealed, edwards = (tmp_path / name for name in ("key.pem", "other.pem", "sealed.pem", "ed.pem"))
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(key))
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(tmp_path / "k"), "-out", str(other),
            "-subj", "/CN=x")  # fmt: skip
    openssl("pkey", "-in", str(key), "-aes256", "-passout", "pass:secret", "-out", str(sealed))
    openssl("genpkey", "-algorithm", "ed25519", "-out", str(edwards))
    finding = place.finding("n2")
    cases = {
        ("--sign", str(key)): "no certificate in",
        ("--sign", str(key), "--certificate", str(other)): "does not belong to the key",
        ("--sign", str(sealed), "--certificate", str(other)): "DETECTOR_SIGN_PASSPHRASE",
        ("--sign", str(edwards), "--certificate", str(other)): "must be RSA or elliptic-curve",
        ("--sign", str(tmp_path / "none.pem")): "cannot be read",
        ("--sign", str(other)): "no PEM key",
        ("--certificate", str(other)): "goes with --sign",
    }
    for arguments, told in cases.items():
        done = place.run("evidence", finding, "--out", str(tmp_path / "x.zip"), *arguments, code=2)
        assert told in done, done
    assert not (tmp_path / "x.zip").exists()


def test_evidence_outlives_the_logs(place: Place, whole: dict[str, bytes]) -> None:
    logs = place.settings.folder / "logs"
    logs.rename(place.folder / "away")
    try:
        assert fixed(place.evidence("later.zip", "--affected")) == fixed(whole)
    finally:
        (place.folder / "away").rename(logs)
