"""Large attachments that are links (china-mail.md §3): the file did not come, the reply asks for it, nothing is fetched."""

from tests.mail.case import FILE, FILED, OWED, Case, Expect, case
from tests.mail.papers import risk_docx
from tests.mail.pieces import file, html, inner, mail, plain, text

CLOUD = "一季度问题清单.docx"
_UNTIL = "2024年04月12日 13:35 到期"
_WORDS = "<p>附上一季度问题清单，文件较大。</p>"


def _linked(markup: str) -> bytes:
    """A mail of webmail: a text without the link's attributes, and the HTML."""
    return mail(text("附上一季度问题清单，文件较大。"), html(_WORDS + markup), kind=b"multipart/alternative")


def _cloud(name: str = CLOUD, form: str = "risk-list editable -") -> Expect:
    return Expect("review", "missing", items=(f"云附件：{name} = {form} ! cloud-link",))


_163 = "https://mail.163.com/large-attachment-download/index.html?p=X-NETEASE-HUGE-ATTACHMENT&amp;file=abc&amp;title=x"
_163_OLD = "http://fs.163.com/fs/display/?p=X-NETEASE-HUGE-ATTACHMENT&amp;file=1"
_163_ATTRIBUTES = f'<a class="bigattach-mailmaster-download" href="{_163}" filename="{CLOUD}" filesize="3610000" expiretime="1712900100000">下载</a>'
_QQ_OLD = "http://mail.qq.com/cgi-bin/ftnExs_download?t=exs_ftn_download&k=1&code=2"
_EXMAIL = "https://exmail.qq.com/cgi-bin/ftnExs_download?k=1&amp;code=2&amp;s=email"
_QQ_NEW = "https://wx.mail.qq.com/ftn/download?func=3&key=k1&code=c1"

NETEASE = [
    case("link-163-with-attributes", ("§3 link 163", "A66"), _linked(f"<div>从网易163邮箱发来的超大附件</div>{_163_ATTRIBUTES}"), _cloud()),
    case("link-163-older-beside-its-name", "§3 link 163",
         _linked(f'<div>从网易163邮箱发来的超大附件</div><div><a href="{_163_OLD}">{CLOUD}</a> (3.61M, {_UNTIL})</div>'),
         _cloud()),
    case("link-163-short-address-in-plain-text", "§3 link 163",
         plain(f"从网易163邮箱发来的超大附件\r\n{CLOUD} (3.61M, {_UNTIL})\r\nhttp://u.163.com/AbCd12\r\n".encode()), _cloud()),
    case("link-dashi", ("§3 link dashi", "A66"),
         _linked(f'<div>{CLOUD} 3.6M <a href="https://dashi.163.com/html/cloud-attachment-download/?key=abc">下载</a></div>'), _cloud()),
    case("link-qiye-fs", "§3 link qiye",
         _linked(f'<div><a href="http://fs.qiye.163.com/fs/display/?p=X-NETEASE-HUGE-ATTACHMENT&amp;file=1">{CLOUD}</a> 过期时间：2024年04月12日 08:30</div>'),
         _cloud()),
    case("link-qiye-edisk", ("§3 link qiye", "A66"),
         _linked(f'<div>{CLOUD} <a href="https://edisk.qiye.163.com/api/biz/attachment/download?identity=1">下载</a></div>'), _cloud()),
]  # fmt: skip

TENCENT = [
    case("link-qq-old-in-plain-text", ("§3 link QQ old", "A66"),
         plain(f"附上清单。\r\n从QQ邮箱发来的超大附件\r\n\r\n{CLOUD} (128.03M, {_UNTIL})进入下载页面：{_QQ_OLD}\r\n".encode()), _cloud()),
    case("link-qq-block-with-its-title", "§3 link QQ old",
         _linked(f'<div class="bigatt_bt" title="文件大小：2.5M&#10;到期时间：2024年04月12日 10:00"><a href="{_QQ_OLD}">{CLOUD}</a></div>'), _cloud()),
    case("link-qq-new-in-a-hidden-span", "§3 link QQ new",
         _linked(f'<div>{CLOUD} (12K, 无限期)<span style="display:none">{_QQ_NEW}</span></div>'), _cloud()),
    case("link-qq-three-addresses-for-one-file", "§3 link QQ new",
         _linked(f'<div><a href="{_QQ_NEW}">{CLOUD}</a> (3.6M, {_UNTIL})</div><div><a href="{_QQ_NEW}2">进入下载页面</a></div>'), _cloud()),
    case("link-exmail", ("§3 link exmail", "A66"),
         _linked(f'<div>从腾讯企业邮箱发来的超大附件</div><div><a href="{_EXMAIL}">{CLOUD}</a> (1.2G)</div>'),
         _cloud()),
]  # fmt: skip

OTHERS = [
    case("link-189", ("§3 link 189", "A66"),
         _linked(f'<a href="https://download.cloud.189.cn/file/downloadFile.action?dt=1&amp;expired=1712900100000">{CLOUD}</a>'), _cloud()),
    case("link-sina", ("§3 link Sina", "A66"),
         _linked(f'<div>来自中转站 {CLOUD} (4.5 MB 有效时间到：2024-04-09 11:12:13) <a href="https://mail.sina.com.cn/filecenter/download.php?id=9">点击下载</a></div>'),
         _cloud()),
    case("link-139-known-by-its-words", ("§3 link 139", "A66"),
         plain(f"文件中转站\r\n{CLOUD} 3.1M https://file.example/139/x 有效期至：2024-04-12\r\n".encode()), _cloud()),
    case("link-of-a-share", "A66", plain("清单在网盘：链接: https://pan.baidu.com/s/1abcdef 提取码: abcd\r\n".encode()), _cloud("未命名文件", "- other -")),
]  # fmt: skip

_BOTH = mail(inner(b"multipart/alternative", text(), html(_WORDS + _163_ATTRIBUTES.replace(CLOUD, "扫描件.zip")), boundary=b"alt"), file(FILE, risk_docx()))
_OLD = f"\r\n\r\n-----原始邮件-----\r\n发件人: 治安所 <zhian@units.example>\r\n主题: 清单\r\n\r\n从QQ邮箱发来的超大附件 {CLOUD} {_QQ_OLD}\r\n"
BESIDE = [
    case("link-beside-a-file", "A66", _BOTH, Expect(items=(f"{FILE} = {FILED}", "云附件：扫描件.zip = - other - ! cloud-link"), missing=OWED)),
    case("link-only-in-the-quoted-mail", "A66", plain(f"请问这份表几号报？{_OLD}".encode()), Expect("inquiry", "inquiry", items=(), links=0)),
    case("link-into-the-cloud-metadata", "A67",
         mail(text("见 http://169.254.169.254/latest/meta-data 和 file:///etc/passwd 和 \\\\host\\share"), file(FILE, risk_docx())),
         Expect(items=(f"{FILE} = {FILED}",), missing=OWED, links=1)),
    case("link-that-only-looks-like-163", "A66", plain("清单见附件 http://u.163.com.evil.example/x\r\n".encode()),
         Expect("inquiry", "missing", items=(), links=1)),
]  # fmt: skip

CASES: list[Case] = [*NETEASE, *TENCENT, *OTHERS, *BESIDE]
