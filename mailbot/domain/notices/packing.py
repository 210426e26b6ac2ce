"""A draft as a campaign pack: what goes into which key, what is left for a person to settle."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from mailbot.domain.forms import FormType, FreeLayout, SectionsLayout
from mailbot.domain.notices.cadence import Running, due_of, words_of
from mailbot.domain.notices.collecting import elsewhere
from mailbot.domain.notices.draft import Draft, DraftDuty
from mailbot.domain.notices.ids import fresh, id_of
from mailbot.domain.notices.owers import endings_of, examples_of, is_vague, kinds_of
from mailbot.domain.notices.pack import Entry, Listing, Pack, Value
from mailbot.domain.notices.titling import campaign_title, place_of, short_title
from mailbot.domain.text import fold

_SAYS = re.compile(r"(?:工作)?(?:开展|进展|落实)?(?:情况|报告|材料)+$")
_WORD = 8  # characters; nobody calls a paper by a longer word
_FREE = "free-report"
_VAGUE = ("从这个说法看不出单位名称怎样结尾，请按名册补进 endings",)


def pack_of(draft: Draft, campaign: str, known: Mapping[str, FormType]) -> Pack:
    """`campaign`: the pack's id. `known`: the forms of the rules, for duties whose annex is one of them or that name one."""
    return _Packing(draft, campaign, known).pack


def form_ids(draft: Draft) -> dict[str, str]:
    """label of an annex -> id of its form."""
    return {f.annex: f.form.id for f in draft.forms}


