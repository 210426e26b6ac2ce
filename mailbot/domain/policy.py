"""The office's own rules (config/mailbot.yaml, config/calendar.yaml) and everything that decides, gathered in `Rules`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import cached_property
from typing import Annotated, Literal

from mailbot.domain.campaigns import Campaign
from mailbot.domain.forms import FormType
from mailbot.domain.rule import Between, Rule
from mailbot.domain.rulings import Grants
from mailbot.domain.units import Unit
from mailbot.domain.workdays import Calendar

Sending = Literal["shadow", "staff-only", "live"]
Security = Literal["tls", "starttls", "plain"]


@dataclass(frozen=True, kw_only=True)
class Mailbox(Rule):
    """A mailbox of the office that is polled. Its password comes from the environment only, under the name `password_from`."""

    address: str
    host: str
    port: int = 993
    user: str
    security: Security = "tls"
    folders: tuple[str, ...] = ("INBOX", "垃圾邮件", "病毒文件夹", "广告邮件")
    lookback_days: Annotated[int, Between(1, 3_650)] = 30
    poll_minutes: Annotated[int, Between(1, 1_440)] = 5
    password_from: str = "MAILBOT_IMAP_PASSWORD"


@dataclass(frozen=True, kw_only=True)
class Sender(Rule):
    """The account that answers. The password comes from MAILBOT_SMTP_PASSWORD only.

    `kept_for_answers`: so many of a day's letters are never used for reminders. `sent_folder`: where a copy of each letter is
    put over IMAP, "" where the provider does that itself (as 163 and QQ do, when asked to in their settings)."""

    address: str
    name: str
    host: str
    port: int = 465
    user: str
    security: Security = "tls"
    seconds_between: Annotated[float, Between(0, 3_600)] = 10
    per_day: Annotated[int, Between(1, 1_000_000)] = 80
    per_quarter_hour: Annotated[int, Between(1, 1_000_000)] = 20
    kept_for_answers: Annotated[int, Between(0, 1_000_000)] = 20
    sent_folder: str = ""


@dataclass(frozen=True, kw_only=True)
class CloudProvider(Rule):
    """A provider of cloud attachments: `urls` are regular expressions, searched in a link's address."""

    name: str
    urls: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Cloud(Rule):
    """How links to files that did not come are known. `words`: what webmail writes over them, where no link is known.
    `expiry`: regular expressions over what stands beside a link; groups 1 to 5 are year, month, day, hour, minute."""

    providers: tuple[CloudProvider, ...] = ()
    words: tuple[str, ...] = ()
    expiry: tuple[str, ...] = ()


# What is done with scans: nothing; seals are looked for; their words are read too, where OCR is installed.
Scans = Literal["off", "seals", "read"]


@dataclass(frozen=True, kw_only=True)
class Retention(Rule):
    """For how many days the original mails of a kind are kept after they came; 0: for ever. What was decided, filed and answered is kept in
    any case, only the bytes go. `check_days`: within how many days every file of the archive is looked at again."""

    foreign: Annotated[int, Between(0, 36_500)] = 0
    automatic: Annotated[int, Between(0, 36_500)] = 0
    held: Annotated[int, Between(0, 36_500)] = 0
    filed: Annotated[int, Between(0, 36_500)] = 0
    check_days: Annotated[int, Between(1, 366)] = 30

    def days_of(self, rule: str) -> int:
        return int(getattr(self, rule))

    @property
    def any(self) -> bool:
        return bool(self.foreign or self.automatic or self.held or self.filed)


@dataclass(frozen=True, kw_only=True)
class Policy(Rule):
    """Who may file and who is answered (the contract's table); each line is a rule an admin can change."""

    trusted_receivers: tuple[str, ...] = ()
    question_words: tuple[str, ...] = ()
    announcing_words: tuple[str, ...] = ()
    nil_doubts: tuple[str, ...] = ()
    command_subjects: tuple[str, ...] = ()
    stranger_letter_days: Annotated[int, Between(1, 366)] = 7
    letters_per_address_and_day: Annotated[int, Between(1, 1_000)] = 5
    settle_minutes: Annotated[int, Between(0, 1_440)] = 15
    settle_minutes_near: Annotated[int, Between(0, 1_440)] = 5
    reminder_stale_days: Annotated[int, Between(1, 366)] = 5
    token_days: Annotated[int, Between(1, 366)] = 14
    owed_days_ahead: Annotated[int, Between(1, 366)] = 30
    picture_min_bytes: Annotated[int, Between(0, 100_000_000)] = 15_000
    picture_min_pixels: Annotated[int, Between(0, 100_000)] = 300
    scans: Scans = "read"
    cloud: Cloud = Cloud()
    retention: Retention = Retention()
    file_limit: Annotated[int, Between(1_000, 2_000_000_000)] = 25_000_000
    mail_limit: Annotated[int, Between(1_000, 2_000_000_000)] = 60_000_000


@dataclass(frozen=True, kw_only=True)
class Schedule(Rule):
    """When the day's letters are written, Beijing time. `digest_days`: on which days there is a digest."""

    digest_at: time = time(8, 0)
    reminders_at: time = time(9, 0)
    digest_days: Literal["working", "all"] = "working"


