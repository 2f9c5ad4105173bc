"""What the system does not give is named for what it is; the store is whole afterwards, and the next run goes on."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from detector.database.connection import as_store_error
from detector.errors import DiskFull, StoreDamaged, StoreError, SystemLimit
from detector.store import open_store
from detector.store.store import LEAST_ADDRESS_SPACE
from tests.sample import copy_sample
from tests.site_folder import Deployment, row

SCRIPT = """
import resource, sys
from pathlib import Path
from detector.deployment.settings import load_settings
from detector.errors import SystemLimit
from detector.loading.events import load_events
from detector.store import open_store
kind, limit = getattr(resource, "RLIMIT_" + sys.argv[2]), int(sys.argv[3])
settings = load_settings(Path(sys.argv[1]))
try:
    if kind == resource.RLIMIT_AS:
        resource.setrlimit(kind, (limit, limit))
    with open_store(settings, threads=1) as store:
        resource.setrlimit(kind, (limit, limit))
        handles = []
        try:
            while kind == resource.RLIMIT_NOFILE:
                handles.append(open("/dev/null"))
        except OSError:
            del handles[-2:]
        load_events(store, settings)
except SystemLimit as error:
    print(error)
    sys.exit(error.exit_code)
"""
PATH = Path("/srv/state/detector.duckdb")


@pytest.mark.parametrize(
    ("kind", "limit", "words"),
    [
        ("NOFILE", 64, "too few file handles"),
        ("FSIZE", 20_000, "a file may not grow so large"),
        ("AS", 1 << 30, "not enough memory: the limit on the address space (ulimit -v) is 1048576 KiB"),
    ],
)
def test_a_limit_is_named_and_nothing_is_lost(tmp_path: Path, kind: str, limit: int, words: str) -> None:
    site = Deployment(tmp_path)
    site.write("a.csv", *(row(number) for number in range(10)))
    site.load()
    site.write("b.csv", *(row(number, patient=f"p{number * 7919}") for number in range(10, 4000)))
    line = [sys.executable, "-c", SCRIPT, str(site.settings().path), kind, str(limit)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, words in done.stdout, "damaged" in done.stdout) == (4, True, False), done
    assert site.load().accepted == 3990
    assert len(site.ids()) == 4000


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (duckdb.IOException('IO Error: Cannot open file "x": Too many open files'), SystemLimit),
        (duckdb.FatalException("FATAL Error: Failed to create checkpoint: File too large"), SystemLimit),
        (duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block of size 1.0 MiB"), SystemLimit),
        (duckdb.OutOfMemoryException("failed to offload data block; set by the 'max_temp_directory_size'"), DiskFull),
        (MemoryError("Unable to allocate output buffer."), SystemLimit),
        (duckdb.IOException("IO Error: Could not write file: No space left on device"), DiskFull),
        (duckdb.IOException('IO Error: "x" is not a valid DuckDB database file!'), StoreDamaged),
        (duckdb.IOException('IO Error: Could not read enough bytes from file "x"'), StoreDamaged),
        (duckdb.IOException("IO Error: Input/output error"), StoreError),
    ],
)  # fmt: skip
def test_damaged_is_only_what_was_read_and_is(error: duckdb.Error | MemoryError, kind: type[StoreError]) -> None:
    found = as_store_error(error, PATH)
    assert type(found) is kind
    assert ("damaged" in str(found)) == (kind is StoreDamaged)


def test_an_interrupted_load_is_an_interruption(tmp_path: Path) -> None:
    site = Deployment(tmp_path)
    site.write("a.csv", row(1))
    site.load()
    with pytest.raises(KeyboardInterrupt), open_store(site.settings()):
        raise duckdb.InterruptException("INTERRUPT Error: Interrupted!")
    with pytest.raises(KeyboardInterrupt), open_store(site.settings()):
        raise RuntimeError("Query interrupted")


@pytest.mark.heavy
def test_a_night_needs_no_more_than_the_manual_says(tmp_path: Path) -> None:
    """The sample of the manual, in 4 GB of address space and with 64 file handles; it takes 1 GB of memory at most."""
    site = copy_sample(tmp_path / "site")
    script = (
        "import resource, sys; from detector.cli import main;"
        f"resource.setrlimit(resource.RLIMIT_AS, ({LEAST_ADDRESS_SPACE},) * 2);"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64));"
        "sys.exit(main(['--config', sys.argv[1], 'run', '--quiet']))"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(site)], stderr=subprocess.PIPE, text=True) as process:
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1 << 20
