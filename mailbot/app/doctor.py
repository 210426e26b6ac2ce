"""`mailbot doctor`: try everything the bot lives on, say in plain words what is wrong and how to mend it.

Nothing is changed: the mailboxes are opened read-only, nothing is sent unless asked for, one small file is written to the home folder and
removed again. One trouble does not hide the next: each check stands alone, but those that need the rules.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING

from mailbot.app.mailcheck import Check, MailCheck
from mailbot.app.marks import WATCHED
from mailbot.app.selftest import troubles
from mailbot.app.stopping import stopped_words
from mailbot.app.vitals import read_beat
from mailbot.domain.alarms import CLOCK_SLACK, LEAST_FREE, STILL, WATCH_IS_OLD
from mailbot.domain.errors import MailbotError
from mailbot.domain.periods import spoken
from mailbot.domain.policy import Rules
from mailbot.domain.wellbeing import calendar_words

if TYPE_CHECKING:  # wiring is far above; only its name is needed here
    from mailbot.app.wiring import House

__all__ = ["Check", "examine"]

_PATIENCE = 60  # seconds for a mail to ourselves
_SENDING = {"shadow": "影子运行：照常收信、判定、记账，但一封信也不发", "staff-only": "只给工作人员发信", "live": "正式运行：会向各单位发信"}


def examine(house: "House", *, by_mail: Callable[[str], None] | None = None) -> tuple[Check, ...]:
    """All checks, in the order in which one would mend them. `by_mail`: a mail is sent to ourselves, too, and its way told to this."""
    return tuple(_all(house, by_mail))


def _all(house: "House", by_mail: Callable[[str], None] | None) -> Iterator[Check]:
    yield from _disk(house)
    yield _interpreter(house)
    held = house.held()
    yield from _tools(house.tools(), held)
    yield _cage(held)
    yield _readers(house.unloaded())
    try:
        rules = house.rules
    except MailbotError as error:
        yield Check("规则", False, error.sentence, "按提示改正规则文件，再用 mailbot config check 检查；改好之前无法检查邮箱。")
        return
    yield _rules(rules)
    yield from _calendar(rules, house.clock().date())
    yield _ledger(house)
    yield _worker(house)
    yield from _stop(house)
    yield from _alarm(house, rules)
    mail = MailCheck(house, lambda variable: new_password(house, variable))
    received = [check for box in rules.settings.mailboxes for check in mail.mailbox(box)]
    yield from received
    if any(check.reached for check in received):
        yield _clock(house.clock(), mail.newest)
    sender = mail.sender()
    yield sender
    if rules.settings.sender.address.lower() != rules.settings.sender.user.lower():
        yield Check(
            "发件地址", False, "发件地址与登录账号不同，网易、QQ 等邮箱会拒绝这样的信。", "把 mailbot.yaml 里 sender.address 改成与 sender.user 相同。"
        )
    if by_mail is not None and sender.ok and all(check.ok for check in received):
        yield mail.by_mail(by_mail, _PATIENCE)


def new_password(house: "House", variable: str) -> str:
    """The step that says where a new password goes; {secret} is left for the provider's word."""
    file = str(house.secret_file).replace("{", "{{").replace("}", "}}")
    if house.environment.get(variable):
        return f"把新的{{secret}}写进环境变量 {variable}（以服务运行的，在它的 EnvironmentFile 里），再运行 mailbot doctor。"
    return f"把新的{{secret}}写进文件 {file}，一行：{variable}={{secret}}（这个文件只许本用户读：chmod 600），再运行 mailbot doctor。"


# What House.tools() names -> (what for, what happens without, how to install it).
_TOOLS = {
    "bsdtar": ("打开 rar、7z 等压缩包", "这些压缩包只登记收到，请人工打开", "Debian/Ubuntu：apt install libarchive-tools"),
    "LibreOffice": ("再读一遍拿不准的旧版 Word 文件", "读不准的旧版 Word 文件只登记收到，请人工打开", "Debian/Ubuntu：apt install libreoffice-writer-nogui"),
    "OCR": ("读出扫描件上的字，与可编辑版比对，看是谁的公章", "只找公章，扫描件上的字不读、不比对，回执里会说明", "pip install 'mailbot[ocr]'"),
}


def _tools(there: Mapping[str, bool], held: Mapping[str, bool]) -> Iterator[Check]:
    for name, is_there in there.items():
        use, without, how = _TOOLS[name]
        words = f"已安装，用来{use}。" if is_there else f"没有安装：{without}。需要时可安装（{how}）。"
        if is_there and name == "LibreOffice" and not held.get("office"):  # the cage leaves it no socket
            words = f"已安装，但本机系统不允许用户命名空间，在附件隔离里启动不了：{without}。请让系统允许（容器要在运行参数里放开）。"
        yield Check(f"外部程序 {name}", True, words)


# What House.held() names -> what is not prevented where it is missing.
_PROTECTIONS = {
    "files": "有害附件若攻破读取程序，能看到和改动本账户的其他文件",
    "network": "有害附件若攻破读取程序，能连网络",
    "processes": "有害附件若攻破读取程序，能大量启动进程、拖慢本机",
    "tree": "有害附件若攻破读取程序，留下的进程可能不会随之结束",
}


