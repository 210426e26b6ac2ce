"""Commands for those who install it: init, doctor."""

import getpass
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from mailbot.app.cli.common import ATTENTION, TEMPORARY, USAGE, app, command, err, out


class _Terminal:
    """A person who reads on stdout and types on stdin; a code is typed unseen."""

    def say(self, line: str = "") -> None:
        out(line)

    def ask(self, question: str) -> str:
        return input(question)

    def secret(self, question: str) -> str:
        return getpass.getpass(question)


@command(app)
def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="规则文件夹写在哪里，默认 ./config")] = Path("config"),
    address: Annotated[str | None, typer.Option("--address", metavar="ADDRESS", help="收件信箱的地址")] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="NAME", help="登录名，默认就是信箱地址")] = None,
    provider: Annotated[str | None, typer.Option("--provider", metavar="ID", help="自有域名的信箱是哪家的：exmail、qiye163、qiye-aliyun、other")] = None,
    imap: Annotated[str | None, typer.Option("--imap", metavar="HOST:PORT", help="收信服务器；知道的信箱不用写")] = None,
    smtp: Annotated[str | None, typer.Option("--smtp", metavar="HOST:PORT", help="发信服务器；知道的信箱不用写")] = None,
    office: Annotated[str | None, typer.Option("--office", metavar="NAME", help="办公室名称，写在每封信的落款")] = None,
    staff: Annotated[list[str] | None, typer.Option("--staff", metavar="ADDRESS", help="工作人员的邮箱，收日报；可写几次")] = None,
    campaign: Annotated[list[str] | None, typer.Option("--campaign", metavar="ID", help="办理哪个专项行动；可写几次")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="什么也不问，没有写的用默认")] = False,
    force: Annotated[bool, typer.Option("--force", help="已有的文件夹也重新写，旧的改名留着")] = False,
    no_try: Annotated[bool, typer.Option("--no-try", help="只写规则，不连信箱")] = False,
    wait: Annotated[int, typer.Option("--wait", metavar="SECONDS", min=0, max=600, help="发给自己的测试信等几秒，默认 60")] = 60,
) -> int:
    """安装：一次问一件事，把信箱试通，写好规则文件夹。授权码不写进规则。"""
    from mailbot.app.places import bundled
    from mailbot.app.setup.asking import Given
    from mailbot.app.setup.story import Setup, Story
    from mailbot.app.wiring import House

    asks = not yes and sys.stdin is not None and sys.stdin.isatty()
    options = context.obj
    setup = Setup(
        base=options.config or bundled("config"), target=folder, home=options.home, clock=options.clock(), environment=dict(os.environ),
        given=Given(address, user, provider, imap, smtp, office, tuple(staff or ()), tuple(campaign or ())),
        talk=_Terminal() if asks else None, say=out,
        house=lambda config, environment: House(config, options.home, options.clock(), environment),
        tries=not no_try, over=force, wait=wait,
    )  # fmt: skip
    try:
        outcome = Story(setup).run()
    except (KeyboardInterrupt, EOFError):
        err("\n停下了，什么也没有写。")
        return USAGE
    return {"well": 0, "mend": ATTENTION, "failed": TEMPORARY}[outcome]


@command(app)
def doctor(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
    send_test: Annotated[bool, typer.Option("--send-test", help="再给自己发一封信，看收不收得到")] = False,
) -> int:
    """体检：信箱、发信、磁盘、时钟、规则，哪里不对、怎样修。"""
    from mailbot.app.doctor import examine

    results = examine(context.obj.house(), by_mail=err if send_test else None)
    if as_json:
        sys.stdout.write(json.dumps([{"name": r.name, "ok": r.ok, "sentence": r.sentence, "mend": r.mend} for r in results], ensure_ascii=False) + "\n")
    else:
        for result in results:
            steps = () if result.ok else (f"   {line}" for line in result.mend.splitlines())
            out(f"{'√' if result.ok else '×'} {result.name}：{result.sentence}", *steps)
    return 0 if all(r.ok for r in results) else ATTENTION
