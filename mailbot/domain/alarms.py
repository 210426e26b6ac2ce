"""When somebody must be called: facts about the bot -> alarms, each with a sentence and what to do (reliability.md P15).

Also when it is told: one letter a kind and day, and one when it is over. Silence is never the sign of health: what looks says when it looked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from mailbot.domain.periods import SHANGHAI, spoken
from mailbot.domain.policy import Alarm as AlarmRules

LEAST_FREE = 0.10  # of the disk
CLOCK_SLACK = timedelta(minutes=10)
MOST_REFUSED = 3  # logins, one after the other
MOST_DOUBTFUL = 3  # letters of which nobody knows whether they went out
CERTIFICATE_DAYS = 14
BACKUP_IS_OLD = timedelta(days=8)
WATCH_IS_OLD = POLL_IS_OLD = timedelta(hours=1)  # what staff read in the digest; the alarm has its own rule
STILL = timedelta(minutes=30)  # a worker gives a sign of life every few minutes, whatever it waits for


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the ledger says of what waits. `newest`: when the newest mail came by its server's clock. None where there is none."""

    oldest_letter: datetime | None = None
    queue: int = 0
    doubtful: int = 0
    oldest_review: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Beat:
    """What the running worker leaves behind every few minutes; no personal data. `polled`: when the mailbox was read that was read longest
    ago; `unread`: those that never were, and since when they are tried; `failing`: since when letters are tried and none is taken;
    `refused`: by account, logins refused one after the other; `why`: the last trouble in our own words; `doubted`: when a letter was
    refused for good and none was tried since."""

    at: datetime
    started: datetime
    polled: datetime | None = None
    failing: datetime | None = None
    refused: Mapping[str, int] = field(default_factory=dict)
    why: str = ""
    doubted: datetime | None = None
    unread: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def silent(self) -> datetime:
        """Since when a mailbox was not read."""
        return min(filter(None, (self.polled, *self.unread.values())), default=self.started)

    @property
    def most_refused(self) -> int:
        return max(self.refused.values(), default=0)


