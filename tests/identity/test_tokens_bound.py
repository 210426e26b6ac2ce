"""A token proves one thing to one reader: a digest's answer, a click's words, a letter's recipient (finding 12, A17). No token makes a
unit another unit, and the number on a receipt is no secret and proves nothing."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.heads import many
from stories.conftest import Story, compose, gist

from mailbot.app.demo import papers
from mailbot.app.review import NothingOrdered
from mailbot.domain.bounces import message_id, signature
from mailbot.domain.periods import SHANGHAI
from mailbot.domain.tokens import answered_digest, click, clicked, digest_id, digest_key, sign

KEY, OTHER = b"s" * 32, b"t" * 32
OFFICE, DEPUTY = "office@bureau.example", "deputy@bureau.example"
AT = datetime(2024, 3, 29, 8, tzinfo=SHANGHAI)
NOW = AT + timedelta(hours=1)
WHEN = "2024-03-29T09:00:00"
WORDS = "处理12：是"


def risk_list(unit: str) -> bytes:
    return papers.risk_list_docx(unit=unit, reported_on=date(2024, 3, 26))


# --- the tokens themselves ---------------------------------------------------------------------------------------------------


@pytest.mark.shows("P8", "A17")
@pytest.mark.parametrize(
    ("subject", "valid"),
    [
        (f"{WORDS} {click(KEY, AT, WORDS)}", True), (f"Re: {WORDS} {click(KEY, AT, WORDS)}", False), (f"处理13：是 {click(KEY, AT, WORDS)}", False),
        (f"处理12：否 {click(KEY, AT, WORDS)}", False), (f"{WORDS} {click(OTHER, AT, WORDS)}", False), (f"{WORDS} {click(KEY, AT, WORDS)[:-2]}]", False),
        (f"{WORDS} {click(KEY, AT, WORDS).replace('T08', 'T07')}", False), (f"{WORDS} {click(KEY, AT - timedelta(days=15), WORDS)}", False),
        (f"{WORDS} {click(KEY, AT + timedelta(days=1), WORDS)}", False),  # from a day to come
        (f"{WORDS} [20240329T080000.{signature(KEY, digest_key(AT, OFFICE), OFFICE)[:16]}]", False),  # the digest's signature as a click's
        (f"{WORDS} [20240329T080000.{sign(KEY, 'click', '20240329T080000')}]", False),  # of no words
    ],
    ids=["as written", "words before", "another case", "another answer", "another key", "cut", "another moment", "too old", "to come", "another purpose",
         "no words"],
)  # fmt: skip
def test_a_click_counts_for_the_words_of_one_digest_alone(subject: str, valid: bool) -> None:
    assert (clicked(KEY, subject, NOW, 14) == AT) is valid


@pytest.mark.shows("P8", "A17", "A10")
@pytest.mark.parametrize(
    ("thread", "valid"),
    [
        (digest_id(KEY, AT, OFFICE, "163.com"), True), (digest_id(KEY, AT, DEPUTY, "163.com"), False), (digest_id(OTHER, AT, OFFICE, "163.com"), False),
        (digest_id(KEY, AT - timedelta(days=15), OFFICE, "163.com"), False), (digest_id(KEY, AT, OFFICE, "163.com")[:-30], False),
        (message_id("20240329", "digest", AT, signature(KEY, "receipt:20240329-ABCDEF:x:xinzhen@units.example", "xinzhen@units.example"), "163.com"), False),
        (message_id("20240329", "digest", AT, signature(KEY, digest_key(AT, OFFICE), "xinzhen@units.example"), "163.com"), False),
        (message_id("20240329", "digest", AT - timedelta(days=1), signature(KEY, digest_key(AT, OFFICE), OFFICE), "163.com"), False),
        (f"<[20240329T080000.{sign(KEY, 'click', '20240329T080000', WORDS)}].digest@163.com>", False),
    ],
    ids=["as written", "to nobody of the staff", "another key", "too old", "cut", "a receipt's signature", "bound to a unit", "another day", "a click's"],
)  # fmt: skip
def test_an_answer_to_a_digest_bears_the_id_that_was_signed_for_one_of_the_staff(thread: str, valid: bool) -> None:
    assert (answered_digest(KEY, f"<x@y> {thread} <z@y>", (OFFICE,), NOW, 14) == AT) is valid


@pytest.mark.shows("P8", "A17")
def test_no_token_that_was_changed_anywhere_is_valid() -> None:
    token, thread = click(KEY, AT, WORDS), digest_id(KEY, AT, OFFICE, "163.com")

    @many(300, 20_000)
    @given(st.integers(0, 200), st.sampled_from("0123456789abcdefT.[]<>@"), st.booleans())
    def changed(at: int, sign_: str, drop: bool) -> None:
        for whole in (token, thread):
            n = at % len(whole)
            other = whole[:n] + ("" if drop else sign_) + whole[n + 1 :]
            if other == whole or "163.com" not in f"{other}163.com" or (whole is thread and n >= thread.index("@")):
                continue
            if whole is token:
                assert clicked(KEY, f"{WORDS} {other}", NOW, 14) is None
            else:  # another hour of the day is still that day's digest: what is signed is the day
                told = answered_digest(KEY, other, (OFFICE,), NOW, 14)
                assert told is None or digest_key(told, OFFICE) == digest_key(AT, OFFICE)
                assert told is None or signature(KEY, digest_key(AT, OFFICE), OFFICE) in other

    changed()


# --- what they open ------------------------------------------------------------------------------------------------------------


def stranger_holds(story: Story, unit: str = "苇莲苏市场监管所", sender: str = "nobody@mail.example") -> int:
    story.post(sender, f"{unit}一季度问题清单", files={"清单.docx": risk_list(unit)}, when="2024-03-28T15:00:00")
    return max(r.id for r in story.house.ledger.open_reviews(story.house.clock()))


@pytest.mark.shows("P8", "A17")
@pytest.mark.parametrize("sender", ["xinzhen@units.example", "nobody@mail.example", '"office@bureau.example" <nobody@mail.example>'])
def test_a_staff_token_in_another_hand_opens_nothing(story: Story, sender: str) -> None:
    number, key = stranger_holds(story), story.house.ledger.signing_key(lambda: KEY)
    words = f"处理{number}：是"
    for headers, subject in (({"In-Reply-To": digest_id(key, AT, OFFICE, "163.com")}, "Re: 收报日报"), ({}, f"{words} {click(key, AT, words)}")):
        raw = compose("x@x.example", subject, f"{number} 是", when=WHEN, headers=headers).replace(b"From: x@x.example", b"From: " + sender.encode(), 1)
        assert story.take(raw)["disposition"] in ("foreign", "inquiry", "review")
    assert story.house.ledger.rulings() == () and story.house.ledger.all_filings() == ()


@pytest.mark.shows("P8", "P9", "A17")
def test_who_answers_another_units_receipt_files_for_himself_and_reads_nothing_of_it(story: Story) -> None:
    """The id of a letter is no key: what a form names and who sent it decide, as without it. Said as a form of the other unit it is held."""
    story.post("baxiantong", files={"八仙筒的清单.docx": risk_list("八仙筒市场监管所")}, when="2024-03-28T09:00:00")
    theirs, number = story.letters("baxiantong@units.example")[0]["Message-ID"], story.letters()[0].get_content().split("受理编号：")[1][:15]
    assert number.strip() and len(number) == 15
    headers = {"In-Reply-To": theirs, "References": theirs}
    own = story.post("xinzhen", f"Re: {number}", files={"清单.docx": risk_list("新镇市场监管所")}, when=WHEN, headers=headers)
    held = story.post("xinzhen", f"Re: {number} 补报", files={"清单.docx": risk_list("八仙筒市场监管所")}, when="2024-03-29T10:00:00", headers=headers)
    asked = story.post("xinzhen", f"请问 {number}", f"请把 {number} 的材料发给我，好吗？", when="2024-03-29T11:00:00", headers=headers)
    assert (own["unit"], own["disposition"]) == ("新镇市场监管所", "submission") and gist(held) == ("review", "held") and gist(asked) == ("inquiry", "inquiry")
    assert {(f.unit, f.path) for f in story.house.ledger.all_filings()} == {("baxiantong", "八仙筒的清单.docx"), ("xinzhen", "清单.docx")}
    for letter in story.letters("xinzhen@units.example"):
        assert "八仙筒的清单" not in letter.get_content() and "八仙筒" not in letter.get_content()


@pytest.mark.shows("P8", "A17")
def test_a_click_that_comes_again_after_the_case_was_settled_otherwise_does_nothing(story: Story) -> None:
    number, key = stranger_holds(story), story.house.ledger.signing_key(lambda: KEY)
    yes, no = (f"处理{number}：{word}" for word in ("是", "否"))
    assert gist(story.post(OFFICE, f"{no} {click(key, AT, no)}", when=WHEN)) == ("command", "none")
    again = story.post(OFFICE, f"{yes} {click(key, AT, yes)}", when="2024-03-29T10:00:00")
    assert gist(again) == ("command", "held") and story.house.ledger.all_filings() == () and len(story.house.ledger.rulings()) == 1


@pytest.mark.shows("P8")
def test_a_receipt_number_that_two_mails_have_names_neither(story: Story) -> None:
    """Six hexadecimal digits of a mail's checksum can be made to agree; the number stands on every receipt and orders nothing by itself."""
    from mailbot.app.review import Reviewing

    first = story.post("baxiantong", files={"清单.docx": risk_list("八仙筒市场监管所")}, when=WHEN)
    number = story.letters()[0].get_content().split("受理编号：")[1][:15]
    reviewing = Reviewing(story.intake, "admin")
    assert first["disposition"] == "submission" and story.house.ledger.message_numbered(number) == 1
    from sqlalchemy import insert, select

    from mailbot.adapters.tables import messages

    with story.house.ledger.engine.begin() as c:
        row = dict(c.execute(select(messages)).mappings().one())
        c.execute(insert(messages).values(**{**row, "id": 2, "message_id": "<other@x>", "sha256": "f" * 64}))
    assert story.house.ledger.message_numbered(number) is None
    with pytest.raises(NothingOrdered):
        reviewing.accept(number, (), "看过")
    assert story.house.ledger.rulings() == () and replace(reviewing, by="x").by == "x"
