"""`mailbot explain`: why a mail was decided so, in words."""

from mailbot.app.intake import Taken
from mailbot.domain.forms import Evidence
from mailbot.domain.reading import Item, Reading
from mailbot.domain.words import COPIES

_ABOUT = {"form": "表种", "unit": "单位", "period": "报告期", "copy": "版本", "sender": "发件人", "duty": "报送事项"}
_SOURCE = {"document": "文件内容", "subject": "主题", "file name": "文件名", "address": "发件地址", "partner": "同来的文件", "obligations": "尚欠事项",
           "signature": "署名"}  # fmt: skip


def explanation(taken: Taken) -> str:
    """Every rule that fired, for and against, with the words it saw."""
    outcome, envelope = taken.outcome, taken.facts.message.envelope
    unit = outcome.unit.name if outcome.unit else "未定"
    lines = [
        f"主题：{envelope.subject}",
        f"发件人：{envelope.sender or '（不能确认）'}　可信：{'是' if outcome.trusted else '否'}",
        f"收到：{taken.facts.received_at:%Y-%m-%d %H:%M:%S}",
        f"判定：{outcome.disposition}（{outcome.reason}）　单位：{unit}（依据：{_SOURCE.get(outcome.unit_by or '', '无')}）",
        *(_evidence(e) for e in outcome.trail),
    ]
    readings = {r.attachment.path: r for r in taken.facts.readings}
    for item in outcome.items:
        lines += ["", *_item(item, readings.get(item.attachment.path))]
    lines += ["", f"答复：{outcome.kind}", *(f"　→ {letter.kind}：{letter.subject}" for letter in taken.letters)]
    lines += [f"待人工：{r.question}" for r in outcome.reviews]
    return "\n".join(lines)


def _item(item: Item, reading: Reading | None) -> list[str]:
    place = f"{item.duty.title if item.duty else item.form or '未识别'}　{item.period.title if item.period else ''}　{COPIES[item.copy]}"
    lines = [f"文件 {item.attachment.path}：{place}　{'已登记' if item.filed else '未登记'}"]
    if item.attachment.document.detail:
        lines.append(f"　技术细节：{item.attachment.document.detail}")
    if reading is not None:
        for candidate in reading.classification.candidates[:3]:
            lines.append(f"　{candidate.form}　{candidate.score:.2f}" + ("　← 选中" if candidate.form == reading.classification.winner else ""))
            lines += [_evidence(e, "　　") for e in candidate.evidence]
    lines += [_evidence(e) for e in item.trail if e.about != "form" or e.source != "document"]
    lines += [f"　问题 {f.code}（{f.severity}）：{f.where} {f.found} {f.expected}".rstrip() for f in item.findings]
    return [*lines, f"　要问人：{item.ask}"] if item.ask else lines


def _evidence(evidence: Evidence, indent: str = "　") -> str:
    sign = "＋" if evidence.weight >= 0 else "－"
    source = _SOURCE.get(evidence.source, evidence.source)
    return f"{indent}{sign}{abs(evidence.weight):.2f} {_ABOUT[evidence.about]} {evidence.answer}：{source}里有“{evidence.seen}”"
