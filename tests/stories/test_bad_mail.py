"""A mail that cannot be read costs only itself: it is archived, recorded, named in the reply and in the review list."""

import email.policy
from email import message_from_bytes

import pytest
from stories.conftest import Story, codes, compose, gist


def test_a_mail_over_the_limit_is_told_to_the_unit_and_to_staff(story: Story) -> None:
    raw = compose("xinzhen@units.example", when="2024-03-27T10:00:00").replace(b"\r\n\r\n", b"\r\n\r\n" + b"A" * 61_000_000, 1)
    shown = story.take(raw)
    assert gist(shown) == ("review", "missing") and codes(shown) == {"too-large"}
    assert "整封邮件不超过 60 MB" in story.letters()[0].get_content()
    assert len(story.house.ledger.open_reviews(story.house.clock())) == 1


@pytest.mark.parametrize("sender", ["xinzhen@units.example", "someone@mail.example"])
def test_a_broken_mail_is_kept_and_shown_and_strangers_are_not_answered(story: Story, sender: str) -> None:
    raw = compose(sender, when="2024-03-27T10:00:00").replace(b"Subject:", b"X-Long: " + b"a" * 300_000 + b"\r\nSubject:", 1)
    shown = story.take(raw)
    assert shown["disposition"] == "review" and shown["reply"]["kind"] == ("missing" if "units" in sender else "none")
    assert len(list((story.house.home / "archive").rglob("*.eml"))) == 1


def test_two_broken_mails_of_one_header_are_two_messages(story: Story) -> None:
    head = b"From: xinzhen@units.example\r\nMessage-ID: <x@y>\r\nX-Long: " + b"a" * 300_000 + b"\r\n\r\n"
    assert story.take(head + b"one")["disposition"] == "review"
    assert story.take(head + b"two")["disposition"] == "review"
    assert story.take(head + b"two")["disposition"] == "duplicate"


def test_bytes_that_are_no_mail_are_recorded_and_not_answered(story: Story) -> None:
    for raw in (b"", b"\x00\xff\xfe", b"hello", b"\r\n\r\n"):
        shown = story.take(raw)
        assert shown["reply"]["kind"] == "none"
    assert story.letters() == []


@pytest.mark.shows("A05", "A06", "A59")
def test_hostile_subjects_and_file_names_are_shown_as_text(story: Story) -> None:
    name = "{{7*7}}<script>‮xslx.exe"
    shown = story.post("xinzhen", "{{ letter.unit }} %s ${x}", "请查收", {name: b"\xd0\xcf\x11\xe0 not office"}, when="2024-03-27T10:00:00")
    (letter,) = story.house.ledger.letters_listed()
    parsed = message_from_bytes(letter.raw, policy=email.policy.default)
    assert "{{ letter.unit }} %s ${x}" in parsed["Subject"] and "49" not in parsed.get_content().split("校验码")[0]
    assert "\u202e" not in parsed.get_content() and shown["reply"]["kind"] == "missing"
