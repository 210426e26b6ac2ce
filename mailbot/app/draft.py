"""A campaign pack drafted from an official notice: read, drafted, written beside the rules."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from mailbot.app.ports import NoticeReader, PackWriter
from mailbot.domain.documents import Document, Trouble
from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.domain.forms import FormType, LabelsLayout, SectionsLayout, TableLayout
from mailbot.domain.notices.cadence import words_of
from mailbot.domain.notices.draft import Draft, DraftDuty, DraftForm
from mailbot.domain.notices.drafting import draft_of
from mailbot.domain.notices.pack import Pack
from mailbot.domain.notices.packing import form_ids, pack_of
from mailbot.domain.notices.pages import notice_of

_LARGEST = 50_000_000  # bytes
_MOST = 300_000  # characters
_LEAST = 20  # characters; a page number over a scan is no text
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_TROUBLES: Mapping[Trouble, str] = {
    "encrypted": "加了密码，请另存一份不加密的", "corrupt": "打不开，可能已损坏", "too-large": "过大", "empty-file": "是空的",
    "unsupported": "不是能读的格式，请存成 .docx、.txt、.pdf 或 .html",
}  # fmt: skip


class NoSuchNotice(ConfigurationError):
    """There is no such file, or it holds no text that can be read."""


class DraftExists(ConfigurationError):
    """A file of the draft is there already."""


class DraftNotSaved(MailbotError):
    """The disk did not take a file."""

    passing = True


@dataclass(frozen=True)
class Drafted:
    """`draft`: what the notice says. `pack`: what is written down of it, under `id`."""

    id: str
    draft: Draft
    pack: Pack

    @property
    def new_forms(self) -> tuple[DraftForm, ...]:
        return tuple(f for f in self.draft.forms if not f.known)


def draft_notice(file: Path, campaign: str | None, known: Mapping[str, FormType], read: NoticeReader) -> Drafted:
    """`campaign`: the pack's id; None: one by the notice's number. `known`: the forms of the rules. Raises NoSuchNotice."""
    if campaign is not None and not _ID.fullmatch(campaign):
        raise NoSuchNotice(f"“{campaign}”不能作专项行动的 id，请用小写字母、数字和连字符，如 yaopin-2024。")
    notice = notice_of(_document(file, read))
    draft = draft_of(notice, known, campaign or "notice")
    id_ = campaign or _id_of(draft)
    if campaign is None and any(f.form.id.endswith("-notice") for f in draft.forms):
        draft = draft_of(notice, known, id_)  # forms bear the campaign's id where theirs is taken
    return Drafted(id_, draft, pack_of(draft, id_, known))


def _document(file: Path, read: NoticeReader) -> Document:
    try:
        if file.stat().st_size > _LARGEST:
            raise NoSuchNotice(f"文件过大：{file}，通知不会超过 {_LARGEST // 1_000_000} MB。")
        content = file.read_bytes()
    except OSError as problem:
        raise NoSuchNotice(f"读不到文件：{file}，请检查文件名。", detail=str(problem)) from None
    document = read(content)
    if document.trouble:
        raise NoSuchNotice(f"{file.name} {_TROUBLES.get(document.trouble, '读不出文字')}。")
    if len(document.text) > _MOST:  # the longest real notices with all annexes have a tenth of it
        raise NoSuchNotice(f"{file.name} 有 {len(document.text) / 10_000:.0f} 万字，太长，不像一份通知（最多 {_MOST // 10_000} 万字）。可以只留通知和它的附件再试。")
    if len(document.text.strip()) < _LEAST:
        scan = document.scanned or document.kind == "image" or document.pictures
        bare = "里文字太少，不像一份通知" if document.text.strip() else "里没有文字"
        hint = "是扫描件，没有文字；请先用文字识别（OCR）转成 Word 或文本，再起草" if scan else bare
        raise NoSuchNotice(f"{file.name} {hint}。")
    return document


def _id_of(draft: Draft) -> str:
    """By the number of the notice: 奈市监发〔2023〕66号 is notice-2023-66; else by its year."""
    number = re.search(r"〔(20\d\d)〕(\d+)号", draft.number)
    if number:
        return f"notice-{number[1]}-{number[2]}"
    year = draft.issued.year if draft.issued else draft.span[0].year if draft.span else None
    return f"notice-{year}" if year else "notice"


def save(drafted: Drafted, file: Path, write: PackWriter, *, over: bool = False) -> tuple[Path, ...]:
    """Writes the pack to `file` and its new forms to the folder forms/ of the same rules, else beside it. All or, where one file is there
    already and may not be replaced, none. Raises DraftExists, DraftNotSaved."""
    folder, among = forms_folder(file), rules_folder(file) is not None
    texts = {file: write.pack(drafted.pack, among_rules=among)}
    texts |= {folder / f"{f.form.id}.yaml": write.form(f, drafted.draft.title, among_rules=among) for f in drafted.new_forms}
    there = [path for path in texts if path.exists()]
    if there and not over:
        raise DraftExists(f"已经有文件：{_names(there)}。要换成新起草的，请加 --force；不想换，请另起文件名。")
    if written := [path for path in there if not _is_draft(path)]:
        raise DraftExists(f"{_names(written)} 不是起草出来的文件，不会换掉；请另起文件名，或者先把它移走。")
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise DraftNotSaved("写不进文件，请检查文件夹、磁盘空间和权限。", detail=str(problem)) from problem
    return tuple(texts)


def _names(paths: Iterable[Path]) -> str:
    return "、".join(map(str, paths))


def _is_draft(path: Path) -> bool:
    """Whether a file was drafted: what somebody wrote by hand is never replaced, whatever the command says."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            return any("mailbot campaign draft" in line for line in islice(lines, 3))
    except OSError:
        return False


