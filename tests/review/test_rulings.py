"""What is in force of all that people said, and what it adds to the rules; the tokens that answers bear."""

from datetime import date, datetime, timedelta

import pytest

from mailbot.domain.obligations import expand
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.policy import Rules
from mailbot.domain.rulings import Ruling, granted, in_force
from mailbot.domain.tokens import answered_digest, bears_token, click, clicked, digest_id

NOW = datetime(2024, 3, 29, 8, tzinfo=SHANGHAI)
KEY = b"k" * 32


def test_an_undone_ruling_is_out_of_force_and_an_undone_undo_puts_it_back() -> None:
    waived, undone, again = Ruling("waive", id=1), Ruling("undo", undoes=1, id=2), Ruling("undo", undoes=2, id=3)
    assert in_force([waived]) == (waived,)
    assert in_force([waived, undone]) == ()
    assert in_force([waived, undone, again]) == (waived,)


def test_an_extension_moves_one_due_date_and_says_why(rules: Rules) -> None:
    said = Ruling("extend", by="office@bureau.example", campaign="naiman-2023", unit="xinzhen", duty="risk-list", period="2024Q1", due=date(2024, 4, 10),
                  why="停电", id=1)  # fmt: skip
    ruled = rules.granting(granted([said]))
    before = {o.key: o for o in expand(rules.campaign("naiman-2023"))}
    after = {o.key: o for o in expand(ruled.campaign("naiman-2023"))}
    changed = [key for key in before if before[key].due != after[key].due]
    assert changed == [("naiman-2023", "xinzhen", "risk-list", "2024Q1")]
    assert after[changed[0]].due == datetime(2024, 4, 10, 23, 59, 59, tzinfo=SHANGHAI)
    assert after[changed[0]].reckoning == "每季度首月1日前报上一季度；已延期到4月10日"
    assert after[changed[0]].extension and after[changed[0]].extension.why == "停电"
    assert rules.granting(granted([])) is rules


def test_an_address_belongs_to_the_unit_it_was_registered_for_last(rules: Rules) -> None:
    said = [Ruling("register", campaign="naiman-2023", unit=unit, address=address, id=n) for n, (unit, address) in enumerate(
        [("xinzhen", "a@qq.example"), ("zhian", "a@qq.example"), ("zhian", "Xinzhen@units.example")], 1)]  # fmt: skip
    roster = rules.granting(granted(said)).campaign("naiman-2023").roster
    assert roster.by_address("a@qq.example").id == "zhian" and roster.by_address("xinzhen@units.example").id == "zhian"  # type: ignore[union-attr]
    assert roster.by_id("xinzhen").addresses == ()  # type: ignore[union-attr]


def test_an_answer_to_a_digest_is_known_by_its_thread() -> None:
    ours = digest_id(KEY, NOW, "office@bureau.example", "163.com")
    staff, later = ("director@bureau.example", "Office@bureau.example"), NOW + timedelta(days=3)
    assert bears_token(ours) and answered_digest(KEY, f"<other@x> {ours}", staff, later, 14) == NOW
    assert answered_digest(KEY, ours, ("director@bureau.example",), later, 14) is None
    assert answered_digest(b"other" * 6, ours, staff, later, 14) is None
    assert answered_digest(KEY, ours, staff, NOW + timedelta(days=15), 14) is None
    assert answered_digest(KEY, ours.replace(".digest.6", ".digest.7"), staff, later, 14) is None


@pytest.mark.parametrize("subject", ["处理12、15：是", "处理 12、15：是"])
def test_a_click_is_known_by_its_subject_and_means_only_what_it_says(subject: str) -> None:
    token = click(KEY, NOW, "处理12、15：是")
    assert clicked(KEY, f"{subject} {token}", NOW, 14) == NOW
    assert clicked(KEY, f"Re: {subject} {token}", NOW, 14) is None
    assert clicked(KEY, f"处理12、15：否 {token}", NOW, 14) is None
    assert clicked(KEY, f"{subject} {token}", NOW + timedelta(days=20), 14) is None
