"""P13: what was not understood is never counted as present, and is named in the answer and in the digest. Over every mail of the corpus that
holds a file which could not be read, whatever the reason; without MAILBOT_SOAK=1 over a share of them."""

import email
import email.policy
import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from mail.case import Case
from mail.corpus import CASES, adversarial
from mail.make import office, settled

from mailbot.app.digest import as_json
from mailbot.app.intake import Intake, Taken
from mailbot.app.wiring import House
from mailbot.domain.documents import TROUBLES
from mailbot.domain.mail import RawMail
from mailbot.domain.masking import shown

_NAMED = 38  # characters of a path that the digest shows at least


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Intake]]:
    with office(tmp_path_factory.mktemp("unread")) as both:
        yield both


def _unread(taken: Taken) -> list[str]:
    """The paths of the files that could not be read, by what their reader said, not by what was decided."""
    if taken.facts.message.trouble:  # then nothing of it is believed
        return ["整封邮件"]
    return [r.attachment.path for r in taken.facts.readings if r.attachment.document.trouble in TROUBLES]


def _body(raw: bytes) -> str:
    body = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",))
    assert body is not None
    return "".join(str(body.get_content()).split())


def _flat(text: str) -> str:
    return "".join(shown(text, 40).rstrip("…").split())


_ROWS = ("A28", "A36", "A38", "A39", "A40", "A43", "A44", "A45", "A49", "A52", "A53", "A54", "A55", "A57", "A66", "A78")


def _share(cases: list[Case], every: int) -> list[Case]:
    """Some of them, and at least two of each of our rows."""
    seen: Counter[str] = Counter()
    chosen = []
    for number, one in enumerate(cases):
        rows = set(_ROWS) & set(adversarial(one))
        if number % every == 0 or any(seen[row] < 2 for row in rows):
            chosen.append(one)
            seen.update(rows)
    return chosen


# Seconds of mails that take long to make or read are spared here; alone they are settled in tests/mail/test_odd.py.
_SLOW = frozenset({
    "mail-over-the-limit", "file-over-the-limit", "zip-member-over-the-limit-of-a-file", "7z-bomb", "zip-bomb", "zip-bomb-of-ten-gigabytes", "doc-word-95",
})  # fmt: skip
_WHOLE = [one for one in CASES if adversarial(one) and one.name not in _SLOW and not one.tool]
PART = _WHOLE if os.environ.get("MAILBOT_SOAK") else _share(_WHOLE, 8)


@pytest.mark.shows("P13", *_ROWS)
def test_no_unread_file_is_filed_and_each_is_named_in_the_answer_and_in_the_digest(
    desk: tuple[House, Intake], record_property: Callable[[str, object], None]
) -> None:
    house, intake = desk
    seen = 0
    for one in PART:
        with house.ledger.rehearsal():
            taken = next(intake.take_all([intake.keep(RawMail([one.raw()], file="odd.eml"))]))
            paths = _unread(taken)
            if not paths or taken.outcome.secret:
                continue
            seen += 1
            shas = {r.attachment.sha256 for r in taken.facts.readings if r.attachment.document.trouble}
            read = {r.attachment.sha256 for r in taken.facts.readings if not r.attachment.document.trouble}
            assert not [f.path for f in taken.outcome.filings if f.path in paths or (f.sha256 in shas - read)], one.name
            for item in (i for i in taken.outcome.items if i.attachment.path in paths):
                assert not item.filed and any(f.code in TROUBLES for f in item.findings), one.name
            answers = [letter for letter in taken.letters if letter.kind in ("receipt", "missing")]
            if taken.outcome.kind in ("receipt", "missing"):
                assert answers and all(_flat(path.rpartition("/")[2]) in _body(answers[0].raw) for path in paths[:3]), (one.name, paths)
            told = str(as_json(house.digesting().build()))
            if taken.outcome.disposition in ("submission", "review"):
                assert all(_flat(path)[:_NAMED] in "".join(told.split()) for path in paths[:20]), (one.name, paths, told[:2000])
    record_property("runs", f"mails with unread files: {seen}")
    assert seen >= (90 if PART is _WHOLE else 20)


@pytest.mark.shows("P13", "A36")
def test_a_mail_that_cannot_be_read_as_a_whole_is_filed_by_nobody_and_said_to_be_unread(desk: tuple[House, Intake]) -> None:
    whole = [one for one in CASES if one.name in ("mail-over-the-limit", "fifty-thousand-parts", "boundary-declared-twice", "two-thousand-nested-mails")]
    for one in whole:
        taken = settled(one.raw(), *desk)
        assert taken.facts.message.trouble and not taken.outcome.filings and taken.outcome.kind == "missing"
        assert "整封邮件" in _body(taken.letters[0].raw)
        assert [r.kind for r in taken.outcome.reviews] == ["unreadable"]
