"""What servers say when they refuse, and what people are told about it: every row of the table by an answer that providers gave."""

import dataclasses
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.smtp import SmtpSender
from mailbot.domain.diagnosing import ROWS, Advice, Trouble, Way, advise, no_password
from mailbot.domain.errors import Cause, ConnectionLost, LoginRefused, MailbotError, MailboxError, SendError, TlsFailed
from mailbot.domain.providers import OTHER, PROVIDERS, of_address, of_host
from mailbot.domain.servers import Server
from tests.servers.certificate import self_signed
from tests.servers.faultproxy import FaultProxy, Faults
from tests.servers.scripted import Scripted, imap_answers

PUT = "把新的{secret}写进那里。"
N163, QQ, EXMAIL, QIYE, OWN = "imap.163.com", "imap.qq.com", "imap.exmail.qq.com", "imap.qiye.163.com", "mail.county.example"
QQ_ALL = "Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy"
# host, way, code, what it says (as seen in public logs, china-mail.md and its sources), the row, words that the advice must have
CASES: list[tuple[str, Way, int, str, str, tuple[str, ...]]] = [
    (N163, "imap", 0, "LOGIN Login error or password error", "netease-login", ("授权密码管理", "IMAP/SMTP服务", "授权码")),
    ("imap.126.com", "imap", 0, "LOGIN Login error or password error", "netease-login", ("网易126邮箱",)),
    ("imap.yeah.net", "imap", 0, "LOGIN Login error or password error", "netease-login", ("网易yeah邮箱",)),
    (N163, "smtp", 535, "Error: authentication failed", "netease-login", ("SMTP 服务没有开启",)),
    (QIYE, "imap", 0, "LOGIN fail, ERR.LOGIN.PASSERR", "netease-login", ("客户端授权密码",)),
    (N163, "imap", 0, "SELECT Unsafe Login. Please contact kefu@188.com for help", "unsafe-login", ("mail.163.com", "kefu@188.com", "云服务器")),
    (N163, "imap", 0, "EXAMINE Unsafe Login. Please contact <address> for help", "unsafe-login", ("（邮箱地址）",)),
    (QIYE, "imap", 0, "ERR.LOGIN.IPDENY", "ip-denied", ("管理员",)),
    (QIYE, "imap", 0, "ERR.LOGIN.DOMAINNOTEXIST", "domain-elsewhere", ("hwhzimap.qiye.163.com",)),
    (N163, "smtp", 451, "Requested action not taken: too much fail authentication", "too-many-failures", ("一小时",)),
    (N163, "smtp", 550, "User suspended", "account-stopped", ("解冻",)),
    (N163, "imap", 0, "LOGIN User is locked", "account-stopped", ("网易客服",)),
    (N163, "smtp", 551, "User locked", "account-stopped", ("mail.163.com",)),
    (N163, "smtp", 550, "User has no permission", "smtp-not-open", ("SMTP 服务没有开启", "授权码")),
    (N163, "imap", 0, "LOGIN Login frequency limited", "frequency", ("半小时", "poll_minutes")),
    (N163, "imap", 0, "Autologout; too many connections", "frequency", ("别的程序",)),
    (QQ, "imap", 0, f"{QQ_ALL}. More information at https://help.mail.qq.com/detail/108/1023", "tencent-all-in-one", ("生成授权码", "十五分钟")),
    (QQ, "smtp", 535, QQ_ALL, "tencent-all-in-one", ("QQ邮箱拒绝登录", "POP3/IMAP/SMTP/Exchange/CardDAV/CalDAV服务")),
    (EXMAIL, "imap", 0, QQ_ALL, "tencent-all-in-one", ("企业微信管理后台", "客户端专用密码")),
    (QQ, "smtp", 535, "Login Fail. Please enter your authorization code to login. More information in http://service.mail.qq.com/",
     "tencent-needs-code", ("QQ 密码", "16 位字母")),
    (QQ, "smtp", 535, "Error: 请使用授权码登录。详情请看: http://service.mail.qq.com/cgi-bin/help", "tencent-needs-code", ("生成授权码",)),
    (QQ, "imap", 0, "Please using authorized code to login. More information at http://service.mail.qq.com/", "tencent-needs-code", ("授权码",)),
    ("imap.sina.com", "imap", 0, "IMAP service is not open", "service-not-open", ("客户端pop/imap/smtp", "IMAP 服务没有开启")),
    ("imap.139.com", "imap", 0, "LOGIN user has no authority", "service-not-open", ("139邮箱",)),
    (OWN, "imap", 0, "IMAP access disabled for this account", "service-not-open", ("被管理员关闭",)),
    ("imap.sohu.com", "smtp", 535, "authorization code required", "needs-a-code", ("独立密码",)),
    (OWN, "imap", 0, "[ALERT] Application-specific password required", "needs-a-code", ("不能用网页登录密码",)),
    (OWN, "imap", 0, "[EXPIRED] Password expired", "expired", ("到了期限",)),
    (N163, "smtp", 553, "Mail from must equal authorized user", "from-differs", ("sender.address",)),
    (QQ, "smtp", 501, "mail from address must be same as authorization user", "from-differs", ("sender.user",)),
    (QQ, "smtp", 550, 'The "From" header is missing or invalid', "from-differs", ("sender.address",)),
    (N163, "smtp", 554, "DT:SUM 信封发件人和信头发件人不匹配", "from-and-envelope", ("不是同一个",)),
    (N163, "smtp", 554, "MI:STC 163 smtp3", "day-used-up", ("零点", "per_day")),
    (N163, "smtp", 451, "MI:SFQ 163 smtp3", "too-fast", ("seconds_between",)),
    (N163, "smtp", 421, "HL:ICC 163 smtp3", "too-fast", ("等一会儿",)),
    (N163, "smtp", 554, "HL:IPB 163 smtp3", "address-blocked", ("云服务器",)),
    (N163, "smtp", 554, "IP in blacklist", "address-blocked", ("限制名单",)),
    (N163, "smtp", 450, "WM:BLU 163 smtp3", "account-listed", ("盗用",)),
    (N163, "smtp", 550, "DT:SPM 163 smtp3", "taken-for-spam", ("垃圾邮件", "几个小时")),
    (OWN, "smtp", 530, "5.7.0 Authentication required", "no-login-made", ("sender.user",)),
    (OWN, "imap", 0, "[UNAVAILABLE] Temporary authentication failure", "busy", ("十五分钟",)),
    (QQ, "imap", 0, "system busy", "busy", ("现在忙",)),
    (OWN, "imap", 0, "[AUTHENTICATIONFAILED] Authentication failed.", "wrong-login", ("完整的邮箱地址",)),
    ("imap.139.com", "imap", 0, "LOGIN failed, password incorrect", "wrong-login", ("移动客服",)),
    ("imap.aliyun.com", "smtp", 535, "5.7.8 invalid", "wrong-login", ("账户与安全",)),
]  # fmt: skip
ADDRESSES = {N163: "office@163.com", QQ: "office@qq.com", "imap.126.com": "office@126.com", "imap.yeah.net": "office@yeah.net"}


