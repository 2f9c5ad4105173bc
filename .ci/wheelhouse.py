#!/usr/bin/env python3
"""Builds a wheelhouse: a folder from which the detector is installed on a server that reaches no package index.

``python3 .ci/wheelhouse.py [--platform aarch64] [--python-version 3.12] [--extra pdf] [--lean] [--out wheelhouse]``

Runs in a checkout or an unpacked source distribution, on any machine with an index and Python 3.10 or newer, Windows
too: neither platform nor Python version need be the server's. Everything that it downloads is checked against the
hashes in ``.ci/constraints.txt``. It uses the standard library alone; uv, in a throw-away environment, resolves for
the server and builds our own wheel, pip downloads the others.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
CONSTRAINTS = CHECKOUT / ".ci" / "constraints.txt"
PROJECT = "access-audit-detector"
PLATFORMS = {"x86_64": "x86_64", "x86-64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
GLIBC = (2, 28)
"""The oldest C library that the wheels must run on (Kylin V10, openEuler, RHEL 8); newer ones run them too."""
LEFT_OUT = ("llvmlite", "numba")
"""What ``--lean`` leaves out: pyod asks for numba, for a function that the detector never calls."""

INSTALL = """\
{title}
{line}
Linux {platform}, glibc {glibc} 或更新 / or newer (ldd --version); Python {python} (python{python} --version)

在服务器上，于本文件夹的上一级目录执行（不需要网络）：
On the server, in the folder that holds this one (no network is needed):

    (cd {folder} && sha256sum -c --quiet SHA256SUMS)
    python{python} -m venv /opt/detector && /opt/detector/bin/pip install {options}-r {folder}/requirements.txt

试用随附的示例 / Try the sample that comes along:

    cp -r {folder}/sample_logs /tmp/sample && /opt/detector/bin/detector --config /tmp/sample run
    /opt/detector/bin/detector guide
{note}"""
LEAN_NOTE = """
精简安装：缺少 numba 与 llvmlite，检测器用不到它们；“pip check” 会因此报告 pyod 缺少 numba，可以忽略。
Lean: numba and llvmlite are left out, the detector does not use them; "pip check" says that pyod misses numba. That is
all that it may say.
"""


def main(arguments: list[str] | None = None) -> int:
    """Build the wheelhouse and say what to do with it. Returns the exit code."""
    options = _parser().parse_args(arguments)
    platform = PLATFORMS[options.platform]
    out = options.out.absolute()
    if out.exists() and not (out / "SHA256SUMS").is_file() and any(out.iterdir()):
        sys.exit(f"{out} holds other files: name another folder with --out, or empty this one")
    with tempfile.TemporaryDirectory() as scratch:
        house = Path(scratch) / "wheelhouse"
        try:
            _build(house, platform, options.python_version, sorted(set(options.extra)), lean=options.lean)
        except subprocess.CalledProcessError as error:
            sys.exit(f"{' '.join(map(str, error.cmd[:6]))} … failed: what it says stands above")
        _describe(house, out.name, platform, options.python_version, lean=options.lean)
        if out.exists():
            shutil.rmtree(out)
        shutil.move(house, out)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    wheels = len(list(out.glob("*.whl")))
    print(f"{out}: {wheels} wheels, {size / 1e6:.0f} MB. INSTALL.txt in it says how to install them.")  # noqa: T201
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wheelhouse.py",
        description="Builds a folder from which the detector is installed without a package index.",
    )
    parser.add_argument("--platform", choices=PLATFORMS, default="x86_64", help="the server's processor (uname -m)")
    parser.add_argument(
        "--python-version", type=version, default="3.11", metavar="3.N", help="the server's Python (default: 3.11)"
    )
    parser.add_argument(
        "--extra", action="append", default=[], metavar="NAME", help="an extra as well, such as pdf; repeatable"
    )
    parser.add_argument("--lean", action="store_true", help="leave out numba and llvmlite, some 200 MB when installed")
    parser.add_argument("--out", type=Path, default=Path("wheelhouse"), help="the folder (default: wheelhouse)")
    return parser


def version(text: str) -> str:
    """Return a Python version as ``3.11``. Raises argparse.ArgumentTypeError where the detector does not run on it."""
    found = re.fullmatch(r"3\.?(\d+)", text)
    if found is None or int(found[1]) < 11:
        raise argparse.ArgumentTypeError(f"{text}: the detector needs Python 3.11 or newer; write it as 3.11")
    return f"3.{found[1]}"


def _build(house: Path, platform: str, python: str, extras: list[str], *, lean: bool) -> None:
    """Fill the folder with the wheels and ``requirements.txt``."""
    house.mkdir()
    scratch = house.parent
    pins = pinned(CONSTRAINTS.read_text(encoding="utf-8"))
    tools = scratch / "tools"
    _run(sys.executable, "-m", "venv", tools)
    runner = tools / ("Scripts" if os.name == "nt" else "bin") / "python"
    uv = _list(scratch, "uv", (f"{pin}{_hashed(hashes)}" for pin, hashes in pins.items() if pin.startswith("uv==")))
    _run(runner, *_PIP, "install", "--only-binary=:all:", "--require-hashes", "-r", uv)
    index = _index(runner)
    resolved = _run(
        *(runner, "-m", "uv", "pip", "compile", CHECKOUT / "pyproject.toml", *(f"--extra={name}" for name in extras)),
        *("--constraint", CONSTRAINTS, "--python-version", python, "--only-binary", ":all:", "--no-annotate"),
        *("--python-platform", f"{platform}-manylinux_{GLIBC[0]}_{GLIBC[1]}", "--no-header", "--quiet"),
        environment=index,
    )
    wanted = [line for line in resolved.split() if not (lean and line.partition("==")[0] in LEFT_OUT)]
    if unknown := [line for line in wanted if line not in pins]:
        sys.exit(f"{CONSTRAINTS} has no pin for {', '.join(unknown)}: make it anew, .ci/run says how")
    listed = [f"{line}{_hashed(pins[line])}" for line in wanted]
    _run(
        *(runner, *_PIP, "download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", house),
        *("--implementation", "cp", "--python-version", python, *(f"--platform={tag}" for tag in tags(platform))),
        *("-r", _list(scratch, "wanted", listed)),
    )
    _run(
        *(runner, "-m", "uv", "build", "--wheel", "--quiet", "--build-constraints", CONSTRAINTS, "--require-hashes"),
        *("--out-dir", scratch / "own", CHECKOUT),
        environment=index,
    )
    (own,) = (scratch / "own").glob("*.whl")
    shutil.copy(own, house)
    asked = f"{PROJECT}[{','.join(extras)}]" if extras else PROJECT
    here = {_sha256(wheel) for wheel in house.glob("*.whl")}
    lines = [f"{asked}=={own.name.split('-')[1]}{_hashed([_sha256(own)])}"]
    lines += [f"{line}{_hashed(one for one in pins[line] if one in here)}" for line in wanted]
    head = ["--no-index", "--find-links .", "--require-hashes"]
    (house / "requirements.txt").write_text("\n".join([*head, *lines, ""]), encoding="utf-8", newline="\n")


_PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")


def pinned(constraints: str) -> dict[str, list[str]]:
    """Return the hashes of each ``name==version`` in the text of a constraints file."""
    blocks = re.findall(
        r"^([a-z0-9][^ ;\\\n]*==[^ ;\\\n]+)[^\\\n]*((?:\\\n +--hash=\S+ *)+)", constraints, re.MULTILINE
    )
    return {name: re.findall(r"--hash=sha256:([0-9a-f]{64})", hashes) for name, hashes in blocks}


def _hashed(hashes: Iterable[str]) -> str:
    return "".join(f" \\\n    --hash=sha256:{one}" for one in hashes)


def _list(folder: Path, name: str, lines: Iterable[str]) -> Path:
    file = folder / f"{name}.txt"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return file


def tags(platform: str) -> list[str]:
    """Return the platform tags of wheels that run on the platform's oldest C library, the newest first."""
    major, newest = GLIBC
    return [*(f"manylinux_{major}_{minor}_{platform}" for minor in range(newest, 4, -1)), f"manylinux2014_{platform}"]


