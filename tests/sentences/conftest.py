"""Deployments whose every sentence is read: a small one, the sample, late and whole, the development hospital."""

from __future__ import annotations

import gzip
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.deployment.settings import load_settings
from detector.night.job import run_nights
from detector.progress import Silent
from tests.sample import copy_sample
from tests.sentences import decided
from tests.sentences.hospital import Hospital
from tests.sentences.pages import Site
from tests.sentences.site import NOW, judged, write

NAME = Path("shared", "data", "dev-hospital")
DEVELOPMENT = next((one / NAME for one in Path(__file__).resolve().parents if (one / NAME).is_dir()), NAME)
"""It lies beside the repository, or further up where that is a worktree."""


@pytest.fixture(scope="session")
def small_hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return judged(write(tmp_path_factory.mktemp("sentences") / "site"))


@pytest.fixture(scope="session")
def decided_hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a larger one whose alerts officers have decided on."""
    folder = decided.write(tmp_path_factory.mktemp("sentences") / "decided")
    run_nights(load_settings(folder), None, Silent(), now=NOW)
    rows = Hospital(folder).all("select finding_id from findings where alert order by finding_id")
    decided.decide(folder, [row[0] for row in rows])
    run_nights(load_settings(folder), None, Silent(), now=NOW)  # takes the decisions in
    return folder


@pytest.fixture(scope="session")
def sample_hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_sample(tmp_path_factory.mktemp("sentences") / "sample")
    run_nights(load_settings(folder), None, Silent())
    return folder


@pytest.fixture(scope="session")
def late_hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the sample of which three rows of ten of the last month came after all nights."""
    folder = copy_sample(tmp_path_factory.mktemp("sentences") / "late")
    later = {}
    for path in sorted((folder / "logs").glob("*-202607.csv.gz")):
        header, *rows = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
        is_late = [zlib.crc32(row) % 10 < 3 for row in rows]
        kept = (row for row, late in zip(rows, is_late, strict=True) if not late)
        path.write_bytes(gzip.compress(header + b"".join(kept)))
        rest = (row for row, late in zip(rows, is_late, strict=True) if late)
        later[path.with_name(path.name.replace(".csv", "-late.csv"))] = gzip.compress(header + b"".join(rest))
    run_nights(load_settings(folder), None, Silent())
    for path, content in later.items():
        path.write_bytes(content)
    run_nights(load_settings(folder), None, Silent())
    return folder


@pytest.fixture(scope="session")
def development_hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not DEVELOPMENT.is_dir():
        pytest.skip("the development hospital is not here")
    folder = tmp_path_factory.mktemp("sentences") / "development"
    shutil.copytree(DEVELOPMENT, folder)
    folder.chmod(0o755)
    run_nights(load_settings(folder), None, Silent())
    return folder


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], tuple[Site, Hospital]]:
    """Return a deployment's commands and its figures."""

    def open_site(folder: Path) -> tuple[Site, Hospital]:
        return Site(folder, monkeypatch), Hospital(folder)

    return open_site