def said(host: str, way: Way, code: int, words: str, address: str | None = None) -> Advice:
    return advise(Trouble(way, host, 993, address or ADDRESSES.get(host, "office@county.example"), PUT, words, code))


@pytest.mark.parametrize(("host", "way", "code", "words", "row", "wanted"), CASES, ids=[f"{c[0]}-{c[1]}-{c[4]}-{i}" for i, c in enumerate(CASES)])
def test_what_a_provider_says_is_quoted_explained_and_mended(host: str, way: Way, code: int, words: str, row: str, wanted: tuple[str, ...]) -> None:
    told = said(host, way, code, words)
    assert told.row == row
    quoted = words.replace("<address>", "（邮箱地址）")
    assert f"服务器的原话是“{f'{code} ' if code else ''}{quoted}”" in told.sentence
    assert told.steps and all(step.endswith("。") for step in told.steps) and told.sentence.endswith("。")
    text = told.sentence + told.mend
    assert not [word for word in wanted if word not in text], text
    assert not re.search(r"[{}!！]|None|<address>", text.replace(quoted, ""))


def test_every_row_has_its_case() -> None:
    assert {row.id for row in ROWS} == {case[4] for case in CASES}


def test_words_that_nobody_knows_are_quoted_and_no_cause_is_claimed() -> None:
    told = said(N163, "imap", 0, "LOGIN {x} moon in the wrong house")
    assert told.row == "" and "不能断定原因" in told.sentence and "moon in the wrong house" in told.sentence
    assert "多半" not in told.sentence and "授权密码管理" in told.mend and "把上面的原话告诉" in told.mend


