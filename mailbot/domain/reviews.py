"""What waits for a person (待人工处理), and the ready-made answers to it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from mailbot.domain.campaign_names import campaign_called
from mailbot.domain.campaigns import Campaign, Duty
from mailbot.domain.naming import nobodys
from mailbot.domain.obligations import plausible
from mailbot.domain.periods import Period
from mailbot.domain.policy import Rules
from mailbot.domain.rulings import SECRET, Ruling
from mailbot.domain.senders import same_reporter
from mailbot.domain.units import Unit


@dataclass(frozen=True, slots=True)
class Seen:
    """What one file of a mail under review was taken for, as far as that was decided. `unit` is a name."""

    path: str
    copy: str = "other"
    form: str | None = None
    campaign: str | None = None
    unit: str | None = None
    duty: str | None = None
    period: str | None = None
    ask: str = ""


@dataclass(frozen=True, slots=True)
class OpenReview:
    """What waits for a person, with the mail it is about. `kind`, `question`, `paths`: as in its ReviewItem. `sha256`: of the
    files at these paths. `unit`: id of the one the mail seems to be from. `message`: the ledger's key of the mail; `number`: its
    receipt number. `said_at`: when somebody last decided about it. `proposed`: what a yes would do."""

    id: int
    kind: str
    question: str
    paths: tuple[str, ...]
    unit: str | None
    sender: str | None
    subject: str
    received_at: datetime
    sha256: tuple[str, ...] = ()
    message: int = 0
    number: str = ""
    seen: tuple[Seen, ...] = ()
    said_at: datetime | None = None
    created_at: datetime | None = None
    proposed: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A ready-made answer: `key` is what one writes behind the number (12 是), `rulings` what it does, who and when still open."""

    key: str
    label: str
    rulings: tuple[Ruling, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies before the staff who write: the open reviews, and all rulings so far. Where it is a mail: `digest_at` of the digest
    that it answers, `click_at` of the digest whose ready-made answer it is; None for a mail without our token."""

    reviews: tuple[OpenReview, ...]
    digest_at: datetime | None = None
    click_at: datetime | None = None
    rulings: tuple[Ruling, ...] = ()


YES, NO, ALWAYS, SEEN, WAIVE, BACK, EXTEND = "是", "否", "长期", "知道了", "免报", "退回", "延期"
_LETTERS = "ABCDEFGH"
_MOST = 4  # alternatives offered for one question; anything else can be written by hand
_READY = {
    "unreadable": "附件都打不开，请在电脑上确认能打开后重新发送。",
    "unknown-file": "附件不是本次要求报送的表，请按通知的附件填写后重新发送。",
    "body-report": "材料写在了邮件正文里，请填写到通知附件的表格中，盖章扫描件和可编辑版作为附件重新发送。",
    "nil": "这一项不能零报告，请按要求报送。",
    "unit-mismatch": "表中填报单位与发件邮箱登记的单位不一致，请改正后重新发送，或由该单位用登记的邮箱发送。",
    "undecided": "看不出这份材料是哪一项、哪一期的，请在主题中写明后重新发送。",
    "more-time": "请按原定时间报送。",
}


def choices(review: OpenReview, rules: Rules) -> tuple[Choice, ...]:
    """The ready-made answers to one question, the likeliest first. Answers with words of one's own are always possible."""
    found = tuple(_choices(review, rules))
    return found or (_seen(review),)


def _choices(review: OpenReview, rules: Rules) -> Iterator[Choice]:
    home = _home(review, rules)
    match review.kind:
        case "unknown-sender" | "forged":
            yield from _of_stranger(review, home, rules)
        case "automatic-report":
            yield from _of_a_machine(review, rules)
        case "new-contact":
            yield from _of_contact(review)
        case "unit-mismatch":
            yield from _of_mismatch(review, rules)
        case "nil-not-allowed":
            yield from _of_nil(review, rules)
        case "undecided" | "nil-report" | "unknown-file":
            yield from _of_undecided(review, rules, home)
        case "more-time":
            yield from _of_more_time(review)
        case "secret":
            yield Choice(NO, "不是涉密材料，照常登记", (replace(_about(review), act="accept", codes=(SECRET,)),))
            yield Choice(SEEN, "已按保密规定处理", (_about(review),))
        case "unreadable" | "body-report":
            yield _back(review, _READY[review.kind])
            yield _seen(review)


def _about(review: OpenReview) -> Ruling:
    return Ruling("seen", review=review.id, message=review.message)


def _seen(review: OpenReview) -> Choice:
    return Choice(SEEN, "已经看过，不用再处理", (_about(review),))


def _back(review: OpenReview, sentence: str) -> Choice:
    return Choice(BACK, f"不登记，回信告诉对方：{sentence}", (replace(_about(review), act="reject", paths=files_of(review), why=sentence),))


def files_of(review: OpenReview) -> tuple[str, ...]:
    """The files that are sent back with a question about them; () where the whole mail is."""
    return review.paths if review.kind in ("unit-mismatch", "undecided", "unknown-file", "nil-not-allowed") else ()


def _of_stranger(review: OpenReview, home: tuple[Campaign, Unit] | None, rules: Rules) -> Iterator[Choice]:
    if home:
        campaign, unit = home
        vouch = replace(_about(review), act="vouch", campaign=campaign.id, unit=unit.id)
        yield Choice(YES, f"是{unit.name}报的，登记这封信", (vouch,))
        if review.kind == "unknown-sender" and review.sender and not nobodys(review.sender, rules):
            always = Ruling("register", review=review.id, campaign=campaign.id, unit=unit.id, address=review.sender)
            yield Choice(ALWAYS, f"登记这封信，今后这个地址都算{unit.name}的", (always, vouch))
    yield Choice(NO, "不登记，不再提示", (replace(_about(review), act="foreign"),))


def _of_a_machine(review: OpenReview, rules: Rules) -> Iterator[Choice]:
    """Its address is registered, else there would be no such question."""
    if home := next(((c, u) for c in rules.campaigns if review.sender and (u := c.roster.by_address(review.sender))), None):
        vouch = replace(_about(review), act="vouch", campaign=home[0].id, unit=home[1].id)
        yield Choice(YES, f"是{home[1].name}报的，登记这封信（不回信）", (vouch,))
    yield Choice(NO, "不登记，不再提示", (replace(_about(review), act="foreign"),))


def _of_contact(review: OpenReview) -> Iterator[Choice]:
    if review.proposed:
        yield Choice(YES, "登记为这个单位的邮箱", tuple(replace(r, review=review.id) for r in review.proposed))
    yield Choice(NO, "不登记这个邮箱", (_about(review),))


def _of_mismatch(review: OpenReview, rules: Rules) -> Iterator[Choice]:
    named = [(s, c, u) for s in review.seen if s.path in review.paths and (home := _of_names(s.campaign, s.unit, rules)) for c, u in [home]]
    own = next(((c, u) for c in rules.campaigns if review.sender and (u := c.roster.by_address(review.sender))), None)
    for letter, (campaign, unit, label) in zip(_LETTERS, _candidates(named, own), strict=False):
        assign = replace(_about(review), act="assign", paths=review.paths, campaign=campaign.id, unit=unit.id)
        yield Choice(letter, label, (assign,))
    yield _back(review, _READY["unit-mismatch"])


def _candidates(named: list[tuple[Seen, Campaign, Unit]], own: tuple[Campaign, Unit] | None) -> Iterator[tuple[Campaign, Unit, str]]:
    if named:
        yield named[0][1], named[0][2], f"是{named[0][2].name}的，登记给它"
    if own and (not named or own[1].id != named[0][2].id):
        yield *own, f"单位写错了，是{own[1].name}的"


def _of_nil(review: OpenReview, rules: Rules) -> Iterator[Choice]:
    seen = next((s for s in review.seen if s.path in review.paths and s.duty and s.period), None)
    home = _of_names(seen.campaign, seen.unit, rules) if seen else None
    if seen and home:
        waive = Ruling("waive", review=review.id, message=review.message, campaign=home[0].id, unit=home[1].id, duty=seen.duty or "",
                       period=seen.period or "", why="来信说本期没有")  # fmt: skip
        yield Choice(WAIVE, f"免报：{home[0].duty(waive.duty).title}", (waive,))
    yield _back(review, _READY["nil"])


def _of_undecided(review: OpenReview, rules: Rules, home: tuple[Campaign, Unit] | None) -> Iterator[Choice]:
    seen = next((s for s in review.seen if s.path in review.paths), None)
    campaign, unit = (_of_names(seen.campaign, seen.unit, rules) if seen else None) or home or (None, None)
    if campaign and unit:
        homes = same_reporter((campaign, unit), rules.campaigns)
        homes = homes if seen and not seen.duty else homes[:1]
        found = [(gap, c, u, duty, period) for c, u in homes for gap, duty, period in _places(seen, c, u, review.received_at.date())]
        found.sort(key=lambda f: f[0])
        for letter, (_, c, u, duty, period) in zip(_LETTERS, found[:_MOST], strict=False):
            assign = replace(_about(review), act="assign", paths=review.paths, campaign=c.id, unit=u.id, form=duty.form, duty=duty.id, period=period.id)
            whose = f"“{campaign_called(c, [h for h, _ in homes])}”的" if len({h.id for _, h, *_ in found}) > 1 else ""
            yield Choice(letter, f"登记为{whose}{duty.title}（{period.title}）", (assign,))
    yield _back(review, _READY["unknown-file" if review.kind == "unknown-file" else "undecided"])
    yield _seen(review)


def _places(seen: Seen | None, campaign: Campaign, unit: Unit, day: date) -> Iterator[tuple[int, Duty, Period]]:
    """The duties and periods that a file of this unit may be for, the nearest due date first; before them how many days away that is."""
    duties = [d for d in campaign.duties if campaign.may_file(unit, d) and d.due.owed()]
    if seen and seen.duty:
        duties = [d for d in duties if d.id == seen.duty]
    elif seen and seen.form:
        duties = [d for d in duties if d.form == seen.form]
    found = [(abs((due - day).days), d, p) for d in duties for p, due in d.due.owed() if p in plausible(d.due.owed(), day) or (seen and p.id == seen.period)]
    for gap, duty, period in sorted(found, key=lambda f: f[0]):
        if seen is None or not seen.period or period.id == seen.period:
            yield gap, duty, period


def _of_more_time(review: OpenReview) -> Iterator[Choice]:
    extensions = tuple(replace(r, review=review.id, message=review.message) for r in review.proposed)
    if extensions:
        until = max(r.due for r in extensions if r.due)
        yield Choice(EXTEND, f"同意，延到{until.month}月{until.day}日", extensions)
    yield Choice(BACK, f"不同意，回信告诉对方：{_READY['more-time']}", (replace(_about(review), act="reject", why=_READY["more-time"]),))
    yield _seen(review)


def _home(review: OpenReview, rules: Rules) -> tuple[Campaign, Unit] | None:
    """Whose mail it seems to be; of two campaigns with such a unit the one that its files are for."""
    wanted = {s.campaign for s in review.seen if s.campaign}
    homes = [(c, u) for c in rules.campaigns if review.unit and (u := c.roster.by_id(review.unit))]
    return next((h for h in homes if h[0].id in wanted), homes[0] if homes else None)


def _of_names(campaign: str | None, unit: str | None, rules: Rules) -> tuple[Campaign, Unit] | None:
    for c in rules.campaigns:
        if unit and campaign in (None, c.id) and (found := next((u for u in c.units if u.name == unit), None)):
            return c, found
    return None
