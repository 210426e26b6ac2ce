"""Answer machines never, people always: the contract's row on automatic mail, value by value."""

from dataclasses import replace

import pytest

from mailbot.domain.mail import Envelope, Message, automatic_because, may_answer

OWN = frozenset({"nmyxjg@163.com"})


def mail(sender: str = "a@units.example", subject: str = "材料", content_type: str = "text/plain", **headers: str) -> Message:
    named = {name.replace("_", "-"): (value,) for name, value in headers.items()}
    return Message(Envelope("<1@x>", subject, sender, headers=named), content_type=content_type)


@pytest.mark.parametrize(
    "message",
    [
        mail(auto_submitted="auto-replied"), mail(auto_submitted="auto-generated; x=y"), mail(auto_submitted="AUTO-NOTIFIED"),
        mail(subject="自动回复: 材料"), mail(subject="自动回复：材料"), mail(subject="自动答复: 外出"), mail(subject="Auto-Reply: x"),
        mail(subject="Automatic reply: x"), mail(subject="Out of Office"), mail(subject="外出通知（自动答复）"),
        mail(subject="回复：出差中 自动答复"), mail(subject="Re: 自动回复: x"),
        mail(subject="来自xxx@sina.com的自动回复"), mail(subject="系统退信"), mail(subject="系统退信/The email is returned"),
        mail(return_path="<>"), mail(return_path=" < > "), mail(return_path="<user+auto_=victim=x@qq.com>"),
        mail(list_id="<zhoubao.example>"), mail(precedence="bulk"), mail(precedence="List"), mail(precedence="junk"),
        mail(sender="mailer-daemon@mta.example"), mail(sender="postmaster@163.com"), mail(sender="no-reply@x.example"),
        mail(sender="noreply@x.example"), mail(sender="nmyxjg@163.com"), mail(content_type="multipart/report"), mail(content_type="text/calendar"),
        mail(sender="bounces+1@x.example"), mail(subject="Mail delivery failed: returning message"), mail(subject="已读：材料"),
        mail(x_qq_auto_reply="true"), mail(x_autoreply="yes"),
        mail(subject="[外部邮件] 自动回复：收到"), mail(subject="【外部】自动答复: 收到"), mail(subject="休假自动回复"), mail(subject="出差期间自动回复：x"),
        mail(subject="I am on vacation (auto reply)"), mail(subject="已读回执：催报提醒"), mail(subject="[EXTERNAL] Undeliverable: 催报"),
        mail(subject="退信：催报提醒"), mail(subject="退信：Re: 材料【待补：盖章扫描件】"), mail(subject="邮件投递失败通知"),
        mail(subject="Re: [外部] (x) 退信通知"),
        mail(subject="Delivery Failure"), mail(sender="noreply2@163.example"), mail(sender="bounce-md_123@mail.example"), mail(sender="bounce@x.example"),
        mail(sender="do-not-reply3@x.example"), replace(mail(), text="您好，这是一封自动回复邮件。我在休假，请问有急事请致电。"),
        replace(mail(), text="此邮件为系统自动回复，请勿回信。"), replace(mail(), report_type="delivery-status"), replace(mail(), report_type="calendar"),
    ],
)  # fmt: skip
@pytest.mark.shows("P5", "A08", "A11", "A13", "A14")
def test_mail_written_by_a_machine_is_known_as_such(message: Message) -> None:
    assert automatic_because(message, OWN)


@pytest.mark.parametrize(
    "message",
    [
        mail(), mail(auto_submitted="no"), mail(auto_submitted="No "), mail(return_path="<a@units.example>"), mail(precedence="normal"),
        mail(subject="关于自动售药机的自查报告"), mail(subject="回复：材料"), mail(sender="reply@units.example"), mail(sender="listening@units.example"),
        mail(subject="Office 文件"), mail(list_unsubscribe="<mailto:x@y>"),
        mail(subject="请问上次退信是怎么回事"), mail(subject="退信重报：一季度清单"), mail(subject="邮件投递失败，重新报送一季度清单"),
        mail(subject="邮件发送失败重发"),
        mail(subject="【重要】一季度材料"), mail(subject="(八仙筒所) 关于设置自动回复的材料"), mail(subject="系统自动回复有误，请核实"),
        mail(subject="退回材料已改"),
        mail(sender="noreplylist@units.example"), mail(sender="bouncer@units.example"), replace(mail(), text="这是自动回复邮件吗？请问材料收到没有"),
        replace(mail(), text="你们的自动回复看到了，材料附上。"),
    ],
)  # fmt: skip
@pytest.mark.shows("P5", "A12")
def test_mail_written_by_a_person_is_not_taken_for_a_machines(message: Message) -> None:
    assert automatic_because(message, OWN) is None


@pytest.mark.shows("P5", "A13")
def test_who_asks_for_no_automatic_answer_gets_none() -> None:
    assert not may_answer(mail(x_auto_response_suppress="All"))
    assert not may_answer(mail(list_unsubscribe="<mailto:x@y>")) and not may_answer(mail(x_loop="a@b"))
    assert not may_answer(mail(x_auto_response_suppress="DR, OOF, AutoReply"))
    assert may_answer(mail(x_auto_response_suppress="DR")) and may_answer(mail())