def test_a_server_that_gives_no_reason_is_not_given_one() -> None:
    told = said(QQ, "imap", 0, "")
    assert "服务器没有说原因" in told.sentence and "原话" not in told.sentence


@pytest.mark.parametrize(("address", "host", "named"), [
    ("office@163.com", QQ, "imap.163.com 993"), ("office@qq.com", N163, "imap.qq.com 993"), ("office@126.com", "imap.sina.com", "imap.126.com 993"),
])  # fmt: skip
def test_a_mailbox_at_another_providers_server_looks_like_a_wrong_password_and_is_told_as_what_it_is(address: str, host: str, named: str) -> None:
    told = said(host, "imap", 0, "LOGIN Login error or password error", address)
    assert told.row == "wrong-host" and "对不上" in told.sentence and named in told.mend


def test_a_domain_of_ones_own_may_lie_with_an_office_provider() -> None:
    assert said(EXMAIL, "imap", 0, QQ_ALL, "office@county.example").row == "tencent-all-in-one"
    assert of_host("hwhzimap.qiye.163.com").id == "qiye163" and of_host("hwsmtp.exmail.qq.com").id == "exmail"
    assert of_host("imap.vip.163.com").family == "netease" and of_host("notqq.com") == OTHER == of_host("163.com.county.example")
    assert of_address("A@FoxMail.com").id == "qq" and of_address("office@county.example") == OTHER


def test_outlook_is_told_as_not_possible() -> None:
    told = said("outlook.office365.com", "imap", 0, "LOGIN failed.", "office@outlook.com")
    assert told.row == "impossible" and "网页授权" in told.mend


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.id)
def test_every_provider_has_all_that_is_said_of_it(provider: object) -> None:
    assert provider in PROVIDERS
    told = no_password(f"office@{provider.domains[0]}", provider.imap, "哪里都没有", PUT)  # type: ignore[attr-defined]
    assert provider.imap and provider.smtp and provider.web and provider.domains  # type: ignore[attr-defined]
    if provider.usable:  # type: ignore[attr-defined]
        assert provider.secret in told.sentence and provider.enable in told.mend and provider.renew in told.mend  # type: ignore[attr-defined]


# --- through real sockets: the words arrive as they were said


def imap_refusal(words: bytes, bye: bool = False) -> MailbotError:
    def login(tag: bytes, verb: bytes, line: bytes) -> bytes | None:
        return (b"* BYE " if bye else tag + b" ") + words + b"\r\n" if verb == b"LOGIN" else None

    with Scripted(b"* OK hi\r\n", imap_answers(login)) as strict, pytest.raises(MailboxError) as caught:
        ImapMailbox(Server("127.0.0.1", strict.port, "office@163.com", "sesame42", "plain", None, 5.0)).__enter__()
    return caught.value


@pytest.mark.parametrize(("words", "heard"), [
    (b"NO LOGIN Login error or password error", "LOGIN Login error or password error"),
    ("NO 登录失败，请使用授权码".encode(), "登录失败，请使用授权码"),
    ("NO 登录失败，请使用授权码".encode("gbk"), "登录失败，请使用授权码"),
    (b"BAD LOGIN parse error near sesame42", "LOGIN parse error near <secret>"),
    (b"NO mailbox office@163.com is 'locked'", "mailbox <address> is 'locked'"),
])  # fmt: skip
def test_the_imap_servers_words_come_without_address_and_password(words: bytes, heard: str) -> None:
    refused = imap_refusal(words)
    assert isinstance(refused, LoginRefused) and refused.said.replace("\\'", "'") == heard
    assert "sesame42" not in refused.detail


