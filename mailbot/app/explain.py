"""`mailbot explain`: why a mail was decided so, in words."""

from dataclasses import asdict
from typing import Any

from mailbot.app.intake import Taken
from mailbot.domain.classify import Classification
from mailbot.domain.forms import Evidence
from mailbot.domain.pages import Seal
from mailbot.domain.periods import period_from_id
from mailbot.domain.policy import Rules
from mailbot.domain.reading import Item, Reading
from mailbot.domain.words import COPIES, DISPOSITIONS, LETTERS, REPLIES, SEVERITIES

_ABOUT = {"form": "表种", "unit": "单位", "period": "报告期", "copy": "版本", "sender": "发件人", "duty": "报送事项", "campaign": "专项行动"}
_SOURCE = {"document": "文件内容", "subject": "主题", "file name": "文件名", "address": "发件地址", "partner": "同来的文件", "obligations": "尚欠事项",
           "signature": "署名", "staff": "工作人员的话"}  # fmt: skip
_READING = {"text-layer": "文字取自文件本身", "ocr": "文字由 OCR 读出",
            "no-ocr": "没有读文字（未装 OCR 扩展，或规则不要求）", "time-out": "时间不够，文字没有读完",
            "failed": "页面打不开"}  # fmt: skip
_COLOUR = {"colour": "彩色", "grey": "灰度", "black": "黑白"}
_INK, _SHAPE = {"red": "红色", "dark": "深色"}, {"round": "圆形", "square": "方形", "oval": "椭圆形"}
_SENDER = {"": "没有冒用的迹象", "forged": "系冒用", "vouched": "由工作人员确认"}


def explanation(taken: Taken, *, technical: bool = False) -> str:
    """Every rule that fired, for and against, with the words it saw. `technical`: also what the readers noted, in English."""
    outcome, rules, envelope = taken.outcome, taken.facts.rules, taken.facts.message.envelope
    unit = f"{outcome.unit.name}（依据：{_SOURCE.get(outcome.unit_by or '', '无')}）" if outcome.unit else "未定"
    lines = [
        f"主题：{envelope.subject}",
        f"发件人：{envelope.sender or '（不能确认）'}　可信：{'是' if outcome.trusted else '否'}",
        f"收到：{taken.facts.received_at:%Y-%m-%d %H:%M:%S}",
        f"判定：{DISPOSITIONS[outcome.disposition]}（{outcome.reason}）　单位：{unit}",
        *(evidence_line(e, rules) for e in outcome.trail),
    ]
    readings = {r.attachment.path: r for r in taken.facts.readings}
    for item, shown in zip(outcome.items, taken.shown["items"], strict=True):
        lines += ["", *_item(item, shown, readings.get(item.attachment.path), rules)]
        if technical and item.attachment.document.detail:
            lines.append(f"　技术细节：{item.attachment.document.detail}")
    lines += ["", f"答复：{REPLIES[outcome.kind]}", *(f"　→ {LETTERS[letter.kind]}：{letter.subject}" for letter in taken.letters)]
    lines += [f"待人工：{r.question}" for r in outcome.reviews]
    return "\n".join(lines)


def explanation_json(taken: Taken) -> dict[str, Any]:
    """The mail as `ingest --json` shows it, and for each file the forms it might be (`candidates`), the likeliest first, with every word
    that spoke for (+) or against (-) them."""
    readings = {r.attachment.path: r.classification for r in taken.facts.readings}
    items = [{**item, "candidates": _candidates(readings.get(item["path"]))} for item in taken.shown["items"]]
    return {**taken.shown, "received_at": taken.facts.received_at.isoformat(), "rules_version": taken.facts.rules.version, "items": items,
            "reviews": [r.question for r in taken.outcome.reviews]}  # fmt: skip


def _candidates(classification: Classification | None) -> list[dict[str, Any]]:
    if classification is None:
        return []
    return [
        {"form": c.form, "score": round(c.score, 2), "chosen": c.form == classification.winner, "evidence": [asdict(e) for e in c.evidence]}
        for c in classification.candidates
    ]