@dataclass(frozen=True, slots=True)
class Undone:
    """What is done once a day and could not be: its Chinese name, since when it is tried, why it failed last."""

    name: str
    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The rule's numbers. `silence`: so long may no poll succeed, or no letter go out that should."""

    silence: timedelta = timedelta(minutes=30)
    queue: timedelta = timedelta(hours=48)
    review: timedelta = timedelta(days=7)

    @classmethod
    def of(cls, rules: AlarmRules, poll_minutes: int) -> "Limits":
        """Where mail is polled rarely, two polls may be missed."""
        silence = max(rules.after_minutes, 2 * poll_minutes + rules.after_minutes // 2)
        return cls(timedelta(minutes=silence), timedelta(hours=rules.queue_hours), timedelta(days=rules.review_days))


@dataclass(frozen=True, slots=True)
class Facts:
    """`beat` None: no worker ever ran here. `watched_from_outside`: whoever looks is not the worker itself, so an old beat means something.
    `waiting` None: the ledger did not open. `home`, `ledger`: what could not be written, "" where all could. `disk_free`: a share.
    `rules`: what is wrong with the rule files; told where nobody runs by the last good ones.
    `unaccounted`: mails that were seen on the server and ended nowhere (P2). `undone`: what is done once a day and fails."""

    now: datetime
    beat: Beat | None
    watched_from_outside: bool = True
    waiting: Waiting | None = Waiting()
    disk_free: float | None = None
    home: str = ""
    ledger: str = ""
    rules: str = ""
    certificate_ends: datetime | None = None
    unaccounted: int = 0
    undone: tuple[Undone, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """`kind`: the same trouble has the same one, so that it is told once a day."""

    kind: str
    sentence: str


def alarms(facts: Facts, limits: Limits = Limits()) -> tuple[Alarm, ...]:
    """The worst first."""
    return tuple(_all(facts, limits))


def _all(facts: Facts, limits: Limits) -> Iterator[Alarm]:
    if facts.home:
        yield Alarm("home", f"数据文件夹写不进去（{facts.home}）：收不了信，也记不了账。请检查磁盘和文件夹权限。")
    if facts.ledger:
        yield Alarm("ledger", f"台账数据库不能读写（{facts.ledger}）：收不了信，也记不了账。请检查磁盘、数据库服务和连接设置。")
    if facts.rules and not _lives(facts):  # who lives goes on by the last good ones, and the digest tells it
        yield Alarm("rules", f"规则文件有误，程序启动不了：{facts.rules.removesuffix('。')}。全部错处：mailbot config check。")
    if facts.disk_free is not None and facts.disk_free < LEAST_FREE:
        yield Alarm("disk", f"磁盘只剩 {facts.disk_free:.0%}，用完就收不了信。请清理，或换到更大的磁盘。")
    yield from _worker(facts, limits)
    yield from _ledger(facts, limits)
    if late := [one for one in facts.undone if facts.now - one.since > limits.silence]:  # a busy moment is none
        said = "；".join(f"{one.name}从 {spoken(one.since)} 起没有做成，原因：{one.why}" for one in late)
        yield Alarm("daily", f"每天该做的事没有做成：{said}。邮件照常收发；改正以后程序自己会补上。")
    if facts.certificate_ends is not None and facts.certificate_ends - facts.now < timedelta(days=CERTIFICATE_DAYS):
        yield Alarm("certificate", f"邮件服务器的证书到 {spoken(facts.certificate_ends)} 为止，过期以后就连不上了。请通知邮箱的管理员换证书。")


def _lives(facts: Facts) -> bool:
    return facts.beat is not None and facts.now - facts.beat.at < STILL


def _worker(facts: Facts, limits: Limits) -> Iterator[Alarm]:
    beat, now = facts.beat, facts.now
    if beat is None:
        if facts.watched_from_outside:
            yield Alarm("worker", "收信程序在这个数据文件夹里没有运行过。请启动 mailbot run。")
        return
    if beat.at > now + CLOCK_SLACK:
        yield Alarm("clock", f"这台机器的时钟走错了：现在是 {spoken(now)}，程序却在 {spoken(beat.at)} 留过记录。请打开系统的自动校时。")
        return
    why = f"最近一次的原因：{beat.why}" if beat.why else "请运行 mailbot doctor 检查。"
    if facts.watched_from_outside and now - beat.at > max(STILL, limits.silence):
        yield Alarm("worker", f"收信程序停了：最近一次有动静是 {spoken(beat.at)}。请看它为什么停下，重新启动 mailbot run。")
    elif now - beat.silent > limits.silence:
        never = f"有一个信箱从 {spoken(beat.silent)} 起" if beat.polled else f"{spoken(beat.silent)} 启动以来"
        since = f"最近一次收成信是 {spoken(beat.silent)}" if beat.silent == beat.polled else f"{never}一次也没有收成信"
        yield Alarm("poll", f"收不了信：{since}。{why}")
    if beat.failing is not None and now - beat.failing > limits.silence:
        yield Alarm("send", f"发不出信：{spoken(beat.failing)} 以来一封也没有发成。{why}")
    if beat.most_refused >= MOST_REFUSED:
        yield Alarm("login", f"邮箱登录连续 {beat.most_refused} 次被拒绝，请检查授权码；改正之前程序会少试几次，免得账号被锁。{why}")


def _ledger(facts: Facts, limits: Limits) -> Iterator[Alarm]:
    waiting, now = facts.waiting, facts.now
    if facts.unaccounted:
        yield Alarm("unaccounted", f"有 {facts.unaccounted} 封邮件在服务器上见过，台账里却没有下落。请把日志交给维护人员。")
    if waiting is None:
        return
    if waiting.newest is not None and waiting.newest > now + CLOCK_SLACK:
        yield Alarm("clock", f"这台机器的时钟慢了：现在是 {spoken(now)}，邮件服务器却在 {spoken(waiting.newest)} 收过信。请打开系统的自动校时。")
    if waiting.oldest_letter is not None and now - waiting.oldest_letter > limits.queue:
        yield Alarm("queue", f"发件箱里有 {waiting.queue} 封信等着，最早的是 {spoken(waiting.oldest_letter)} 写的。请看 mailbot outbox。")
    if waiting.oldest_review is not None and now - waiting.oldest_review > limits.review:
        yield Alarm("review", f"有待人工处理的事项从 {spoken(waiting.oldest_review)} 等到现在。请看日报，或 mailbot review list。")
    if waiting.doubtful >= MOST_DOUBTFUL:
        yield Alarm("doubtful", f"有 {waiting.doubtful} 封信不知道发没发出去，请到“已发送”里核对，见 mailbot outbox。")


# --- when it is told ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that stands. `told`: the days on which the second channel took it, the last one; None: it took it on no day yet."""

    kind: str
    sentence: str
    since: datetime
    told: date | None = None


@dataclass(frozen=True, slots=True)
class News:
    """`standing`: what stands now, to be kept. `to_tell`: of these what is to be told today. `over`: what was told and is no more."""

    standing: tuple[Raised, ...]
    to_tell: tuple[Raised, ...]
    over: tuple[Raised, ...]


def news(found: Iterable[Alarm], before: Iterable[Raised], now: datetime) -> News:
    """One letter a kind and day; an all-clear for what was told."""
    known: Mapping[str, Raised] = {raised.kind: raised for raised in before}
    standing: dict[str, Raised] = {}
    for alarm in found:
        was = known.get(alarm.kind)
        if alarm.kind not in standing:
            standing[alarm.kind] = Raised(alarm.kind, alarm.sentence, was.since if was else now, was.told if was else None)
    today = now.astimezone(SHANGHAI).date()
    to_tell = tuple(raised for raised in standing.values() if raised.told != today)
    over = tuple(raised for kind, raised in known.items() if kind not in standing and raised.told is not None)
    return News(tuple(standing.values()), to_tell, over)


def told(standing: Iterable[Raised], kinds: Iterable[str], now: datetime) -> tuple[Raised, ...]:
    """The same with what the second channel took today."""
    today, taken = now.astimezone(SHANGHAI).date(), frozenset(kinds)
    return tuple(replace(raised, told=today) if raised.kind in taken else raised for raised in standing)