def rules_folder(file: Path) -> Path | None:
    """The folder of rules in whose campaigns/ a file lies: config of config/campaigns/x.yaml; None elsewhere."""
    beside = file.parent if file.parent.name else file.resolve().parent
    return beside.parent if beside.name == "campaigns" and (beside.parent / "mailbot.yaml").is_file() else None


def forms_folder(file: Path) -> Path:
    """config/campaigns/x.yaml has its forms in config/forms; x.yaml elsewhere in x-forms beside it."""
    rules = rules_folder(file)
    return rules / "forms" if rules else file.parent / f"{file.stem}-forms"


def told(drafted: Drafted, files: tuple[Path, ...]) -> list[str]:
    """What was found, what is unsure, what to do next, for the terminal."""
    draft, pack = drafted.draft, drafted.pack
    duties = next((x.entries for x in pack.listings if x.name == "duties"), ())
    off = sum(not e.active for e in duties)
    new = len(drafted.new_forms)
    lines = [f"已从通知起草：{files[0]}", f"  名称：{draft.title or '没有认出'}"]
    lines += [f"  文号：{draft.number or '没有找到'}；发文单位：{draft.issuer or '没有找到'}；日期：{_said(draft.issued)}"]
    lines += [f"  起止：{_said(draft.span[0])}至{_said(draft.span[1])}" if draft.span else "  起止：没有找到"]
    lines += [f"  阶段 {len(draft.stages)} 个，工作组和联系人 {len(draft.groups)} 个，名册单位 {len(draft.units)} 个"]
    lines += [f"  附件里的表 {len(draft.forms)} 种" + (f"，其中 {len(draft.forms) - new} 种规则里已有，沿用" if len(draft.forms) > new else "")]
    lines += [f"  报送事项 {len(duties)} 项" + (f"，其中 {off} 项不归本办公室收或写不全，加了 # 号" if off else "") + ("：" if duties else "")]
    lines += [f"    {n}. {_duty_line(d)}" for n, d in enumerate(draft.duties, 1)]
    lines += [f"新写的表：{path}" for path in files[1:]]
    lines += [f"要人来定的 {pack.unsure} 处，文件里标着“# ?”。" if pack.unsure else "没有要人来定的地方。"]
    return [*lines, "接下来：", *(f"  {n}. {step}" for n, step in enumerate(_steps(drafted, files[0]), 1))]


