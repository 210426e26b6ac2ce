"""A command typed wrong is answered with one Chinese sentence that says what to write instead; help is Chinese, too."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mailbot.app.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The command as the shell starts it: its status, what it says on stdout and on stderr."""
    monkeypatch.chdir(tmp_path)

    def started(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["mailbot", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return (int(ended.value.code or 0), *capfd.readouterr())

    return started


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("statuss", "没有“statuss”这个命令，是不是想写“status”？（看说明：mailbot --help）"),
        ("config chek", "没有“chek”这个命令，是不是想写“check”？（看说明：mailbot config --help）"),
        ("zzzz", "没有“zzzz”这个命令。（看说明：mailbot --help）"),
        ("--config nix status", "--config：没有这个文件夹：nix（看说明：mailbot --help）"),
        ("--now morgen status", "--now：“morgen”不是时刻，请写成 2025-02-01 或 2025-02-01T09:00:00（看说明：mailbot --help）"),
        ("review settle abc 是", "ID 写得不对：编号，见 mailbot review list。（看说明：mailbot review settle --help）"),
        ("--home x", "后面还要写一个命令：ingest、explain、run、watch、status、outbox、remind、digest、init、doctor、demo、"
                     "backup、restore、retention、review、export、config、forms、audit、campaign。（看说明：mailbot --help）"),
        ("explain", "缺少 FILE.eml：要说明的邮件。（看说明：mailbot explain --help）"),
        ("explain a b", "后面的内容写多了，请去掉多余的。（看说明：mailbot explain --help）"),
        ("status --unti 新镇", "没有“--unti”这个选项，是不是想写“--unit”？（看说明：mailbot status --help）"),
        ("status --campaign", "选项“--campaign”后面要写一个值。（看说明：mailbot --help）"),
        ("run --once=3", "选项“--once”后面不写值。（看说明：mailbot --help）"),
        ("ingest nix.eml", "PATH：没有这个文件或文件夹：nix.eml（看说明：mailbot ingest --help）"),
    ],
)
def test_a_command_typed_wrong_is_told_in_one_sentence(run: Run, line: str, said: str) -> None:
    assert run(*line.split()) == (2, "", f"{said}\n")


@pytest.mark.parametrize("words", [(), ("--help",), ("review",), ("status", "--help"), ("forms", "blank", "--help"), ("ingest", "--help")])
def test_help_has_no_english_headings(run: Run, words: tuple[str, ...]) -> None:
    status, shown, aside = run(*words)
    text = shown + aside
    assert status == (0 if "--help" in words else 2)
    assert text.startswith("用法：mailbot") and "选项:" in text and "显示这段说明后退出" in text
    assert not re.search(r"Usage|Options|Arguments|Commands|Show|Error|default", text), text


def test_help_names_every_command_and_option(run: Run) -> None:
    _, shown, _ = run("--help")
    assert re.findall(r"^  ([a-z]+) +\S", shown, re.MULTILINE) == [
        "ingest", "explain", "run", "watch", "status", "outbox", "remind", "digest", "init", "doctor", "demo", "backup", "restore",
        "retention", "review", "export", "config", "forms", "audit", "campaign",
    ]  # fmt: skip
    assert re.findall(r"^  (--?[a-z]+)", shown, re.MULTILINE) == ["--config", "--home", "--now", "-v", "-q", "--help"]
    assert "FORM FILE" in run("forms", "blank", "--help")[1] and "  --unit NAME " in run("status", "--help")[1]


def test_a_command_typed_right_gives_its_own_status(run: Run) -> None:
    assert run("config", "check")[0] == 0
    assert run("forms", "blank", "nix", "x.docx")[0] == 2


def test_with_stderr_closed_the_exit_status_is_right_and_nothing_goes_to_stdout(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    assert run("zzzz")[:2] == (2, "")
