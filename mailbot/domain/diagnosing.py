"""What a mail server's refusal most likely means, and what to do about it, by provider: the words of `mailbot doctor` and `mailbot init`.

One table, first match wins. A row quotes nobody: what the server said is quoted before it. Words that stand in no row are told as such,
with the general steps; a cause is never guessed and said as truth. Sources: china-mail.md §1, §2 (texts), its NE-CODES table; QQ's and
NetEase's answers as users report them (smtp 550 "User has no permission": testerSunshine/12306#62; "login frequency limited": NetEase and
QQ alike).
"""

import re
from dataclasses import dataclass
from typing import Literal

from mailbot.domain.errors import Cause
from mailbot.domain.providers import OTHER, Family, Provider, of_address, of_host, provider_of

Way = Literal["imap", "smtp"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A server that did not do as asked. `said`: its own words; `code`: the SMTP number, 0 where none came; `cause`: why it was not
    reached; `renewed`: the step that says where a new password is to go, with {secret} for what the provider calls it."""

    way: Way
    host: str
    port: int
    address: str
    renewed: str
    said: str = ""
    code: int = 0
    cause: Cause = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """What happened and why, as a sentence; what to do, step by step. `row`: which row of the table spoke, "" where none did."""

    sentence: str
    steps: tuple[str, ...]
    row: str = ""

    @property
    def mend(self) -> str:
        return steps_as_text(self.steps)


def steps_as_text(steps: tuple[str, ...]) -> str:
    """One line a step, numbered where there are several."""
    return steps[0] if len(steps) == 1 else "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


@dataclass(frozen=True, slots=True)
class Row:
    """`pattern` is searched in "CODE words", upper and lower case alike. In the texts {enable}, {renew}, {secret}, {help}, {web},
    {name}, {service} are the provider's, {put} is the step that says where a new code goes."""

    id: str
    pattern: str
    happened: str
    why: str
    steps: tuple[str, ...]
    families: tuple[Family, ...] = ()
    way: Way | None = None


_NETEASE: tuple[Family, ...] = ("netease", "netease-office")
_TENCENT: tuple[Family, ...] = ("tencent", "tencent-office")
_ENABLE, _RENEW = "{enable}", "{renew}"
_PUT = "{put}"
_WEB = "用浏览器在这台电脑上登录 {web}，有安全提示的，按提示验证；看账号有没有被冻结。"
_WAIT = "先停半小时，不要反复试，免得账号被锁；再试一次。"
_OFFICE_NET = "用单位固定的宽带，不用云服务器、代理和手机热点。"
_FROM = "把 mailbot.yaml 里 sender.address 和 sender.user 写成同一个地址，就是登录的这个邮箱。"
_LIMITS = "把 mailbot.yaml 里 sender.per_day、sender.per_quarter_hour 调小一些，或者与{help}核对限额。"
_HELP = "仍不行，把上面的原话告诉{help}。"

ROWS: tuple[Row, ...] = (
    Row("unsafe-login", r"unsafe login", "{name}让登录了，但不让读信", "它把这次登录看成不安全：多半是换了电脑或网络，云服务器尤其容易",
        (_WEB, _ENABLE, _OFFICE_NET, "仍不行，写信问网易客服 kefu@188.com。")),
    Row("ip-denied", r"LOGIN\.IPDENY", "{name}不许从这个网络登录", "管理员限定了可以登录的网络地址",
        ("请{help}放开对本机网络地址的限制。",), _NETEASE),
    Row("domain-elsewhere", r"LOGIN\.DOMAINNOTEXIST", "这台服务器不认识本单位的邮箱域名", "网易企业邮箱有几组服务器，本单位在另外一组",
        ("问{help}本单位的收信、发信服务器地址（常见的还有 hwhzimap.qiye.163.com、hwhzsmtp.qiye.163.com），改进 mailbot.yaml。",), _NETEASE),
    Row("too-many-failures", r"too (?:much|many) (?:fail|auth\w* fail)", "{name}暂时不许登录", "刚才登录失败的次数太多",
        ("先停一小时，不要反复试。", _RENEW, _PUT)),
    Row("account-stopped", r"(?:user|account|mailbox)(?: is| was| has been)? (?:suspended|locked|frozen|disabled|blocked|banned)|LOGIN\.USERSTATUS",
        "{name}说这个账号已停用或被锁", "多半是长期没有登录、被怀疑群发，或者被人举报",
        (_WEB, "按网页上的提示解冻；自己解不开的，联系{help}。", "解冻以前不要反复试。")),
    Row("tencent-needs-code", r"authori[sz](?:ed|ation) code|授权码", "{name}不接受这个密码", "填的不是授权码（可能是 QQ 密码或邮箱密码），或者授权码已经作废",
        (_ENABLE, _RENEW, _PUT), _TENCENT),
    Row("tencent-all-in-one", r"account is abnormal|service is not open, password", "{name}拒绝登录",
        "它对几种原因只说这一句，依次看：IMAP/SMTP 服务没有开启；{secret}不对或已作废；登录过于频繁；账号有安全限制",
        (_ENABLE, _RENEW, _PUT, "刚才试过很多次的，等十五分钟再试。", _WEB)),
    Row("smtp-not-open", r"user has no permission", "{name}不许这个账号用程序发信", "SMTP 服务没有开启，或者开启以后没有用{secret}",
        (_ENABLE, _RENEW, _PUT), way="smtp"),
    Row("frequency", r"frequen|too many (?:connection|login|request|command|session)|rate limit|login limit|\[LIMIT\]",
        "{name}说登录或连接太频繁", "短时间内连接的次数超过了它的限制",
        (_WAIT, "看看有没有别的程序、别的电脑也在用这个邮箱收信。", "mailbot.yaml 里 mailbox.poll_minutes 不要小于 5。")),
    Row("service-not-open",
        r"(?:imap4?|smtp|pop3?|service|protocol)\W+(?:\w+\W+){0,3}?(?:not (?:open|opened|enabled|available|allowed|permitted)|disabled|closed|forbidden)"
        r"|not (?:open|enable)\w* (?:the )?(?:imap|smtp)|no authority|has no right|未开[启通]",
        "{name}说 {service} 服务没有开启", "在网页邮箱里没有开启，或者被管理员关闭", (_ENABLE, _RENEW, _PUT)),
    Row("needs-a-code", r"application[- ]specific password|app password|authori[sz](?:ed|ation) code|client password|授权码|专用密码",
        "{name}不接受这个密码", "程序要用{secret}，不能用网页登录密码", (_ENABLE, _RENEW, _PUT)),
    Row("netease-login", r"login error|password error|authentication failed|LOGIN\.PASSERR", "{name}拒绝登录",
        "它对几种原因只说这一句，依次看：{secret}不对、已失效或被重置；{service} 服务没有开启；改过邮箱密码；这个网络被它看成有风险",
        (_ENABLE, _RENEW, _PUT, _OFFICE_NET, "连续三次不成就停半小时，免得账号被锁。"), _NETEASE),
    Row("expired", r"\bexpired?\b|过期", "{name}说密码已过期", "{secret}或邮箱密码到了期限", (_RENEW, _PUT)),
    Row("from-differs", r"must equal authori[sz]ed user|same as authori[sz]ation user|from\W+ header is missing or invalid|NULL sender",
        "{name}不许用别的地址发信", "发件地址与登录的账号不是同一个", (_FROM,), way="smtp"),
    Row("from-and-envelope", r"DT:SUM|信封发件人和信头发件人不匹配", "{name}没有收下信", "信里写的发件人与登录的账号不是同一个", (_FROM,), way="smtp"),
    Row("day-used-up", r"MI:STC|RP:TRC", "今天的发信限额已经用完", "{name}按天限制发信数量，零点以后恢复",
        ("不用做什么，程序明天零点十分以后接着发。", _LIMITS), way="smtp"),
    Row("too-fast", r"MI:SFQ|RP:QRC|MI:(?:DMC|CEL|CCL)|RP:(?:DRC|CCL)|HL:(?:ICC|IFC)", "{name}说发信太快或连接太多", "短时间内的数量超过了限额",
        ("不用做什么，程序等一会儿再接着发。", "常常这样的，把 mailbot.yaml 里 sender.seconds_between 调大，per_quarter_hour 调小。"), way="smtp"),
    Row("address-blocked", r"HL:(?:IHU|IPB|ITC|REP|MEP)|blacklist|\bRBL\b|blocked using", "{name}不收从本机网络发出的信", "本机的网络地址在它的限制名单里",
        (_OFFICE_NET, "联系{help}，请求从名单里去掉；今天先不要再试。"), way="smtp"),
    Row("account-listed", r"MI:SPB|WM:BLU", "这个账号被{name}列入限制名单", "它认为这个账号发过垃圾邮件",
        ("今天不要再试。", _WEB, "联系{help}解除；请看账号是不是被别人盗用。"), way="smtp"),
    Row("taken-for-spam", r"DT:SPM|spam|垃圾邮件", "{name}把这封信当作垃圾邮件", "短时间里相同或相近的信太多，或者账号是新的",
        ("过几个小时再试，不要连续重发相同的信。", "在网页邮箱里用这个账号正常收发几天信。", _HELP), way="smtp"),
    Row("no-login-made", r"^530 |authentication required", "{name}要先登录才能发信", "没有登录名，或者登录名不对",
        ("看 mailbot.yaml 里 sender.user，应当是完整的邮箱地址。", _PUT), way="smtp"),
    Row("busy", r"\[(?:UNAVAILABLE|INUSE|SERVERBUG)\]|system (?:is )?busy|try again|temporar|unavailable|^421 ", "{name}说现在忙",
        "服务器一时应付不过来", ("过十五分钟再试；别的什么也不用改。",)),
    Row("wrong-login", r"login fail|authentication ?failed|invalid credentials|password (?:is )?(?:error|incorrect|wrong)|incorrect password"
        r"|^535 |\[AUTHENTICATIONFAILED\]|登录失败|密码错误", "{name}拒绝登录", "多半是账号或{secret}不对，也可能是没有开启 {service} 服务",
        (_ENABLE, _RENEW, _PUT, "登录名一般是完整的邮箱地址，看 mailbot.yaml 里的 user。", _HELP)),
)  # fmt: skip

_SERVERS = "核对 mailbot.yaml 里的服务器地址和端口{right}。"
_CLEARED = "请网络管理员放行到 {place} 的网络连接"
_STOPPED = "，已停止连接，密码没有发出"
_REACH: dict[Cause, tuple[str, tuple[str, ...]]] = {
    "no-name": ("找不到服务器 {host}：域名解析失败",
                ("看这台电脑能不能上网（打开任意网页试试）。", "看 {host} 有没有写错。" + _SERVERS, "能上网而找不到的，检查 DNS 设置。")),
    "no-route": ("到 {place} 的网络不通", ("检查网线、路由器和本机网络。", f"单位内网不通外网的，{_CLEARED}。")),
    "refused": ("连不上 {place}：那里拒绝连接，没有服务在听", (_SERVERS, f"单位防火墙可能拦了这个端口，{_CLEARED}。")),
    "no-answer": ("连不上 {place}：一直没有回音", (f"多半是防火墙拦了这个端口，{_CLEARED}。", _SERVERS)),
    "cut": ("与 {place} 的连接中断",
            ("检查网络，过几分钟再试。", _SERVERS, f"每次都断的，多半是中间的防火墙或代理掐断的，{_CLEARED}。")),
    "no-tls": ("{place} 不按加密方式说话" + _STOPPED,
               ("端口和加密方式要配套：收信 993、发信 465 用 tls；143、587 用 starttls。", _SERVERS)),
    "handshake": ("与 {place} 谈不拢加密方式" + _STOPPED,
                  ("这台服务器只会旧的加密算法，或者中间的设备改了加密连接。换一个网络试试，仍不行联系{help}。", _SERVERS)),
    "untrusted": ("无法确认 {place} 的身份：证书不可信" + _STOPPED,
                  ("单位自建邮箱，向管理员要证书文件，把路径写进环境变量 MAILBOT_CA_FILE。",
                   "公共邮箱这样说的，网络里可能有设备在冒充服务器，请换网络，并告诉网络管理员。")),
    "wrong-name": ("{place} 出示的证书是别的名字的" + _STOPPED,
                   (_SERVERS, "地址没有写错的，网络里可能有设备在冒充服务器，请告诉网络管理员。")),
    "expired": ("{place} 的证书已过期" + _STOPPED, ("先看本机日期对不对：日期错了也会这样说。", "日期没有错的，请服务器的管理员更新证书。")),
    "not-yet-valid": ("{place} 的证书还没有到生效的日期" + _STOPPED,
                      ("多半是本机的日期慢了：打开系统的自动校时，核对日期、时间和时区，再试一次。",
                       "日期没有错的，请服务器的管理员检查证书。")),
}  # fmt: skip


def advise(trouble: Trouble) -> Advice:
    """What to tell people. The provider is known by the host, else by the address."""
    owner, host, provider = of_address(trouble.address), of_host(trouble.host), provider_of(trouble.address, trouble.host)
    words = _words(trouble, provider)
    if trouble.cause in _REACH and not trouble.said:
        happened, steps = _REACH[trouble.cause]
        return Advice(f"{happened}。".format(**words), tuple(step.format(**words) for step in steps), f"network-{trouble.cause}")
    said = "，服务器没有说原因" if not trouble.said else f"，服务器的原话是“{_quoted(trouble)}”"
    if owner.usable and OTHER not in (owner, host) and owner.family != host.family and not _is_office(host):
        steps = (f"把 mailbot.yaml 里的服务器改成{owner.name}的：收信 {owner.imap} {owner.imap_port}，发信 {owner.smtp} {owner.smtp_port}。",)
        return Advice(f"登录没有成功{said}。邮箱是{owner.name}的，服务器 {trouble.host} 却是{host.name}的，两家对不上。", steps, "wrong-host")
    if not provider.usable:
        return Advice(f"{provider.name}用不了{said}。", (provider.impossible,), "impossible")
    row = _row(trouble, provider)
    if row is None:
        unknown = "这句话不在已知的说法里，" if trouble.said else ""
        steps = tuple(step.format(**words) for step in (_ENABLE, _RENEW, _PUT, _HELP))
        return Advice(f"{provider.name}没有接受这次{_WAYS[trouble.way]}{said}。{unknown}不能断定原因，下面是常见的几步。", steps)
    happened, why = row.happened.format(**words), row.why.format(**words)
    return Advice(f"{happened}{said}。{why}。", tuple(step.format(**words) for step in row.steps), row.id)


def no_password(address: str, host: str, looked_in: str, renewed: str) -> Advice:
    """There is nothing to log in with, so nothing was tried. `looked_in`: where it could stand, as people are told it."""
    provider = provider_of(address, host)
    words = {**_provider_words(provider), "put": renewed.format(secret=provider.secret)}
    steps = tuple(step.format(**words) for step in ("还没有{secret}的，先这样取得：{enable}", _RENEW, _PUT))
    return Advice(f"没有找到{provider.secret}：{looked_in}。没有去登录。", steps, "no-password")


_WAYS: dict[Way, str] = {"imap": "收信登录", "smtp": "发信"}


def _row(trouble: Trouble, provider: Provider) -> Row | None:
    text = f"{trouble.code or ''} {trouble.said}" if trouble.code else trouble.said
    fitting = (r for r in ROWS if (not r.families or provider.family in r.families) and r.way in (None, trouble.way))
    return next((r for r in fitting if trouble.said and re.search(r.pattern, text, re.IGNORECASE)), None)


def _is_office(host: Provider) -> bool:
    """Whether a provider keeps mailboxes of other people's domains, too."""
    return host.family in ("tencent-office", "netease-office") or host.id == "qiye-aliyun"


def _quoted(trouble: Trouble) -> str:
    words = trouble.said.replace("<address>", "（邮箱地址）").replace("<secret>", "（密码）").replace("{", "（").replace("}", "）")
    return f"{trouble.code} {words}" if trouble.code else words


def _provider_words(provider: Provider) -> dict[str, str]:
    web = provider.web or "网页邮箱"
    return {"name": provider.name, "secret": provider.secret, "enable": provider.enable, "renew": provider.renew, "help": provider.help, "web": web}


def _words(trouble: Trouble, provider: Provider) -> dict[str, str]:
    host, port = (provider.imap, provider.imap_port) if trouble.way == "imap" else (provider.smtp, provider.smtp_port)
    right = f"（{provider.name}的是 {host} {port}）" if host else ""
    place = f"{trouble.host}:{trouble.port}"
    put, service = trouble.renewed.format(secret=provider.secret), trouble.way.upper()
    return {**_provider_words(provider), "put": put, "host": trouble.host, "place": place, "right": right, "service": service}
