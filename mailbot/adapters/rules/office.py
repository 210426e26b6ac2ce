"""What must fit together in mailbot.yaml, in the calendar, and between the files."""

import ipaddress
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

from mailbot.adapters.rules import addresses
from mailbot.adapters.rules.mistakes import listed, nearest, perhaps, short
from mailbot.adapters.rules.patterns import begins_wide, trouble
from mailbot.adapters.rules.reading import Reading
from mailbot.domain.campaigns import Campaign
from mailbot.domain.forms import FormType
from mailbot.domain.policy import Mailbox, Sender, Settings
from mailbot.domain.rule import Rule
from mailbot.domain.text import fold
from mailbot.domain.units import Unit
from mailbot.domain.workdays import Calendar


def check_settings(reading: Reading, settings: Settings, files: Collection[str]) -> None:
    """`files`: the names of the campaigns' files, without .yaml."""
    for wanted in settings.campaigns:
        if wanted not in files:
            near = nearest(wanted.removesuffix(".yaml"), files)
            reading.tell(settings, "campaigns", f"没有 campaigns/{wanted}.yaml{perhaps(near)}", item=wanted, near=near, allowed=sorted(files))
    for double in sorted({c for c in settings.campaigns if settings.campaigns.count(c) > 1}):
        reading.tell(settings, "campaigns", f"“{double}”写了两遍", item=double)
    if not settings.campaigns:
        reading.warn(settings, "campaigns", "一个专项行动也没有写，什么也不办理")
    for key in ("staff", "directors"):
        addresses.look_at(reading, settings, key, getattr(settings, key))
    for account in _accounts(reading, settings):
        _account(reading, account)
    for box in settings.other_mailboxes:
        if reading.is_sound(settings, "mailbox") and box.poll_minutes not in (settings.mailbox.poll_minutes, Mailbox.poll_minutes):
            reading.warn(box, "poll_minutes", "这里不起作用：所有信箱一起收，几分钟收一次写在 mailbox 里")
    if reading.is_sound(settings, "sender") and settings.sender.kept_for_answers >= settings.sender.per_day:
        words = f"一天只发 {settings.sender.per_day} 封，却要留 {settings.sender.kept_for_answers} 封给答复，催报就一封也发不出去了"
        reading.warn(settings.sender, "per_day", words)
    _alarm(reading, settings)
    _policy(reading, settings)


def _accounts(reading: Reading, settings: Settings) -> list[Mailbox | Sender]:
    found: list[Mailbox | Sender] = [settings.mailbox] if reading.is_sound(settings, "mailbox") else []
    found += getattr(settings, "other_mailboxes", ())
    return found + ([settings.sender] if reading.is_sound(settings, "sender") else [])


def _account(reading: Reading, account: Mailbox | Sender) -> None:
    addresses.look_at(reading, account, "address", (account.address,))
    if isinstance(account, Mailbox):
        _password_from(reading, account)
    if not 0 < account.port < 65536:
        reading.tell(account, "port", f"写的是 {account.port}，端口应在 1 到 65535 之间（网易：收信 993，发信 465）")
    if "://" in account.host or "/" in account.host:
        reading.tell(account, "host", f"写的是“{short(account.host)}”，只写服务器的名字，如 imap.163.com")
    elif (cut := re.fullmatch(r"([^:\[\]]+)[:：](\d+)", account.host)) or "：" in account.host:
        more = f"：host 写 {cut[1]}，port 写 {cut[2]}" if cut else ""
        reading.tell(account, "host", f"写的是“{short(account.host)}”，端口不写在这里{more}", near=cut[1] if cut else "")
    elif account.security == "plain" and not _is_here(account.host):
        reading.tell(account, "security", f"到 {account.host} 的连接不加密，只有本机（127.0.0.1）可以；请写 tls 或 starttls", near="tls")


    if account.security == "tls" and account.port in (143, 587):
        words = f"端口 {account.port} 一般用 starttls，tls 用 {993 if isinstance(account, Mailbox) else 465}；请核对 port 和 security"
        reading.warn(account, "port", words)


