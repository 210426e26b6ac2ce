import pytest

from mailbot.domain.mail import Envelope
from mailbot.domain.policy import Rules
from mailbot.domain.rulings import Ruling, granted
from mailbot.domain.senders import is_forged, sender_of

TRUSTED = ("mx.bureau.example",)


def envelope(*results: str, sender: str | None = "xinzhen@units.example") -> Envelope:
    return Envelope("<1@x>", "", sender, headers={"authentication-results": results})


@pytest.mark.parametrize(
    ("results", "forged"),
    [
        (("mx.bureau.example; spf=pass; dkim=pass; dmarc=fail (p=none) header.from=units.example",), True),
        (("mx.bureau.example; spf=fail smtp.mailfrom=x; dkim=none",), True),
        (("mx.bureau.example; spf=fail; dkim=pass header.d=units.example",), False),
        (("mx.bureau.example; spf=softfail; dkim=none; dmarc=none",), False),
        (("other.example; dmarc=fail",), False),
        ((), False),
        (("MX.bureau.example 1;\n\tdmarc=FAIL",), True),
        # quotes and comments hold what the sender chose (MAIL FROM)
        (('mx.bureau.example; spf=fail smtp.mailfrom="x dkim=pass y"@units.example; dkim=none',), True),
        (("mx.bureau.example; spf=fail (a (b) dkim=pass); dkim=none",), True),
        (('mx.bureau.example; spf=fail reason="a; dkim=pass"; dkim=none',), True),
        (('"mx.bureau.example"; dmarc=fail',), True),
        (("mx.bureau.example; dmarc/1=fail",), True),
        (("mx.bureau.example; spf=pass; dkim=pass; dmarc=pass", "mx.bureau.example; spf=fail; dkim=fail; dmarc=fail"), False),
        # one header for each method
        (("mx.bureau.example; spf=pass", "mx.bureau.example; dkim=none", "mx.bureau.example; dmarc=fail"), True),
        (("mx.bureau.example; dkim=pass", "mx.bureau.example; spf=fail"), False),
        (("mx.bureau.example; spf=fail", "mx.bureau.example; dkim=pass"), True),
        # the receiver's own word stands topmost; what the sender wrote below it is not asked
        (("mx.bureau.example; dmarc=fail", "mx.bureau.example; dmarc=pass"), True),
    ],
)
@pytest.mark.shows("P8", "A18")
def test_a_sender_is_forged_where_a_trusted_receiver_says_so(results: tuple[str, ...], forged: bool) -> None:
    assert is_forged(envelope(*results), TRUSTED) is forged


def test_an_address_is_a_units_a_staff_members_or_a_strangers(rules: Rules) -> None:
    unit = sender_of(envelope(), rules)
    assert unit.kind == "unit" and unit.unit and unit.unit.name == "新镇市场监管所" and unit.trusted
    assert sender_of(envelope(sender="office@bureau.example"), rules).kind == "staff"
    assert sender_of(envelope(sender="someone@mail.example"), rules).kind == "stranger"
    assert sender_of(envelope(sender=None), rules).trusted is False


def test_an_address_that_staff_confirmed_later_is_the_units(rules: Rules) -> None:
    said = Ruling("register", campaign="naiman-2023", unit="xinzhen", address="New@qq.example", id=1)
    sender = sender_of(envelope(sender="new@qq.example"), rules.granting(granted([said])))
    assert sender.unit and sender.unit.id == "xinzhen"