@dataclass(frozen=True, kw_only=True)
class Alarm(Rule):
    """Who is called, and how, when the bot itself is in trouble: by an account of another provider (its password comes from
    MAILBOT_ALARM_PASSWORD only), by a command, or both. `after_minutes`: without a successful poll, or without a letter that should go out.
    `command`: a program and its words; `{}` is replaced by the text, which else comes on standard input."""

    to: tuple[str, ...] = ()
    host: str = ""
    port: int = 465
    user: str = ""
    security: Security = "tls"
    command: tuple[str, ...] = ()
    after_minutes: Annotated[int, Between(10, 1_440)] = 30
    queue_hours: Annotated[int, Between(1, 1_000)] = 48
    review_days: Annotated[int, Between(1, 366)] = 7


@dataclass(frozen=True, kw_only=True)
class Settings(Rule):
    """config/mailbot.yaml. `directors`: who hears of what is long overdue, besides the liaison in charge. `other_mailboxes`: polled
    besides the main one, whose `poll_minutes` counts; a mail finds its campaign by unit, form and period, wherever it came, and all answers
    go out by the one sender."""

    office: str
    mailbox: Mailbox
    other_mailboxes: tuple[Mailbox, ...] = ()
    sender: Sender
    schedule: Schedule = Schedule()
    alarm: Alarm = Alarm()
    staff: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    campaigns: tuple[str, ...]
    sending: Sending = "shadow"
    answer_from: datetime | None = None
    policy: Policy = Policy()

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """All that are polled, the main one first."""
        return (self.mailbox, *self.other_mailboxes)


@dataclass(frozen=True)
class Rules:
    """All rules in force. `version` is the hash of the files they were read from; each decision records it."""

    settings: Settings
    campaigns: tuple[Campaign, ...]
    forms: Mapping[str, FormType]
    calendar: Calendar
    version: str

    @property
    def policy(self) -> Policy:
        return self.settings.policy

    @cached_property
    def own_addresses(self) -> frozenset[str]:
        return frozenset(address.lower() for address in (*(m.address for m in self.settings.mailboxes), self.settings.sender.address))

    @cached_property
    def office_addresses(self) -> frozenset[str]:
        """Who works here, in lower case: staff, directors, the groups' liaisons."""
        groups = (address for campaign in self.campaigns for group in campaign.groups for address in group.addresses)
        return frozenset(address.lower() for address in (*self.settings.staff, *self.settings.directors, *groups))

    @cached_property
    def unit_addresses(self) -> frozenset[str]:
        """Whatever the rosters name, in lower case."""
        return frozenset(address.lower() for campaign in self.campaigns for unit in campaign.units for address in unit.addresses)

    @cached_property
    def spelled_addresses(self) -> Mapping[str, frozenset[str]]:
        """An address in lower case -> how rosters and staff lists write it, where that is otherwise."""
        written = {a for c in self.campaigns for u in c.units for a in u.addresses} | {*self.settings.staff, *self.settings.directors}
        return {a.lower(): frozenset(w for w in written if w.lower() == a.lower()) for a in written if a != a.lower()}

    def campaign(self, campaign_id: str) -> Campaign:
        return next(c for c in self.campaigns if c.id == campaign_id)

    def granting(self, grants: Grants) -> "Rules":
        """These rules with what staff granted since; it goes before what stands in the files. An address that staff registered is
        its unit's alone."""
        if not grants.campaigns:
            return self
        return replace(self, campaigns=tuple(_granted(c, grants) if c.id in grants.campaigns else c for c in self.campaigns))

    def forms_of(self, campaigns: tuple[Campaign, ...]) -> tuple[FormType, ...]:
        """The forms that the duties of these campaigns use, each once."""
        wanted = {d.form for c in campaigns for d in c.duties}
        return tuple(f for f in self.forms.values() if f.id in wanted)

    @cached_property
    def question(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self.policy.question_words)) or r"(?!)")

    @cached_property
    def nil_doubts(self) -> re.Pattern[str]:
        return re.compile("|".join(self.policy.nil_doubts) or r"(?!)")

    @cached_property
    def announcing(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self.policy.announcing_words)) or r"(?!)")


def _granted(campaign: Campaign, grants: Grants) -> Campaign:
    owner = {address: unit for unit, address in grants.addresses.get(campaign.id, ())}  # of several words about one the last counts

    def addresses(unit: Unit) -> tuple[str, ...]:
        kept = tuple(a for a in unit.addresses if owner.get(a.lower(), unit.id) == unit.id)
        return (*kept, *(a for a, who in owner.items() if who == unit.id and a not in {k.lower() for k in kept}))

    units = tuple(replace(u, addresses=addresses(u)) for u in campaign.units) if owner else campaign.units
    return replace(
        campaign, units=units, extensions=(*campaign.extensions, *grants.extensions.get(campaign.id, ())),
        waivers=(*campaign.waivers, *grants.waivers.get(campaign.id, ())),
    )  # fmt: skip
