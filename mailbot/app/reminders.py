"""Reminders of the day: read the ledger, decide purely, put the letters under a unique key into the outbox. A missed day is made good by
the next round, because the question is what is due and not yet written."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from mailbot import failpoints
from mailbot.app.ports import Clock, DailyWriter, Ledger
from mailbot.app.status import standings
from mailbot.domain.chasing import Chased, ChasingRound, Escalation, Office, OwedItem, Reminder, owed_by, round_of
from mailbot.domain.errors import MailbotError
from mailbot.domain.manners import state_when_written
from mailbot.domain.masking import masked_phone
from mailbot.domain.obligations import Standing, by_key, expand, standing
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.records import Posted, Sendable
from mailbot.domain.reminders import ESCALATION, StepKey, StepsDue, due_reminders, steps_reached
from mailbot.domain.restoring import begins
from mailbot.domain.words import LETTERS

log = logging.getLogger(__name__)
KINDS = ("reminder", ESCALATION)
_DONE = "reminders_written"  # the mark: the day of the last round
_TOO_LATE = timedelta(days=1)
_NOT_SENT = "当天没有发出，不再发；仍欠的由新的提醒来说"


@dataclass(frozen=True, slots=True)
class Planned:
    """A round before it is written. `reopened`: steps whose letters never went out."""

    round: ChasingRound
    due: StepsDue
    reopened: frozenset[StepKey]


@dataclass(frozen=True)
class Reminding:
    """`rules`: those in force now, with what staff granted. `bad`: addresses that nothing is sent to, in lower case."""

    rules: Callable[[], Rules]
    ledger: Ledger
    writer: DailyWriter
    clock: Clock
    bad: Callable[[], Collection[str]]

    def now(self) -> datetime:
        return self.clock().astimezone(SHANGHAI)

    def opens(self) -> datetime:
        """When reminders may be written: now, or from the next hour of reminders on a working day on."""
        rules, now = self.rules(), self.now()
        first = datetime.combine(now.date(), rules.settings.schedule.reminders_at, SHANGHAI)
        if rules.calendar.is_working_day(now.date()):
            return max(now, first)
        return datetime.combine(rules.calendar.on_or_after(now.date()), first.timetz())

    def plan(self, moment: datetime, found: Iterable[Standing] | None = None) -> Planned:
        """What would be written at `moment`, by what is known now."""
        rules = self.rules()
        found = standings(rules, self.ledger, self.now()) if found is None else found
        steps = steps_reached(found, moment.date(), rules.calendar, rules.policy.reminder_stale_days)
        known: dict[StepKey, bool] = {}
        for campaign in {s.there.obligation.campaign.id for s in steps}:
            wanted = {(s.key[0][2], s.key[0][3]) for s in steps if s.key[0][0] == campaign}
            known |= self.ledger.reminders_taken(campaign, wanted)
        due = due_reminders(steps, {key for key, in_force in known.items() if in_force})
        ahead = max([rules.policy.owed_days_ahead, *(s.offset or 0 for s in due.told)])
        planned = round_of(due, owed_by(found, moment, ahead), self._office(rules, moment))
        reopened = frozenset(key for key, in_force in known.items() if not in_force)
        # who waited in vain yesterday comes first today
        reminders = sorted(planned.reminders, key=lambda r: reopened.isdisjoint(r.told))
        return Planned(replace(planned, reminders=tuple(reminders)), due, reopened)

    def _office(self, rules: Rules, moment: datetime) -> Office:
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        contacts = {unit: _contact(fields) for unit, fields in self.ledger.unit_contacts().items()}
        settings = rules.settings
        return Office(moment, rules.calendar, settings.staff, settings.directors, self.bad(), self.ledger.keys_written(KINDS, midnight), contacts, rules.campaigns)

    def write(self) -> Planned | None:
        """Puts what is due into the outbox. None where it is not the time."""
        now = self.now()
        if self.opens() > now:
            return None
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self.ledger.drop(KINDS, midnight, _NOT_SENT, now)
        failpoints.reached("reminders.begun")
        planned = self.plan(now)
        chased = tuple(self._chased(planned))
        if chased and not self.ledger.put_chased(chased, now):  # another worker wrote them in between
            planned = replace(planned, round=ChasingRound(unreached=planned.round.unreached))
        log.info("reminders=%d escalations=%d unreached=%d", len(planned.round.reminders), len(planned.round.escalations), len(planned.round.unreached))
        return planned

    def write_once_a_day(self) -> tuple[str, ...] | None:
        """What a round of the worker does: None where it is not time or today's are written."""
        today = self.now().date().isoformat()
        if self.opens() > self.now() or self.ledger.mark(_DONE) == today:
            return None
        self.write()
        failpoints.reached("reminders.written")
        self.ledger.put_mark(_DONE, today)
        return ()

    def _chased(self, planned: Planned) -> Iterable[Chased]:
        rules, days = self.rules(), {step.key: step.planned for step in (*planned.due.told, *planned.due.escalated)}
        for letter in planned.round.reminders:
            again = tuple(k for k in letter.told if k in planned.reopened)
            fresh = tuple(k for k in letter.told if k not in planned.reopened)
            left_out = tuple(k for k in letter.left_out if k not in planned.reopened)
            yield Chased(self._posted(letter, rules, days), fresh, left_out, again)
        told: set[StepKey] = set()
        for letter_up in planned.round.escalations:
            mine = tuple(k for k in letter_up.told if k not in told)
            told.update(mine)
            again = tuple(k for k in mine if k in planned.reopened)
            yield Chased(self._posted(letter_up, rules, days), tuple(k for k in mine if k not in planned.reopened), (), again)

    def _posted(self, letter: Reminder | Escalation, rules: Rules, days: Mapping[StepKey, date]) -> Posted:
        """`days`: when each step's day came. A letter that cannot be worded harms itself alone: it is kept as failed, for staff, and its
        steps are open again the next day."""
        unit = letter.unit.id if isinstance(letter, Reminder) else None
        data = {"owed": [list(owed) for owed, _ in letter.told]}
        try:
            written = self.writer.chasing(letter)
        except MailbotError as problem:
            if problem.temporary:  # not the letter is the trouble: it is written at the next tick
                raise
            about = f"{LETTERS[letter.kind]}（{letter.unit.name}）" if isinstance(letter, Reminder) else LETTERS[letter.kind]
            return Posted(letter.key, letter.kind, letter.to, about, b"", "failed", problem.sentence, unit)
        first = min((days[key] for key in letter.told if key in days), default=None)
        concerns = datetime.combine(first, time(), SHANGHAI) if first else None
        state, action = begins(state_when_written(rules, letter.to, letter.kind), concerns, self.ledger.restored())
        return Posted(letter.key, letter.kind, letter.to, written.subject, written.raw, state, None, unit, None, data, action)

    def still_wanted(self, letter: Sendable) -> bool:
        """Whether a reminder that waited in the outbox is still to go out: not when it is older than a day, nor when all that it was
        written for was settled meanwhile."""
        now = self.now()
        if now - letter.created_at >= _TOO_LATE:
            return False
        told = [tuple(key) for key in (self.ledger.letter_data(letter.id) or {}).get("owed", ())]
        rules = self.rules()
        return not told or any(not self._settled(rules, key, now) for key in told)

    def _settled(self, rules: Rules, key: tuple[str, ...], now: datetime) -> bool:
        campaign = next((c for c in rules.campaigns if c.id == key[0]), None)
        unit = campaign.roster.by_id(key[1]) if campaign else None
        if campaign is None or unit is None:
            return True  # no longer in the rules
        owed = next((o for o in expand(campaign, unit) if o.key == key), None)
        filed = by_key(self.ledger.filings_of([unit.id]))
        return owed is None or standing(owed, filed.get(owed.key, ()), now).done


