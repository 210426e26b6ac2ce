"""Who sent it is said by one clean From and by nothing else (reliability.md, finding 5); that it is forged by our receivers alone (RFC 8601)."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.heads import Field, bundled_rules, envelope_of, head_of, many

from mailbot.domain.mail import Envelope, without_comments
from mailbot.domain.senders import is_forged, sender_of

Note = Callable[[str, object], None]
UNIT, EVIL = b"xinzhen@units.example", b"evil@163.example"
MX = "mx.bureau.example"

# Exactly one ASCII mailbox, alone or in angle brackets behind a name without signs that mean something, before one comment at most. This is all
# of RFC 5322 that a registered address may be written in; whatever else stands in From is nobody's.
_NAME = rb"(?:\"(?:[^\"\\\r\n\x00-\x1f]|\\[^\r\n\x00-\x1f])*\"|[^\"<>(),;:\\@\r\n\x00-\x1f]*)"
_CLEAN = re.compile(rb"[ \t]*(?:%s[ \t]*<(?P<a>[!-;=?-~]+)>|(?P<b>[!-'*+\--9=?A-Z^-~@]+))(?:[ \t]*\([^()<>@,;:\\\"]*\))?[ \t]*\Z" % _NAME)


def clean_address(values: list[bytes]) -> bytes | None:
    """What an independent reader takes for the one address of From."""
    folded = [re.sub(rb"\r\n(?=[ \t])", b"", value) for value in values]
    folded = [re.sub(rb"^[ \t]*([^<>@ ]+@[^<>@ ]+)[ \t]*(?=<\1>)", b"", value, flags=re.IGNORECASE) for value in folded]  # the address as its own name
    match = _CLEAN.match(folded[0]) if len(folded) == 1 else None
    return (match["a"] or match["b"]).lower() if match else None


BITS = st.sampled_from((
    UNIT, UNIT.upper(), EVIL, b"<" + UNIT + b">", b"<" + EVIL + b">", b'"xinzhen"@units.example', b"xinzhen+oa@units.example", b"xinzhen@units.example.",
    b"xinzhen @units.example", b"xinzhen@ units.example", b"xinzhen(x)@units.example", b"<@evil.example:xinzhen@units.example>",
    b"=?utf-8?q?xinzhen?=@units.example",
    b"=?utf-8?b?eGluemhlbkB1bml0cy5leGFtcGxl?=", "xi\u043dzhen@units.example".encode(), "xinzhen\uff20units.example".encode(), b"xinzhen@xn--units-9a.example",
    "\u212ainzhen@units.example".encode(), "xin\u200bzhen@units.example".encode(), "xinzhen@uni\u0165\u017f.example".encode(), b"xinzhen@units.example\0",
    b"\0", b"\r", b"\r\n ", b"\r\n\t", b" ", b",", b";", b":", b"units:", b"(Han)", b"(a (b))", b"(" + EVIL + b")", b'"Han"',
    b'"' + UNIT + b'"', b"Han", b"\\", b"<", b">", b'"', b"@",
    "八仙筒所".encode(), "韩".encode("gb18030"), b"=?gb2312?B?sMvPyc2y?=", b"=?utf-8?q?x=0D=0AFrom:_a?=", b"xinzhen@units.example@evil.example",
    b"xinzhen%units.example@163.example", b"units.example!xinzhen@163.example", b"xinzhen@[127.0.0.1]", b"XINZHEN@UNITS.EXAMPLE",
))  # fmt: skip
ALMOST = st.sampled_from((UNIT, b"<" + UNIT + b">", b"Han <" + UNIT + b">", b'"Han" <' + UNIT + b">", UNIT + b" (Han)"))
BIT = st.one_of(st.just(b""), st.just(b""), BITS)
VALUE = st.one_of(st.lists(BITS, max_size=5).map(b"".join), st.tuples(BIT, ALMOST, BIT).map(b"".join))
AROUND = st.lists(st.sampled_from((
    (b"Sender", b" xinzhen@units.example"), (b"Reply-To", b" xinzhen@units.example"), (b"Resent-From", b" xinzhen@units.example"),
    (b"Return-Path", b" <xinzhen@units.example>"), (b"X-From", b" xinzhen@units.example"), (b"From\x00",
    b" xinzhen@units.example"), (b"Form", b" xinzhen@units.example"),
)), max_size=3)  # fmt: skip


@pytest.mark.shows("P8", "A01", "A02", "A03", "A04", "A07")
def test_only_one_clean_from_is_ever_a_registered_address(record_property: Note) -> None:
    seen = dict.fromkeys(("headers", "registered"), 0)

    @many(800, 100_000)
    @given(st.one_of(st.lists(VALUE, min_size=0, max_size=2), VALUE.map(lambda v: [v])), AROUND, st.integers(0, 3))
    def never_another(values: list[bytes], around: list[Field], at: int) -> None:
        seen["headers"] += 1
        head = head_of([*around[:at], *((b"From", b" " + v) for v in values), *around[at:], (b"Subject", b" x")])
        sender = sender_of(envelope_of(head), bundled_rules())
        if re.search(rb"\r(?!\n)", head):  # one more From for some server; the whole mail is nobody's (see below)
            return
        if sender.kind != "stranger":
            seen["registered"] += 1
            assert clean_address(values) == (sender.address or "").encode() == UNIT

    never_another()
    record_property("runs", f"From fields: {seen['headers']}")
    assert seen["registered"] >= 20  # and clean ones are


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (b"xinzhen@units.example", True), (b"<xinzhen@units.example>", True), (b"XinZhen@Units.Example", True), (b"Han <xinzhen@units.example>", True),
        (b'"Han, Lei (Xinzhen)" <xinzhen@units.example>', True), (b'"evil@x.example" <xinzhen@units.example>', True),
        (b"=?gb2312?B?0MLV8g==?= <xinzhen@units.example>", True),
        (b"xinzhen@units.example (Han)", True), (b"\r\n <xinzhen@units.example>", True),
        (b"xinzhen@units.example, xinzhen@units.example", False), (b"units: xinzhen@units.example;", False), (b"<xinzhen@units.example> <evil@163.example>", False),
        (b"evil@163.example <xinzhen@units.example>", False), (b"xinzhen@units.example <evil@163.example>", False), (b"Han <xinzhen@units.example", False),
        (b"Han xinzhen@units.example>", False), (b'"Han <xinzhen@units.example>', False), (b"<@a.example:xinzhen@units.example>", False),
        (b"xinzhen@units.example\0", False), (b"Han\0 <xinzhen@units.example>", False), (b"xinzhen@units.example.", False), (b'"xinzhen"@units.example', False),
    ],
)  # fmt: skip
@pytest.mark.shows("P8", "A02", "A04")
def test_each_way_to_write_one_mailbox_is_a_unit_or_nobody(value: bytes, address: bool) -> None:
    sender = sender_of(envelope_of(head_of([(b"From", b" " + value)])), bundled_rules())
    assert (sender.kind == "unit") is address


@pytest.mark.shows("P8", "A24")
@pytest.mark.parametrize("head", [
    b"Subject: x\rFrom: xinzhen@units.example\r\nTo: a@b\r\n", b"From: evil@163.example\rFrom: xinzhen@units.example\r\n",
    b"X: y\r\rFrom: xinzhen@units.example\r\nTo: a@b\r\n", b"From: xinzhen@units.example\rX: y\r\n",
], ids=["the only From", "a second From", "an empty line", "behind it"])  # fmt: skip
def test_a_lone_cr_makes_nobody_the_sender(head: bytes, tmp_path: Path) -> None:
    """Through the whole reader, which sees how the lines end."""
    from mailbot.adapters.leaves import Store
    from mailbot.adapters.limits import DEFAULT_LIMITS
    from mailbot.adapters.mime import read_structure

    raw = tmp_path / "raw.eml"
    raw.write_bytes(head + b"\r\nhello\r\n")
    structure = read_structure(raw, DEFAULT_LIMITS, Store(tmp_path, DEFAULT_LIMITS))
    assert structure.envelope.sender is None


# --- what receivers say --------------------------------------------------------------------------------------------------------

RESULT = st.sampled_from(("pass", "fail", "none", "softfail", "neutral", "temperror", "FAIL", "Pass"))
METHOD = st.sampled_from(("spf", "dkim", "dmarc", "DMARC", "spf/1", "arc", "iprev"))
PART = st.tuples(METHOD, RESULT, st.sampled_from(("", " smtp.mailfrom=x", ' reason="dmarc=pass; spf=pass"', " (dkim=pass)", " (a (dmarc=pass) b)"))).map(
    lambda t: f"{t[0]}={t[1]}{t[2]}")  # fmt: skip
OURS = st.sampled_from((MX, "MX.Bureau.EXAMPLE", f'"{MX}"', f"{MX} 1", f"(x) {MX}"))
OTHERS = st.sampled_from(("mx.evil.example", f"{MX}.evil.example", f"x{MX}", f"evil.example ({MX})", "mx bureau.example", "mx..bureau.example", "163.com", "",
                          f"evil.example {MX}", "mx.bureau\u3002example"))  # fmt: skip


def results(servers: st.SearchStrategy[str], *, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    one = st.tuples(servers, st.lists(PART, max_size=4)).map(lambda t: "; ".join((t[0], *t[1])))
    return st.lists(one, min_size=least, max_size=3).map(tuple)


def forged(*said: str, name: str = "authentication-results") -> bool:
    return is_forged(Envelope(headers={name: said}), (MX,))


@pytest.mark.shows("P8", "A18")
def test_what_the_sender_wrote_below_the_receivers_word_acquits_nobody(record_property: Note) -> None:
    """Receivers put theirs on top. Whatever stands further down, in their name too, makes no forged mail a good one; and where the
    receiver spoke of all methods it changes nothing at all."""
    seen = 0

    @many(500, 50_000)
    @given(results(OURS, least=1), results(st.one_of(OURS, OTHERS)), st.tuples(RESULT, RESULT, RESULT))
    def acquits_nobody(above: tuple[str, ...], below: tuple[str, ...], said: tuple[str, str, str]) -> None:
        nonlocal seen
        seen += 1
        assert forged(*above, *below) or not forged(*above)
        whole = f"{MX}; spf={said[0]}; dkim={said[1]}; dmarc={said[2]}"
        assert forged(whole, *below) == forged(whole)
        spf, dkim, dmarc = (s.lower() for s in said)
        assert forged(whole) == (dmarc == "fail" or (spf == "fail" and dkim != "pass"))  # the contract's words

    acquits_nobody()
    record_property("runs", f"Authentication-Results: {seen}")


@pytest.mark.shows("P8", "A18")
def test_a_server_that_we_do_not_trust_and_other_fields_say_nothing() -> None:
    @many(200, 20_000)
    @given(results(OTHERS), results(OURS))
    def nothing(others: tuple[str, ...], ours: tuple[str, ...]) -> None:
        assert not forged(*others)
        assert forged(*others, *ours) == forged(*ours)
        for name in ("arc-authentication-results", "x-authentication-results", "received-spf", "authentication-results-original"):
            assert not forged(*ours, name=name)

    nothing()


@pytest.mark.shows("P8", "A18", "A79")
def test_a_pass_makes_no_strangers_address_a_units() -> None:
    head = head_of([(b"Authentication-Results", f" {MX}; spf=pass; dkim=pass header.d=units.example; dmarc=pass header.from=units.example".encode()),
                    (b"From", b" evil@163.example"), (b"Sender", b" xinzhen@units.example")])  # fmt: skip
    assert sender_of(envelope_of(head), bundled_rules()).kind == "stranger"


def test_comments_within_comments_are_taken_out_in_a_moment_however_many() -> None:
    began = time.monotonic()
    assert without_comments("(" * 50_000 + ")" * 50_000).strip() == "" and without_comments("a (b (c) d) e").split() == ["a", "e"]
    assert without_comments("a (b") == "a (b" and without_comments("a) b").split() == ["a)", "b"]
    assert time.monotonic() - began < 2