def _index(runner: Path) -> dict[str, str]:
    """Return uv's setting for the index that pip is set to, a mirror for instance; uv does not read pip's."""
    asked = [str(runner), "-m", "pip", "config", "get", "global.index-url"]
    found = os.environ.get("PIP_INDEX_URL") or subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return {"UV_DEFAULT_INDEX": found.strip()} if found.strip() and "UV_DEFAULT_INDEX" not in os.environ else {}


def _describe(house: Path, folder: str, platform: str, python: str, *, lean: bool) -> None:
    """Add the sample, ``INSTALL.txt`` and ``SHA256SUMS``."""
    shutil.copytree(CHECKOUT / "sample_logs", house / "sample_logs", ignore=shutil.ignore_patterns("state"))
    (own,) = house.glob(f"{PROJECT.replace('-', '_')}-*.whl")
    title = " ".join(own.name.split("-")[:2])
    text = INSTALL.format(
        title=title,
        line="=" * len(title),
        platform=platform,
        glibc=".".join(map(str, GLIBC)),
        python=python,
        folder=folder,
        options="--no-deps " if lean else "",
        note=LEAN_NOTE if lean else "",
    )
    (house / "INSTALL.txt").write_text(text, encoding="utf-8", newline="\n")
    files = sorted(file for file in house.rglob("*") if file.is_file())
    sums = [f"{_sha256(file)}  {file.relative_to(house).as_posix()}\n" for file in files]
    (house / "SHA256SUMS").write_text("".join(sums), encoding="utf-8", newline="\n")


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _run(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a program, its errors on the screen, and return what it printed."""
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, text=True, check=True,
        env={**os.environ, **(environment or {})},
    )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
