"""Every odd mail of the corpus is settled as its case declares, and as was blessed before."""

import email
import email.policy
import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailbot.app.intake import Intake, Taken
from mailbot.app.wiring import House
from tests.mail.case import Case
from tests.mail.corpus import CASES, ROWS, adversarial
from tests.mail.make import ODD, differences, office, settled
from tests.mail.view import in_short
from tests.servers.real import missing

LONGEST = 30.0  # seconds for any one mail, on a busy machine; the facts allow 60
KEPT = [one for one in CASES if one.kept]
HEADER = {"from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted", "x-auto-response-suppress", "mime-version",
          "content-type", "content-transfer-encoding", "precedence", "x-mailbot"}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Intake]]:
    with office(tmp_path_factory.mktemp("odd")) as both:
        yield both


def _param(one: Case) -> object:
    marks = [pytest.mark.shows(*shown)] if (shown := adversarial(one)) else []
    marks += [pytest.mark.xfail(reason=one.bug, strict=True)] if one.bug else []
    return pytest.param(one, id=one.name, marks=marks)


@pytest.mark.parametrize("one", [_param(one) for one in CASES])
def test_an_odd_mail_is_settled_as_declared_and_as_blessed(one: Case, desk: tuple[House, Intake]) -> None:
    if one.tool and not shutil.which(one.tool):
        missing(f"{one.tool} is not installed")
    raw, began = one.raw(), time.monotonic()
    taken = settled(raw, *desk)
    assert time.monotonic() - began < LONGEST
    assert desk[0].archive.path(hashlib.sha256(raw).hexdigest()).read_bytes() == raw
    _letters_are_ours(taken)
    short = in_short(taken)
    assert not differences(one.expect, short)
    if not one.bug:
        assert short == json.loads((ODD / f"{one.name}.json").read_text(encoding="utf-8"))


def _letters_are_ours(taken: Taken) -> None:
    """No letter has a field or a recipient that the mail put there."""
    for letter in taken.letters:
        parsed = email.message_from_bytes(letter.raw, policy=email.policy.default)
        names = [name.lower() for name in parsed]
        passed_on = letter.kind == "forwarded-question"  # the liaison's answer goes to whoever asked
        assert len(names) == len(set(names)) and set(names) <= HEADER | ({"reply-to"} if passed_on else set())
        assert parsed["Reply-To"] in (None, taken.facts.sender.address)
        assert parsed["To"] == letter.recipient


def test_the_same_mails_are_made_again() -> None:
    assert [one.name for one in KEPT if (ODD / f"{one.name}.eml").read_bytes() != one.raw()] == []


def test_the_corpus_is_large_and_every_case_has_its_own_name() -> None:
    names = [one.name for one in CASES]
    assert len(KEPT) >= 150 and len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name) for name in names)


def test_at_least_320_hostile_inputs_are_there(record_property: Callable[[str, object], None]) -> None:
    inputs = sum(bool(adversarial(one)) for one in CASES)
    record_property("runs", f"hostile inputs: {inputs}")
    record_property("runs", f"odd and hostile mails: {len(CASES)}")
    assert inputs >= 320


def test_no_two_mails_are_the_same() -> None:
    assert len({one.raw() for one in KEPT}) == len(KEPT)


def test_every_row_of_the_facts_is_covered_and_none_is_unheard_of() -> None:
    assert {row for one in CASES for row in one.rows} == set(ROWS)


def test_the_folder_holds_the_corpus_and_nothing_else() -> None:
    wanted = {f"{one.name}.eml" for one in KEPT} | {f"{one.name}.json" for one in CASES if not one.bug}
    found = {path.name: path.stat().st_size for path in Path(ODD).iterdir()}
    assert set(found) == wanted and sum(found.values()) < 3_500_000
