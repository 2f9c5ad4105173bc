"""Setting up as a person does: `init` on last month's logs, what stands on the screen, `check`, and next month."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from detector.cli.commands import init as init_command
from detector.cli.render.settings_text import toml_text
from detector.cli.render.text import cells
from detector.deployment.settings import load_settings
from detector.loading.events import matched_files
from tests.cli.conftest import Done
from tests.sources.logs import PATIENTS, ROWS, TIMES, USERS, repeated, written

Detector = Callable[..., Done]

HIS: dict[str, Sequence[str]] = {
    "操作时间": TIMES,
    "工号": USERS,
    "操作员": [f"王{chr(0x4E00 + int(user) % 8)}" for user in USERS],
    "操作者岗位": ["护士" if int(user) % 2 else "医师" for user in USERS],
    "功能页面": repeated("基本信息", "医嘱", "病程", "手麻记录单"),
    "业务": repeated("查看", "打印", "查看病历", "查看", "封存"),
    "患者流水号": PATIENTS,
    "患者姓名": repeated("李小明", "赵大宝"),
    "联系电话": [f"138{place % 60:08d}" for place in range(ROWS)],
    "登录主机": [f"10.1.{place % 4}.{place % 200}" for place in range(ROWS)],
    "执行情况": repeated("成功", "成功", "失败"),
}  # fmt: skip
BLIND: dict[str, Sequence[str]] = {
    "操作时间": TIMES,
    "工号": USERS,
    "操作": repeated("浏览", "修改"),
    "流水甲": PATIENTS,
    "流水乙": PATIENTS[::-1],
}


@pytest.fixture(autouse=True)
def narrow_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def site(folder: Path) -> Path:
    logs = folder / "导出 日志"
    logs.mkdir()
    written(logs / "his_202606.csv", HIS)
    written(logs / "his_emr_202606.csv", BLIND)
    return logs


def order(text: str, *parts: str) -> bool:
    for part in parts:
        _, found, text = text.partition(part)
        if not found:
            return False
    return True


def test_last_months_logs(tmp_path: Path, detector: Detector) -> None:
    logs = site(tmp_path)
    done = detector(
        "init", str(tmp_path), "--from", *(str(path) for path in sorted(logs.iterdir())), "--timezone", "Asia/Shanghai"
    )
    assert (done.code, done.err) == (0, "")
    his, emr = load_settings(tmp_path).sources
    assert (his.name, his.encoding, emr.name) == ("his", "gb18030", "his_emr")
    assert his.columns == {
        "event_time": "操作时间", "user_id": "工号", "user_name": "操作员", "user_role": "操作者岗位",
        "category": "功能页面",
        "action": "业务", "patient_id": "患者流水号", "client_ip": "登录主机", "outcome": "执行情况",
    }  # fmt: skip
    assert his.values["action"] == {"查看": "view", "打印": "print", "查看病历": "view"}
    assert "patient_id" not in emr.columns

    assert max(cells(line) for line in done.out.splitlines() if str(tmp_path) not in line) <= 80
    assert done.out.endswith(f"\n  detector --config {tmp_path} check\n")
    assert order(
        done.out,
        "先处理这一项：来源 his_emr 看不到患者",
        "来源 his：导出 日志/his_[0-9]*.csv（现有 1 个文件",
        *("时间  操作时间", "账号  工号", "操作  业务", "患者  患者流水号"),
        *("“功能页面”是内容类别", "“封存”", "“手麻记录单”"),
        "来源 his_emr：导出 日志/his_emr_*.csv（现有 1 个文件",
        *("患者  未识别", "没有识别出患者列", "“流水甲”可能是患者", 'patient_id = "流水甲"', "“流水乙”可能是患者"),
        *("时区 Asia/Shanghai：由 --timezone 指定", "首次 detector run 之后"),
    )
    text = (tmp_path / "detector.toml").read_text(encoding="utf-8")
    assert 'category = "功能页面"  # 已采用：' in text
    assert re.search(r'^# patient_id = "流水甲"  # 待确认', text, re.MULTILINE)
    assert re.search(r'^# patient_id = "流水乙"  # 待确认', text, re.MULTILINE)
    assert re.search(r'^# "封存" = .*抽样中 \d+ 行', text, re.MULTILINE)

    for month in ("202607", "202612"):
        written(logs / f"his_{month}.csv", HIS)
        written(logs / f"his_emr_{month}.csv", BLIND)
    caught = [[path.name for path in matched_files(source)] for source in (his, emr)]
    assert caught == [
        [f"{name}_{month}.csv" for month in ("202606", "202607", "202612")] for name in ("his", "his_emr")
    ]

    checked = detector("-c", str(tmp_path), "check")
    assert checked.code == 1  # rows with an action that nobody knows
    assert order(
        checked.out,
        *("先处理这一项：来源 his_emr 看不到患者", "来源 his", "“封存”", "[source.values.action]", '"封存" = "other"'),
        *("来源 his_emr", "没有识别出患者列", "“流水甲”可能是患者"),
    )
    assert max(map(cells, checked.out.splitlines())) <= 80
    persons = {*PATIENTS, *HIS["患者姓名"], *HIS["联系电话"], *HIS["操作员"], *USERS}
    for shown in (done.out, text, checked.out, detector("-c", str(tmp_path), "check", "-f", "ndjson").out):
        assert not [person for person in persons if person in shown]


def test_the_file_is_in_the_language_of_the_site(tmp_path: Path, detector: Detector) -> None:
    assert detector("init", str(tmp_path / "zh")).code == 0
    assert detector("--lang", "en", "init", str(tmp_path / "en")).code == 0
    chinese, english = ((tmp_path / name / "detector.toml").read_text(encoding="utf-8") for name in ("zh", "en"))
    assert "首次 run 之后不能再改" in chinese
    assert "the first run fixes it" in english
    assert tomllib.loads(chinese)["site"]["language"] == "zh"
    assert tomllib.loads(english)["site"]["language"] == "en"
    comments = [re.sub('"[^"]*"', "", line) for line in english.splitlines()]
    assert not re.search("[\u4e00-\u9fff]", "\n".join(comments))


def test_it_never_overwrites(tmp_path: Path, detector: Detector) -> None:
    folder = tmp_path / '医院 "1"'
    assert detector("init", str(folder), "--timezone", "Asia/Urumqi").code == 0
    settings = load_settings(folder)
    assert (settings.site.timezone, settings.site.name, settings.sources[0].name) == ("Asia/Urumqi", '医院 "1"', "his")
    before = (folder / "detector.toml").read_bytes()
    done = detector("--lang", "en", "init", str(folder))
    assert done.code == 2
    assert "exists already" in done.err
    assert (folder / "detector.toml").read_bytes() == before


@pytest.mark.parametrize("language", ["zh", "en"])
def test_everything_that_init_comments_out_is_valid(tmp_path: Path, detector: Detector, language: str) -> None:
    detector("--lang", language, "init", str(tmp_path))
    path = tmp_path / "detector.toml"
    lines = [re.sub(r'^# (?=\[|\w+ = |")', "", line) for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(lines), encoding="utf-8")
    settings = load_settings(tmp_path)
    assert settings.context.approvals is not None
    assert settings.officers == {"liu": "01077"}
    assert settings.sources[0].values == {"action": {"病历浏览": "view"}}


def test_sources_from_logs(tmp_path: Path, detector: Detector) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    his = "工号,操作时间,操作类型,病历号,神秘列\n01077,2026-07-01 08:00:00,浏览,P1,x\n"
    for month in ("202606", "202607"):
        (logs / f"his-{month}.csv").write_bytes(his.encode("gb18030"))
    (tmp_path / "his.csv").write_text("event_time;user_id;action\n2026-07-01 08:00:00;n1;login\n")
    done = detector("init", str(tmp_path), "--from", str(logs / "*.csv"), "--from", str(tmp_path / "his.csv"))
    assert done.code == 0, done.err
    first, second = load_settings(tmp_path).sources
    assert (first.name, first.path, first.encoding) == ("his", str(logs / "his-*.csv"), "gb18030")
    assert first.columns["user_id"] == "工号"
    assert first.values["action"] == {"浏览": "view"}
    assert (second.name, second.delimiter, second.columns) == ("his-2", ";", {})
    assert "神秘列" in done.out
    assert "神秘列" in (tmp_path / "detector.toml").read_text(encoding="utf-8")
    assert "只读这一个文件" in done.out
    assert detector("-c", str(tmp_path), "check").code == 0


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is empty"),
    ("2026-06-01 08:00:00,01001,李小明,浏览\n".encode() * 9, "begins without a header"),
    ("01001,李小明,13812345678\n".encode() * 9, "begins without a header"),
    (b"PK\x03\x04zip", "zip archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old workbook", "not a complete workbook"),
])  # fmt: skip
def test_a_file_that_is_no_log(tmp_path: Path, detector: Detector, content: bytes, said: str) -> None:
    (tmp_path / "his.csv").write_bytes(content)
    done = detector("--lang", "en", "init", str(tmp_path / "new"), "--from", str(tmp_path / "his.csv"))
    assert (done.code, done.out) == (3, "")
    assert said in done.err
    assert "his.csv" in done.err
    assert done.err.count("\n") == 1
    assert not re.search("李小明|13812345678|01001", done.err)
    assert not (tmp_path / "new").exists()


def test_a_file_that_is_no_log_keeps_no_other_out(tmp_path: Path, detector: Detector) -> None:
    logs = [tmp_path / "emr.csv", written(tmp_path / "his.csv", HIS), tmp_path / "lis.csv"]
    logs[0].write_bytes(b"")
    words = [word for log in logs for word in ("--from", str(log))]
    done = detector("--lang", "en", "init", str(tmp_path / "new"), *words)
    assert done.code == 1
    told = " ".join(done.out.split())
    assert f"No source of it: {logs[0]} is empty" in told
    assert f"No source of it: {logs[2]} cannot be read: No such file or directory" in told
    settings = load_settings(tmp_path / "new")
    assert [source.name for source in settings.sources] == ["his"]


def test_not_every_row_is_understood_where_rows_are_cut(tmp_path: Path, detector: Detector) -> None:
    rows = [f"2026-06-01 08:{number:02d}:00,0100{number % 5},view,P{number % 9}" for number in range(50)]
    header = "event_time,user_id,action,patient_id"

    def screen(name: str, *lines: str) -> str:
        (tmp_path / f"{name}.csv").write_text("\n".join([header, *lines]))
        out = detector("--lang", "en", "init", str(tmp_path / name), "--from", str(tmp_path / f"{name}.csv")).out
        return " ".join(out.split())

    assert "Everything is understood" in screen("whole", *rows, "")
    assert "Everything is understood" in screen("with-total", *rows, "合计,50,,", "")
    for name, lines in (
        ("torn", [*rows, "2026-06-01 09:"]),
        ("short", [*rows[:9], "2026-06-01 09:00:00,1", *rows[9:]]),
    ):
        text = screen(name, *lines)
        assert "Everything is understood" not in text
        assert "Columns and values are understood, but not every row: trial: 51 rows read, 1 not understood" in text


def test_days_and_months_that_contradict_each_other_are_said(tmp_path: Path, detector: Detector) -> None:
    times = [f"{day}/06/2026 08:00" if day % 2 else f"06/{day}/2026 08:00" for day in range(1, 29)]
    rows = [f"{time},0100{place % 5},view,P{place % 9}" for place, time in enumerate(times)]
    (tmp_path / "his.csv").write_text("event_time,user_id,action,patient_id\n" + "\n".join(rows) + "\n")
    done = detector("--lang", "en", "init", str(tmp_path / "new"), "--from", str(tmp_path / "his.csv"))
    told = " ".join(done.out.split())
    assert "rows contradict each other about day and month (13/06/2026 08:00 and 06/14/2026 08:00)" in told
    assert "Everything is understood" not in told


@pytest.mark.parametrize("given", [["his.csv", "emr.csv"], ["*.csv"]])
def test_logs_need_no_from(tmp_path: Path, detector: Detector, given: list[str]) -> None:
    """A shell makes several words of ``logs/*``, and people write the second without the first."""
    for name in ("his.csv", "emr.csv"):
        written(tmp_path / name, HIS)
    assert detector("init", str(tmp_path / "new"), *(str(tmp_path / one) for one in given)).code == 0
    text = (tmp_path / "new" / "detector.toml").read_text(encoding="utf-8")
    assert text.count("\n[[source]]\n") == 2


def test_what_is_given_wrongly(tmp_path: Path, detector: Detector) -> None:
    assert detector("init", str(tmp_path / "new"), "--from", str(tmp_path / "no.csv")).code == 3
    log = written(tmp_path / "his.csv", HIS)
    done = detector("--lang", "en", "init", str(tmp_path / "a"), str(tmp_path / "b"), "--from", str(log))
    assert (done.code, "only one folder" in done.err) == (2, True)
    done = detector("--lang", "en", "init", str(tmp_path / "new"), "--timezone", "Asia/Beijing")
    assert (done.code, "unknown time zone 'Asia/Beijing'" in done.err) == (2, True)
    assert not (tmp_path / "new").exists()


def test_where_the_zone_is_from(tmp_path: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Urumqi")
    assert "时区 Asia/Urumqi：取自本机环境变量 TZ" in detector("init", str(tmp_path / "a")).out
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr(init_command, "LOCALTIME", tmp_path / "localtime")
    monkeypatch.setattr(init_command, "ZONE_FILE", tmp_path / "timezone")
    assert "时区 Asia/Shanghai：默认值" in detector("init", str(tmp_path / "b")).out
    (tmp_path / "timezone").write_text("Asia/Hong_Kong\n")
    assert "时区 Asia/Hong_Kong：取自本机 /etc/timezone" in detector("init", str(tmp_path / "c")).out
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Asia/Taipei")
    assert "时区 Asia/Taipei：取自本机 /etc/localtime" in detector("init", str(tmp_path / "d")).out
    assert load_settings(tmp_path / "d").site.timezone == "Asia/Taipei"


def test_the_site_tables_decide(tmp_path: Path, detector: Detector) -> None:
    context = tmp_path / "context"
    context.mkdir()
    written(context / "staff.csv", {"工号": sorted(set(USERS))}, "utf-8")
    written(context / "patients.csv", {"patient_id": sorted(set(PATIENTS))}, "utf-8")
    log = written(
        tmp_path / "emr_202606.csv", {"操作时间": TIMES, "操作": repeated("浏览"), "甲": USERS, "乙": PATIENTS}
    )
    done = detector("--lang", "en", "init", str(tmp_path), "--from", str(log))
    assert done.code == 0
    assert order(
        done.out, "account  甲", "patient  乙", "'乙' is the patient, its numbers are those of the patients table"
    )
    assert max(cells(line) for line in done.out.splitlines() if str(tmp_path) not in line) <= 80
    assert dict(load_settings(tmp_path).sources[0].columns) == {
        "event_time": "操作时间", "action": "操作", "user_id": "甲", "patient_id": "乙",
    }  # fmt: skip


def test_what_stands_in_for_the_patient_is_said(tmp_path: Path, detector: Detector) -> None:
    inpatient = [place % 3 == 0 for place in range(ROWS)]
    numbers = {
        "住院号": [patient if one else "" for patient, one in zip(PATIENTS, inpatient, strict=True)],
        "门诊号": ["" if one else patient for patient, one in zip(PATIENTS, inpatient, strict=True)],
    }
    log = written(
        tmp_path / "his.csv", {"操作时间": TIMES, "操作员": HIS["操作员"], "操作": repeated("浏览")} | numbers
    )
    done = detector("init", str(tmp_path), "--from", str(log))
    for out in (done.out, detector("-c", str(tmp_path), "check").out):
        text = re.sub(r"\n +", "", out)
        assert order(text, "患者取自“住院号”：只有 33% 的行有值", "每次就诊一个号", "另有“门诊号”，只能选一列作患者",
                     "账号取自“操作员”：以姓名代替账号")  # fmt: skip
        assert "全部识别" not in text


def test_untrusted_values_are_escaped_and_can_be_copied(tmp_path: Path, detector: Detector) -> None:
    strange = "删\u202e\x1b[31m甲"
    log = written(tmp_path / "his.csv", HIS | {"业务": repeated("查看", "打印", strange)}, "utf-8")
    assert detector("init", str(tmp_path), "--from", str(log)).code == 0
    done = detector("-c", str(tmp_path), "check")
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    line = next(line for line in done.out.splitlines() if line.endswith('= "other"') and "202e" in line)
    assert tomllib.loads(line.strip()) == {strange: "other"}
    assert "\u202e" not in (tmp_path / "detector.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ['a"b\\', "换\n行\t", "\u202e\u2028", "\U000e0001", "普通"])
def test_toml_texts(text: str) -> None:
    assert tomllib.loads(f"{toml_text(text)} = {toml_text(text)}") == {text: text}
    assert toml_text("\udcb2") == '"?"'


def test_times_apart_and_times_in_doubt(tmp_path: Path, detector: Detector) -> None:
    (tmp_path / "a.csv").write_text(
        "序号,操作日期,操作时间,工号,病历号,操作类型\n1,06/07/2026,14:05,n1,P1,查看\n", encoding="utf-8"
    )
    detector("init", str(tmp_path / "site"), "--from", str(tmp_path / "a.csv"), "--timezone", "Asia/Urumqi")
    text = (tmp_path / "site" / "detector.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["source"][0]["columns"]["event_time"] == ["操作日期", "操作时间"]
    assert '# timezone = "UTC"  # ' in text
    assert "Asia/Urumqi" in text.partition("# timezone")[2]
    assert '# time_format = "%d/%m/%Y %H:%M"  # ' in text
