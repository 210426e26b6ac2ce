"""What staff write back, understood: `1 是 3 否`, `12-15 是`, `全部 是`, `12 退回 附件打不开`, `免报 八仙筒所 典型案例 2024年一季度 停电`.

One grammar for the answers to a digest, its ready-made links and `mailbot review settle`. What is not understood surely is never
carried out: it is shown back with the reason.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from mailbot.domain import phrases
from mailbot.domain.campaigns import Campaign
from mailbot.domain.masking import masked, shown
from mailbot.domain.naming import Unclear, duty_named, extended, obligation_named, period_named, registering, unit_alone, unit_named
from mailbot.domain.periods import period_from_id
from mailbot.domain.phrases import ACCEPT, ALL, DUTY, FOREIGN, LONGEST, PERIOD, SPOKEN, UNIT, Phrase
from mailbot.domain.policy import Rules
from mailbot.domain.reviews import BACK, EXTEND, WAIVE, Choice, Desk, OpenReview, choices, files_of
from mailbot.domain.rulings import SECRET, Act, Ruling, Via, in_force
from mailbot.domain.text import show
from mailbot.domain.units import Unit

REPLY_ABOVE = "请在这条线以上写答复"  # stands at the top of a digest: what a mail program leaves unquoted below is no answer
_MOST_LINES, _MOST_CASES, _MOST_UNCLEAR = 200, 300, 50  # of one letter
_PARTS = re.compile(r"(?:^|(?<=[\s，,]))(单位|事项|表|报告期|期)[\s:：=]*")  # 单位 八仙筒所 事项 风险清单 期 2024Q1
_UNDO = re.compile(r"(?:撤销|撤回|取消|作废)\s*(?:第|#)?\s*(\d{1,7})\s*[号件]?\s*[.。]?$")
_UNDO_GRANT = re.compile(r"(?:撤销|撤回|取消|作废)\s*(免报|延期)[\s:：,，]+(.+)$")
_LOOSE = re.compile(r"(免报|延期|接受|认可)[\s:：,，]+(.+)$")
_NOT_UNDERSTOOD = "没有看懂这一句的意思，请写编号和答复，例如：12 是"
_OF_STRANGERS = ("unknown-sender", "forged", "automatic-report")


@dataclass(frozen=True, slots=True)
class Understood:
    """`rulings`: what is ordered. `unclear`: (what was written, why it is not carried out)."""

    rulings: tuple[Ruling, ...] = ()
    unclear: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Reader:
    """Reads lines for one desk; `told`: the cases that were answered already."""

    desk: Desk
    rules: Rules
    at: datetime
    rulings: list[Ruling] = field(default_factory=list)
    unclear: list[tuple[str, str]] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    left: int = _MOST_CASES

    def line(self, text: str) -> None:
        if len(text) > LONGEST:
            if phrases.seems_an_order(text[:LONGEST], self._numbers()):
                self._unclear(text, f"这一行太长，请分成几行写，一行不超过 {LONGEST} 个字")
        elif undo := _UNDO.match(text):
            self._undo(text, int(undo[1]))
        elif undo := _UNDO_GRANT.match(text):
            self._undo_grant(text, undo[1], undo[2])
        elif (loose := _LOOSE.match(text)) and not phrases.doubted(_act_word(loose[1]), loose[2]):
            self._loose(text, loose[1], loose[2])
        elif said := phrases.said_in(text):
            for phrase in said:
                for review in self._meant(phrase.who, text):
                    self._answer(review, phrase, text)
        elif phrases.seems_an_order(text, self._numbers()):
            self._unclear(text, _NOT_UNDERSTOOD)

    def _unclear(self, text: str, why: str) -> None:
        if len(self.unclear) < _MOST_UNCLEAR:
            self.unclear.append((text, why))
        elif len(self.unclear) == _MOST_UNCLEAR:
            self.unclear.append(("……", "没有执行的太多，后面的不再列出"))

    def _numbers(self) -> frozenset[int]:
        return frozenset(r.id for r in self.desk.reviews)

    def _meant(self, who: str, text: str) -> tuple[OpenReview, ...]:
        if who in ALL:
            return self._all(who, text)
        if day := phrases.date_in(who, self.at.date()):
            self._unclear(text, f"“{day}”像是日期；要说几件，请写成 3至9 或 3、9")
            return ()
        there = {r.id: r for r in self.desk.reviews if self._is_fresh(r)}
        found: dict[int, OpenReview] = {}
        for first, last in phrases.spans(who):
            self.left -= max(last - first, 0) + 1
            if self.left < 0:
                self._unclear(text, f"说到的件数太多，一封信最多 {_MOST_CASES} 件")
                return ()
            gone = [n for n in (first, last) if n not in there]
            if gone or last < first:
                self._unclear(text, f"没有第 {gone[0]} 件待处理的事，或者已经处理过了" if gone else "请从小到大写")
                if last != first:
                    return ()
            found |= {n: there[n] for n in range(first, last + 1) if n in there}
        return tuple(found.values())

    def _all(self, who: str, text: str) -> tuple[OpenReview, ...]:
        """What the digest listed that is answered, all of it or what was not answered yet."""
        if self.desk.digest_at is None:
            self._unclear(text, "要说“全部”，请直接回复那一期日报；或者写明编号")
            return ()
        listed = (r for r in self.desk.reviews if r.created_at is None or r.created_at <= self.desk.digest_at)
        return tuple(r for r in listed if who != "其余" or r.id not in self.told)

    def _is_fresh(self, review: OpenReview) -> bool:
        """A click counts once: not where somebody decided about the case since its digest was written."""
        clicked = self.desk.click_at
        return clicked is None or review.said_at is None or review.said_at <= clicked

    def _answer(self, review: OpenReview, said: Phrase, text: str) -> None:
        if review.id in self.told:
            self.rulings[:] = [r for r in self.rulings if r.review != review.id]  # which of the two is meant, nobody knows
            return self._unclear(text, f"第 {review.id} 件前面已经答复过，两次都没有执行，请只答一次")
        ready = next((c for c in choices(review, self.rules) if c.key == said.key), None)
        try:
            found = _spoken(review, said.key, said.rest, self.rules, self.at, ready)
            if found and said.key not in SPOKEN:
                _names_no_other(found, said.rest, self.rules)
            found = tuple(registering(r, self.rules) for r in found)
        except Unclear as problem:
            return self._unclear(text, f"第 {review.id} 件：{problem.sentence}")
        if found:
            self.told.add(review.id)
            self.rulings.extend(found)
        else:
            can = "、".join(c.key for c in choices(review, self.rules))
            self._unclear(text, f"第 {review.id} 件不能答“{said.word}”，可以答：{can}")
        return None

    def _undo(self, text: str, number: int) -> None:
        """All that was decided about one case."""
        said = [r for r in in_force(self.desk.rulings) if r.review == number]
        self.rulings.extend(Ruling("undo", undoes=r.id, review=number, message=r.message) for r in said)
        if not said:
            self._unclear(text, f"第 {number} 件没有处理过，或者已经撤销")

    def _undo_grant(self, text: str, verb: str, rest: str) -> None:
        """A waiver or an extension that was granted, named as it was ordered."""
        try:
            campaign, unit, duty, period = obligation_named(rest, self.rules, self.at.date())
        except Unclear as problem:
            return self._unclear(text, problem.sentence)
        act, key = "waive" if verb == WAIVE else "extend", (campaign.id, unit.id, duty.id, period.id)
        said = [r for r in in_force(self.desk.rulings) if r.act == act and (r.campaign, r.unit, r.duty, r.period) == key]
        self.rulings.extend(Ruling("undo", undoes=r.id, review=r.review, message=r.message) for r in said)
        if not said:
            self._unclear(text, f"{unit.name}{duty.title}（{period.title}）没有{verb}，或者已经撤销")
        return None

    def _loose(self, text: str, verb: str, rest: str) -> None:
        """免报 or 延期 of an obligation that is named, with no case before it."""
        try:
            if verb not in (WAIVE, EXTEND):
                raise Unclear("要接受有问题的材料，请用 mailbot review accept，或者写明待处理的编号")
            unit_named(re.split(r"[\s，,。;；:：]", rest)[0], self.rules)  # the unit comes first, else it is a sentence
            campaign, unit, duty, period = obligation_named(rest, self.rules, self.at.date())
            ruling = Ruling("waive" if verb == WAIVE else "extend", campaign=campaign.id, unit=unit.id, duty=duty.id, period=period.id, why=show(rest, 200))
            if verb == EXTEND:
                ruling = replace(ruling, due=extended(campaign, unit, duty, period, rest, self.at.date()))
            self.rulings.append(ruling)
        except Unclear as problem:
            self._unclear(text, problem.sentence)


def understood(text: str, desk: Desk, rules: Rules, *, by: str, at: datetime, via: Via) -> Understood:
    """What a text orders, line by line. Greetings and signatures are passed over; a line about a case that is not understood is not."""
    reader = _Reader(desk, rules, at)
    lines = [line for line in text.splitlines() if line.strip()]
    for line in lines[:_MOST_LINES]:
        reader.line(" ".join(line.split()))
    if len(lines) > _MOST_LINES and (reader.rulings or reader.unclear):
        reader.unclear.append(("……", f"这封信太长，只看了前 {_MOST_LINES} 行"))
    signed = tuple(replace(r, by=by, at=at, via=via) for r in reader.rulings)
    return Understood(signed, tuple((show(line, 80), why) for line, why in reader.unclear))


def _act_word(verb: str) -> str:
    return verb if verb in (WAIVE, EXTEND) else ACCEPT


def _names_no_other(rulings: tuple[Ruling, ...], remark: str, rules: Rules) -> None:
    """是 八仙筒所 is no yes to what was asked about another unit. Raises Unclear."""
    meant = {r.unit for r in rulings if r.unit}
    for campaign in rules.campaigns:
        if other := next((u for u in campaign.roster.named(remark) if u.id not in meant), None):
            raise Unclear(f"答复里提到了{other.name}，是它的请写：单位 {other.name}")


def _spoken(review: OpenReview, key: str, rest: str, rules: Rules, at: datetime, ready: Choice | None) -> tuple[Ruling, ...]:
    """The rulings of one answer; () where the case cannot be answered so. Raises Unclear."""
    why = show(rest, 200)
    about = Ruling("seen", review=review.id, message=review.message, why=why)
    if key == BACK:
        return (replace(about, act="reject", paths=files_of(review)),) if why else ready.rulings if ready else ()
    if key == ACCEPT and review.kind in (*_OF_STRANGERS, "unit-mismatch", "undecided", "unknown-file", "nil-report", "nil-not-allowed"):
        raise Unclear("这一件要先定是谁的、哪一项，才谈得上认可")
    if key == ACCEPT:
        return (replace(about, act="accept", paths=review.paths),)
    if key == FOREIGN:
        return (replace(about, act="foreign", paths=files_of(review)),)
    if key in (WAIVE, EXTEND):
        return _of_obligation(review, key, rest, rules, at)
    if key in (UNIT, DUTY, PERIOD):
        return (_assigned(review, f"{key} {rest}", rules, at),)
    return tuple(replace(r, why=why or r.why) for r in ready.rulings) if ready else ()


def _of_obligation(review: OpenReview, key: str, rest: str, rules: Rules, at: datetime) -> tuple[Ruling, ...]:
    """A waiver or an extension: of what the case is about, else of what the words name."""
    act: Act = "waive" if key == WAIVE else "extend"
    told = [r for c in choices(review, rules) for r in c.rulings if r.act == act]
    if not told:
        campaign, unit, duty, period = obligation_named(rest, rules, at.date(), _own(review, rules))
        told = [Ruling(act, review=review.id, message=review.message, campaign=campaign.id, unit=unit.id, duty=duty.id, period=period.id)]
    told = [replace(r, why=show(rest, 200) or r.why) for r in told]
    return tuple(told) if key == WAIVE else tuple(_extended(r, rest, rules, at.date()) for r in told)


def _extended(ruling: Ruling, words: str, rules: Rules, today: date) -> Ruling:
    """Until the day the words name, else the one proposed. Raises Unclear where there is neither, or it is no extension."""
    campaign = rules.campaign(ruling.campaign)
    unit, duty, period = campaign.roster.by_id(ruling.unit), campaign.duty(ruling.duty), period_from_id(ruling.period)
    if unit is None:
        raise Unclear("这个单位已经不在名册上")
    return replace(ruling, due=extended(campaign, unit, duty, period, words, today, ruling.due))


def _own(review: OpenReview, rules: Rules) -> tuple[Campaign, Unit] | None:
    return next(((c, u) for c in rules.campaigns if review.unit and (u := c.roster.by_id(review.unit))), None)


def _assigned(review: OpenReview, text: str, rules: Rules, at: datetime) -> Ruling:
    """单位 八仙筒所 事项 风险清单 期 2024年一季度, in any order, each only where it is to be said."""
    pieces = _PARTS.split(text)
    parts = {key: words.strip(" ：:，,。=") for key, words in zip(pieces[1::2], pieces[2::2], strict=True)}
    home = unit_alone(parts["单位"], rules) if "单位" in parts else _own(review, rules)
    if review.kind in _OF_STRANGERS:
        if home is None or "单位" not in parts or len(parts) > 1:
            raise Unclear("请先写明是哪个单位的，例如：单位 八仙筒所；事项和报告期登记后再定")
        return Ruling("vouch", review=review.id, message=review.message, campaign=home[0].id, unit=home[1].id)
    ruling = Ruling("assign", review=review.id, message=review.message, paths=review.paths)
    if home:
        ruling = replace(ruling, campaign=home[0].id, unit=home[1].id)
    said = parts.get("事项") or parts.get("表")
    duty = duty_named(said, home[0]) if said and home else None
    if said and duty is None:
        raise Unclear(f"没有“{show(said, 20)}”这个报送事项" if home else "请先写明单位")
    seen = next((s.duty for s in review.seen if s.path in review.paths and s.duty), None)
    if duty is None and seen and home:
        duty = next((d for d in home[0].duties if d.id == seen), None)
    if duty:
        ruling = replace(ruling, duty=duty.id, form=duty.form)
    when = parts.get("报告期") or parts.get("期")
    if when:
        ruling = replace(ruling, period=period_named(when, duty, at.date()).id)
    return ruling


def described(ruling: Ruling, rules: Rules) -> str:
    """A ruling in one sentence, for staff."""
    campaign = next((c for c in rules.campaigns if c.id == ruling.campaign), None)
    unit = campaign.roster.by_id(ruling.unit) if campaign else None
    duty = next((d for d in campaign.duties if d.id == ruling.duty), None) if campaign else None
    period = period_from_id(ruling.period) if ruling.period else None
    name = unit.name if unit else ruling.unit
    item = (duty.title if duty else "") + (f"（{period.title}）" if period and period.title else "")
    files = "、".join(shown(path, 40) for path in ruling.paths)
    loss = f"（{ruling.why}）" if ruling.act == "register" and ruling.why else ""
    said = {
        "vouch": f"确认是{name}报的，登记这封信", "assign": f"{files or '这封信的文件'}登记为{name}{item}",
        "accept": "不是涉密材料，照常登记" if SECRET in ruling.codes else f"认可{files or '这封信的材料'}，不再要求改正",
        "reject": f"退回，不登记（登记过的邮箱会收到原因：{ruling.why}）", "foreign": "不登记",
        "register": f"地址 {masked(ruling.address)} 登记为{name}的邮箱{loss}",
        "waive": f"{name}免报{item}", "extend": f"{name}{item}延期到{ruling.due:%Y-%m-%d}" if ruling.due else "", "seen": "已看过，不用再处理",
        "undo": "撤销原来的处理",
    }[ruling.act]  # fmt: skip
    return f"第 {ruling.review} 件：{said}" if ruling.review else said


def take_back(ruling: Ruling, rules: Rules) -> str:
    """How one takes back by mail what has no number to name it by; "" where `撤销 12` does."""
    if ruling.act not in ("waive", "extend") or ruling.review:
        return ""
    campaign = rules.campaign(ruling.campaign)
    unit, duty = campaign.roster.by_id(ruling.unit), campaign.duty(ruling.duty)
    return f"撤销 {WAIVE if ruling.act == 'waive' else EXTEND} {unit.name if unit else ruling.unit} {duty.title} {ruling.period}"


def group_answers(cases: Iterable[OpenReview], key: str) -> str:
    """The words of a ready-made answer to several cases: 12、15、18 是."""
    return f"{'、'.join(str(c.id) for c in cases)} {key}"
