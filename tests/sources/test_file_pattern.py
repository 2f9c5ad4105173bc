"""Which files a proposed path will read next month."""

from __future__ import annotations

import datetime as dt
import glob
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.sources.file_pattern import file_pattern, source_name

NAMES = st.sampled_from(["his", "his_emr", "his-lab", "HIS2", "emr", "审计日志", "门诊 日志", "log[1]", "his.audit"])
FORMS = st.sampled_from([
    "{name}_{day:%Y%m}{end}", "{name}_{day:%Y%m%d}{end}", "{name}-{day:%Y-%m-%d}{end}", "{name}{day:%Y}年{day.month}月{end}",
    "{name}_{day:%Y%m%d}_{day:%Y%m}28{end}", "{name} {day:%Y.%m}{end}", "{name}_{day:%Y%m%d}_0830{end}",
    "{day:%Y%m}{name}{end}", "{name}_{day:%y%m%d}{end}", "{name}{day:%Y%m%d%H%M%S}{end}",
])  # fmt: skip
ENDS = st.sampled_from([".csv", ".txt", ".log", ".csv.gz", ""])
DAYS = st.dates(dt.date(2019, 1, 1), dt.date(2038, 12, 28)).map(lambda day: dt.datetime.combine(day, dt.time(23, 5, 9)))


@settings(max_examples=40, deadline=None)
@given(NAMES, NAMES, FORMS, FORMS, ENDS, DAYS, DAYS)
def test_another_date_is_read_and_another_system_is_not(
    mine: str, other: str, form: str, others_form: str, end: str, day: dt.datetime, later: dt.datetime
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / form.format(name=mine, day=day, end=end)
        foreign = folder / others_form.format(name=other, day=day, end=end)
        file.touch()
        foreign.touch()
        pattern = file_pattern(file, folder)
        sibling = folder / form.format(name=mine, day=later, end=end)
        sibling.touch()
        caught = set(map(Path, glob.glob(pattern)))  # noqa: PTH207 - an absolute glob
        assert {file, sibling} <= caught
        if mine != other:
            assert foreign not in caught


@pytest.mark.parametrize(("given", "pattern"), [
    (["his_202606.csv"], "his_*.csv"),
    (["his_202606.csv", "his_emr_202606.csv"], "his_[0-9]*.csv"),
    (["his_202606.csv", "his_202606_emr.csv"], "his_[0-9][0-9][0-9][0-9][0-9][0-9].csv"),
    (["his_2026年6月.csv", "his_2026年12月_emr.csv"], "his_[0-9][0-9][0-9][0-9]年[0-9]*月.csv"),
    (["EMR-20260601.csv"], "EMR-*.csv"),
    (["EMR-2026-06-01.csv.gz"], "EMR-*.csv.gz"),
    (["EMR-20260601.csv.gz", "EMR-20260602.csv"], "EMR-*.csv*"),
    (["EMR-20260602.csv", "EMR-20260601.csv.gz", "EMR-20260601.csv.md5"], "EMR-*.csv"),
    (["log_20260601_20260630.csv"], "log_*.csv"),
    (["审计日志2026年6月.csv"], "审计日志*.csv"),
    (["审计日志2026年6月.csv", "审计日志说明.csv"], "审计日志[0-9]*.csv"),
    (["2026年6月1日至30日 HIS 操作日志.csv"], "* HIS 操作日志.csv"),
    (["his_Jun2026.csv"], "his_*.csv"),
    (["his-2026Q2.csv"], "his-*.csv"),
    (["his_202606_1.csv", "his_202606_2.csv"], "his_*.csv"),
    (["his2_202606.csv"], "his2_*.csv"),
    (["HIS2-2026-06-01.csv"], "HIS2-*.csv"),
    (["his_2_2026-06-01.csv"], "his_2_*.csv"),
    (["his_01-06-2026.csv"], "his_*.csv"),
    (["his 06-2026.csv"], "his *.csv"),
    (["his (3).csv"], "his (*).csv"),
    (["202606.csv", "staff.csv"], "[0-9]*.csv"),
    (["log.csv.1"], "log.csv*"),
    (["audit.log", "audit.log.1"], "audit.log*"),
    (["audit.log-20260601.gz", "audit.log"], "audit.log*"),
    (["audit.log.1", "audit.log.md5"], "audit.log.[0-9]*"),
    (["audit.log"], "audit.log"),
    (["HIS-5.0.csv"], "HIS-5.0.csv"),
    (["a[1].csv"], "a[[]1].csv"),
])  # fmt: skip
def test_names(tmp_path: Path, given: list[str], pattern: str) -> None:
    for name in given:
        (tmp_path / name).touch()
    assert file_pattern(tmp_path / given[0], tmp_path) == f"{tmp_path}/{pattern}"


@pytest.mark.parametrize(("path", "pattern"), [
    ("logs/2026/06/01/his.csv", "logs/*/*/*/his.csv"),
    ("logs/202606/his_20260601.csv", "logs/*/his_*.csv"),
    ("logs/2026年6月/his.csv", "logs/*/his.csv"),
    ("12/his.csv", "12/his.csv"),
])  # fmt: skip
def test_folders_that_are_dates(tmp_path: Path, path: str, pattern: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.touch()
    assert file_pattern(file, tmp_path) == f"{tmp_path}/{pattern}"


def test_a_folder_of_the_deployment_is_no_date(tmp_path: Path) -> None:
    root = tmp_path / "2026"
    root.mkdir()
    (root / "his.csv").touch()
    assert file_pattern(root / "his.csv", root) == f"{root}/his.csv"


@pytest.mark.parametrize(("name", "source"), [
    ("HIS-202606.csv", "his"), ("his_emr_20260601.csv.gz", "his_emr"), ("审计日志2026年6月.csv", "审计日志"),
    ("202606.csv", "log"), ("audit.log.1", "audit"), ("门诊 日志[1] 2026-06.csv", "门诊_日志_1"), ("\udcb2\udce2.csv", "log"),
])  # fmt: skip
def test_names_of_sources(name: str, source: str) -> None:
    assert source_name(Path(name)) == source
