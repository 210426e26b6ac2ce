"""`mailbot doctor`: try everything the bot lives on, say in plain words what is wrong and how to mend it.

Nothing is changed: the mailbox is opened read-only, nothing is sent, one small file is written to the home folder and
removed again. One trouble does not hide the next: each check stands alone, but those that need the rules.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mailbot.app.stopping import stopped_words
from mailbot.domain.errors import ConnectionLost, FolderMissing, LoginRefused, MailbotError, SendError, TlsFailed, UnsafeLogin
from mailbot.domain.policy import Rules
from mailbot.domain.servers import Server
from mailbot.domain.wellbeing import calendar_words

if TYPE_CHECKING:  # wiring is far above; only its name is needed here
    from mailbot.app.wiring import House

_LEAST_FREE = 0.10  # reliability.md P15
_CLOCK_SLACK = timedelta(minutes=10)
_SENDING = {"shadow": "影子运行：照常收信、判定、记账，但一封信也不发", "staff-only": "只给工作人员发信", "live": "正式运行：会向各单位发信"}
_MEND = {
    LoginRefused: "在邮箱网页版“设置”里开启 IMAP/SMTP，生成新的客户端授权码，写入环境变量 MAILBOT_IMAP_PASSWORD 和 MAILBOT_SMTP_PASSWORD。",
    UnsafeLogin: "先用浏览器在这台电脑上登录一次邮箱并完成验证，再运行一次体检。",
    TlsFailed: "核对服务器地址和端口；单位自建邮箱把证书文件路径写入环境变量 MAILBOT_CA_FILE；同时检查本机时间。",
    ConnectionLost: "检查网络、服务器地址和端口（网易：imap.163.com 993，smtp.163.com 465），以及防火墙是否放行。",
    FolderMissing: "改正 mailbot.yaml 里 mailbox.folders 的文件夹名称。",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `mend` says what to do, and is empty where all is well."""

    name: str
    ok: bool
    sentence: str
    mend: str = ""


def examine(house: "House") -> tuple[Check, ...]:
    """All checks, in the order in which one would mend them."""
    return tuple(_all(house))


def _all(house: "House") -> Iterator[Check]:
    yield from _disk(house.home)
    yield from _tools(house.tools())
    try:
        rules = house.rules
    except MailbotError as error:
        yield Check("规则", False, error.sentence, "按提示改正规则文件，再用 mailbot config check 检查；改好之前无法检查邮箱。")
        return
    yield _rules(rules)
    yield from _calendar(rules, house.clock().date())
    yield _ledger(house)
    yield from _stop(house)
    yield from _mailbox(house, rules)
    yield _sender(house)
    if rules.settings.sender.address.lower() != rules.settings.sender.user.lower():
        yield Check(
            "发件地址", False, "发件地址与登录账号不同，网易、QQ 等邮箱会拒绝这样的信。", "把 mailbot.yaml 里 sender.address 改成与 sender.user 相同。"
        )


# What House.tools() names -> (what for, what happens without, how to install it).
_TOOLS = {
    "bsdtar": ("打开 rar、7z 等压缩包", "这些压缩包只登记收到，请人工打开", "Debian/Ubuntu：apt install libarchive-tools"),
    "LibreOffice": ("再读一遍拿不准的旧版 Word 文件", "读不准的旧版 Word 文件只登记收到，请人工打开", "Debian/Ubuntu：apt install libreoffice-writer-nogui"),
    "OCR": ("读出扫描件上的字，与可编辑版比对，看是谁的公章", "只找公章，扫描件上的字不读、不比对，回执里会说明", "pip install 'mailbot[ocr]'"),
}


def _tools(there: Mapping[str, bool]) -> Iterator[Check]:
    for name, is_there in there.items():
        use, without, how = _TOOLS[name]
        words = f"已安装，用来{use}。" if is_there else f"没有安装：{without}。需要时可安装（{how}）。"
        yield Check(f"外部程序 {name}", True, words)


def _rules(rules: Rules) -> Check:
    settings = rules.settings
    units = sum(len(campaign.units) for campaign in rules.campaigns)
    words = f"{len(rules.campaigns)} 项专项行动，{units} 个报送单位，{len(rules.forms)} 个表种；{_SENDING[settings.sending]}。"
    return Check("规则", True, words)


def _calendar(rules: Rules, today: date) -> Iterator[Check]:
    """Working days are guessed from weekends in a year that was not entered; before it begins that is only said."""
    if years := rules.calendar.lacking(today):
        yield Check("放假安排", today.year not in years, calendar_words(years), "照国务院办公厅当年的放假通知补进 calendar.yaml。")


def _ledger(house: "House") -> Check:
    try:
        waiting = len(house.ledger.open_reviews(house.clock()))
    except Exception as error:  # noqa: BLE001 - whatever a database may raise, the other checks go on
        words = error.sentence if isinstance(error, MailbotError) else f"台账打不开（{type(error).__name__}）。"
        return Check("台账", False, words, "检查数据库地址 MAILBOT_DATABASE_URL 和数据文件夹的权限。")
    return Check("台账", True, f"可以打开；待人工处理 {waiting} 件。")