def _cage(held: Mapping[str, bool]) -> Check:
    """The time, and on POSIX the memory, of a reader are limited everywhere; what more there is depends on the system."""
    missing = [words for name, words in _PROTECTIONS.items() if not held.get(name)]
    if not missing:
        return Check("附件隔离", True, "附件在单独的进程里读取：连不上网络，看不到其他文件，内存、时间和进程数受限。")
    limits = "只限时间" if os.name == "nt" else "限时间和内存"
    words = f"附件在单独的进程里读取，{limits}；本机系统还缺这些保护：{'；'.join(missing)}。"
    return Check("附件隔离", True, words + "要补上，请装在较新的 Linux 上（内核 5.13 以上，允许用户命名空间），用普通账户运行。")


def _readers(unloaded: Mapping[str, str]) -> Check:
    """A reader that does not load takes no mail with such a file in."""
    if not unloaded:
        return Check("读取程序", True, "各种附件的读取程序都能装载。")
    said = "；".join(f"{name}（{why}）" for name, why in unloaded.items())
    return Check("读取程序", False, f"装载不了：{said}。带这类附件的邮件会先放着不收。", "重新安装 mailbot 和它的依赖（pip install --force-reinstall mailbot）。")


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
        house.ledger.must_be_sound()
    except Exception as error:  # noqa: BLE001 - whatever a database may raise, the other checks go on
        words = error.sentence if isinstance(error, MailbotError) else f"台账打不开（{type(error).__name__}）。"
        return Check("台账", False, words, "检查数据库地址 MAILBOT_DATABASE_URL 和数据文件夹的权限。")
    return Check("台账", True, f"可以打开；待人工处理 {waiting} 件。")


def _worker(house: "House") -> Check:
    """Whether `mailbot run` goes on, by its last sign of life; before the first start nothing is wrong."""
    beat, now = read_beat(house.home), house.clock()
    if beat is None:
        return Check("收信程序", True, "在这个数据文件夹里还没有运行过 mailbot run。")
    if now - beat.at > STILL:
        return Check("收信程序", False, f"没有在运行：最近一次有动静是 {spoken(beat.at)}。", "启动 mailbot run，或者看服务为什么停了。")
    return Check("收信程序", True, f"在运行，最近一次有动静是 {spoken(beat.at)}。")


def _stop(house: "House") -> Iterator[Check]:
    """Whether somebody pulled the kill switch; a database that does not open was told of already."""
    with suppress(Exception):
        if stop := house.stopped():
            yield Check("停发开关", False, stopped_words(stop), "查明原因后恢复发信。")


def _interpreter(house: "House") -> Check:
    found = troubles(house.self_letter)
    return Check("Python", not found, "".join(found) or f"{sys.version.split()[0]}，写信头、核对证书都可靠。", "换用更新的 Python 重新安装。")


def _alarm(house: "House", rules: Rules) -> Iterator[Check]:
    """Whether anybody would hear of trouble, and whether anybody looks."""
    alarm = rules.settings.alarm
    if not alarm.to and not alarm.command:
        words = "没有写：系统自己出了问题，只写在数据文件夹的 ALARM.txt 里，没有人会收到通知。"
        yield Check("警报", True, words + "请在 mailbot.yaml 里写 alarm，见手册。")
    elif alarm.to and not house.secret("MAILBOT_ALARM_PASSWORD") and alarm.security != "plain":
        mend = "把发警报的信箱的授权码写进环境变量，或者数据文件夹里的 secrets.env。"
        yield Check("警报", False, "环境变量 MAILBOT_ALARM_PASSWORD 没有设置，警报发不出去。", mend)
    else:
        ways = [*(["信"] if alarm.to else []), *(["命令"] if alarm.command else [])]
        yield Check("警报", True, f"出了问题用{'和'.join(ways)}通知。试一试送不送得到：mailbot watch --try。")
    with suppress(Exception):  # a database that does not open was told of already
        watched = house.ledger.mark(WATCHED)
        said = f"最近一次查看是 {datetime.fromisoformat(watched):%Y-%m-%d %H:%M}。" if watched else "还没有安排：收信程序停了，没有谁会发现。"
        old = bool(watched) and house.clock() - datetime.fromisoformat(str(watched)) > WATCH_IS_OLD
        yield Check("定时查看", not old, said + ("" if watched else "请安排定时运行 mailbot watch，见手册。"), "看定时任务（mailbot watch）是不是停了。")


def _clock(now: datetime, newest: datetime | None) -> Check:
    """The server stamps mail with its own clock: a mail from the future says that ours is slow."""
    shown = now.strftime("%Y-%m-%d %H:%M")
    if newest is not None and newest > now + CLOCK_SLACK:
        ahead = int((newest - now).total_seconds() // 60)
        return Check("时钟", False, f"本机时间 {shown} 比邮件服务器慢至少 {ahead} 分钟。", "打开系统的自动校时，核对时区和日期。")
    return Check("时钟", True, f"本机时间 {shown}（北京时间），与邮件服务器不矛盾。")


def _disk(house: "House") -> Iterator[Check]:
    if trouble := house.unwritable():
        yield Check("数据文件夹", False, f"{house.home} 写不进去（{trouble}）。", "检查文件夹权限和磁盘；换地方用 --home 指定。")
        return
    wide = os.name != "nt" and house.home.stat().st_mode & 0o077
    only = f"但本机的其他用户也进得去，请只留给本用户：chmod 700 {house.home}" if wide else ""
    yield Check("数据文件夹", True, f"{house.home} 可以可靠写入。{only}")
    bytes_free, all_ = house.free_space()
    free = bytes_free / all_ if all_ else 0.0
    words = f"剩余 {bytes_free / 1e9:.1f} GB（{free:.0%}）。"
    low = free < LEAST_FREE
    yield Check("磁盘空间", not low, words, "清理磁盘，或用 --home 换到更大的磁盘；空间不足时程序会停止收信。" if low else "")
