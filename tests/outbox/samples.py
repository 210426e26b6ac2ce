"""Every kind of answer to a unit, as it is mailed. `python -m tests.outbox.samples` writes them to tests/outbox/letters/ anew, to be
reviewed by eye; a test holds them."""

import email
import email.policy
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parent / "letters"
sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("MAILBOT_SCANS", "off")

from outbox.conftest import NAME, Bureau, office_in, risk_list, scan, text_of  # noqa: E402

from mailbot.app.demo import papers  # noqa: E402

WRONG = papers.Counters(risks_found=3, risks_closed=9)


def receipt(office: Bureau) -> None:
    office.post("xinzhen", {"清单.docx": risk_list(), "清单-章.jpg": scan()}, "报送2024年第一季度风险隐患排查问题清单")


def missing_scan(office: Bureau) -> None:
    office.post("xinzhen", {"清单.docx": risk_list(sample_left=True)}, "一季度清单")


def missing_editable_with_the_blank(office: Bureau) -> None:
    office.post("xinzhen", {"扫描.jpg": scan()}, "风险隐患排查问题清单扫描件")


def wrong(office: Bureau) -> None:
    office.post("xinzhen", {"清单.docx": risk_list(counters=WRONG), "清单-章.jpg": scan(), "说明.docx": b"nothing"}, "清单")


def empty_form(office: Bureau) -> None:
    office.post("xinzhen", {"清单.docx": risk_list(rows=(), counters=papers.Counters(), sample_left=True)}, "清单")


def no_file(office: Bureau) -> None:
    office.post("xinzhen", subject="报送材料", text="材料见附件，请查收。")


def joined_complete(office: Bureau) -> None:
    office.post("xinzhen", {"清单.docx": risk_list(counters=WRONG)}, "清单")
    office.later(minutes=2).post("xinzhen", {"清单改.docx": risk_list()}, "更正")
    office.later(minutes=2).post("xinzhen", {"清单-章.jpg": scan()}, "清单扫描件")


def joined_and_not_complete(office: Bureau) -> None:
    office.post("xinzhen", {"清单.docx": risk_list()}, "清单")
    stats = papers.case_stats_xlsx(unit=NAME, month=(2024, 3))
    office.later(minutes=2).post("xinzhen", {"3月统计.xlsx": stats}, "3月案件统计")
    office.later(minutes=2).post("xinzhen", subject="补扫描件", text="扫描件见附件。")


def joined_next_morning(office: Bureau) -> None:
    office.at("2024-04-01T08:00:00")
    for n in range(8):
        office.post("xinzhen", {f"清单{n + 1}.docx": risk_list()}, f"清单第{n + 1}次")
        office.later(minutes=20).flush()
    office.at("2024-04-02T07:01:00")


def no_file_twice(office: Bureau) -> None:
    no_file(office)
    office.later(minutes=1).post("xinzhen", subject="再发一次", text="刚才的材料请查收附件。")


def inquiry(office: Bureau) -> None:
    office.post("xinzhen", subject="请教", text="请问月报几号前交？")


def held(office: Bureau) -> None:
    office.post("xinzhen", {"清单.docx": risk_list("治安市场监管所")}, "清单")


def from_a_stranger(office: Bureau) -> None:
    office.post("someone@mail.example", {"清单.docx": risk_list()}, "清单")


def from_nobody_known(office: Bureau) -> None:
    office.post("someone@mail.example", {"统计.xlsx": papers.case_stats_xlsx(unit="某某市场监管所", month=(2024, 3))}, "统计")


def in_a_units_name(office: Bureau) -> None:
    from stories.conftest import FORGED

    office.post("xinzhen", {"清单.docx": risk_list()}, "清单", results=FORGED)


def typical_case_without_its_decision(office: Bureau) -> None:
    paper = papers.typical_case_docx(unit=NAME, reported_on=date(2024, 3, 27))
    office.post("xinzhen", {"典型案例.docx": paper}, "典型案例")


SAMPLES: tuple[Callable[[Bureau], None], ...] = (
    receipt, missing_scan, missing_editable_with_the_blank, wrong, empty_form, no_file, joined_complete, joined_and_not_complete, joined_next_morning,
    no_file_twice, inquiry, held, from_a_stranger, from_nobody_known, in_a_units_name, typical_case_without_its_decision,
)  # fmt: skip
_NUMBER = re.compile(r"(\d{8})-[0-9A-F]{6}")


def written(sample: Callable[[Bureau], None], home: Path) -> str:
    """The letters of a sample but those to staff, one below the other; the last one alone where a day went by. What hangs on the bytes of
    a paper (numbers, checksums, sizes) is made the same."""
    with ExitStack() as stack:
        office = office_in(home, stack, "2024-03-28T09:00:00")
        sample(office)
        office.flush(hurry=True)
        mine = [(to, raw) for _, to, raw in office.sent if not to.startswith("office@")]
    return "\n".join(_shown(to, raw) for to, raw in (mine[-1:] if sample is joined_next_morning else mine))


def _shown(to: str, raw: bytes) -> str:
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    files = "".join(f"附件：{part.get_filename()}\n" for part in letter.iter_attachments())
    text = f"收件人：{to}\n主题：{letter['Subject']}\n{files}\n{text_of(letter)}"  # type: ignore[arg-type]
    text = _NUMBER.sub(r"\1-XXXXXX", text)
    return re.sub(r"（[\d.]+ [KM]B，校验码 [0-9a-f]{8}）", "（00 KB，校验码 00000000）", text)


def all_written() -> Iterator[tuple[str, str]]:
    for sample in SAMPLES:
        with TemporaryDirectory() as home:
            yield sample.__name__.replace("_", "-"), written(sample, Path(home))


if __name__ == "__main__":
    for name, text in all_written():
        (FOLDER / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"##### {name}\n{text}")
