"""`mailbot init`: by options and at a terminal; what it leaves is whole and right, or nothing."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailbot.adapters import rules as rules_adapter
from mailbot.adapters.embedded import EmbeddedMail
from mailbot.app.cli import main
from mailbot.app.places import bundled
from mailbot.app.setup import answers
from mailbot.app.setup.answers import AnswerRefused, Reach
from mailbot.app.setup.asking import Given, Interview
from mailbot.app.setup.writing import filled, scalar
from mailbot.domain.errors import ConfigurationError
from mailbot.domain.providers import PROVIDERS
from tests.app.terminal import Terminal
from tests.servers.scripted import Scripted, imap_answers

BOX, CODE = "office@163.com", "abcdEFGH12345678"
NAME = "巩固提升行动办公室"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def mail() -> Iterator[EmbeddedMail]:
    with EmbeddedMail({BOX: CODE}, netease=True) as running:
        running.deliver(BOX, b"Subject: x\r\n\r\n", datetime.now(UTC))
        yield running


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`mailbot init …` where nobody answers, in an empty folder: its status, what it says on stdout and on stderr."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MAILBOT_")]:
        monkeypatch.delenv(name)

    def started(*words: str, code: str | None = CODE) -> tuple[int, str, str]:
        for name in ("MAILBOT_IMAP_PASSWORD", "MAILBOT_SMTP_PASSWORD"):
            monkeypatch.setenv(name, code) if code else monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr("sys.argv", ["mailbot", "init", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capfd.readouterr())

    return started


def told(imap: int, smtp: int, **other: str) -> list[str]:
    said = {"address": BOX, "office": NAME, "staff": "li@bureau.example", "imap": f"imap://127.0.0.1:{imap}", "smtp": f"smtp://127.0.0.1:{smtp}"}
    return [word for name, value in (said | other).items() for word in (f"--{name}", value)]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_by_options_a_whole_folder_is_written_that_loads_with_the_answers(run: Run, mail: EmbeddedMail, tmp_path: Path) -> None:
    status, said, aside = run(*told(mail.imap_port, mail.smtp_port), "--campaign", "yongan-2023", "--wait", "20")
    assert (status, aside) == (0, ""), said
    assert left(tmp_path) == ["config"], "nothing half made, no file of secrets: the code came from the environment"
    rules = rules_adapter.load(tmp_path / "config")
    settings = rules.settings
    assert (settings.office, settings.staff, settings.campaigns, settings.sending) == (NAME, ("li@bureau.example",), ("yongan-2023",), "shadow")
    assert (settings.mailbox.address, settings.mailbox.user, settings.mailbox.host, settings.mailbox.port) == (BOX, BOX, "127.0.0.1", mail.imap_port)
    assert (settings.sender.address, settings.sender.name, settings.sender.port, settings.sender.security) == (BOX, NAME, mail.smtp_port, "plain")
    assert left(tmp_path / "config" / "campaigns") == left(bundled("config") / "campaigns"), "the others lie there to be named later"
    assert left(tmp_path / "config" / "forms") == left(bundled("config") / "forms")
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and CODE.encode() in path.read_bytes()]
    for word in ("√ 收件邮箱", "INBOX", "最新的一封是", "√ 发件邮箱", "√ 自发自收", "影子运行", "run --once", "示例"):
        assert word in said, word
    assert CODE not in said


def test_what_is_written_goes_on_where_init_ended(run: Run, mail: EmbeddedMail, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(*told(mail.imap_port, mail.smtp_port), "--wait", "20")[0] == 0
    for words in (["config", "check"], ["run", "--once"]):
        monkeypatch.setattr("sys.argv", ["mailbot", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, capfd.readouterr()
    assert "收 " in capfd.readouterr().err


def test_only_the_answers_change_in_the_settings_and_every_comment_stays() -> None:
    text = (bundled("config") / "mailbot.yaml").read_text(encoding="utf-8")
    found = answers.Answers("b@x.example", "u", Reach("i.x.example", 143, "starttls"), Reach("s.x.example", 25, "starttls"), "甲", ("c@x.example",), ("a",))
    new = filled(text, found.values())
    was, now = text.splitlines(), new.splitlines()
    changed = [(old, line) for old, line in zip(was, now, strict=True) if old != line]
    assert 10 <= len(changed) <= len(found.values())
    assert all(old.partition(":")[0] == line.partition(":")[0] and old.partition("  #")[2] == line.partition("  #")[2] for old, line in changed)
    expected = yaml.safe_load(text)
    for path, value in found.values().items():
        place = expected
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = list(value) if isinstance(value, tuple) else value
    assert yaml.safe_load(new) == expected


@pytest.mark.parametrize("text", ["office: |\n  甲\nstaff: [a]\n", "staff: []\n", "mailbox:\n  office: 甲\n"])
def test_settings_that_are_written_otherwise_are_not_guessed_at(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"office|staff"):
        filled(text.replace("staff: [a]", "staff:\n  - a"), {("office",): "乙", ("staff",): ("b@x.example",)})


@pytest.mark.parametrize("value", [
    "true", "No", "007", "1.5", "2024-01-01", "a: b # c", '他说"好"', "甲\\乙", "- x", "[甲]", "{a}", "@x", "12@qq.com", "甲，乙", "~", "",
])  # fmt: skip
def test_a_name_is_a_name_whatever_yaml_might_take_it_for(value: str) -> None:
    assert yaml.safe_load(f"k: {scalar(value)}") == {"k": value}
    assert yaml.safe_load(f"k: {scalar((value, value))}") == {"k": [value, value]}


# --- what cannot be


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "缺少 --address"),
        (["--address", "office163.com"], "--address：“office163.com”不是邮箱地址"),
        (["--address", "of..fice@163.com"], "--address：“of..fice@163.com”不是邮箱地址"),
        (["--address", BOX], "缺少 --office"),
        (["--address", BOX, "--office", NAME], "缺少 --staff"),
        (["--address", BOX, "--office", " ", "--staff", "a@x.example"], "--office：办公室名称不能空着"),
        (["--address", BOX, "--office", NAME, "--staff", BOX.upper()], "--staff：工作人员的地址不能是收件信箱自己"),
        (["--address", BOX, "--office", NAME, "--staff", "a@x.example", "--campaign", "naiman-2032"], "--campaign：没有“naiman-2032”这个专项行动，现有：city-2023"),
        (["--address", "office@county.example", "--office", NAME, "--staff", "a@x.example"], "不知道 office@county.example 的服务器，请写 --imap"),
        (["--address", BOX, "--imap", "pop3://imap.163.com"], "--imap：“pop3://imap.163.com”不是服务器地址"),
        (["--address", BOX, "--imap", "imaps://me:word@imap.163.com"], "--imap：服务器地址里不要写用户和密码"),
        (["--address", BOX, "--provider", "exmial"], "--provider：没有“exmial”，只能写"),
        (["--address", "office@outlook.com"], "office@outlook.com 是微软 Outlook 邮箱。微软从 2024 年 9 月 16 日起"),
    ],
)
def test_what_lacks_or_is_wrong_is_one_sentence_and_nothing_is_written(run: Run, tmp_path: Path, words: list[str], said: str) -> None:
    status, shown, aside = run(*words)
    assert status == 2 and said in aside and aside.count("\n") == 1, aside
    assert left(tmp_path) == [] and "√" not in shown


def test_without_a_code_nobody_logs_in(run: Run, mail: EmbeddedMail, tmp_path: Path) -> None:
    status, _, aside = run(*told(mail.imap_port, mail.smtp_port), code=None)
    assert status == 2 and "MAILBOT_IMAP_PASSWORD、MAILBOT_SMTP_PASSWORD" in aside and "--no-try" in aside
    assert left(tmp_path) == []


def test_a_server_that_refuses_is_quoted_and_nothing_is_written(run: Run, mail: EmbeddedMail, tmp_path: Path) -> None:
    status, said, _ = run(*told(mail.imap_port, mail.smtp_port), code="wrongWRONGwrong1")
    assert status == 3 and "“LOGIN Login error or password error”" in said and "授权密码管理" in said and "什么也没有写" in said
    assert left(tmp_path) == [] and "wrongWRONG" not in said


def test_a_server_that_is_not_there_is_told_and_nothing_is_written(run: Run, mail: EmbeddedMail, tmp_path: Path) -> None:
    with Scripted(b"", lambda _: None) as gone:
        pass
    status, said, _ = run(*told(mail.imap_port, gone.port))
    assert status == 3 and "√ 收件邮箱" in said and f"连不上 127.0.0.1:{gone.port}" in said
    assert left(tmp_path) == []


def test_untried_is_written_and_says_so(run: Run, tmp_path: Path) -> None:
    status, said, _ = run(*told(1, 1), "--no-try", code=None)
    assert status == 1 and "还没有试过，请运行 mailbot doctor" in said and "MAILBOT_IMAP_PASSWORD" in said
    assert rules_adapter.load(tmp_path / "config").settings.office == NAME


def test_servers_of_the_environment_are_not_tried_and_are_told_to_go_before(
    run: Run, mail: EmbeddedMail, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MAILBOT_IMAP_URL", "imap://nobody@127.0.0.1:1")
    status, said, _ = run(*told(mail.imap_port, mail.smtp_port), "--wait", "20")
    assert status == 0 and "√ 自发自收" in said and "环境变量 MAILBOT_IMAP_URL 设着" in said


def test_a_folder_without_settings_is_no_model(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bare").mkdir()
    monkeypatch.setattr("sys.argv", ["mailbot", "--config", "bare", "init", "new", *told(1, 1), "--no-try"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2 and "bare 里没有 mailbot.yaml" in capfd.readouterr().err and left(tmp_path) == ["bare"]


def test_a_mail_to_ourselves_that_falls_among_junk_is_to_be_mended(run: Run, tmp_path: Path) -> None:
    with EmbeddedMail({BOX: CODE}, netease=True) as mail:
        office = mail._office
        put = office._put

        async def into_junk(address: str, raw: bytes) -> None:
            await put(address, raw, None, "垃圾邮件")  # type: ignore[call-arg]

        office._put = into_junk
        status, said, _ = run(*told(mail.imap_port, mail.smtp_port), "--wait", "20")
    assert status == 1 and "被放进“垃圾邮件”" in said and "白名单" in said and "照上面的话改好" in said
    assert (tmp_path / "config" / "mailbot.yaml").is_file()


# --- what is there already


def test_what_is_there_is_not_touched_without_being_told_to(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mailbot.yaml").write_text("ours")
    status, _, aside = run(*told(1, 1), "--no-try")
    assert status == 2 and "--force" in aside
    assert (tmp_path / "config" / "mailbot.yaml").read_text() == "ours" and left(tmp_path) == ["config"]


def test_by_force_the_old_folder_stays_beside_and_its_other_files_are_taken_over(run: Run, tmp_path: Path) -> None:
    old = shutil.copytree(bundled("config"), tmp_path / "config")
    (old / "mailbot.yaml").write_text("ours")
    roster = old / "campaigns" / "naiman-2023.yaml"
    roster.write_text(roster.read_text(encoding="utf-8").replace("xinzhen@units.example", "xinzhen@163.com"), encoding="utf-8")
    assert run(*told(1, 1), "--no-try", "--force")[0] == 1
    (kept,) = (name for name in left(tmp_path) if name != "config")
    assert kept.startswith("config.旧-") and (tmp_path / kept / "mailbot.yaml").read_text() == "ours"
    rules = rules_adapter.load(tmp_path / "config")
    assert "xinzhen@163.com" in {a for unit in rules.campaign("naiman-2023").units for a in unit.addresses}
    assert run(*told(1, 1), "--no-try", "--force")[0] == 1 and len(left(tmp_path)) == 3, "a second one in the same minute has a name of its own"


def test_rules_that_are_wrong_are_told_all_at_once_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    old = shutil.copytree(bundled("config"), tmp_path / "config")
    (old / "calendar.yaml").write_text("holidays: [2024-13-45]\n")
    (old / "forms" / "free-report.yaml").write_text("id: free-report\n")
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    status, _, aside = run(*told(1, 1), "--no-try", "--force")
    assert status == 2 and "calendar.yaml" in aside and "free-report.yaml" in aside
    assert {path: path.read_bytes() for path in old.rglob("*") if path.is_file()} == before and left(tmp_path) == ["config"]


def test_an_empty_folder_is_no_obstacle_and_a_file_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    assert run("rules", *told(1, 1), "--no-try")[0] == 1 and (tmp_path / "rules" / "mailbot.yaml").is_file()
    (tmp_path / "file").touch()
    assert run("file", *told(1, 1), "--no-try")[0] == 2


# --- servers


@pytest.mark.parametrize("provider", [p for p in PROVIDERS if p.usable], ids=lambda p: p.id)
def test_the_servers_of_a_known_provider_are_not_asked_for(provider: Any) -> None:
    given = Given(address=f"office@{provider.domains[0]}", office=NAME, staff=("a@x.example",), campaigns=("one",))
    found = Interview(given, [type("C", (), {"id": "one"})()], ("one",), None).answers()
    assert (found.imap, found.smtp) == (Reach(provider.imap, 993, "tls"), Reach(provider.smtp, provider.smtp_port, "tls"))


def test_an_office_provider_keeps_a_domain_of_ones_own(run: Run, tmp_path: Path) -> None:
    words = ["--address", "office@county.example", "--office", NAME, "--staff", "a@x.example", "--provider", "qiye163", "--no-try"]
    assert run(*words)[0] == 1
    settings = rules_adapter.load(tmp_path / "config").settings
    assert (settings.mailbox.host, settings.sender.host, settings.sender.port) == ("imap.qiye.163.com", "smtp.qiye.163.com", 994)


@pytest.mark.parametrize(
    ("text", "way", "found"),
    [
        ("imap.x.cn", "imap", Reach("imap.x.cn", 993, "tls")), ("smtp.x.cn", "smtp", Reach("smtp.x.cn", 465, "tls")),
        ("imap.x.cn：143", "imap", Reach("imap.x.cn", 143, "starttls")), ("smtp.x.cn:994", "smtp", Reach("smtp.x.cn", 994, "tls")),
        ("imaps://imap.x.cn:9993", "imap", Reach("imap.x.cn", 9993, "tls")), ("smtp://smtp.x.cn", "smtp", Reach("smtp.x.cn", 587, "starttls")),
        ("imap://127.0.0.1:10143", "imap", Reach("127.0.0.1", 10143, "plain")), ("imap://imap.x.cn", "imap", Reach("imap.x.cn", 143, "starttls")),
    ],
)  # fmt: skip
def test_a_server_is_understood_as_people_write_it(text: str, way: Any, found: Reach) -> None:
    assert answers.reach(text, way) == found


@pytest.mark.parametrize("text", ["", "imap x", "http://imap.x.cn", "imap.x.cn:port", "imaps://", "imap.x.cn:99999"])
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(AnswerRefused):
        answers.reach(text, "imap")


@pytest.mark.parametrize(("typed", "found"), [(" abcd EFGH 1234 5678 \n", CODE), ("my pass word", "my pass word"), ("x" * 16, "x" * 16)])
def test_a_code_is_taken_as_it_was_pasted(typed: str, found: str) -> None:
    assert answers.password(typed) == found


@pytest.mark.parametrize("typed", ["", "   ", "授权码", "ａｂｃｄ", "abc\x07"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(AnswerRefused):
        answers.password(typed)


# --- at a terminal


@pytest.fixture
def person(tmp_path: Path) -> Callable[..., Terminal]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAILBOT_")}

    def sits_down(*words: str) -> Terminal:
        return Terminal(["init", *words], tmp_path, plain)

    return sits_down


def servers(mail: EmbeddedMail) -> list[str]:
    return ["--imap", f"imap://127.0.0.1:{mail.imap_port}", "--smtp", f"smtp://127.0.0.1:{mail.smtp_port}", "--wait", "20"]


def test_a_whole_conversation_at_a_terminal(person: Callable[..., Terminal], mail: EmbeddedMail, tmp_path: Path) -> None:
    with person(*servers(mail)) as admin:
        admin.sees("收件信箱的地址")
        admin.types("office163.com")
        admin.sees("不是邮箱地址")
        admin.types(f" {BOX} ")
        admin.sees("办公室的名称")
        admin.types(NAME)
        admin.sees("工作人员的邮箱")
        admin.types("li@bureau.example，wang@bureau.example")
        admin.sees("办理哪些专项行动")
        admin.sees("[")
        admin.types("")
        admin.sees("授权密码管理")
        admin.sees("输入时不显示")
        admin.types("wrongWRONGwrong1")
        admin.sees("“LOGIN Login error or password error”")
        admin.sees("改好后按回车再试")
        admin.types("c")
        admin.sees("输入时不显示")
        admin.types("abcd EFGH 1234 5678")
        admin.sees("√ 自发自收")
        admin.sees("把授权码存进")
        admin.types("")
        assert admin.leaves() == 0, admin.shown
        assert CODE not in admin.shown and "EFGH" not in admin.shown and "wrongWRONG" not in admin.shown
    assert rules_adapter.load(tmp_path / "config").settings.staff == ("li@bureau.example", "wang@bureau.example")
    kept = tmp_path / "var" / "secrets.env"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and kept.read_text(encoding="utf-8").count(CODE) == 2
    assert left(tmp_path) == ["config", "var"] and not [p for p in (tmp_path / "config").rglob("*") if p.is_file() and CODE.encode() in p.read_bytes()]


def answered(admin: Terminal) -> None:
    """All questions up to the code."""
    for question, answer in (("收件信箱的地址", BOX), ("办公室的名称", NAME), ("工作人员的邮箱", "li@bureau.example"), ("写序号", "")):
        admin.sees(question)
        admin.types(answer)
    admin.sees("输入时不显示")


@pytest.mark.parametrize("where", ["first question", "code", "trial"])
def test_ctrl_c_leaves_nothing(person: Callable[..., Terminal], mail: EmbeddedMail, tmp_path: Path, where: str) -> None:
    with person(*servers(mail)) as admin:
        if where == "first question":
            admin.sees("收件信箱的地址")
        else:
            answered(admin)
        if where == "trial":
            admin.types("wrongWRONGwrong1")
            admin.sees("改好后按回车再试")
        admin.interrupts("什么也没有写")
        assert admin.leaves() == 2 and "什么也没有写" in admin.shown
        assert "Traceback" not in admin.shown
    assert left(tmp_path) == []


def test_the_end_of_input_is_an_end(person: Callable[..., Terminal], mail: EmbeddedMail, tmp_path: Path) -> None:
    with person(*servers(mail)) as admin:
        admin.sees("收件信箱的地址")
        admin.types("\x04", end="")
        assert admin.leaves() == 2 and "什么也没有写" in admin.shown
    assert left(tmp_path) == []


def test_a_trial_may_be_left_out_or_given_up(person: Callable[..., Terminal], mail: EmbeddedMail, tmp_path: Path) -> None:
    for turn, status in (("q", 3), ("s", 1)):
        with person(*servers(mail)) as admin:
            answered(admin)
            admin.types("wrongWRONGwrong1")
            admin.sees("改好后按回车再试")
            admin.types(turn)
            if turn == "s":
                admin.sees("× 发件邮箱")
                admin.sees("改好后按回车再试")
                admin.types("跳过")
                admin.sees("把授权码存进")
                admin.types("n")
            assert admin.leaves() == status, admin.shown
            assert "自发自收" not in admin.shown
        assert left(tmp_path) == ([] if turn == "q" else ["config"])
    assert "MAILBOT_IMAP_PASSWORD" in admin.shown.partition("规则写好了")[2], "a code that is not kept must be told again"


def test_a_wrong_server_may_be_changed_on_the_way(person: Callable[..., Terminal], mail: EmbeddedMail, tmp_path: Path) -> None:
    refusing = Scripted(b"* OK hi\r\n", imap_answers(lambda tag, verb, line: tag + b" NO moon\r\n" if verb == b"LOGIN" else None))
    with refusing, person("--imap", f"imap://127.0.0.1:{refusing.port}", *servers(mail)[2:]) as admin:
        answered(admin)
        admin.types(CODE)
        admin.sees("不能断定原因")
        admin.sees("改好后按回车再试")
        admin.types("h")
        admin.sees("收信（IMAP）服务器")
        admin.types(f"imap://127.0.0.1:{mail.imap_port}")
        admin.sees("发信（SMTP）服务器")
        admin.types("")
        admin.sees("√ 自发自收")
        admin.sees("把授权码存进")
        admin.types("n")
        assert admin.leaves() == 0, admin.shown
    assert rules_adapter.load(tmp_path / "config").settings.mailbox.port == mail.imap_port


def test_with_a_domain_of_ones_own_the_login_name_is_asked_for_and_may_be_changed(person: Callable[..., Terminal], tmp_path: Path) -> None:
    box = "office@county.example"
    with EmbeddedMail({box: CODE}) as running, person(*servers(running), "--office", NAME, "--staff", "li@bureau.example", "--campaign", "ningxia") as admin:
        admin.sees("收件信箱的地址")
        admin.types(box)
        admin.sees(f"[{box}]")
        admin.types("two words")
        admin.sees("中间也没有空格")
        admin.types("nobody")
        admin.sees("输入时不显示")
        admin.types(CODE)
        advice = admin.sees("改好后按回车再试")
        assert "mailbot.yaml" not in advice or "登录名在下面输入 u 改，服务器输入 h 改" in advice
        assert "登录名不对的输入 u" in advice
        admin.types("u")
        admin.sees("[nobody]")
        admin.types(box)
        admin.sees("√ 自发自收")
        admin.sees("把授权码存进")
        admin.types("n")
        assert admin.leaves() == 0, admin.shown
    settings = rules_adapter.load(tmp_path / "config").settings
    assert (settings.mailbox.user, settings.sender.user, settings.campaigns) == (box, box, ("ningxia",))


def test_advice_can_be_followed_before_anything_is_written(run: Run, mail: EmbeddedMail) -> None:
    with Scripted(b"", lambda _: None) as gone:
        pass
    _, said, _ = run(*told(mail.imap_port, gone.port))
    assert "核对 mailbot.yaml 里的服务器地址" in said
    assert "mailbot.yaml 现在还没有写，上面说的登录名用 --user 改，服务器用 --imap、--smtp 改，再运行一次。" in said


def test_a_campaign_that_is_broken_and_not_chosen_does_not_stop_the_writing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config" / "campaigns").mkdir(parents=True)
    (tmp_path / "config" / "campaigns" / "draft.yaml").write_text("id: draft\nunits: []\n", encoding="utf-8")
    assert run(*told(1, 1), "--no-try", "--force", "--campaign", "yongan-2023")[0] == 1
    assert (tmp_path / "config" / "campaigns" / "draft.yaml").is_file()
    assert rules_adapter.load(tmp_path / "config").settings.campaigns == ("yongan-2023",)


def test_an_old_folder_is_asked_about(person: Callable[..., Terminal], mail: EmbeddedMail, tmp_path: Path) -> None:
    shutil.copytree(bundled("config"), tmp_path / "config")
    with person(*servers(mail)) as admin:
        admin.sees("要重新写吗")
        admin.types("")
        assert admin.leaves() == 2 and "没有动" in admin.shown
    assert left(tmp_path) == ["config"]
