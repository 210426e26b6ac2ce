"""The mailbox providers in use here: how their servers are reached, and what the menus are called where people switch IMAP on.

Sources: china-mail.md §1 and §2 (servers, codes); the providers' own pages as they stand in public repositories and guides, looked up
2026-11 (menus; of 189, 139, Sina, Sohu and Aliyun only by hearsay). Menus change: every step names what to look for, not only where.
"""

from dataclasses import dataclass
from typing import Literal

Family = Literal["netease", "netease-office", "tencent", "tencent-office", "sina", "sohu", "aliyun", "mobile", "telecom", "microsoft", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`domains`: of the addresses. `secret`: what this provider calls the password for programs. `enable`, `renew`, `fetch_all`: one
    step each, whole sentences. `help`: whom to ask. `impossible`: why this program cannot use it, "" where it can."""

    id: str
    family: Family
    name: str
    domains: tuple[str, ...] = ()
    imap: str = ""
    imap_port: int = 993
    smtp: str = ""
    smtp_port: int = 465
    web: str = ""
    secret: str = "授权码"
    enable: str = "用浏览器登录邮箱，在“设置”里找到 POP3/SMTP/IMAP 一类的栏目，开启 IMAP 和 SMTP 服务。"
    renew: str = "在同一页生成新的授权码（有的叫客户端专用密码），它不是网页登录密码。"
    fetch_all: str = "网页邮箱的设置里如果有收取范围，请选“全部邮件”。"
    help: str = "邮箱服务商的客服或本单位的邮箱管理员"
    impossible: str = ""

    @property
    def usable(self) -> bool:
        return not self.impossible


def _netease(domain: str, name: str) -> Provider:
    return Provider(
        id=domain.split(".")[0], family="netease", name=name, domains=(domain,), imap=f"imap.{domain}", smtp=f"smtp.{domain}",
        web=f"mail.{domain}", help="网易客服 kefu@188.com",
        enable="用浏览器登录邮箱，打开“设置”里的“POP3/SMTP/IMAP”，在“开启服务”里把“IMAP/SMTP服务”开启（要用绑定的手机发短信验证）。",
        renew="在同一页的“授权密码管理”里新增授权密码。授权码只显示一次，请复制粘贴，不要手打；改过邮箱密码或重新生成以后，旧的立即失效。",
        fetch_all="打开网页邮箱“设置”里的“POP3/SMTP/IMAP”，“收取选项”选“收取全部邮件”（出厂是“收取最近30天邮件”）。",
    )  # fmt: skip


_QQ = Provider(
    id="qq", family="tencent", name="QQ邮箱", domains=("qq.com", "foxmail.com", "vip.qq.com"), imap="imap.qq.com", smtp="smtp.qq.com",
    web="mail.qq.com", help="QQ邮箱帮助中心 help.mail.qq.com",
    enable="用浏览器登录邮箱，在“设置”的“账号”（新版在右上角头像的“账号与安全”）里找到“POP3/IMAP/SMTP/Exchange/CardDAV/CalDAV服务”，开启服务。",
    renew="在同一处点“生成授权码”，按提示验证。授权码是 16 位字母，复制粘贴，不带空格；改 QQ 密码会让旧的全部失效。",
    fetch_all="在网页邮箱同一处的“收取选项”里选“全部”的邮件。",
)  # fmt: skip

PROVIDERS: tuple[Provider, ...] = (
    _netease("163.com", "网易163邮箱"),
    _netease("126.com", "网易126邮箱"),
    _netease("yeah.net", "网易yeah邮箱"),
    _QQ,
    Provider(
        id="exmail", family="tencent-office", name="腾讯企业邮箱", domains=("exmail.qq.com",), imap="imap.exmail.qq.com",
        smtp="smtp.exmail.qq.com", web="exmail.qq.com", secret="客户端专用密码", help="本单位的腾讯企业邮箱管理员",
        enable="请管理员在企业微信管理后台“协作—安全管理—客户端访问限制”里把本账号加进 IMAP/SMTP 的使用范围；"
               "再用浏览器登录邮箱，在“设置—客户端设置”（旧版“收发信设置”）里开启“IMAP/SMTP服务”。",
        renew="在网页邮箱“设置—邮箱绑定”里开启安全登录，生成客户端专用密码；开启以后网页登录密码不能用在程序里。",
        fetch_all="在网页邮箱“设置—客户端设置”的“收取选项”里选“全部邮件”，并勾选“收取‘我的文件夹’”。",
    ),
    Provider(
        id="qiye163", family="netease-office", name="网易企业邮箱", domains=("qiye.163.com", "ntesmail.com"), imap="imap.qiye.163.com",
        smtp="smtp.qiye.163.com", smtp_port=994, web="mail.qiye.163.com", secret="客户端授权密码", help="本单位的网易企业邮箱管理员",
        enable="用浏览器登录邮箱，在“邮箱设置—客户端设置”里开启 IMAP/SMTP 服务（先要绑定手机）；没有这一栏的，请管理员放开。",
        renew="在同一页开启“客户端授权密码”，生成新的一个，复制粘贴。",
        fetch_all="在网页邮箱“邮箱设置—客户端设置”里把收取范围选为全部邮件。",
    ),
    Provider(
        id="189", family="telecom", name="189邮箱", domains=("189.cn",), imap="imap.189.cn", smtp="smtp.189.cn", web="mail.189.cn",
        secret="邮箱密码或客户端密码", help="电信客服 10000",
        enable="用浏览器登录邮箱，在“设置”里找到 POP3/IMAP/SMTP，开启 IMAP 和 SMTP。",
        renew="设置里有“客户端密码”（独立密码）的，用它；没有的，用邮箱自己的密码（不是手机服务密码）。",
    ),
    Provider(
        id="139", family="mobile", name="139邮箱", domains=("139.com",), imap="imap.139.com", smtp="smtp.139.com", web="mail.10086.cn",
        help="移动客服 10086",
        enable="用浏览器登录邮箱，在“设置”里找到 POP3/IMAP/SMTP，开启 IMAP/SMTP 服务。",
        renew="在同一处生成新的授权码（有的版本叫客户端密码）。",
    ),
    Provider(
        id="sina", family="sina", name="新浪邮箱", domains=("sina.com",), imap="imap.sina.com", smtp="smtp.sina.com", web="mail.sina.com.cn",
        help="新浪邮箱客服",
        enable="用浏览器登录邮箱，在“设置”的“客户端pop/imap/smtp”里开启 IMAP4/SMTP 服务。",
        renew="在同一页生成新的客户端授权码。",
    ),
    Provider(
        id="sina-cn", family="sina", name="新浪邮箱（sina.cn）", domains=("sina.cn",), imap="imap.sina.cn", smtp="smtp.sina.cn",
        web="mail.sina.cn", help="新浪邮箱客服",
        enable="用浏览器登录邮箱，在“设置”的“客户端pop/imap/smtp”里开启 IMAP4/SMTP 服务。",
        renew="在同一页生成新的客户端授权码。",
    ),
    Provider(
        id="aliyun", family="aliyun", name="阿里云邮箱", domains=("aliyun.com",), imap="imap.aliyun.com", smtp="smtp.aliyun.com",
        web="mail.aliyun.com", secret="邮箱密码或客户端专用密码", help="阿里云邮箱客服",
        enable="用浏览器登录邮箱，在“设置—账户与安全”里看 IMAP/SMTP 服务有没有开启。",
        renew="设置过客户端专用密码的，用它，可以重新生成；没有的，用邮箱登录密码。",
    ),
    Provider(
        id="qiye-aliyun", family="aliyun", name="阿里企业邮箱", domains=("qiye.aliyun.com",), imap="imap.qiye.aliyun.com",
        smtp="smtp.qiye.aliyun.com", web="qiye.aliyun.com", secret="客户端安全密码", help="本单位的阿里企业邮箱管理员",
        enable="请管理员看有没有限制客户端登录；再用浏览器登录邮箱，在“设置—账户与安全”里看 IMAP/SMTP 有没有开启。",
        renew="开启了“三方客户端安全密码”的，在“账户与安全”里重新生成一个；没有开启的，用邮箱登录密码。",
    ),
    Provider(
        id="sohu", family="sohu", name="搜狐邮箱", domains=("sohu.com",), imap="imap.sohu.com", smtp="smtp.sohu.com", web="mail.sohu.com",
        secret="独立密码", help="搜狐邮箱客服",
        enable="用浏览器登录邮箱，在“设置”里找到 POP3/SMTP/IMAP，开启 IMAP/SMTP 服务。",
        renew="在同一页重新生成独立密码。",
    ),
    Provider(
        id="outlook", family="microsoft", name="微软 Outlook 邮箱",
        domains=("outlook.com", "hotmail.com", "live.com", "live.cn", "msn.com"), imap="outlook.office365.com", smtp="smtp.office365.com",
        smtp_port=587, web="outlook.live.com",
        impossible="微软从 2024 年 9 月 16 日起不再允许程序用密码或应用密码登录 Outlook、Hotmail 的邮箱，只许网页授权（OAuth），"
                   "本程序不支持。请换一个邮箱：163、126、QQ，或者单位自己的邮箱。",
    ),
)  # fmt: skip
OTHER = Provider(id="other", family="", name="邮箱")  # a mailbox of the unit's own, or a provider nobody told us of
BY_ID = {provider.id: provider for provider in (*PROVIDERS, OTHER)}


def of_address(address: str) -> Provider:
    """Whose mailbox an address is; OTHER where its domain does not tell (a domain of the unit's own may lie with any of them)."""
    domain = address.rpartition("@")[2].lower()
    return next((provider for provider in PROVIDERS if domain in provider.domains), OTHER)


def of_host(host: str) -> Provider:
    """Whose server a host is, also where it is one of the provider's others (hwimap.exmail.qq.com, smtphz.qiye.163.com)."""
    host = host.lower().rstrip(".")
    exact = next((provider for provider in PROVIDERS if host in (provider.imap, provider.smtp)), None)
    if exact:
        return exact
    beyond = [(server, p) for p in PROVIDERS for name in (p.imap, p.smtp) if host.endswith(f".{(server := name.partition('.')[2])}")]
    return max(beyond, key=lambda found: len(found[0]))[1] if beyond else OTHER


def provider_of(address: str, host: str) -> Provider:
    """The server knows best; a server of nobody's may stand before anybody's mailbox."""
    by_host = of_host(host)
    return by_host if by_host != OTHER else of_address(address)
