"""What a sending server's no means, by the provider's letter code: the same letter code comes under different numbers (china-mail.md §2)."""

import re
from dataclasses import dataclass

from mailbot.domain.errors import SendAction, SendError, SendKind, Wait

_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row: answers that match `pattern` (and begin with one of `codes`, if given) mean this."""

    pattern: re.Pattern[str]
    kind: SendKind
    action: SendAction
    wait: Wait
    sentence: str
    codes: str = "45"


def _row(pattern: str, kind: SendKind, action: SendAction, wait: Wait, sentence: str, codes: str = "45") -> Refusal:
    return Refusal(re.compile(pattern, re.I), kind, action, wait, sentence, codes)


LOGIN_SENTENCE = (
    "发件邮箱登录被拒绝。请确认：用的是客户端授权码而不是网页登录密码；授权码没有过期或被重置；邮箱网页版“设置”里已开启 SMTP 服务。"
    "改正前请不要反复重试，以免账号被锁。运行 mailbot doctor，看服务器的原话和这家邮箱的改法。"
)
NO_MECHANISM = "发件服务器不提供授权码登录（AUTH PLAIN、LOGIN），多半是端口或加密方式不对：465 用 tls，587 用 starttls。"
SPENT = re.compile(r"MI:(?:DMC|CEL|CCL)|RP:(?:DRC|CCL)")  # too much for this one connection
# First match wins. china-mail.md §2 (NetEase's own table), QQ's texts, then the enhanced codes of RFC 3463.
REFUSALS: tuple[Refusal, ...] = (
    _row(r"too much fail authentication", "pause", "alert", _HOUR, "发件邮箱因多次登录失败被暂时限制，已停发一小时。请检查授权码。"),
    _row(r"HL:(?:ICC|IFC|REP|MEP)", "pause", "retry", 30 * _MINUTE, "邮箱服务商限制了本机的连接次数，暂停发信三十分钟。"),
    _row(r"HL:(?:IHU|IPB|ITC)|blacklist", "pause", "alert", "tomorrow", "邮箱服务商拒绝本机网络地址发信，今天已停发，请联系服务商。"),
    _row(r"MI:SPB|WM:BLU", "pause", "alert", "tomorrow", "发件账号被邮箱服务商列入限制名单，今天已停发，请联系服务商。"),
    _row(SPENT.pattern, "temporary", "retry", _MINUTE, "这次连接发信过多，稍后重新连接再发。"),
    _row(r"MI:SFQ", "pause", "retry", 20 * _MINUTE, "十五分钟内发信超过限额，全部暂停二十分钟。"),
    _row(r"RP:QRC", "pause", "retry", _HOUR, "短时间内收件人过多，全部暂停一小时。"),
    _row(r"MI:STC|RP:TRC", "pause", "alert", "tomorrow", "今天的发信限额已用完，明天零点十分后继续。"),
    _row(r"RP:RCL", "permanent", "alert", None, "邮箱服务商认为一封信的收件人过多，没有发出。"),
    _row(r"DT:SPM", "temporary", "review", 2 * _MINUTE, "邮件被怀疑是垃圾邮件，两分钟后只再试一次，仍不行请人工处理。", "4"),
    _row(r"DT:SPM|DT:SUM|spam", "permanent", "alert", None, "邮件被判为垃圾邮件或信头不符，没有发出；同样内容不再重发，请人工处理。", "5"),
    _row(
        r"illegal attachment|exceeded mailsize|5\.3\.4|size limit",
        "permanent", "fix-content", None, "附件类型被禁止或邮件过大，没有发出。", "5",
    ),
    _row(
        r"must equal authorized user|same as authorization user|NULL sender",
        "pause", "alert", _HOUR, "发件人地址必须与登录的邮箱账号相同，请检查 mailbot.yaml 的发件设置。",
    ),
    _row(
        r"login fail|authentication (?:failed|required)|authoriz\w+ code|授权码|user has no permission|5\.7\.8",
        "refused-login", "alert", None, LOGIN_SENTENCE, "5",
    ),
    _row(
        r"invalid user|user suspended|no such user|user unknown|user not found|mailbox (?:unavailable|not found)|5\.1\.[1236]|5\.2\.1",
        "permanent", "bad-address", None, "收件地址不存在或已停用，没有发出，请核对联系方式。", "5",
    ),
)  # fmt: skip


def classify(code: int, text: str, *, logging_in: bool = False) -> SendError:
    """What an answer means, by REFUSALS; unknown 4xx: this mail later, unknown 5xx: never, and tell staff. While `logging_in` no mail is
    meant, nor anybody's address: a 5xx refuses the login."""
    said = clean(text)
    for row in REFUSALS:
        if str(code)[:1] in row.codes and row.pattern.search(text) and not (logging_in and row.kind == "permanent"):
            return SendError(row.kind, row.sentence, action=row.action, wait=row.wait, code=code, said=said)
    if code in (530, 534, 535, 538) or (logging_in and 500 <= code < 600):
        return SendError("refused-login", LOGIN_SENTENCE, action="alert", code=code, said=said)
    if 500 <= code < 600:
        return SendError("permanent", f"发件服务器拒绝了这封邮件（{code}），没有发出，请人工处理。", action="alert", code=code, said=said)
    return SendError("temporary", f"发件服务器暂时不收（{code}）。", code=code, said=said)


def for_all(problem: SendError, *, opening: bool) -> SendError:
    """The same no before a recipient was named: it means this machine or this account, whatever it says. `opening`: a no for now means
    all letters too, for the next one would hear the same."""
    if problem.kind == "permanent":
        sentence = f"发件服务器拒绝本机或本账号发信（{problem.code}），暂停发信一小时，请人工查看。"
        return SendError("pause", sentence, action="alert", wait=_HOUR, code=problem.code, said=problem.said)
    if opening and problem.kind == "temporary" and problem.code:
        return SendError("pause", problem.sentence, action=problem.action, wait=problem.wait, code=problem.code, said=problem.said)
    return problem


def clean(text: str) -> str:
    """One line, short, printable, no address."""
    hidden = re.sub(r"\S+@\S+", "<address>", text)
    return "".join(c if c.isprintable() else " " for c in hidden)[:200]
