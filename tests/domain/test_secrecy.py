"""Which words are a mark of state secrets as it is printed (GB/T 9704: 密级★期限), and which only speak of secrets."""

import pytest

from mailbot.domain.mail import Envelope, Message
from mailbot.domain.secrecy import _marks_page, marks_name, secrecy_mark

NAMES = (
    "机密★1年-清单", "机密*1年-清单.docx", "机密＊1年", "机密-清单.docx", "机 密 - 清单.docx", "绝密.docx", "转发：机密",
    "答复: RE: 机密 清单", "Re[2]: 机密-清单", "秘密1年 清单", "秘密级 清单", "风险清单(秘密).docx", "【机密】清单",
    "密级：机密 保密自查清单", "密级秘密", "机密_清单", "秘密，请查收", "国家秘密★",
    "一季度问题清单-机密.docx", "一季度问题清单_秘密.docx", "一季度问题清单 机密.docx", "清单(内部)机密.docx", "清单-机密(1).docx", "2024机密1年-清单.docx",
    "2024年第一季度材料-机密", "2024-机密-清单.docx", "機密★材料", "一季度問題清單（機密）.docx", "祕密★", "机密⭐1年 材料", "机密·1年 材料", "★机密 清单",
)  # fmt: skip
NO_NAMES = (
    "机密文件管理.docx", "保密承诺书.docx", "商业秘密保护情况.docx", "（商业秘密）清单.docx", "联络员表 密级：秘密以下",
    "涉密人员备案-密级:无", "（非秘密）联络员表", "机密、绝密级文件保密自查表.docx", "秘密级文件管理办法.docx", "秘密级别划分说明.docx",
    "清单：秘密或机密的不要发", "保守国家秘密培训.docx", "商业秘密保护", "侵犯商业秘密.docx", "保守国家秘密.docx", "涉密自查-商业秘密.docx",
    "机密问题清单.docx", "反不正当竞争（商业秘密）案件.docx", "窃密泄密案例", "非秘密清单.docx", "商业秘密1年工作总结.docx", "★商业秘密保护",
)  # fmt: skip
PAGES = (
    "秘密 1 年", "秘　密", "秘密★一年\n关于", "机密 ★ 1年", "机密☆", "机密*长期", "秘密\n关于开展", "密级\t机密", "密级：秘密",
    "机密★启用前", "是否涉密：否\t密级\t秘密\t", "（机密）\n通知", "密级：机密★10年", "内蒙古自治区文件　秘密★1年", "秘密级",
    "【机密】风险隐患", "★机密", "000001                    机密  特急", "機密★1年", "机密·1年",
)  # fmt: skip
NO_PAGES = (
    "密级：秘密级以下勿发", "密级：秘密 以下的也不要发", "本页不得填写密级:机密、秘密的内容", "1. 密级机密文件管理情况",
    "保密提示：本邮件可能含有(秘密)信息", "密级(秘密/机密/绝密)", "涉密等级：□秘密□机密□绝密", "密级：非密",
    "开展保守国家秘密培训 1 次", "商业秘密保护", "（商业秘密）案件", "查办侵犯商业秘密案 1 件。", "密级（秘密）以上的不要发",
    "单位\t绝密\t机密\t秘密\n一所\t0\t0\t0", "商业秘密保护*1年计划",
)  # fmt: skip


@pytest.mark.shows("A68")
@pytest.mark.parametrize("name", NAMES)
def test_a_mark_in_a_name_or_subject(name: str) -> None:
    assert marks_name(name)


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_only_speaks_of_secrets(name: str) -> None:
    assert not marks_name(name)


@pytest.mark.shows("A68")
@pytest.mark.parametrize("text", PAGES)
def test_a_mark_on_a_page(text: str) -> None:
    assert _marks_page(text)


@pytest.mark.parametrize("text", NO_PAGES)
def test_a_page_that_only_speaks_of_secrets(text: str) -> None:
    assert not _marks_page(text)


@pytest.mark.shows("A68")
@pytest.mark.parametrize("message", [
    Message(Envelope(), within=("机密★1年 材料\n附上。",)), Message(Envelope(), within=("材料\n密级：机密\n附上清单",)), Message(Envelope(), within=("\n机密★1年",)),
    Message(Envelope(), "附上。", otherwise="机密★1年\n附上。"), Message(Envelope(), "几号报？", quoted="在 2024-03-20 10:00 写道：\n机密★1年\n请报。"),
], ids=("subject of an attached mail", "its text", "winmail.dat", "HTML form", "quoted"))  # fmt: skip
def test_a_mark_counts_wherever_in_a_mail_it_stands(message: Message) -> None:
    assert secrecy_mark(message, ())


def test_words_about_secrets_in_an_attached_mail_hold_nothing() -> None:
    ordinary = "转发：商业秘密保护培训\n各单位：\n请组织保守国家秘密培训，商业秘密案件另报。"
    assert secrecy_mark(Message(Envelope(), "附上。", quoted=ordinary, otherwise=ordinary, within=(ordinary,)), ()) == ""
