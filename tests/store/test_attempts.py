"""A night on another machine: taken over whole or not at all, killed at any point, and never over an officer's act."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import Settings, load_settings
from detector.files.lock import FileLock
from detector.night.job import run_nights
from detector.progress import Silent
from detector.store import attempts, open_published, open_store, verify_store
from detector.trail import Trail, officer_of
from tests.review.conftest import NOW, STAFF, TOML, day


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of three nights; the log of a fourth has come."""
    site = tmp_path_factory.mktemp("attempts") / "site"
    site.mkdir()
    (site / "detector.toml").write_text(TOML, encoding="utf-8")
    (site / "staff.csv").write_text(STAFF, encoding="utf-8")
    (site / "decoys.csv").write_text("patient_id\nD1\n", encoding="utf-8")
    for number in (1, 2, 3):
        (site / f"his-{number}.csv").write_text(day(number), encoding="utf-8")
    run_nights(load_settings(site), None, Silent(), now=NOW)
    (site / "his-4.csv").write_text(day(4, ("n1", "D1")), encoding="utf-8")
    (site / "his-5.csv").write_text(day(5), encoding="utf-8")
    return site


@pytest.fixture
def site(judged: Path, tmp_path: Path) -> Settings:
    shutil.copytree(judged, tmp_path / "site")
    return load_settings(tmp_path / "site")


def attempted(settings: Settings, scratch: Path, name: str = "one", *, seconds: int = 0) -> None:
    copy = attempts.private_copy(settings, scratch / name)
    run_nights(copy, None, Silent(), now=NOW + dt.timedelta(days=3, seconds=seconds))
    attempts.hand_back(settings, copy, name)


def found(settings: Settings) -> list[tuple[Any, ...]]:
    with open_published(settings) as published:
        return published.connection.execute("select finding_id, user_id, risk from findings order by all").fetchall()


def stored(settings: Settings) -> list[tuple[Any, ...]]:
    with open_store(settings) as store:
        return store.connection.execute("select business_date, accounts, events from dates order by all").fetchall()


def test_an_attempt_taken_over_is_as_if_the_night_had_been_here(site: Settings, judged: Path, tmp_path: Path) -> None:
    before = found(site)
    with attempts.held_store(site):
        attempted(site, tmp_path)
        assert found(site) == before  # nothing is there until it is taken over
        assert attempts.take_over(site, "one")
    shutil.copytree(judged, tmp_path / "here")
    here = load_settings(tmp_path / "here")
    run_nights(here, None, Silent(), now=NOW + dt.timedelta(days=3))
    assert found(site) == found(here) != before
    assert stored(site) == stored(here)
    assert not (site.store.path.parent / "attempts").exists()
    assert all(check.passed for check in verify_store(site))
    assert {path.name for path in (site.store.path.parent / "events").iterdir()} == {
        path.name for path in (here.store.path.parent / "events").iterdir()
    }
    assert not any(path.is_symlink() for path in site.store.path.parent.rglob("*"))


class Killed(BaseException):
    """Stands for the end of the process."""


def killed_at(call: int, patch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Let the ``call``-th change of a file end the process; return how many there were."""
    count = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def change(*given: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == call:
                raise Killed
            return real(*given, **named)

        return change

    patch.setattr(Path, "replace", counted(Path.replace))
    patch.setattr(Path, "unlink", counted(Path.unlink))
    patch.setattr(os, "write", counted(os.write))
    patch.setattr(shutil, "rmtree", counted(shutil.rmtree))
    return lambda: count


@pytest.mark.heavy
@pytest.mark.heavy
def test_a_kill_at_any_point_of_a_takeover_leaves_the_state_before_or_after(
    site: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempted(site, tmp_path)
    whole = tmp_path / "handed-back"
    shutil.copytree(site.folder, whole)
    before = found(site)
    assert attempts.take_over(site, "one")
    after = found(site)
    outcomes = set()
    for call in range(1, 100):
        folder = tmp_path / f"killed-{call}"
        shutil.copytree(whole, folder)
        settings = load_settings(folder)
        with monkeypatch.context() as patch:
            calls = killed_at(call, patch)
            try:
                attempts.take_over(settings, "one")
            except Killed:
                pass
            else:
                assert calls() < call
                break
        with attempts.held_store(settings):  # as the next run does, and `detector run` as well
            outcome = found(settings)
        assert outcome in (before, after), call
        outcomes.add(outcome == after)
        assert all(check.passed for check in verify_store(settings)), call
        shutil.rmtree(folder)
    assert outcomes == {False, True}


@pytest.mark.heavy
def test_an_officer_s_act_meanwhile_stands_and_the_attempt_is_not_taken_over(site: Settings, tmp_path: Path) -> None:
    attempted(site, tmp_path)
    Trail.of(site).append(officer_of(site), "view", [{"command": "show"}], NOW)
    trail, before = Trail.of(site).read(), found(site)
    assert not attempts.take_over(site, "one")
    assert Trail.of(site).read() == trail
    assert found(site) == before
    with attempts.held_store(site):
        attempted(site, tmp_path, "two")
        assert attempts.take_over(site, "two")
    assert Trail.of(site).read().startswith(trail)
    assert not Trail.of(site).check()[1]
    assert found(site) != before


@pytest.mark.heavy
@pytest.mark.heavy
def test_two_attempts_of_one_night_never_mix_and_the_loser_goes(site: Settings, tmp_path: Path) -> None:
    with attempts.held_store(site):
        attempted(site, tmp_path, "slow", seconds=9)
        attempted(site, tmp_path, "fast")
        assert attempts.take_over(site, "fast")
        taken = found(site)
        assert not attempts.take_over(site, "slow")
        assert found(site) == taken
    assert not (site.store.path.parent / "attempts").exists()
    assert all(check.passed for check in verify_store(site))


def test_parts_that_nothing_names_go_with_the_next_attempt(site: Settings, tmp_path: Path) -> None:
    orphan = site.store.path.parent / "events/99999999.parquet"
    orphan.write_bytes(b"PAR1")
    with attempts.held_store(site):
        attempted(site, tmp_path)
        assert attempts.take_over(site, "one")
    assert not orphan.exists()


def test_whoever_holds_the_store_keeps_others_out(site: Settings) -> None:
    lock = FileLock(site.store.path.parent / "detector.lock")
    lock.acquire()
    try:
        with pytest.raises(Exception, match="another run is at work"), attempts.held_store(site):
            pass
    finally:
        lock.release()