def _alarm(reading: Reading, settings: Settings) -> None:
    alarm = settings.alarm
    addresses.look_at(reading, alarm, "to", alarm.to)
    lacking = [key for key in ("host", "user") if not getattr(alarm, key)]
    if alarm.to and lacking:
        reading.tell(alarm, "to", f"写了收警报的地址，还要写用哪个信箱发：{'、'.join(lacking)}（与收发信箱不是同一家的），授权码写进 MAILBOT_ALARM_PASSWORD")
    if (alarm.host or alarm.user) and not alarm.to:
        reading.tell(alarm, "host", "写了发警报的信箱，还要写 to：警报发给谁")
    if not alarm.to:
        return
    if not 0 < alarm.port < 65536:
        reading.tell(alarm, "port", f"写的是 {alarm.port}，端口应在 1 到 65535 之间")
    if alarm.user and "@" not in alarm.user:
        reading.tell(alarm, "user", f"写的是“{short(alarm.user)}”，请写发警报的信箱的完整地址", near="baojing@example.cn")
    if alarm.security == "plain" and alarm.host and not _is_here(alarm.host):
        reading.tell(alarm, "security", f"到 {short(alarm.host)} 的连接不加密，只有本机（127.0.0.1）可以；请写 tls 或 starttls", near="tls")
    if reading.is_sound(settings, "sender") and alarm.host and alarm.host.lower() == settings.sender.host.lower() and not _is_here(alarm.host):
        reading.warn(alarm, "host", "和发件账号是同一家：那家出了问题，警报也发不出去。请换一家")


def _password_from(reading: Reading, box: Mailbox) -> None:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", box.password_from):
        words = "这里写环境变量的名字（大写字母、数字和下划线，如 MAILBOT_IMAP_PASSWORD_2），授权码本身写进环境变量"
        reading.tell(box, "password_from", words, near="MAILBOT_IMAP_PASSWORD_2", secret=True)