def _mailbox(house: "House", rules: Rules) -> Iterator[Check]:
    name = "收件邮箱"
    try:
        with house.mailbox() as box:
            yield Check(name, True, "登录成功，服务器身份可信。")
            name = "收件文件夹"
            folders = [folder.name for folder in box.poll_folders(rules.settings.mailbox.folders)]
            counts = [(folder, box.count(folder)) for folder in folders]
            listed = "、".join(f"{folder} {count} 封" for folder, count in counts)
            yield Check(name, True, f"将查看：{listed}。请与网页邮箱显示的数量核对；少了，请在网页邮箱设置中选择“收取全部邮件”。")
            name = "查找邮件"
            now, days = house.clock(), rules.settings.mailbox.lookback_days
            places = [place for folder in folders for place in box.places(folder, now.date() - timedelta(days=days))]
            yield Check(name, True, f"最近 {days} 天共有 {len(places)} 封。")
            yield _clock(now, max((place.internaldate for place in places), default=None))
            if rules.settings.sender.sent_folder:
                name = "已发送文件夹"
                yield _sent_folder(rules.settings.sender.sent_folder, [folder.name for folder in box.folders()])
    except MailbotError as error:
        words = f"与 {_place(house.imap_server())} 连不上，或者连接中断。" if isinstance(error, ConnectionLost) else error.sentence
        yield Check(name, False, words, _mend(error))


def _stop(house: "House") -> Iterator[Check]:
    """Whether somebody pulled the kill switch; a database that does not open was told of already."""
    with suppress(Exception):
        if stop := house.stopped():
            yield Check("停发开关", False, stopped_words(stop), "查明原因后恢复发信。")


def _sent_folder(wanted: str, there: list[str]) -> Check:
    if wanted in there:
        return Check("已发送文件夹", True, f"发出的信会另存一份到“{wanted}”。")
    listed = "、".join(there) or "（没有文件夹）"
    return Check("已发送文件夹", False, f"邮箱里没有名为“{wanted}”的文件夹。", f"把 mailbot.yaml 里 sender.sent_folder 改成现有的：{listed}。")


def _sender(house: "House") -> Check:
    try:
        with house.postman() as sender:
            sender.check()
    except SendError as error:
        unreachable = error.kind == "temporary" and error.code == 0  # what the outbox takes for a cut connection, too
        words = f"与 {_place(house.smtp_server())} 连不上，或者连接中断。" if unreachable else error.sentence
        return Check("发件邮箱", False, words, _MEND[LoginRefused if error.kind == "refused-login" else ConnectionLost])
    except MailbotError as error:
        return Check("发件邮箱", False, error.sentence, _mend(error))
    return Check("发件邮箱", True, "登录成功（体检不发信）。")


def _place(server: Server) -> str:
    return f"{server.host}:{server.port}"


def _clock(now: datetime, newest: datetime | None) -> Check:
    """The server stamps mail with its own clock: a mail from the future says that ours is slow."""
    shown = now.strftime("%Y-%m-%d %H:%M")
    if newest is not None and newest > now + _CLOCK_SLACK:
        ahead = int((newest - now).total_seconds() // 60)
        return Check("时钟", False, f"本机时间 {shown} 比邮件服务器慢至少 {ahead} 分钟。", "打开系统的自动校时，核对时区和日期。")
    return Check("时钟", True, f"本机时间 {shown}（北京时间），与邮件服务器不矛盾。")


def _disk(home: Path) -> Iterator[Check]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        _write_through(home)
    except OSError as error:
        yield Check("数据文件夹", False, f"{home} 写不进去（{error.strerror}）。", "检查文件夹权限和磁盘；换地方用 --home 指定。")
        return
    yield Check("数据文件夹", True, f"{home} 可以可靠写入。")
    usage = shutil.disk_usage(home)
    free = usage.free / usage.total if usage.total else 0.0
    words = f"剩余 {usage.free / 1e9:.1f} GB（{free:.0%}）。"
    low = free < _LEAST_FREE
    yield Check("磁盘空间", not low, words, "清理磁盘，或用 --home 换到更大的磁盘；空间不足时程序会停止收信。" if low else "")


def _write_through(home: Path) -> None:
    """What the archive does with every mail: write, fsync, rename, fsync the folder. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=".doctor-", dir=home)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b"mailbot doctor\n" * 100)
            file.flush()
            os.fsync(file.fileno())
        written = written.rename(written.with_suffix(".done"))
        folder = os.open(home, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        written.unlink(missing_ok=True)


def _mend(error: MailbotError) -> str:
    return next((mend for kind, mend in _MEND.items() if isinstance(error, kind)), "稍后再试；一直这样，请把日志交给维护人员。")