@dataclass(frozen=True)
class _Packing:
    draft: Draft
    id: str
    known: Mapping[str, FormType]

    @cached_property
    def pack(self) -> Pack:
        listings = (self._kinds, self._units, self._groups, self._stages, self._duties)
        doubts = tuple(d for d in self.draft.doubts if not d.startswith(("没有找到起止", "没有找到文号", "没有找到发文单位", "没有找到成文日期")))
        return Pack(self.id, self.draft.title, tuple(self._head()), tuple(x for x in listings if x.entries or x.doubts), doubts)

    @cached_property
    def running(self) -> Running | None:
        """The days of the campaign: as the notice says, else from its stages and dates."""
        if self.draft.span:
            return Running(*self.draft.span, self.draft.issued)
        stages = [d for s in self.draft.stages for d in (s.start, s.end)]
        fixed = [date.fromisoformat(d) for x in self.draft.duties for d in x.due.dates if len(d) == 10]
        days = sorted((*stages, *fixed, *((self.draft.issued,) if self.draft.issued else ())))
        if not days:
            return None
        recurring = any(x.due.kind not in ("fixed", "event", "any") for x in self.draft.duties)
        return Running(days[0], max(days[-1], date(days[0].year, 12, 31)) if recurring else days[-1], self.draft.issued)

    def _head(self) -> Iterator[Entry]:
        cited = dict(self.draft.cited)
        title = campaign_title(self.draft)
        yield Entry({"id": self.id}, notes=("id 要与文件名一致",))
        yield Entry({"title": title or self.id}, cited.get("title", ""), () if title else ("没有认出名称",))
        yield Entry({"short": short_title(title, self.draft.issuer) or self.id}, notes=("信里的简称",))
        if self.draft.number:
            yield Entry({"number": self.draft.number}, cited.get("number", ""))
        if self.draft.issuer:
            yield Entry({"issuer": self.draft.issuer}, cited.get("issuer", ""))
        if self.draft.issued:
            yield Entry({"issued": self.draft.issued}, cited.get("issued", ""))
        yield from self._span(cited.get("span", ""))
        if title:
            yield Entry({"terms": (short_title(title, self.draft.issuer), "报送")}, notes=("来信问到这些词，就当作问这件事",))

    def _span(self, cited: str) -> Iterator[Entry]:
        if self.running is None:
            for key, words in (("start", "开始"), ("end", "结束")):
                yield Entry({key: "年-月-日"}, doubts=(f"通知没有写何时{words}，请填写日期",), active=False)
            return
        doubts = () if self.draft.span else ("通知没有写起止时间，按成文日期、阶段和报送日期推算，请核对",)
        yield Entry({"start": self.running.start}, cited, doubts)
        yield Entry({"end": self.running.end}, doubts=doubts)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        return kinds_of(self.draft.duties, self.draft.units)

    @cached_property
    def _kinds(self) -> Listing:
        """Every kind that owes something, and those of the roster, with the endings of their names."""
        said: dict[str, list[str]] = {}
        for words, kind in self.kinds.items():
            said.setdefault(kind, []).append(words)
        for unit in self.draft.units:
            said.setdefault(unit.kind, [])
        entries = tuple(
            Entry({kind: {"endings": endings_of(kind)}}, "", _VAGUE if is_vague(kind) else (), (f"通知里的说法：{'、'.join(words)}",) if words else ())
            for kind, words in said.items()
        )
        return Listing("kinds", entries, notes=("单位的类别，以及单位名称怎样结尾",), mapped=True)

    @cached_property
    def _units(self) -> Listing:
        doubts = ("请逐个补上登记的邮箱地址",) if self.draft.units else ("通知里没有单位名册，请照下面的样子逐个填写单位和登记的邮箱地址",)
        entries = [
            Entry({"id": f"unit-{n}", "name": unit.name, "kind": unit.kind, **_stem(unit.name, unit.kind), "addresses": ()}, unit.sentence)
            for n, unit in enumerate(self.draft.units, 1)
        ]
        if not entries:
            entries = [
                Entry({"id": f"unit-{n}", "name": name, "kind": kind, "addresses": (f"unit{n}@units.example",)}, active=False)
                for n, (name, kind) in enumerate(examples_of(self.kinds), 1)
            ]
        prefix = place_of(self.draft.issuer)
        notes = (f"单位名称前面常带的“{prefix}”，可写进 prefixes",) if prefix else ()
        return Listing("units", tuple(entries), doubts, notes)

    @cached_property
    def _groups(self) -> Listing:
        entries = []
        for n, group in enumerate(self.draft.groups, 1):
            name = group.name or self.draft.issuer or "办公室"
            keys: dict[str, Value] = {"id": f"group-{n}", "name": name, "liaison": group.liaison, "phone": group.phone}
            doubts = () if group.phone else ("通知没有写电话，请补上",)
            entries.append(Entry({k: v for k, v in keys.items() if v}, group.sentence, doubts))
        return Listing("groups", tuple(entries), notes=("办公室里有疑问找谁，写在信的末尾",))

    @cached_property
    def _stages(self) -> Listing:
        entries = tuple(Entry({"name": s.name, "start": s.start, "end": s.end}, s.sentence, s.doubts) for s in self.draft.stages)
        return Listing("stages", entries)

    @cached_property
    def _duties(self) -> Listing:
        ids: set[str] = set()
        entries: list[Entry] = []
        ordered = sorted(self.draft.duties, key=lambda d: (bool(self._elsewhere(d)), d.due.kind in ("event", "any")))  # ours with dates first
        titles = [id_of(d.title) for d in self.draft.duties]
        for n, duty in enumerate(ordered, 1):
            wanted = id_of(duty.title)
            wanted = "final-summary" if wanted == "summary" and "interim-summary" in titles else wanted
            id_ = fresh(wanted, ids, f"duty-{n}")
            ids.add(id_)
            entries.append(self._duty(duty, id_))
        doubts = () if entries else ("通知里没有找到要报送的事项，请按需要填写 duties",)
        notes = ("报送事项：who 写单位类别或单位 id；copies: both 盖章扫描件和可编辑版都要，editable 只要可编辑版，either 任一即可",)
        return Listing("duties", tuple(entries), doubts, notes)

    def _duty(self, duty: DraftDuty, id_: str) -> Entry:
        deadline, notes = duty.due, list[str]()
        if duty.quota and deadline.kind == "monthly":
            notes.append(f"{words_of(deadline)}是一次机会，每季度不少于{duty.quota}个：按季度计，报上一季度")
            deadline = replace(deadline, kind="quarterly", month_of_period=1, reports="previous")
        due, unsure = due_of(deadline, self.running)
        form, form_doubts = self._forms[self.draft.duties.index(duty)]
        undated = duty.due.kind in ("event", "any")
        who = tuple(dict.fromkeys(self.kinds[w] for w in duty.who if w in self.kinds))
        copies, copy_doubts = self._copies(duty, undated)
        keys: dict[str, Value] = {"id": id_, "title": duty.title, "form": form}
        keys |= {"who": who} if who and not undated else {"anyone": True}
        keys["due"] = due or {"every": "any-time"}  # type: ignore[assignment]
        keys |= {"at": duty.due.time} if duty.due.time else {}
        keys |= {} if duty.due.inclusive else {"inclusive": False}
        keys |= {"copies": copies} if copies != "both" else {}
        keys |= {"quota": duty.quota} if duty.quota else {}
        keys |= {"nil_allowed": True} if duty.nil else {}
        keys |= {"words": words} if (words := self._words(duty)) else {}
        keys |= {"contact": True} if id_ == "liaison" else {}
        keys |= {"urgent": True} if duty.due.kind == "event" else {}
        away = self._elsewhere(duty)
        notes += [f"报送渠道：{duty.channel}"] if duty.channel and duty.channel not in self.draft.mailboxes else []
        notes += [f"报给：{duty.to}"] if duty.to else []
        notes += [f"报送前审核：{duty.reviewer}"] if duty.reviewer else []
        nobody = ("通知没有写谁报",) if not duty.who else ()
        doubts = (*away, *nobody, *duty.doubts, *duty.due.doubts, *unsure, *form_doubts, *copy_doubts)
        return Entry(keys, duty.sentence, tuple(dict.fromkeys(doubts)), tuple(notes), active=not away and due is not None)

    def _elsewhere(self, duty: DraftDuty) -> tuple[str, ...]:
        """Why a duty is not this office's to collect."""
        reason = elsewhere(duty, self.draft.issuer, next(iter(self.draft.mailboxes), ""), self.kinds.values())
        return (f"{reason}；要收就去掉行首的 #",) if reason else ()

    @cached_property
    def _forms(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What `_form` says, in the order of the draft's duties."""
        return tuple(map(self._form, self.draft.duties))

    def _form(self, duty: DraftDuty) -> tuple[str, tuple[str, ...]]:
        """The form of the annex, else one of the rules that the title names, else a text without a form."""
        if duty.annex and duty.annex in (ids := form_ids(self.draft)):
            return ids[duty.annex], ()
        title = fold(duty.title)
        named = [f for f in self.known.values() if any(fold(t) in title for t in (f.title, *f.recognise.titles))]
        laid = [f for f in named if not isinstance(f.layout, FreeLayout)]
        others = "、".join(f"{f.id}（{f.title}）" for f in laid)
        if laid and isinstance(laid[0].layout, SectionsLayout):  # its parts would be asked for, and the notice asks for none
            return _FREE, (f"通知没有给出表样，按没有固定格式的文字材料收；规则里相近的有：{others}",)
        if laid:
            return laid[0].id, (f"通知没有给出表样，按名称选了规则里的表：{others}；没有固定格式就写 {_FREE}",)
        doubts = () if named else ("通知没有给出表样，按没有固定格式的文字材料收；有表样请换成表的 id",)
        return (named[0].id if named else _FREE), doubts

    def _copies(self, duty: DraftDuty, undated: bool) -> tuple[str, tuple[str, ...]]:
        if undated:
            return "either", ()
        said = set(duty.copies) & {"scan", "editable"}
        if said == {"scan", "editable"}:
            return "both", ()
        if said == {"editable"}:
            return "editable", ()
        if said == {"scan"}:
            return "either", ("通知只要盖章扫描件，暂写 either：任一即可",)
        return "editable", ("通知没有写要盖章扫描件还是电子版，暂写 editable；都要就写 both",)

    def _words(self, duty: DraftDuty) -> tuple[str, ...]:
        """What tells a duty from others on the same form: the words of its title that no other's title holds."""
        forms = [form for form, _ in self._forms]
        form = forms[self.draft.duties.index(duty)]
        others = [d.title for d, its in zip(self.draft.duties, forms, strict=True) if its == form and d.title != duty.title and not self._elsewhere(d)]
        if not others:
            return ()
        pieces = ["阶段性"] if "阶段性" in duty.title else [p for x in re.split(r"[、，和及与]", duty.title) if len(p := _SAYS.sub("", x)) >= 2]
        return tuple(p for p in pieces if len(p) <= _WORD and not any(p in other for other in others))


def _stem(name: str, kind: str) -> dict[str, Value]:
    stem = next((name.removesuffix(end) for end in endings_of(kind) if name.endswith(end)), "")
    return {"stem": stem} if stem and stem != name and len(stem) > 1 else {}