def _is_here(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _policy(reading: Reading, settings: Settings) -> None:
    policy, cloud = settings.policy, settings.policy.cloud
    for pattern in policy.nil_doubts:
        look_at_pattern(reading, policy, "nil_doubts", pattern)
    for provider in cloud.providers:
        for url in provider.urls:
            look_at_pattern(reading, provider, "urls", url)
    for pattern in cloud.expiry:
        look_at_pattern(reading, cloud, "expiry", pattern, groups=5)  # year, month, day, hour, minute
    if policy.file_limit > policy.mail_limit:
        reading.warn(policy, "file_limit", f"单个文件的上限（{policy.file_limit}）比整封邮件的（{policy.mail_limit}）还大")


def look_at_pattern(reading: Reading, noun: Rule, key: str, pattern: str, *, groups: int = 0, item: str = "") -> None:
    """`item`: how the pattern stands in the file, where that is not the same."""
    if said := trouble(pattern, groups):
        reading.tell(noun, key, f"“{short(item or pattern)}”{said}", item=item or pattern)
    elif begins_wide(pattern):
        reading.warn(noun, key, f"“{short(item or pattern)}”开头的 .* 不起作用，只会拖慢，请删去", item=item or pattern)


# --- the calendar -----------------------------------------------------------------------------------------------------------------


def check_calendar(reading: Reading, calendar: Calendar) -> None:
    for key in ("holidays", "workdays"):
        for year, days in getattr(calendar, key).items():
            for day in days:
                if day.year != year:
                    reading.tell(calendar, key, f"{day} 写在了 {year} 年下面", item=day.isoformat())
            for double in sorted({d for d in days if days.count(d) > 1}):
                reading.tell(calendar, key, f"{double} 写了两遍", item=double.isoformat())
    off = {day for days in calendar.holidays.values() for day in days}
    for day in (day for days in calendar.workdays.values() for day in days):
        _make_up(reading, calendar, day, off)


def _make_up(reading: Reading, calendar: Calendar, day: date, off: Collection[date]) -> None:
    if day in off:
        reading.tell(calendar, "workdays", f"{day} 又在放假（holidays）又在补班（workdays）", item=day.isoformat())
    elif day.weekday() < 5:
        reading.warn(calendar, "workdays", f"{day} 是星期{'一二三四五'[day.weekday()]}，本来就上班；workdays 只写周末补班的日子", item=day.isoformat())


# --- between the files --------------------------------------------------------------------------------------------------------------


def check_across(
    settings: tuple[Reading, Settings] | None, campaigns: Sequence[tuple[Reading, Campaign]], forms: Sequence[tuple[Reading, FormType]], every_file_is_whole: bool
) -> None:
    """`every_file_is_whole`: no file of a campaign was lost, so that what nobody uses is really used by nobody."""
    used = {duty for reading, _ in campaigns for duty in reading.words_at("duties", "form")}
    known = {name for reading, form in forms for name in (form.id, Path(reading.file).stem)}
    for reading, form in forms:
        if every_file_is_whole and campaigns and used <= known and used.isdisjoint((form.id, Path(reading.file).stem)):
            reading.warn(form, "id", f"没有一个报送事项用到“{form.title}”这种表")
    if not settings:
        return
    reading_of_settings, office = settings
    wanted = set(office.campaigns)
    idle = sorted(Path(reading.file).stem for reading, c in campaigns if Path(reading.file).stem not in wanted and not c.example)
    if idle and wanted and wanted <= {Path(reading.file).stem for reading, _ in campaigns} and reading_of_settings.is_sound(office, "campaigns"):
        reading_of_settings.warn(office, "campaigns", f"campaigns 文件夹里还有 {listed(idle)}，没有写在这里，不办理")
    for reading, campaign in campaigns:
        if Path(reading.file).stem in wanted:
            addresses.not_the_offices(reading, campaign, office, own_addresses(reading_of_settings, office))
            if office.sending == "live" and campaign.example:
                reading.warn(campaign, "example", "已经正式发信（sending: live），这个名册却还是示例（example: true）；地址换成真实的以后请删去这一行")


    in_force = [(reading, campaign) for reading, campaign in campaigns if Path(reading.file).stem in wanted]
    _same_address(in_force)
    _liaisons_of_a_unit(in_force, office)


def _same_address(campaigns: Sequence[tuple[Reading, Campaign]]) -> None:
    """One address in two campaigns in force should be one unit's."""
    owner: dict[str, tuple[Unit, Campaign]] = {}
    for reading, campaign in campaigns:
        for unit in campaign.units:
            for address in unit.addresses:
                other, where = owner.setdefault(address.lower(), (unit, campaign))
                if where is not campaign and fold(other.name) != fold(unit.name):
                    words = f"地址 {address} 在专项行动 {where.id} 里登记给“{other.name}”，在这里登记给“{unit.name}”，请核对"
                    reading.warn(unit, "addresses", words, item=address)


def _liaisons_of_a_unit(campaigns: Sequence[tuple[Reading, Campaign]], settings: Settings) -> None:
    """Who is written to as the office's and as a unit's: perhaps one of the two is a slip."""
    office = {a.lower(): f"“{group.name}”的联络信箱" for _, campaign in campaigns for group in campaign.groups for a in group.addresses}
    office |= {a.lower(): "领导的信箱（mailbot.yaml 的 directors）" for a in settings.directors}
    staff = {a.lower() for a in settings.staff}  # that is told already
    for reading, campaign in campaigns:
        for unit, address in ((u, a) for u in campaign.units for a in u.addresses if a.lower() in office and a.lower() not in staff):
            words = f"{address} 也是{office[address.lower()]}：给“{unit.name}”的答复和催报按给单位的信限量和暂停，请核对是不是写错了"
            reading.warn(unit, "addresses", words, item=address)


def own_addresses(reading: Reading, settings: Settings) -> Mapping[str, str]:
    """The office's own addresses in lower case, with what they are."""
    names = (("收件信箱" if isinstance(a, Mailbox) else "发件账号", a.address) for a in reversed(_accounts(reading, settings)))
    return {address.lower(): name for name, address in names}
