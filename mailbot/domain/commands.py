"""What staff write back, understood: `1 是 3 否`, `12-15 是`, `全部 是`, `12 退回 附件打不开`, `免报 八仙筒所 典型案例 2024年一季度 停电`.

One grammar for the answers to a digest, its ready-made links and `mailbot review settle`. What is not understood surely is never
carried out: it is shown back with the reason.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from mailbot.domain.campaigns import Campaign
from mailbot.domain.naming import Unclear, day_granted, duty_named, obligation_named, period_named, unit_named, until_named
from mailbot.domain.periods import period_from_id
from mailbot.domain.policy import Rules
from mailbot.domain.reviews import ALWAYS, BACK, EXTEND, NO, SEEN, WAIVE, YES, Choice, Desk, OpenReview, choices
from mailbot.domain.rulings import Act, Ruling, Via, in_force
from mailbot.domain.text import masked, show
from mailbot.domain.units import Unit

REPLY_ABOVE = "请在这条线以上写答复"  # stands at the top of a digest: what a mail program leaves unquoted below is no answer
_NUMBER = r"(?:#|第)?\s*\d{1,7}\s*(?:件|号)?"
_HEAD = re.compile(rf"(?:请?处理)?\s*(?P<who>全部|所有|其余|{_NUMBER}(?:\s*(?:[、,，和及]|-|－|—|~|至|到|\s)\s*{_NUMBER})*)[\s:：.．)）、,，]*都?\s*")
ACCEPT, FOREIGN, UNIT, DUTY, PERIOD = "接受", "无关", "单位", "事项", "期"
# What people write for each key; what begins alike stands longest first.
_WORDS = {
    UNIT: r"登记(?:给|到|为)|(?:归|属于)(?=\S)|是(?=[^\s，,。；;、]{2,20}的)|单位",
    NO: "不是|不对|不行|不同意|不(?:用|要|予)?登记|不用|不要|否|no(?![a-z])|n(?![a-z])|×",
    YES: "(?:是的?|对的?|好的?|可以|同意|行)(?:，?登记)?|登记|ok(?![a-z])|yes(?![a-z])|y(?![a-z])|√",
    ALWAYS: "长期(?:登记|有效)?", SEEN: "知道了|已阅|已处理|看过了", WAIVE: "免报", BACK: "退回", EXTEND: "延期", ACCEPT: "接受|认可", FOREIGN: "无关",
    DUTY: "事项|表", PERIOD: "报告期|期",
}  # fmt: skip
_LETTER = r"(?:选|按|就|用)?\s*(?P<letter>[A-Ha-h甲乙丙丁])(?![A-Za-z])(?:项|种|办|吧)?"
_ANSWER = re.compile("|".join(f"(?P<k{n}>{words})" for n, words in enumerate(_WORDS.values())) + f"|{_LETTER}", re.IGNORECASE)
_KEYS = tuple(_WORDS)
_CHINESE_LETTERS = dict(zip("甲乙丙丁", "ABCD", strict=True))
_SPOKEN = frozenset({WAIVE, BACK, EXTEND, ACCEPT, FOREIGN, UNIT, DUTY, PERIOD})  # what stands behind belongs to them
_GAP = re.compile(r"[\s,，;；.。、!！~～]*")
# Behind a plain answer a remark may stand: without a figure, and without a word that takes back or doubts what was answered.
_REMARK = re.compile(r"(?!.*(?:\d|不|但|可是|然而|如果|要是|先|暂|待|等|除|别|勿|吗|呢|[?？]|或|可能|大概|也许))[（(\w，,。；;、）)\s!！：:]{1,40}$")
# Not understood, and yet perhaps an answer: it is shown back, never passed over.
_LOOKS_LIKE = re.compile(
    r"^(?:除|No\.?\s*\d|第?[一二三四五六七八九十]+件?\s*[是否])|^.{0,12}(?:是|否|登记|同意|退回|免报|延期|撤[销回]|取消|接受|无关)[。.!！]?$", re.IGNORECASE
)
_PARTS = re.compile(r"(?:^|(?<=[\s，,]))(单位|事项|表|报告期|期)[\s:：=]*")  # 单位 八仙筒所 事项 风险清单 期 2024Q1
_UNDO = re.compile(r"\s*(?:撤销|撤回|取消|作废)\s*(?:第|#)?\s*(\d{1,7})\s*[号件]?\s*[.。]?\s*$")
_LOOSE = re.compile(r"\s*(免报|延期|接受|认可)[\s:：]*(.+)$")


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

    def line(self, text: str) -> None:
        if undo := _UNDO.match(text):
            return self._undo(text, int(undo[1]))
        if loose := _LOOSE.match(text):
            return self._loose(text, loose[1], loose[2])
        parts = list(_segments(text))
        if not parts:
            head = _HEAD.match(text)
            if (head and _first_number(text) in {r.id for r in self.desk.reviews}) or (head and not head["who"][:1].isdigit()) or _LOOKS_LIKE.match(text):
                self.unclear.append((text, "没有看懂这一句的意思，请写编号和答复，例如：12 是"))
            return None
        for who, key, said, rest in parts:
            for review in self._meant(who, text):
                self._answer(review, key, said, rest, text)
        return None

    def _meant(self, who: str, text: str) -> Iterator[OpenReview]:
        if who in ("全部", "所有", "其余"):
            if self.desk.digest_at is None:
                self.unclear.append((text, "要说“全部”，请直接回复那一期日报；或者写明编号"))
                return
            listed = (r for r in self.desk.reviews if r.created_at is None or r.created_at <= self.desk.digest_at)
            yield from (r for r in listed if who != "其余" or r.id not in self.told)
            return
        there = {r.id: r for r in self.desk.reviews}
        for number, exact in _numbers(who):
            if number in there and self._is_fresh(there[number]):
                yield there[number]
            elif exact:
                self.unclear.append((text, f"没有第 {number} 件待处理的事，或者已经处理过了"))

    def _is_fresh(self, review: OpenReview) -> bool:
        """A click counts once: not where somebody decided about the case since its digest was written."""
        clicked = self.desk.click_at
        return clicked is None or review.said_at is None or review.said_at <= clicked

    def _answer(self, review: OpenReview, key: str, said: str, rest: str, text: str) -> None:
        if review.id in self.told:
            self.unclear.append((text, f"第 {review.id} 件前面已经答复过，请只答一次"))
            return
        ready = next((c for c in choices(review, self.rules) if c.key == key), None)
        try:
            found = _spoken(review, key, rest, self.rules, self.at, ready)
        except Unclear as problem:
            self.unclear.append((text, f"第 {review.id} 件：{problem.sentence}"))
            return
        if found:
            self.told.add(review.id)
            self.rulings.extend(found)
        else:
            can = "、".join(c.key for c in choices(review, self.rules))
            self.unclear.append((text, f"第 {review.id} 件不能答“{said}”，可以答：{can}"))

    def _undo(self, text: str, number: int) -> None:
        """All that was decided about one case."""
        said = [r for r in in_force(self.desk.rulings) if r.review == number]
        self.rulings.extend(Ruling("undo", undoes=r.id, review=number, message=r.message) for r in said)
        if not said:
            self.unclear.append((text, f"第 {number} 件没有处理过，或者已经撤销"))

    def _loose(self, text: str, verb: str, rest: str) -> None:
        """免报 or 延期 of an obligation that is named, with no case before it."""
        try:
            if verb != WAIVE and verb != EXTEND:
                raise Unclear("要接受有问题的材料，请用 mailbot review accept，或者写明待处理的编号")
            campaign, unit, duty, period = obligation_named(rest, self.rules, self.at.date())
            ruling = Ruling("waive" if verb == WAIVE else "extend", campaign=campaign.id, unit=unit.id, duty=duty.id, period=period.id, why=show(rest, 200))
            today = self.at.date()
            due = None if verb == WAIVE else day_granted(rest, duty.due.due_of(period) or today, today, period)
            self.rulings.append(replace(ruling, due=due))
        except Unclear as problem:
            self.unclear.append((text, problem.sentence))


def understood(text: str, desk: Desk, rules: Rules, *, by: str, at: datetime, via: Via) -> Understood:
    """What a text orders, line by line. Greetings and signatures are passed over; a line about a case that is not understood is not."""
    reader = _Reader(desk, rules, at)
    for line in text.splitlines():
        if line.strip():
            reader.line(line.strip())
    signed = tuple(replace(r, by=by, at=at, via=via) for r in reader.rulings)
    return Understood(signed, tuple((show(line, 80), why) for line, why in reader.unclear))


def _segments(line: str) -> Iterator[tuple[str, str, str, str]]:
    """(who, key, the word as written, the words behind it) of a line made of nothing else; nothing where something is left over."""
    found: list[tuple[str, str, str, str]] = []
    at = 0
    while at < len(line):
        head = _HEAD.match(line, at)
        answer = _ANSWER.match(line, head.end()) if head else None
        if head is None or answer is None:
            return
        key, end = _key(answer), answer.end()
        if key in _SPOKEN:
            found.append((head["who"], key, answer[0], line[end:].strip(" ：:，,。")))
            break
        gap = _GAP.match(line, end)
        at = gap.end() if gap else end
        remark = _REMARK.match(line, end) if at < len(line) else None
        found.append((head["who"], key, answer[0], remark[0].strip(" （(）)，,。") if remark else ""))
        if remark:
            break
    yield from found


def _key(answer: re.Match[str]) -> str:
    if letter := answer["letter"]:
        return _CHINESE_LETTERS.get(letter, letter.upper())
    return next(key for n, key in enumerate(_KEYS) if answer[f"k{n}"])


def _first_number(line: str) -> int | None:
    match = re.search(r"\d{1,7}", line)
    return int(match[0]) if match else None


def _numbers(who: str) -> Iterator[tuple[int, bool]]:
    """The numbers of a list, ranges spelled out; False for those inside a range, which need not all be open."""
    for part in re.split(r"[、,，和及]|\s+(?![-－—~至到\s])(?<![-－—~至到]\s)", re.sub(r"\s*([-－—~至到])\s*", r"\1", who)):
        ends = [int(n) for n in re.findall(r"\d+", part)]
        if len(ends) == 2 and ends[0] <= ends[1] <= ends[0] + 1000:
            yield from ((n, n in ends) for n in range(ends[0], ends[1] + 1))
        else:
            yield from ((n, True) for n in ends)


def _spoken(review: OpenReview, key: str, rest: str, rules: Rules, at: datetime, ready: Choice | None) -> tuple[Ruling, ...]:
    """The rulings of one answer; () where the case cannot be answered so. Raises Unclear."""
    why = show(rest, 200)
    about = Ruling("seen", review=review.id, message=review.message, why=why)
    if key == BACK:
        return (replace(about, act="reject"),) if why else ready.rulings if ready else ()
    if key == ACCEPT:
        return (replace(about, act="accept", paths=review.paths),)
    if key == FOREIGN:
        return (replace(about, act="foreign"),)
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
    """Until the day the words name, else the one proposed. Raises Unclear where there is neither."""
    duty, period = rules.campaign(ruling.campaign).duty(ruling.duty), period_from_id(ruling.period)
    until = until_named(words, duty.due.due_of(period) or today, today) or ruling.due
    if until is None:
        raise Unclear("请写明延到哪一天，例如：延期 4月10日")
    return replace(ruling, due=until)


def _own(review: OpenReview, rules: Rules) -> tuple[Campaign, Unit] | None:
    return next(((c, u) for c in rules.campaigns if review.unit and (u := c.roster.by_id(review.unit))), None)


def _assigned(review: OpenReview, text: str, rules: Rules, at: datetime) -> Ruling:
    """单位 八仙筒所 事项 风险清单 期 2024年一季度, in any order, each only where it is to be said."""
    pieces = _PARTS.split(text)
    parts = {key: words.strip(" ：:，,。=") for key, words in zip(pieces[1::2], pieces[2::2], strict=True)}
    home = unit_named(parts["单位"], rules) if "单位" in parts else _own(review, rules)
    if review.kind in ("unknown-sender", "forged"):
        if home is None:
            raise Unclear("请写明是哪个单位的，例如：单位 八仙筒所")
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
    files = "、".join(show(path, 40) for path in ruling.paths)
    said = {
        "vouch": f"确认是{name}报的，登记这封信", "assign": f"{files or '这封信的文件'}登记为{name}{item}", "accept": f"认可{files or '这封信的材料'}，不再要求改正",
        "reject": f"退回，告诉对方：{ruling.why}", "foreign": "不登记", "register": f"地址 {masked(ruling.address)} 登记为{name}的邮箱",
        "waive": f"{name}免报{item}", "extend": f"{name}{item}延期到{ruling.due:%Y-%m-%d}" if ruling.due else "", "seen": "已看过，不用再处理",
        "undo": "撤销原来的处理",
    }[ruling.act]  # fmt: skip
    return f"第 {ruling.review} 件：{said}" if ruling.review else said


def group_answers(cases: Iterable[OpenReview], key: str) -> str:
    """The words of a ready-made answer to several cases: 12、15、18 是."""
    return f"{'、'.join(str(c.id) for c in cases)} {key}"
