"""The wheelhouse: what it pins, for which machines, and a machine without a network that lives by it."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheelhouse() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wheelhouse", CHECKOUT / ".ci" / "wheelhouse.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


THROUGH = "2026-06-17"
"""So far into the sample there is a finding; the rest of its six weeks proves nothing more here."""


def test_every_pin_has_its_hashes(wheelhouse: ModuleType) -> None:
    text = wheelhouse.CONSTRAINTS.read_text(encoding="utf-8")
    pins = wheelhouse.pinned(text)
    assert list(pins) == re.findall(r"^[a-z0-9][^ ;]*==[^ ;]+", text, re.MULTILINE)
    assert sum(map(len, pins.values())) == text.count("--hash=sha256:")
    assert {"uv", "hatchling"} <= {pin.partition("==")[0] for pin in pins}


def test_wheels_for_newer_c_libraries_are_not_taken(wheelhouse: ModuleType) -> None:
    tags = wheelhouse.tags("aarch64")
    assert {"manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"} <= set(tags)
    assert "manylinux_2_29_aarch64" not in tags


@pytest.mark.parametrize(("text", "read"), [("3.11", "3.11"), ("312", "3.12")])
def test_the_servers_python(wheelhouse: ModuleType, text: str, read: str) -> None:
    assert wheelhouse.version(text) == read


@pytest.mark.parametrize("text", ["3.9", "2.7", "3", "new"])
def test_a_python_that_is_too_old(wheelhouse: ModuleType, text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=re.escape(f"{text}: the detector needs Python 3.11")):
        wheelhouse.version(text)


def test_other_peoples_folders_are_left_alone(wheelhouse: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(SystemExit, match="holds other files"):
        wheelhouse.main(["--out", str(tmp_path)])
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_hints_name_extras_that_exist() -> None:
    with (CHECKOUT / "pyproject.toml").open("rb") as file:
        extras = set(tomllib.load(file)["project"]["optional-dependencies"])
    source = "".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "detector").rglob("*.py"))
    hinted = set(re.findall(r'raise MissingExtraError\("[^"]+", "([^"]+)"', source))
    assert {"pdf", "sign"} <= hinted <= extras


@pytest.mark.heavy
@pytest.mark.skipif(sys.platform != "linux", reason="builds for Linux")
def test_a_machine_without_a_network_installs_and_works(tmp_path: Path) -> None:
    """The index is needed to build; after that nothing reaches a network, and the checkout is not in use."""
    version = ".".join(map(str, sys.version_info[:2]))
    script = [sys.executable, CHECKOUT / ".ci" / "wheelhouse.py", "--python-version", version]
    subprocess.run([*script, "--platform", os.uname().machine], cwd=tmp_path, check=True)
    house = tmp_path / "wheelhouse"
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=house, check=True)
    written = (house / "INSTALL.txt").read_text(encoding="utf-8")
    assert re.findall(r"(pip install .*)", written) == ["pip install -r wheelhouse/requirements.txt"]

    alone = ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        alone = []
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = kept | nowhere | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_COMPILE": "1"}
    programs = tmp_path / "venv" / "bin"

    def told(*command: str | Path, code: int = 0) -> str:
        asked = [*alone, *map(str, command)]
        done = subprocess.run(asked, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{asked}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    told(programs / "pip", "install", "--quiet", "-r", "wheelhouse/requirements.txt")
    assert "No broken requirements" in told(programs / "pip", "check")
    detector = programs / "detector"
    assert told(detector, "--version").startswith("detector ")

    (house / "sample_logs").rename(tmp_path / "sample")
    sample = (detector, "--config", "sample", "--lang", "en")
    told(*sample, "check")
    assert "detector evidence" in told(detector, "--lang", "en", "guide", "commands")
    told(*sample, "run", "--through", THROUGH)
    told(*sample, "verify")
    told(*sample, "status")
    listed = [json.loads(line) for line in told(*sample, "findings", "--format", "ndjson").splitlines()]
    assert listed
    for form in ("html", "xlsx"):
        told(*sample, "report", "--period", "month", "--out", f"month.{form}")
        assert (tmp_path / f"month.{form}").stat().st_size > 1_000
    assert "<svg" in (tmp_path / "month.html").read_text(encoding="utf-8")
    finding = listed[0]["finding_id"]
    told(*sample, "evidence", finding, "--out", "evidence.zip")

    (tmp_path / "key.pem").write_text("no key", encoding="utf-8")
    assert "pip install '.[sign]'" in told(*sample, "evidence", finding, "--out", "x.zip", "--sign", "key.pem", code=2)
    assert "pip install '.[pdf]'" in told(*sample, "report", "--out", "month.pdf", code=2)