def _contact(fields: Mapping[str, Any]) -> tuple[str, str]:
    """A liaison's name, and the number as lists show it."""
    return str(fields.get("name") or ""), masked_phone(str(fields.get("mobile") or fields.get("office_phone") or ""))


# --- as commands show it -----------------------------------------------------------------------------------------------------


def as_json(round_: ChasingRound, writer: DailyWriter) -> list[dict[str, Any]]:
    letters: tuple[Reminder | Escalation, ...] = (*round_.reminders, *round_.escalations)
    return [_letter_json(letter, writer) for letter in letters]


def _letter_json(letter: Reminder | Escalation, writer: DailyWriter) -> dict[str, Any]:
    items = letter.items if isinstance(letter, Reminder) else tuple(e.item for e in letter.items)
    return {
        "unit": letter.unit.name if isinstance(letter, Reminder) else None, "to": letter.to, "kind": letter.kind,
        "items": [_item_json(item, writer) for item in items], "subject": writer.chasing(letter).subject,
    }  # fmt: skip


def _item_json(item: OwedItem, writer: DailyWriter) -> dict[str, Any]:
    campaign, _, duty, period = item.key
    return {
        "campaign": campaign, "unit": item.unit.name, "duty": duty, "period": period, "title": item.title, "due": item.due.isoformat(),
        "offset": item.offset, "days_left": item.days_left, "missing": list(item.missing), "wrong": [writer.sentence(f) for f in item.wrong],
        "reckoning": item.reckoning or None, "escalated": item.escalated,
    }  # fmt: skip
