"""Five letters a day to an address, whatever they say, and a share for strangers: held over a restart and a wrong clock (P6)."""

import email
import email.policy
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from outbox.conftest import UNIT, Bureau, risk_list
from outbox.test_manners import put
from stories.conftest import FORGED, Story, compose

from mailbot.adapters.ledger import Ledger
from mailbot.domain.letters import JOINABLE
from mailbot.domain.manners import RANKS

Make = Callable[..., Bureau]
TO_UNITS = sorted(kind for kind in RANKS if kind not in ("digest", "rules-refused", "escalation", "forwarded-question") and not kind.startswith("command"))


def restarted(office: Bureau) -> Bureau:
    office.house.ledger.close()
    object.__setattr__(office.house, "ledger", Ledger(f"sqlite:///{office.house.home / 'mailbot.db'}"))
    return office


def sent_to(office: Bureau, address: str = UNIT) -> int:
    return sum(to.lower() == address for _, to, _ in office.sent)


@pytest.mark.shows("P6")
def test_all_kinds_together_make_five_a_day_also_over_restarts(bureau: Make) -> None:
    office = bureau("2024-03-28T08:00:00")
    for n, kind in enumerate(TO_UNITS * 3):
        put(office.house.ledger, kind, UNIT, n, office, "xinzhen")
        restarted(office.later(minutes=20)).flush(per_quarter_hour=100, hurry=True)
    assert office.now.day == 28 and sent_to(office) == 5 and len(TO_UNITS) >= 9


@pytest.mark.shows("P6", "P7")
def test_a_letter_that_was_cut_off_may_be_out_and_counts_as_one_of_the_five(bureau: Make) -> None:
    office = bureau("2024-03-28T08:00:00")
    for n in range(4):
        put(office.house.ledger, "receipt", UNIT, n, office, "xinzhen")
    office.flush(seconds_between=0)
    put(office.house.ledger, "receipt", UNIT, 4, office, "xinzhen")
    office.answers = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        office.later(minutes=20).flush(seconds_between=0)
    put(office.house.ledger, "receipt", UNIT, 5, office, "xinzhen")
    restarted(office.later(minutes=20)).flush(seconds_between=0)
    assert sent_to(office) == 4
    assert office.later(days=1).flush(seconds_between=0).sent == 2


@pytest.mark.shows("P6", "A16")
def test_five_hundred_letters_for_one_address_are_a_hundred_days_and_one_sentence_a_round(bureau: Make) -> None:
    office = bureau()
    for n in range(500):
        put(office.house.ledger, "inquiry", UNIT, n, office, "xinzhen")
    told = office.flush(seconds_between=0)
    assert sent_to(office) == 5 and told.problems == ("有 495 封信超过当天的发信上限，顺延到明天早上七点以后",)
    assert office.later(days=1).flush(seconds_between=0).sent == 5


@pytest.mark.shows("P6", "F30")
def test_a_roster_that_writes_an_address_in_capitals_gives_it_no_second_five(bureau: Make) -> None:
    from dataclasses import replace

    office = bureau()
    first, *rest = office.house.rules.campaigns
    units = tuple(replace(u, addresses=("XinZhen@Units.example",)) if u.id == "xinzhen" else u for u in first.units)
    outbox = office.outbox(seconds_between=0)
    outbox = replace(outbox, rules=replace(outbox.rules, campaigns=(replace(first, units=units), *rest)))
    for n in range(8):
        put(office.house.ledger, "reminder", (UNIT, "XinZhen@Units.example")[n % 2], n, office, "xinzhen")
        outbox.flush()
    assert sent_to(office) == 5


@pytest.mark.shows("P6", "F30", "P14")
@pytest.mark.parametrize("step", [timedelta(seconds=-30), timedelta(seconds=30), timedelta(hours=-3), timedelta(days=-1)], ids=str)
def test_a_clock_that_is_set_back_and_right_again_gives_no_letters_more(bureau: Make, step: timedelta) -> None:
    office = bureau("2024-03-26T12:00:00")
    for n in range(20):
        put(office.house.ledger, "granted", UNIT, n, office, "xinzhen")
    office.at("2024-03-28T12:00:00").flush(seconds_between=0)
    right = office.now
    office.now = right + step
    restarted(office).flush(seconds_between=0)
    office.now = right + timedelta(minutes=1)
    restarted(office).flush(seconds_between=0)
    assert sent_to(office) == 5