def _item(item: Item, shown: dict[str, Any], reading: Reading | None, rules: Rules) -> list[str]:
    """`shown`: the same file as `ingest --json` shows it; there its findings are sentences."""
    title = item.duty.title if item.duty else named("form", item.form or "", rules) or "未识别"
    place = f"{title}　{item.period.title if item.period else ''}　{COPIES[item.copy]}"
    lines = [f"文件 {item.attachment.path}：{place}　{'已登记' if item.filed else '未登记'}"]
    if reading is not None:
        for candidate in reading.classification.candidates[:3]:
            chosen = "　← 选中" if candidate.form == reading.classification.winner else ""
            lines.append(f"　{named('form', candidate.form, rules)}　{candidate.score:.2f}{chosen}")
            lines += [evidence_line(e, rules, "　　") for e in candidate.evidence]
    lines += [evidence_line(e, rules) for e in item.trail if e.about != "form" or e.source != "document"]
    lines += [f"　问题 {f['code']}（{SEVERITIES[f['severity']]}）：{f['message']}" for f in shown["findings"]]
    lines += _pages(item)
    lines += [f"　请工作人员看一眼：{note}" for note in item.notes]
    return [*lines, f"　要问人：{item.ask}"] if item.ask else lines


def _pages(item: Item) -> list[str]:
    """What was seen on the pages of a scan."""
    document, look = item.attachment.document, item.attachment.document.look
    electronic = ["　文件带电子签章（只看有没有，不验证是否有效）"] if document.stamped else []
    if look is None:
        return electronic
    lines = [*electronic, f"　看页面：{len(look.pages)} 页，{_READING[look.reading]}{f'，还有 {look.unseen} 页没有看' if look.unseen else ''}"]
    for page in look.pages:
        seals = "；".join(_seal(seal) for seal in page.seals) or "没有看到印章"
        lines.append(f"　　第 {page.number} 页：{_COLOUR[page.colour]}，{f'{len(page.lines)} 行字，' if page.lines else ''}{seals}")
    if item.compared is not None:
        lines.append(f"　与可编辑版{'比对过' if item.compared else '没有比对'}")
    return lines


def _seal(seal: Seal) -> str:
    words = f"，印文读作“{seal.words}”（把握 {seal.legible:.2f}）" if seal.words else ""
    return f"{_INK[seal.ink]}{_SHAPE[seal.shape]}印章，约 {seal.millimetres:.0f} 毫米，把握 {seal.certainty:.2f}{words}"


def evidence_line(evidence: Evidence, rules: Rules, indent: str = "　") -> str:
    """＋0.90 报告期 2024年第一季度：文件内容里有“…”"""
    sign = "＋" if evidence.weight >= 0 else "－"
    seen = f"：{_SOURCE[evidence.source]}里有“{evidence.seen}”" if evidence.seen else f"：依据是{_SOURCE[evidence.source]}"
    return f"{indent}{sign}{abs(evidence.weight):.2f} {_ABOUT[evidence.about]} {named(evidence.about, evidence.answer, rules)}{seen}"


def named(about: str, answer: str, rules: Rules) -> str:
    """What an answer is called by people: a form or duty by its title, with the rules' id, a period as it is read."""
    if about == "sender":
        return _SENDER[answer]
    if about == "period":
        return period_from_id(answer).title if answer else "未定"
    if about == "unit":
        return next((unit.name for c in rules.campaigns if (unit := c.roster.by_id(answer))), answer)
    titles = {"form": {f.id: f.title for f in rules.forms.values()}, "duty": {d.id: d.title for c in rules.campaigns for d in c.duties},
              "campaign": {c.id: c.title for c in rules.campaigns}}  # fmt: skip
    title = titles.get(about, {}).get(answer)
    return f"{title}（{answer}）" if title else answer