def test_a_server_that_hangs_up_at_login_is_no_refused_login() -> None:
    gone = imap_refusal(b"too many connections", bye=True)
    assert isinstance(gone, ConnectionLost) and (gone.said, gone.cause, gone.temporary) == ("too many connections", "cut", True)
    assert said(N163, "imap", 0, gone.said).row == "frequency"


def smtp_refusal(refusal: bytes, *, hangs_up: bool = False, mechanisms: bytes = b"LOGIN PLAIN") -> tuple[SendError, list[bytes]]:
    asked: list[bytes] = []

    def answer(line: bytes) -> bytes | None:
        verb = line.split()[0].upper() if line.split() else b""
        if verb == b"EHLO":
            return b"250-hi\r\n250 AUTH " + mechanisms + b"\r\n"
        if verb == b"AUTH":
            asked.append(line)
            return refusal if len(asked) == 1 or not hangs_up else None
        return b"221 bye\r\n" if verb == b"QUIT" else refusal

    with Scripted(b"220 hi\r\n", answer) as strict, pytest.raises(SendError) as caught:
        SmtpSender(Server("127.0.0.1", strict.port, "office@qq.com", "sesame42", "plain", None, 5.0), "office@qq.com").check()
    return caught.value, asked


def test_a_sender_that_hangs_up_after_its_no_has_said_why() -> None:
    refused, asked = smtp_refusal(f"535 {QQ_ALL}.\r\n".encode(), hangs_up=True)
    assert len(asked) == 2
    assert (refused.kind, refused.code, refused.said) == ("refused-login", 535, f"{QQ_ALL}.")


@pytest.mark.parametrize(("line", "kind", "words"), [
    (b"550 User has no permission\r\n", "refused-login", "User has no permission"),
    (b"550 User suspended\r\n", "refused-login", "User suspended"),
    (b"551 User locked\r\n", "refused-login", "User locked"),
    ("535 Error: 请使用授权码登录。\r\n".encode("gbk"), "refused-login", "Error: 请使用授权码登录。"),
    (b"535 Error: authentication failed\r\n", "refused-login", "Error: authentication failed"),
    (b"451 too much fail authentication\r\n", "pause", "too much fail authentication"),
    (b"454 Temporary authentication failure\r\n", "pause", "Temporary authentication failure"),
])  # fmt: skip
def test_what_is_said_at_the_login_is_about_the_login(line: bytes, kind: str, words: str) -> None:
    refused, _ = smtp_refusal(line)
    assert (refused.kind, refused.said, refused.cause) == (kind, words, "")


def test_a_sender_that_offers_no_login_we_know_refuses_it() -> None:
    refused, asked = smtp_refusal(b"535 no\r\n", mechanisms=b"XOAUTH2 NTLM")
    assert (refused.kind, asked) == ("refused-login", [])


# --- servers that are not reached, or not trusted

Failing = Callable[[Server], MailbotError]


def imap_failure(server: Server) -> MailbotError:
    with pytest.raises(MailbotError) as caught:
        ImapMailbox(server).__enter__()
    return caught.value


def smtp_failure(server: Server) -> MailbotError:
    with pytest.raises(MailbotError) as caught:
        SmtpSender(server, "office@163.com").check()
    return caught.value


BOTH = pytest.mark.parametrize("failing", [imap_failure, smtp_failure], ids=["imap", "smtp"])
PLAIN = Server("127.0.0.1", 1, "office@163.com", "x", "plain", None, 2.0)


@BOTH
def test_a_port_where_nobody_listens(failing: Failing) -> None:
    with Scripted(b"", lambda _: None) as gone:
        pass
    assert failing(dataclasses.replace(PLAIN, port=gone.port)).cause == "refused"


@BOTH
def test_a_name_that_is_nowhere(failing: Failing) -> None:
    assert failing(dataclasses.replace(PLAIN, host="imap.nowhere.invalid", port=993, security="tls")).cause == "no-name"


@BOTH
def test_a_port_that_is_swallowed(failing: Failing) -> None:
    with Scripted(b"* OK hi\r\n", lambda _: b"") as behind, FaultProxy(behind.port, Faults(blackhole=True)) as proxy:
        assert failing(dataclasses.replace(PLAIN, port=proxy.port, timeout=0.5)).cause == "no-answer"


