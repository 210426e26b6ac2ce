"""What an alarm says: to people who did not sit at the machine, in plain words. Nothing of any mail stands in it.

It needs no template and no database: both may be what is wrong."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from mailbot.domain.alarms import Raised
from mailbot.domain.periods import spoken

_SHORT = {
    "home": "数据文件夹写不进去", "ledger": "台账不能读写", "rules": "规则有误，启动不了", "disk": "磁盘快满了", "worker": "收信程序停了", "poll": "收不了信",
    "send": "发不出信", "login": "邮箱登录被拒绝", "certificate": "证书快到期", "unaccounted": "有邮件没有下落", "clock": "时钟不对", "queue": "有信积压",
    "review": "待人工处理的积压", "doubtful": "有信不知发没发出", "daily": "每天该做的事没有做成",
}  # fmt: skip


def subject(office: str, raised: Sequence[Raised], *, over: bool = False) -> str:
    first = _SHORT.get(raised[0].kind, "出了问题")
    return f"{'【已恢复】' if over else '【警报】'}{office}收信系统：{first}{f'等{len(raised)}项' if len(raised) > 1 else ''}"


def text(office: str, standing: Iterable[Raised], home: Path, now: datetime) -> str:
    lines = [f"{number}. {raised.sentence}（{spoken(raised.since)} 起）" for number, raised in enumerate(standing, 1)]
    how = f"数据文件夹：{home.absolute()}。在那台机器上运行 mailbot doctor，它会一项一项说哪里不对、怎样修。"
    last = "同一件事一天只报一次；恢复了会再说一声。"
    return "\n".join((f"{office}的收信系统需要人看一看（{spoken(now)}）：", "", *lines, "", how, last, ""))


def over_text(office: str, over: Iterable[Raised], standing: Sequence[Raised], now: datetime) -> str:
    lines = [f"- {_SHORT.get(raised.kind, raised.kind)}（{spoken(raised.since)} 起的）" for raised in over]
    rest = f"还有 {len(standing)} 项没有恢复，见前面的警报。" if standing else "现在没有别的问题。"
    return "\n".join((f"{office}的收信系统，下面的问题已经恢复（{spoken(now)}）：", "", *lines, "", rest, ""))


def page(standing: Iterable[Raised], now: datetime) -> str:
    """The file ALARM.txt."""
    return "\n".join((f"{spoken(now)} 查看，有下面的问题；都恢复以后这个文件会自动消失。", "", *(f"{r.sentence}（{spoken(r.since)} 起）" for r in standing), ""))


def mail(from_: str, to: str, subject_: str, body: str, now: datetime) -> bytes:
    """The letter as RFC 5322 bytes, to one address."""
    message = EmailMessage(SMTP)
    message["From"], message["To"], message["Date"], message["Subject"] = from_, to, format_datetime(now), subject_
    message["Message-ID"] = f"<alarm.{secrets.token_hex(8)}@{from_.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body, cte="base64")
    return message.as_bytes()
