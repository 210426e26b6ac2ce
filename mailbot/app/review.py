"""Staff settle what waits for them: at the keyboard here, by mail in the decision about their answer. Both say it in the same words
(domain/commands) and have it carried out in the same way (app/rulings)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from mailbot.app.intake import Intake
from mailbot.app.rulings import Carried, carry_out
from mailbot.domain.commands import Understood, described, understood
from mailbot.domain.errors import ConfigurationError
from mailbot.domain.naming import Unclear, duty_named, later, period_named, registering, unit_named
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.reviews import Desk
from mailbot.domain.rulings import Ruling, undone
from mailbot.domain.words import ACTS


class NothingOrdered(ConfigurationError):
    """What was typed orders nothing: why, in Chinese."""


@dataclass(frozen=True)
class Reviewing:
    """`by`: the account at the keyboard."""

    intake: Intake
    by: str

    def settle(self, number: int, answer: str) -> tuple[Carried, ...]:
        """Answers one open question. Raises NothingOrdered where the words are not understood."""
        now = self.intake.clock()
        desk = Desk(self.intake.ledger.open_reviews(now), rulings=self.intake.ledger.rulings())
        told = understood(f"{number} {answer}", desk, self._rules(), by=self.by, at=now, via="command")
        return self._ordered(told)

    def waive(self, unit: str, duty: str, period: str, why: str) -> tuple[Carried, ...]:
        return self._grant("waive", unit, duty, period, why)

    def extend(self, unit: str, duty: str, period: str, due: date, why: str) -> tuple[Carried, ...]:
        return self._grant("extend", unit, duty, period, why, due)

    def register(self, address: str, unit: str) -> tuple[Carried, ...]:
        """An address is a unit's from now on; what it sent before and waits is decided again."""
        campaign, found = unit_named(unit, self._rules())
        return self._rule(registering(Ruling("register", campaign=campaign.id, unit=found.id, address=address.lower()), self._rules()))

    def accept(self, number: str, codes: tuple[str, ...], why: str) -> tuple[Carried, ...]:
        """The findings of a mail (by its receipt number) count no more: those of some codes, or all."""
        message = self.intake.ledger.message_numbered(number)
        if message is None:
            raise NothingOrdered(f"没有受理编号是 {number} 的邮件，或者不止一封；请按待处理的编号答复。")
        return self._rule(Ruling("accept", message=message, codes=codes, why=why))

    def undo(self, number: int) -> tuple[Carried, ...]:
        """A ruling, by its number in the log, is no longer in force; that of an undoing puts back what it took away."""
        told = self.intake.ledger.rulings()
        said = next((r for r in told if r.id == number and number not in undone(told)), None)
        if said is None:
            raise NothingOrdered(f"没有第 {number} 号处理意见，或者已经撤销。mailbot review log 列出全部。")
        return self._rule(Ruling("undo", undoes=number, review=said.review, message=said.message))

    def _grant(self, act: Any, unit: str, duty: str, period: str, why: str, due: date | None = None) -> tuple[Carried, ...]:
        campaign, found = unit_named(unit, self._rules())
        wanted = duty_named(duty, campaign)
        if wanted is None or not campaign.owes(found, wanted):
            raise Unclear(f"{found.name}没有“{duty}”这个应报事项，现有：{'、'.join(d.title for d in campaign.duties if campaign.owes(found, d))}。")
        owed = period_named(period, wanted, self.intake.clock().date())
        due = later(campaign, found, wanted, owed, due) if due else None
        return self._rule(Ruling(act, campaign=campaign.id, unit=found.id, duty=wanted.id, period=owed.id, due=due, why=why))

    def _rules(self) -> Rules:
        return self.intake.in_force().rules

    def _rule(self, ruling: Ruling) -> tuple[Carried, ...]:
        self.intake.ledger.rule([replace(ruling, by=self.by, at=self.intake.clock(), via="command")])
        return carry_out(self.intake)

    def _ordered(self, told: Understood) -> tuple[Carried, ...]:
        if told.unclear:
            raise NothingOrdered("\n".join(f"{why}（“{line}”）。" for line, why in told.unclear))
        if not told.rulings:
            raise NothingOrdered("没有看懂这个答复，什么也没有执行。")
        self.intake.ledger.rule(told.rulings)
        return carry_out(self.intake)


def carried_lines(carried: Iterable[Carried], rules: Rules) -> Iterable[str]:
    """What was carried out, for people to read."""
    for one in carried:
        yield f"{one.ruling.id} 号：{described(one.ruling, rules)}"
        if one.problem:
            yield f"　{one.problem}"
        for taken in one.mails:
            yield f"　{taken.facts.number} 重新判定：{taken.outcome.reason}"


def log_lines(rulings: Iterable[Ruling], rules: Rules) -> Iterable[str]:
    """Who said what when, and whether it is in force."""
    told = tuple(rulings)
    gone = undone(told)
    for r in told:
        state = "（已撤销）" if r.id in gone else ""
        how = "邮件" if r.via == "mail" else "命令"
        what = f"撤销 {r.undoes} 号" if r.act == "undo" else described(r, rules)
        yield f"{r.id} 号　{_moment(r.at)}　{r.by}（{how}）　{ACTS[r.act]}　{what}{f'　原因：{r.why}' if r.why and r.act != 'reject' else ''}{state}"


def ruling_json(ruling: Ruling, valid: frozenset[int | None]) -> dict[str, Any]:
    return {
        "id": ruling.id, "at": ruling.at.astimezone(SHANGHAI).isoformat() if ruling.at else None, "by": ruling.by, "via": ruling.via, "act": ruling.act,
        "why": ruling.why, "review": ruling.review, "message": ruling.message, "undoes": ruling.undoes, "in_force": ruling.id in valid,
        "paths": list(ruling.paths), "campaign": ruling.campaign, "unit": ruling.unit, "form": ruling.form, "duty": ruling.duty, "period": ruling.period,
        "address": ruling.address, "codes": list(ruling.codes), "due": ruling.due.isoformat() if ruling.due else None,
    }  # fmt: skip


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""
