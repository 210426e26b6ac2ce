"""The audit trail as people read it, and as it is examined."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from mailbot.app.keeping import ArchiveCheck
from mailbot.domain.audit import WORDS, Broken, Head, Link, checked
from mailbot.domain.periods import SHANGHAI

Watch = Callable[[int, int], None]


class Trail(Protocol):
    def trail(self) -> Iterable[Link]: ...


@dataclass(frozen=True, slots=True)
class Examined:
    """`told_head`: the head that somebody has from a digest, and whether it stands in the chain; None where nobody asked."""

    head: Head
    broken: Broken | None
    faults: tuple[str, ...]
    told_head: bool | None = None

    @property
    def wrong(self) -> bool:
        return self.broken is not None or bool(self.faults) or self.told_head is False

    @property
    def lines(self) -> tuple[str, ...]:
        chain = f"留痕 {self.head.count} 条，前后相连，没有缺的、改过的；校验码 {self.head.short}。"
        if self.broken is not None:
            chain = f"留痕从第 {self.broken.number} 条起不对：{self.broken.why}。前面 {self.head.count} 条完好。请保留现场，与备份和日报里的校验码对照。"
        found = {True: "日报里的校验码在留痕里，那以前的没有动过。", False: "日报里的校验码不在留痕里：那以前的记录被换过，或者校验码抄错了。", None: ""}
        return tuple(filter(None, (chain, found[self.told_head], *(self.faults or ("存档里没有发现丢失或改动的原邮件。",)))))

    def as_json(self) -> dict[str, Any]:
        broken = {"number": self.broken.number, "why": self.broken.why} if self.broken else None
        return {
            "count": self.head.count, "head": self.head.hash, "broken": broken, "archive": list(self.faults), "told_head_found": self.told_head,
        }  # fmt: skip


def examined(ledger: Trail, archive: ArchiveCheck, told_head: str | None, watch: Watch | None) -> Examined:
    """`watch`: all files of the archive are looked at, and it is told how far that is; None: what the nightly looks found is told."""
    seen = False

    def passing() -> Iterable[Link]:
        nonlocal seen
        for link in ledger.trail():
            seen = seen or bool(told_head and link.hash.startswith(told_head.lower()))
            yield link

    head, broken = checked(passing())
    if watch is not None:
        archive.all_now(watch)
    return Examined(head, broken, archive.sentences(), seen if told_head else None)


def line(link: Link) -> str:
    who = f"{link.who}（{'邮件' if link.via == 'mail' else '命令'}）" if link.who else "程序"
    change = " → ".join(filter(None, (link.before, link.after)))
    return f"{link.number}　{link.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}　{who}　{WORDS.get(link.what, link.what)}　{link.about}　{change}"


def as_json(link: Link) -> dict[str, Any]:
    return {
        "number": link.number, "at": link.at.astimezone(SHANGHAI).isoformat(), "who": link.who or None, "via": link.via or None, "what": link.what,
        "about": link.about, "before": link.before, "after": link.after, "hash": link.hash,
    }  # fmt: skip
