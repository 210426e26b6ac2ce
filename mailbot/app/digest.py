"""The digest of the day: gathers what the ledger knows, builds the page purely, puts it into the outbox once a day and address."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from mailbot.app.cases import Link, case, no_link, together
from mailbot.app.counts import Counts, held_back
from mailbot.app.marks import REFUSED, WATCHED, last_poll, undone
from mailbot.app.ports import Clock, DigestWriter, Ledger
from mailbot.app.reminders import Reminding
from mailbot.app.status import standings
from mailbot.domain.briefing import arrivals, grouped
from mailbot.domain.campaign_names import unit_called
from mailbot.domain.campaigns import Campaign, Group
from mailbot.domain.commands import group_answers
from mailbot.domain.digest import Digest, Health, RiskLine, Today, Trouble, Urgent
from mailbot.domain.errors import MailbotError
from mailbot.domain.manners import state_when_written
from mailbot.domain.masking import masked, shown
from mailbot.domain.obligations import Standing
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.picture import late_list, pictures
from mailbot.domain.policy import Rules
from mailbot.domain.records import Posted, Sendable, Stop
from mailbot.domain.restoring import begins
from mailbot.domain.reviews import OpenReview
from mailbot.domain.timeline import timelines
from mailbot.domain.tokens import click, digest_id, digest_key
from mailbot.domain.unfetched import held, vanished
from mailbot.domain.wellbeing import unwell, well
from mailbot.domain.words import LETTER_STATES, LETTERS
from mailbot.failpoints import reached

log = logging.getLogger(__name__)
KIND = "digest"
_DONE = "digest_written"  # the mark: the day of the last one
_LINES = 200  # mails without unread files that are listed; all are counted


@dataclass(frozen=True)
class Surroundings:
    """What the digest shows of the world beside the ledger. `workbook`: the ledger as an Excel file, None where it cannot be made.
    `fresh`: randomness for the signing key. `disk`: (bytes free, bytes in all) where the data lies.
    `faults`: what is wrong with the archive, in Chinese sentences."""

    fresh: Callable[[], bytes]
    disk: Callable[[], tuple[int, int]]
    stopped: Callable[[], Stop | None]
    workbook: Callable[[], bytes | None] = lambda: None
    risks: Callable[[Rules, Iterable[Standing]], tuple[RiskLine, ...]] = lambda _, __: ()
    faults: Callable[[], tuple[str, ...]] = tuple


@dataclass(frozen=True)
class Digesting:
    """`rules`: those in force now, with what staff granted."""

    rules: Callable[[], Rules]
    ledger: Ledger
    writer: DigestWriter
    clock: Clock
    reminding: Reminding
    around: Surroundings

    def now(self) -> datetime:
        return self.clock().astimezone(SHANGHAI)

    # --- when -----------------------------------------------------------------------------------------------------------

    def is_due(self) -> bool:
        """Whether it is a day of digests and late enough. Yesterday's is never made good: today's tells all that it would."""
        rules, now = self.rules(), self.now()
        schedule = rules.settings.schedule
        return now.timetz().replace(tzinfo=None) >= schedule.digest_at and _has_digest(rules, now)

    def since(self) -> datetime:
        """The last digest of an earlier day; where there was none, the time of the last one that should have been."""
        rules, now = self.rules(), self.now()
        midnight = datetime.combine(now.date(), time(), SHANGHAI)
        last = self.ledger.last_digest(midnight)
        if last is not None:
            return last.astimezone(SHANGHAI)
        day = now.date() - timedelta(days=1)
        if rules.settings.schedule.digest_days == "working":
            day = rules.calendar.on_or_before(day)
        return datetime.combine(day, rules.settings.schedule.digest_at, SHANGHAI)

    # --- building ---------------------------------------------------------------------------------------------------------

    def build(self, group: tuple[Campaign, Group] | None = None, found: Iterable[Standing] | None = None) -> Digest:
        """The digest to the office, or to one group. `found`: the standings as of now, where they are known already."""
        rules, now, since = self.rules(), self.now(), self.since()
        found = list(standings(rules, self.ledger, now) if found is None else found)
        mine = found if group is None else [s for s in found if _is_of(s, group)]
        reviews = self.ledger.open_reviews(now)
        link = self._link(rules, now) if group is None else no_link  # only staff may settle
        cases = [c for c in (case(r, rules, link) for r in reviews) if group is None or c.group == group[1].id]
        came = self.ledger.arrived(since, now, _LINES)
        counts: Mapping[str, int] = self.ledger.arrived_counts(since, now)
        if group is not None:
            duties = {d.id for d in group[0].duties if group[0].group_of(d) == group[1]}
            came = tuple(a for a in came if any(c == group[0].id and d in duties for c, d, _, _ in a.filed))
            counts = {d: sum(a.disposition == d for a in came) for d in {a.disposition for a in came}}
        late, health = late_list(mine), self._health(rules, since, now) if group is None else None
        return Digest(
            as_of=now, since=since, group=group[1].name if group else "", urgent=self._urgent(rules, since, now, group),
            cases=grouped(cases, together(reviews, link)),
            pictures=pictures(mine, now, rules.policy.owed_days_ahead), late=late, arrivals=arrivals(came, counts, rules.campaigns, masked),
            today=self._today(rules, found, now, group), risks=self.around.risks(rules, mine),
            timelines=timelines(rules.campaigns if group is None else group[:1], now.date()),
            health=health,
            unwell=tuple(unwell(health)) if health else (), well=tuple(well(health)) if health else (), warnings=_warnings(rules),
            case_count=len(cases), late_count=len(late),
        )  # fmt: skip

    def _urgent(self, rules: Rules, since: datetime, now: datetime, group: tuple[Campaign, Group] | None) -> tuple[Urgent, ...]:
        wanted = [(c, d) for c in rules.campaigns for d in c.duties if d.urgent and (group is None or (c.id == group[0].id and c.group_of(d) == group[1]))]
        duties = {(c.id, d.id): d.title for c, d in wanted}
        names = {(c.id, u.id): u.name for c in rules.campaigns for u in c.units}
        return tuple(
            Urgent(f.received_at.astimezone(SHANGHAI), names.get((f.campaign, f.unit), f.unit), duties[f.campaign, f.duty], shown(f.title, 60), shown(f.path, 60))
            for f in self.ledger.urgent_filings(duties, since, now)
        )  # fmt: skip

    def _link(self, rules: Rules, now: datetime) -> Link:
        """Makes a prepared mail to the office's mailbox; the token in its subject signs the words."""
        secret = self.ledger.signing_key(self.around.fresh)

        def link(reviews: tuple[OpenReview, ...], key: str) -> str:
            words = f"处理 {group_answers(reviews, key)}"
            subject = f"{words} {click(secret, now, words)}"
            return f"mailto:{rules.settings.mailbox.address}?subject={quote(subject)}&body={quote('直接发送即可，不用改主题。')}"

        return link

    def _today(self, rules: Rules, found: list[Standing], now: datetime, group: tuple[Campaign, Group] | None) -> Today:
        opens = self.reminding.opens()
        waiting = {} if group else {LETTERS.get(kind, kind): n for kind, n in sorted(self.ledger.waiting_kinds().items())}
        midnight = datetime.combine(now.date(), time(), SHANGHAI)
        written = len(self.ledger.keys_written(("reminder",), midnight)) if group is None else 0
        working = rules.calendar.is_working_day(now.date())
        if opens.date() != now.date():
            return Today(working, waiting=waiting)
        planned = self.reminding.plan(opens, found).round
        reminders = tuple((r.unit.name, len(items)) for r in planned.reminders if (items := [i for i in r.items if _concerns(i.key, group)]))
        escalated = {f"{e.item.unit.name}：{e.item.title}" for letter in planned.escalations for e in letter.items if _concerns(e.item.key, group)}
        unreached = tuple(u.name for _, u in planned.unreached)
        return Today(working, opens, reminders, len(reminders), written, tuple(sorted(escalated)), unreached, waiting)

    def _health(self, rules: Rules, since: datetime, now: datetime) -> Health:
        ledger, settings = self.ledger, rules.settings
        polled = [(box.address, _moment_of(ledger.mark(last_poll(box, settings)))) for box in settings.mailboxes]
        free, all_ = self.around.disk()
        stop = self.around.stopped()
        acts = ledger.ruling_counts(since, now)
        troubles = tuple(
            Trouble(masked(q.recipient), shown(q.subject, 60), LETTER_STATES[q.state], shown(q.problem, 80)) for q in ledger.wanting_staff(since, now)
        )  # fmt: skip
        bad = tuple(f"{unit_called(b.unit, rules.campaigns, b.address)} {masked(b.address)}".strip() for b in ledger.bad_addresses())
        queue = sum(ledger.waiting_kinds().values())
        unfetched = [one for box in settings.mailboxes for one in ledger.unfetched(box.address).values()]
        most = max(1, settings.sender.per_day)
        return Health(
            as_of=now, sending=settings.sending, last_poll=polled[0][1], others=tuple(polled[1:]), last_sent=_local(ledger.last_sent(now)),
            sent_again=ledger.sent_again(since, now), held_back=self._held_back(rules, now), per_address=rules.policy.letters_per_address_and_day,
            queue=queue, budget_days=-(-queue // most) if queue > most else 0, troubles=troubles, bad=bad, paused=_paused(stop),
            disk_free=free / all_ if all_ else None, disk_bytes=free, missing_years=rules.calendar.lacking(now.date()),
            rulings=sum(acts.values()) - acts.get("undo", 0), undone=acts.get("undo", 0), rules_refused=_moment_of(ledger.mark(REFUSED)),
            watched=_moment_of(ledger.mark(WATCHED)), alarm=bool(settings.alarm.to or settings.alarm.command),
            backed_up=max((link.at.astimezone(SHANGHAI) for link in ledger.audited(what="backup")), default=None),
            audit=ledger.audit_head(), unsure=ledger.unsure_count(), faults=self.around.faults(), undone_jobs=undone(ledger),
            unfetched=held(unfetched), vanished=vanished(unfetched), unaccounted=ledger.unaccounted(),
        )  # fmt: skip

    def _held_back(self, rules: Rules, now: datetime) -> tuple[tuple[str, int], ...]:
        midnight = datetime.combine(now.date(), time(), SHANGHAI)
        held = held_back(rules, Counts(self.ledger, midnight, self.clock, spelled=rules.spelled_addresses))
        most_first = sorted(held.items(), key=lambda one: -one[1])
        return tuple((f"{unit_called(unit, rules.campaigns, address)} {masked(address)}".strip(), waiting) for (address, unit), waiting in most_first)

    # --- into the outbox ---------------------------------------------------------------------------------------------------

    def write(self) -> int:
        """Puts today's digest into the outbox, once an address; how many letters are new. Raises what a template raises, after the others."""
        rules, now = self.rules(), self.now()
        found = list(standings(rules, self.ledger, now))
        office = self.build(found=found)
        workbook = self._workbook()
        wanted: list[tuple[Digest, str, bytes | None]] = [(office, address, workbook) for address in dict.fromkeys(rules.settings.staff)]
        told = {a.lower() for a in rules.settings.staff}
        for campaign in rules.campaigns:
            for group in campaign.groups:
                addresses = [a for a in dict.fromkeys(group.addresses) if a.lower() not in told]
                if addresses:
                    told.update(a.lower() for a in addresses)
                    own = self.build((campaign, group), found)
                    wanted += [(own, address, None) for address in addresses]
        posted, wrong = list[Posted](), None
        for one in wanted:
            try:
                posted.append(self._posted(*one, rules))
            except MailbotError as problem:
                wrong = problem
        new = self.ledger.put_letters(posted, now)
        log.info("digest letters=%d new=%d", len(posted), new)
        if wrong is not None:
            raise wrong
        return new

    def write_once_a_day(self) -> tuple[str, ...] | None:
        """What a round of the worker does: None where it is not time or today's is written."""
        today = self.now().date().isoformat()
        if not self.is_due() or self.ledger.mark(_DONE) == today:
            return None
        self.write()
        reached("digest.written")
        self.ledger.put_mark(_DONE, today)
        return ()

    def _workbook(self) -> bytes | None:
        """The ledger to attach; a digest without it is better than none."""
        try:
            return self.around.workbook()
        except MailbotError as problem:
            log.warning("no workbook for the digest: %s %s", type(problem).__name__, problem.detail)
            return None

    def _posted(self, digest: Digest, address: str, workbook: bytes | None, rules: Rules) -> Posted:
        key = digest_key(digest.as_of, address)
        signed = digest_id(self.ledger.signing_key(self.around.fresh), digest.as_of, address, rules.settings.sender.address.partition("@")[2])
        written = self.writer.digest(digest, address, signed, workbook)
        day = digest.as_of.replace(hour=0, minute=0, second=0, microsecond=0)  # the lost ledger may have sent today's
        state, action = begins(state_when_written(rules, address, KIND), day, self.ledger.restored())
        return Posted(key, KIND, address, written.subject, written.raw, state, action=action)

    def still_wanted(self, letter: Sendable) -> bool:
        """A digest that did not go out on its day stays: the next one tells more."""
        return letter.created_at.astimezone(SHANGHAI).date() == self.now().date()


def _has_digest(rules: Rules, now: datetime) -> bool:
    return rules.settings.schedule.digest_days == "all" or rules.calendar.is_working_day(now.date())


def _is_of(there: Standing, group: tuple[Campaign, Group]) -> bool:
    owed = there.obligation
    return owed.campaign.id == group[0].id and owed.campaign.group_of(owed.duty) == group[1]


def _concerns(key: tuple[str, str, str, str], group: tuple[Campaign, Group] | None) -> bool:
    return group is None or (key[0] == group[0].id and group[0].group_of(group[0].duty(key[2])) == group[1])


def _moment_of(mark: str | None) -> datetime | None:
    return datetime.fromisoformat(mark).astimezone(SHANGHAI) if mark else None


def _local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(SHANGHAI) if moment else None


def _paused(stop: Stop | None) -> str:
    return f"{stop.at.astimezone(SHANGHAI):%m-%d %H:%M} 起{f'，{stop.why}' if stop.why else ''}" if stop else ""


def _warnings(rules: Rules) -> tuple[str, ...]:
    examples = [c.title for c in rules.campaigns if c.example]
    return (f"{'、'.join(examples)}的名册是示例，邮箱要换成真实的。",) if examples else ()


def as_json(value: Any) -> Any:
    """A digest as plain JSON values, by the names of its fields."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: as_json(inner) for key, inner in value.items()}
    return [as_json(inner) for inner in value] if isinstance(value, (tuple, list)) else value