@pytest.mark.shows("P6", "A70")
def test_a_flood_of_strangers_is_written_fifteen_fixed_texts_a_day_and_takes_no_room_from_digest_and_reminders(bureau: Make) -> None:
    """Five hundred forged addresses; what found no room in three days is dropped, for staff have had the cases since."""
    office = bureau("2024-03-25T00:10:00")
    for n in range(500):
        put(office.house.ledger, ("held", "unknown-unit")[n % 2], f"s{n}@mail.example", n, office)
    for _ in range(3):
        office.later(minutes=16).flush(seconds_between=1)
    assert len(office.sent) == 15
    put(office.house.ledger, "digest", "office@bureau.example", 1, office.at("2024-03-25T08:00:00"))
    for n in range(20):
        put(office.house.ledger, "reminder", f"u{n}@units.example", n, office, f"u{n}")
    for _ in range(3):
        office.later(minutes=16).flush(seconds_between=1)
    assert [to for _, to, _ in office.sent].count("office@bureau.example") == 1 and sum("@units.example" in to for _, to, _ in office.sent) == 20
    for _ in range(4):
        office.at(f"2024-03-{office.now.day + 1}T09:00:00").flush(seconds_between=1)
    assert sum("@mail.example" in to for _, to, _ in office.sent) == 15 * 3 and office.states().count("dropped") == 500 - 45
    assert office.house.ledger.waiting_count() == 0


@pytest.mark.shows("P6", "P9", "A03", "A70")
def test_strangers_with_a_link_in_all_they_write_get_the_fixed_text_without_a_sign_of_it(bureau: Make) -> None:
    office, spam = bureau("2024-03-28T08:00:00"), "http://evil.example/win"
    for n in range(24):
        files = {f"{n % 2} 加微信 evil.example.docx": risk_list("治安市场监管所" if n % 2 else "")}
        raw = compose(f"victim{n}@mail.example", f"清单 {spam}", f"{spam} 附上。", files,
                      when=f"{office.later(seconds=40).now:%Y-%m-%dT%H:%M:%S}", message_id="<x@x.example>",
                      headers={"References": f"<{spam}@x> <2@evil.example>", "Reply-To": "third@x.example"})  # fmt: skip
        raw = raw.replace(b"<x@x.example>", f"<{spam}/{n}@evil.example>".encode(), 1)  # the library would cut it
        Story(office.house, office.intake).take(raw)
    for _ in range(8):
        office.later(minutes=16).flush(hurry=True, seconds_between=1)
    letters = [email.message_from_bytes(raw, policy=email.policy.default) for _, to, raw in office.sent if to.endswith("@mail.example")]
    assert len(letters) == 13 and sent_to(office, "zhian@units.example") == 2  # of fifteen, two told the unit in whose name they wrote
    for _, _, raw in office.sent:
        assert b"evil.example" not in raw and b"third@" not in raw
    texts = {letter.get_body(("plain",)).get_content().split("受理编号")[0] for letter in letters}  # type: ignore[union-attr]
    assert len(texts) == 2 and not any("evil" in text or "微信" in text for text in texts)


@pytest.mark.shows("P6")
def test_who_forges_a_units_address_uses_up_none_of_its_answers(bureau: Make) -> None:
    office = bureau("2024-03-28T08:00:00")
    story = Story(office.house, office.intake)
    for n in range(8):
        story.take(compose(UNIT, f"清单{n}", "附上。", {"清单.docx": risk_list()}, when=f"{office.later(minutes=1).now:%Y-%m-%dT%H:%M:%S}", results=FORGED))
    office.later(minutes=20).flush()
    assert sent_to(office) == 2
    office.post("xinzhen", {"清单.docx": risk_list()})
    assert office.later(minutes=20).flush().sent == 1 and Counter(q.kind for q in office.listed())["forged-notice"] == 8
    assert JOINABLE.isdisjoint({"forged-notice", "held-notice"})