@BOTH
def test_a_connection_cut_before_a_word(failing: Failing) -> None:
    with Scripted(b"* OK hi\r\n", lambda _: b"") as behind, FaultProxy(behind.port, Faults(refuse=True)) as proxy:
        assert failing(dataclasses.replace(PLAIN, port=proxy.port)).cause == "cut"


@BOTH
def test_a_server_without_tls_on_that_port(failing: Failing) -> None:
    with Scripted(b"220 * OK hi\r\n", lambda _: b"250 ok\r\n") as plain:
        assert failing(dataclasses.replace(PLAIN, port=plain.port, security="tls")).cause == "no-tls"


def dated(folder: Path, start: str, end: str) -> tuple[Path, Path]:
    """A self-signed certificate that is valid from `start` to `end` (YYMMDDHHMMSSZ)."""
    _, key = self_signed(folder / "key")
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01")
    (folder / "ca.cnf").write_text(
        f"[ca]\ndefault_ca=x\n[x]\ndatabase={folder}/index.txt\nnew_certs_dir={folder}\nserial={folder}/serial\ndefault_md=sha256\n"
        "policy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=IP:127.0.0.1\nbasicConstraints=CA:true\n"
        "[req]\ndistinguished_name=d\n[d]\n"
    )
    base = ["-config", folder / "ca.cnf"]
    subprocess.run(["openssl", "req", "-new", "-key", key, "-subj", "/CN=localhost", "-out", folder / "r.csr", *base], check=True, capture_output=True)
    signed = ["openssl", "ca", "-batch", "-selfsign", "-keyfile", key, "-in", folder / "r.csr", "-out", folder / "dated.pem", "-notext"]
    subprocess.run([*signed, "-startdate", start, "-enddate", end, *base], check=True, capture_output=True)
    return folder / "dated.pem", key


@BOTH
@pytest.mark.parametrize(("start", "end", "cause"), [("200101000000Z", "210101000000Z", "expired"), ("480101000000Z", "490101000000Z", "not-yet-valid")])
def test_a_certificate_out_of_its_time(tmp_path: Path, failing: Failing, start: str, end: str, cause: str) -> None:
    certificate = dated(tmp_path, start, end)
    with Scripted(b"220 * OK hi\r\n", lambda _: None, certificate) as strange:
        error = failing(dataclasses.replace(PLAIN, port=strange.port, security="tls", ca_file=certificate[0]))
    assert error.cause == cause and "密码没有发出" in advise(Trouble("imap", N163, 993, "office@163.com", PUT, cause=error.cause)).sentence
    assert strange.heard == []


@BOTH
def test_a_certificate_of_nobody_and_one_of_somebody_else(tmp_path: Path, failing: Failing) -> None:
    ours, other = self_signed(tmp_path / "ours"), self_signed(tmp_path / "other", names="DNS:elsewhere.example")
    for shown, trusted, cause in ((ours, None, "untrusted"), (other, other[0], "wrong-name")):
        with Scripted(b"220 * OK hi\r\n", lambda _: None, shown) as strange:
            error = failing(dataclasses.replace(PLAIN, port=strange.port, security="tls", ca_file=trusted))
        assert error.cause == cause and isinstance(error, TlsFailed | SendError) and strange.heard == []


@pytest.mark.parametrize("cause", [cause for cause in get_args(Cause) if cause])
@pytest.mark.parametrize("way", get_args(Way))
def test_every_cause_has_its_sentence_and_steps(cause: Cause, way: Way) -> None:
    told = advise(Trouble(way, "imap.163.com", 993, "office@163.com", PUT, cause=cause))
    assert told.row == f"network-{cause}" and told.steps and "imap.163.com" in told.sentence
    assert not re.search(r"[{}]", told.sentence + told.mend)


def test_a_slow_clock_is_named_as_what_a_certificate_of_tomorrow_means() -> None:
    told = advise(Trouble("imap", N163, 993, "office@163.com", PUT, cause="not-yet-valid"))
    assert "本机的日期慢了" in told.mend and "自动校时" in told.mend
