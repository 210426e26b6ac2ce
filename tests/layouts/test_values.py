"""Values as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.dates import as_date
from parsers.layouts.values import Unreadable, as_type, ten_thousands

_DAYS = st.dates(date(2000, 1, 1), date(2039, 12, 31))
_CN = "〇一二三四五六七八九"


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _CN[tens] + "十") + (_CN[ones] if ones else "")


@given(_DAYS)
def test_a_date_comes_back_from_every_common_notation(day: date) -> None:
    ways = (
        f"{day.year}年{day.month}月{day.day}日", f"{day.year}年 {day.month} 月 {day.day} 日", f"{day.year}.{day.month:02}.{day.day:02}",
        f"{day.year}/{day.month}/{day.day}", day.isoformat(), f"{day.isoformat()} 00:00:00", f"{day.year}{day.month:02}{day.day:02}",
        "".join(_CN[int(c)] for c in str(day.year)) + f"年{_chinese(day.month)}月{_chinese(day.day)}日",
    )  # fmt: skip
    assert {as_date(way) for way in ways} == {day}


@given(st.integers(0, 99_999))
def test_a_number_comes_back_from_ascii_full_width_and_with_its_unit(number: int) -> None:
    wide = str(number).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"})
    ways = (str(number), wide, f"{number:,}", f"{number}件", f" {number} ", f"{number}.0", f"共{number}家次")
    assert {as_type(way, "number") for way in ways} == {number}


@pytest.mark.parametrize(("text", "value"), [
    ("5.3", 5.3), ("5.3万元", 53000), ("3500元", 3500), ("三点五", 3.5), ("0", 0), ("十二", 12), ("-3", -3), ("1,234.5", 1234.5),
])  # fmt: skip
def test_a_decimal_is_read_as_written(text: str, value: float) -> None:
    assert as_type(text, "decimal") == value


@pytest.mark.parametrize("text", ["5.3", "5.3万", "5.3万元", "53000元", "５３，０００元", "五万三千元", "约5.3万元"])
def test_an_amount_in_ten_thousands_is_read_by_the_unit_behind_it(text: str) -> None:
    assert ten_thousands(text, in_yuan=False) == 5.3


def test_an_amount_under_a_head_in_yuan_is_turned_unless_it_says_its_own_unit() -> None:
    assert [ten_thousands(t, in_yuan=True) for t in ("53000", "5.3万元", "53000元", "无", "")] == [5.3, 5.3, 5.3, "", None]


@pytest.mark.parametrize("kind", ["text", "number", "decimal", "date", "phone", "mobile", "email"])
def test_a_blank_is_none_and_a_written_none_is_empty(kind: str) -> None:
    assert as_type(" 　 ", kind) is None  # type: ignore[arg-type]
    assert as_type("____（盖章）", kind) is None  # type: ignore[arg-type]
    assert [as_type(t, kind) for t in ("无", "/", "—", "－－")] == ["", "", "", ""]  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["是", "√", "已排除", "已整改", "☑是 □否", "是☑ 否□", "是（√） 否（ ）", "Y", "已完成整改"])
def test_yes_in_every_writing(text: str) -> None:
    assert as_type(text, "yes-no") is True


@pytest.mark.parametrize("text", ["否", "×", "未排除", "整改中", "□是 ☑否", "是□ 否☑", "部分排除", "正在整改", "是 /否√", "是 否√", "是 √否", "非"])
def test_no_in_every_writing(text: str) -> None:
    assert as_type(text, "yes-no") is False


@pytest.mark.parametrize("text", ["", "是/否", "是、否", "是否", "/", "□是 □否", "是 √ 否"])
def test_an_unticked_choice_is_no_answer(text: str) -> None:
    assert as_type(text, "yes-no") is None


@pytest.mark.parametrize("text", ["基本是", "不适用", "待复查"])
def test_an_answer_that_is_neither_yes_nor_no_is_quoted(text: str) -> None:
    assert as_type(text, "yes-no") == Unreadable(text)


def test_what_is_among_a_number_stands_behind_it_in_brackets() -> None:
    assert as_type("3（含简易程序1件）", "number") == 3


@pytest.mark.parametrize("text", ["2023年 月 日", "  年   月   日"])
def test_the_printed_date_of_the_template_is_blank(text: str) -> None:
    assert as_type(text, "date") is None


@pytest.mark.parametrize("text", ["2024年3月", "2024年2月30日", "近日"])
def test_half_a_date_is_quoted_not_guessed(text: str) -> None:
    assert as_type(text, "date") == Unreadable(text)


@pytest.mark.parametrize("text", ["0475-4211188", "4211188", "0475—4211188转801", "04754211188", "19900007917", "8206", "+86 19900007917"])
def test_a_telephone_is_taken_leniently(text: str) -> None:
    assert not isinstance(as_type(text, "phone"), Unreadable)


@pytest.mark.parametrize("text", ["1990000791", "199000079170", "见附件"])
def test_a_mobile_with_a_digit_too_few_or_too_many_is_no_telephone(text: str) -> None:
    assert isinstance(as_type(text, "phone"), Unreadable)
    assert isinstance(as_type(text, "mobile"), Unreadable)


def test_a_mobile_loses_its_blanks() -> None:
    assert as_type("199 0000 7917", "mobile") == "19900007917"


def test_text_keeps_its_punctuation() -> None:
    assert as_type("更换温度计并分柜存放，三日内复核。", "text") == "更换温度计并分柜存放，三日内复核。"


@given(st.text(max_size=40), st.sampled_from(["text", "number", "decimal", "date", "yes-no", "phone", "mobile", "email", "names"]))
def test_no_text_whatever_breaks_a_value(text: str, kind: str) -> None:
    as_type(text, kind)  # type: ignore[arg-type]