def _steps(drafted: Drafted, file: Path) -> Iterator[str]:
    """What is to be done with the file, with the commands in full."""
    rules = rules_folder(file)
    yield f"打开 {file}，对照“原文”逐项核对，补上单位名册和登记的邮箱地址，“# ?”的地方改好后删去；"
    if rules is None:
        forms = f"，{forms_folder(file)} 里的表放进它的 forms 文件夹" if drafted.new_forms else ""
        yield f"把它放进规则文件夹的 campaigns 文件夹，文件名须是 {drafted.id}.yaml{forms}；"
    elif file.name != f"{drafted.id}.yaml":
        yield f"把文件改名为 {drafted.id}.yaml，文件名要与 id 一致；"
    folder = _quoted(rules) if rules else "规则文件夹"
    listed = rules / "mailbot.yaml" if rules else "mailbot.yaml"
    yield f"在 {listed} 的 campaigns 里加上 {drafted.id}；没有加上以前，这个专项行动不生效；"
    yield f"检查：mailbot --config {folder} config check"
    yield f"看看对已收的信有什么影响：mailbot config try {folder}"


def _quoted(folder: Path) -> str:
    """A folder as it is typed in a command: `.` for the one at hand."""
    text = str(folder)
    return f'"{text}"' if re.search(r"[\s&;()$]", text) else text


def _said(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else "没有找到"


def _duty_line(duty: DraftDuty) -> str:
    return f"{duty.title}：{words_of(duty.due)}，{'、'.join(duty.who) or '没有写谁报'}" + (f"，{duty.annex}" if duty.annex else "")


def as_json(drafted: Drafted) -> dict[str, Any]:
    """The draft as the contract has it; dates as 2023-09-15."""
    draft = drafted.draft
    ids = form_ids(draft)
    return {
        "id": drafted.id,
        "title": draft.title,
        "number": draft.number,
        "issuer": draft.issuer,
        "issued": draft.issued.isoformat() if draft.issued else None,
        "span": [day.isoformat() for day in draft.span] if draft.span else [],
        "stages": [{"name": s.name, "start": s.start.isoformat(), "end": s.end.isoformat(), "sentence": s.sentence, "doubts": list(s.doubts)} for s in draft.stages],
        "mailboxes": list(draft.mailboxes),
        "duties": [_duty(d, ids) for d in draft.duties],
        "groups": [asdict(g) for g in draft.groups],
        "units": [asdict(u) for u in draft.units],
        "forms": [_form(f) for f in draft.forms],
        "cited": dict(draft.cited),
        "doubts": list(draft.doubts),
    }


def _duty(duty: DraftDuty, ids: Mapping[str, str]) -> dict[str, Any]:
    due = duty.due
    return {
        "title": duty.title,
        "who": list(duty.who),
        "form": duty.form,
        "form_id": ids.get(duty.annex),
        "annex": "、".join(duty.annexes) if duty.annex in duty.annexes else duty.annex,
        "due": {
            "kind": due.kind, "dates": list(due.dates), "day": due.day, "weekday": due.weekday, "month_of_period": due.month_of_period, "time": due.time,
            "year_inferred": due.year_inferred, "reports": due.reports, "inclusive": due.inclusive, "seen": due.seen,
        },
        "copies": list(duty.copies),
        "channel": duty.channel,
        "to": duty.to,
        "reviewer": duty.reviewer,
        "quota": duty.quota,
        "nil": duty.nil,
        "sentence": duty.sentence,
        "doubts": [*duty.doubts, *due.doubts],
    }  # fmt: skip


def _form(drafted: DraftForm) -> dict[str, Any]:
    layout = drafted.form.layout
    shape: dict[str, Any] = {"kind": layout.kind}
    if isinstance(layout, TableLayout):
        shape |= {"heads": [h.labels[0] for h in layout.heads], "columns": [c.heads[0] for c in layout.columns], "counters": [c.label for c in layout.counters]}
    elif isinstance(layout, SectionsLayout):
        shape |= {"heads": [h.labels[0] for h in layout.heads]}
        shape |= {"parts": [{"heading": p.heading, "least": p.least, "under": p.under, "hint": p.hint} for p in layout.parts]}
    elif isinstance(layout, LabelsLayout):
        shape |= {"labels": [{"label": x.labels[0], "type": x.type, "group": x.group} for x in layout.labels]}
    form = drafted.form
    return {"annex": drafted.annex, "id": form.id, "title": form.title, "known": drafted.known or None, "layout": shape, "doubts": list(drafted.doubts)}
