"""Every file that any command writes is its owner's alone, whatever the umask; every place is refused in one way."""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.cli.command import discover
from tests.program import called

ARCHIVE = Path(__file__).parents[1] / "data" / "stores" / "e06199c.tar.xz"
SETTINGS = """
[[report]]
out = "reports/{date}.md"
format = "md"
mail = "reports/{date}.eml"
[[export]]
to = "siem.ndjson"
format = "ndjson"
"""
GROUP = '[group]\nname = "G"\nkey_file = "group.key"\n[[hospital]]\nname = "one"\nconfig = "."\n'
WRITING = {
    "init": ["init {root}/new", "init {root}/again --from {root}/logs/2026-06-01.csv"],
    "simulate": ["simulate {root}/invented --staff 50 --days 2 --clean"],
    "run": ["run --quiet"],
    "repair": ["repair"],
    "export": ["export", "export --format cef --to {root}/out.cef"],
    "events": [
        "events --out {root}/events.csv", "events --out {root}/events.parquet",
        "events --format ndjson --out {root}/events",
    ],
    "inquiry": ["inquiry Fbcb --out {root}/letter.txt"],
    "patient": ["patient p-OB-03 --out {root}/list.md"],
    "report": ["report --out {root}/report.html --mail {root}/report.eml", "report --out {root}/report.xlsx"],
    "evidence": ["evidence Fbcb --out {root}/evidence.zip"],
    "policies new": ["policies new our-own"],
    "triage": ["triage Fbcb --disposition false_alarm"],
    "seal": ["seal p-OB-03 --out {root}/seal.md"],
    "case": ["case Fbcb --out {root}/case.html"],
    "drill": ["drill --quick --quiet"],
    "group run": ["group run --quiet"],
}  # fmt: skip
"""What each command that writes files is called with."""
REFUSED = ("drill", "case")
"""This site is too small for them."""
READING = {
    "check": "check", "findings": "findings", "show": "show Fbcb", "user": "user ER-n7", "quarantine": "quarantine",
    "sources": "sources", "status": "status", "verify": "verify", "guide": "guide officer",
    "trace": "trace --patients {root}/leaked.csv",
    "group status": "group status", "group findings": "group findings",
    "policies test": "policies test {root}/policies/our-own.sql", "policies tables": "policies tables",
}  # fmt: skip
"""What the others are called with: they write nothing but the trail, and what they need for a while."""
PLACES = ("events --out", "report --out", "report --mail", "evidence Fbcb --out", "inquiry Fbcb --out",
          "patient p-OB-03 --out", "export --format cef --to")  # fmt: skip
"""Every option that names a file for a person."""


def deployment(root: Path) -> Path:
    """Unpack a small hospital that was judged; what lies there is nobody else's."""
    root.mkdir(parents=True)
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(root, filter="data")
    for night in (root / "later").iterdir():
        shutil.move(night, root / "logs")
    with (root / "detector.toml").open("a", encoding="utf-8") as stream:
        stream.write(SETTINGS)
    (root / "group.toml").write_text(GROUP, encoding="utf-8")
    (root / "leaked.csv").write_text("patient_id\np-OB-03\n", encoding="utf-8")
    for path in (root, *root.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return root


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = deployment(tmp_path_factory.mktemp("places") / "site")
    assert called(["--config", str(root), "run", "--quiet"]).returncode == 0
    return root


def open_files(root: Path) -> Iterator[str]:
    for path in root.rglob("*"):
        status = path.lstat()
        if stat.S_IMODE(status.st_mode) & 0o077 and not stat.S_ISLNK(status.st_mode):
            yield f"{stat.S_IMODE(status.st_mode):o} {path.relative_to(root)}"


def test_every_command_is_looked_at() -> None:
    names = set()
    for command in discover():
        names |= {f"{command.name} {one.name}" for one in command.subcommands} or {command.name}
    assert names == {*WRITING, *READING}, "say above what it is called with"


@pytest.mark.heavy
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_every_file_of_every_command_is_its_owner_s_alone(tmp_path: Path, umask: int) -> None:
    root = deployment(tmp_path / "site")
    before = os.umask(umask)
    try:
        for name, calls in (WRITING | {name: [one] for name, one in READING.items()}).items():
            files = set(root.rglob("*"))
            for call in calls:
                done = called(["--config", str(root), *call.format(root=root).split()])
                assert done.returncode in {0, 1} or name in REFUSED, (call, done.stderr)
                assert not list(open_files(root)), call
            assert bool(set(root.rglob("*")) - files) is (
                name in WRITING and name not in {"repair", "triage", *REFUSED}
            ), name
        assert os.umask(umask) == umask
    finally:
        os.umask(before)


@pytest.mark.parametrize("place", ["", ".", "none/x.csv", "detector.toml/x.csv"])
def test_a_place_that_is_none_is_told_in_one_way(site: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site)
    before = set(site.rglob("*"))
    told = {}
    for option in PLACES:
        fitting = ["--format", "csv"] if option.startswith("events") else []
        done = called(["--lang", "en", *option.split(), place, *fitting])
        sentence = done.stderr.decode().replace(f"{site}/", "").replace(str(site), ".")
        told[option] = (done.returncode, sentence, done.stdout)
    assert set(told.values()) == {told["events --out"]}
    code, sentence, out = told["events --out"]
    assert (code, out) == (2, b"")
    assert sentence.startswith(f"detector: cannot write {place or '.'}: ")
    assert sentence.count("\n") == 1
    assert set(site.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
@pytest.mark.parametrize("option", PLACES)
def test_a_device_is_written_to_and_never_replaced(site: Path, option: str, tmp_path: Path) -> None:
    name = "null.md" if option.startswith(("report", "patient")) else "null.csv"
    device = tmp_path / name
    os.mknod(device, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    done = called(["--config", str(site), *option.split(), str(device)])
    assert done.returncode == 0, done.stderr
    assert stat.S_ISCHR(device.lstat().st_mode)
    assert list(tmp_path.iterdir()) == [device]
