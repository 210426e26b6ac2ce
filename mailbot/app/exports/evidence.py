"""The evidence of one duty and period (迎检): the files as they were sent and the mails they came with, an index, checksums."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mailbot.app.exports.ledger import STATE_TONES
from mailbot.app.exports.originals import SUMS, Altered, Box, Wanted, add_mail, boxed, by_mail, hand_over, name_of
from mailbot.app.exports.tools import Asked, Exported, Tools, Watch, archived_of, asked, ending_of, receipt_number, saved, which_campaign
from mailbot.app.status import standings
from mailbot.domain.obligations import Filing, Standing, by_key
from mailbot.domain.retention import Deleted
from mailbot.domain.rollup_page import listed
from mailbot.domain.sheets import CellValue, Column, Sheet
from mailbot.domain.words import COPIES, STATES

_INDEX = "index.xlsx"
_LOST = "存档中没有找到"
_ALTERED = "存档里的邮件被改动过，没有放入"
_COLUMNS = (
    Column("单位", 13), Column("材料", 6.5, "centre"), Column("是否现行", 5, "centre", {"现行": "good", "已被替换": "quiet"}), Column("发来时的文件名", 22),
    Column("收到时间", 8.5, "moment"), Column("回执编号", 8, "centre"), Column("大小（字节）", 6, "number"), Column("文件SHA-256", 33), Column("包内文件", 26),
    Column("包内原邮件", 22),
)  # fmt: skip


_Row = tuple[CellValue, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One filing in the archive. `current`: it was not superseded."""

    standing: Standing
    filing: Filing
    current: bool
    number: str
    mail: str


def export_evidence(
    tools: Tools, duty: str, period: str, file: Path, *, campaign: str | None = None, over: bool = False, watch: Watch | None = None
) -> Exported:
    """Writes the zip. Raises NotExportable, ExportNotSaved."""
    ending_of(file, {".zip": "zip"}, "迎检材料")
    one = asked(tools, duty, period, campaign)
    found = standings(tools.rules, tools.ledger, tools.now, campaign=one.campaign.id, duty=one.duty.id)
    mine = [s for s in found if s.obligation.period == one.period]
    pieces = list(_pieces(tools, one, mine))
    with ExitStack() as stack:
        temporary = stack.enter_context(saved(file, over=over))
        box = stack.enter_context(boxed(temporary))
        rows = _fill(tools, box, pieces, watch)
        _add_index(tools, one, box, (mine, rows), temporary.with_suffix(".index"))
        box.close_with_sums(tools.now)
    told = [f"{file}：{one.title}，{len({p.standing.obligation.unit.id for p in pieces})} 个单位，{len(pieces)} 个文件，附 {_INDEX} 和 {SUMS}。"]
    lost, altered = sum(_LOST in row[-2:] for row in rows), dict.fromkeys(str(row[5]) for row in rows if row[-1] == _ALTERED)
    if lost:
        told.append(f"有 {lost} 个文件或邮件在存档中没有找到，见 {_INDEX}。")
    if altered:
        told.append(f"有 {len(altered)} 封邮件在存档里被改动过，不能作证，没有放入：{'、'.join(altered)}。其中的附件逐个核对过，放入的与收到时一致。")
    return Exported((*told, *which_campaign(tools, one)), bool(lost or altered))


def _pieces(tools: Tools, one: Asked, mine: Sequence[Standing]) -> Iterator[_Piece]:
    """Everything that was ever filed for it up to now, unit by unit, in order of time."""
    filed = by_key(f for f in tools.ledger.all_filings(one.campaign.id) if f.received_at <= tools.now)
    archived = archived_of(tools.ledger, (f for s in mine for f in filed.get(s.obligation.key, ())))
    for there in mine:
        all_ = filed.get(there.obligation.key, ())
        last = {(f.copy, f.title if one.duty.quota else ""): f for f in all_}
        for filing in all_:
            current = last[filing.copy, filing.title if one.duty.quota else ""] is filing
            yield _Piece(there, filing, current, receipt_number(filing, archived), archived.get(filing.message or 0, ""))


def _fill(tools: Tools, box: Box, pieces: list[_Piece], watch: Watch | None) -> list[_Row]:
    """Files and mails into the box; the rows of the index, which say what could not be had. A nil report in the text of a mail has no
    file but the mail."""
    places: dict[int, str] = {}
    mails: dict[tuple[str, str], str] = {}
    wanted = [Wanted(p.filing, p.mail, p.standing.obligation.unit.name, f"{COPIES[p.filing.copy]}_{name_of(p.filing)}") for p in pieces]
    numbered = {id(w): n for n, w in enumerate(wanted)}
    deleted = tools.ledger.deletions()
    with tools.hands() as hands:
        groups = by_mail(wanted)
        for done, (mail, some) in enumerate(groups.items(), 1):
            for n, place in hand_over(hands, tools.archive, box, mail, some).items() if mail else ():
                places[numbered[id(some[n])]] = place
            for one in some:
                if mail and (mail, one.folder) not in mails:
                    piece = pieces[numbered[id(one)]]
                    mails[mail, one.folder] = _put_mail(tools, box, one, piece, deleted)
            if watch:
                watch(done, len(groups))
    return [
        _row(p, places.get(n) or (_gone(deleted, w.mail) if w.mail in deleted else ""), mails.get((w.mail, w.folder), _LOST))
        for n, (p, w) in enumerate(zip(pieces, wanted, strict=True))
    ]


def _put_mail(tools: Tools, box: Box, one: Wanted, piece: _Piece, deleted: Mapping[str, Deleted]) -> str:
    """The mail's name in the zip, or why it has none."""
    try:
        return add_mail(tools.archive, box, one.mail, f"{one.folder}/来信", f"{piece.number}.eml", piece.filing.received_at) or _gone(deleted, one.mail)
    except Altered:
        return _ALTERED


def _gone(deleted: Mapping[str, Deleted], mail: str) -> str:
    return deleted[mail].words if mail in deleted else _LOST


def _row(piece: _Piece, place: str, mail: str) -> _Row:
    filing = piece.filing
    only_words = filing.nil and filing.path == "正文"
    return (
        piece.standing.obligation.unit.name, "零报告" if filing.nil else COPIES[filing.copy], "现行" if piece.current else "已被替换", filing.path,
        filing.received_at, piece.number, filing.size, filing.sha256, place or ("（写在邮件正文里）" if only_words else _LOST), mail,
    )  # fmt: skip


def _add_index(tools: Tools, one: Asked, box: Box, listed_: tuple[Sequence[Standing], Sequence[_Row]], scratch: Path) -> None:
    mine, rows = listed_
    missing = listed("没有来件的单位", [s.obligation.unit.name for s in mine if s.obligation.due and not s.filings])
    notes = (
        f"截至 {tools.today:%Y-%m-%d %H:%M}　文件为单位发来时的原样，只是文件名里不能用的字符换成了“_”。核对完整性：在解压后的文件夹里运行 sha256sum -c {SUMS}",
        missing or "应报单位都有来件。",
    )
    columns = (
        Column("单位", 13), Column("截止时间", 8.5, "moment"), Column("报送状态", 6, "centre", STATE_TONES), Column("收齐时间", 8.5, "moment"),
        Column("迟报天数", 5, "number"),
    )  # fmt: skip
    states = [(s.obligation.unit.name, s.obligation.due, STATES[s.state], s.complete_at, s.late_days or None) for s in mine]
    try:
        tools.books([Sheet("文件", f"{one.title}：原件目录", _COLUMNS, rows, notes), Sheet("单位", f"{one.title}：各单位情况", columns, states)], scratch)
        with scratch.open("rb") as source:
            box.add(source, "", _INDEX, tools.now)
    finally:
        scratch.unlink(missing_ok=True)
