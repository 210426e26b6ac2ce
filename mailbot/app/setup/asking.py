"""The questions of `mailbot init`, one at a time, with defaults; what an option answered is not asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from mailbot.app.setup import answers
from mailbot.app.setup.answers import AnswerRefused, Answers, Reach, Way
from mailbot.domain.errors import ConfigurationError
from mailbot.domain.providers import BY_ID, OTHER, PROVIDERS, Provider, of_address

T = TypeVar("T")
_TRIES = 20  # of one question: whoever holds a key down is not asked for ever


class Talk(Protocol):
    """A person at a terminal."""

    def say(self, line: str = "") -> None: ...
    def ask(self, question: str) -> str: ...
    def secret(self, question: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Given:
    """What options said, None or () where they did not."""

    address: str | None = None
    user: str | None = None
    provider: str | None = None
    imap: str | None = None
    smtp: str | None = None
    office: str | None = None
    staff: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """A campaign that one may choose."""

    id: str
    title: str
    span: str


@dataclass(frozen=True)
class Interview:
    """`talk` is None where nobody is there to answer: then what is lacking ends it. `usual`: the campaigns taken where none is named."""

    given: Given
    offered: Sequence[Offered]
    usual: tuple[str, ...]
    talk: Talk | None

    def answers(self) -> Answers:
        """Raises ConfigurationError where an option is wrong, or an answer lacks and nobody is there."""
        address = self._one("--address", self.given.address, "收件信箱的地址（各单位把材料寄到这里）", answers.address)
        provider = self._provider(address)
        if not provider.usable:
            raise ConfigurationError(f"{address} 是{provider.name}。{provider.impossible}")
        if provider != OTHER and self.talk and not (self.given.imap and self.given.smtp):
            self.talk.say(f"这是{provider.name}，服务器地址已经知道。")
        imap = self._server("imap", provider, address)
        smtp = self._server("smtp", provider, address)
        user = self._user(address)
        office = self._one("--office", self.given.office, "办公室的名称（写在每封信的落款）", answers.office)
        staff = self._one(
            "--staff", " ".join(self.given.staff) or None, "工作人员的邮箱（日报寄给他们；几个的用空格隔开）", lambda text: answers.addresses(text, address)
        )
        return Answers(address, user, imap, smtp, office, staff, self._campaigns())

    def user(self, usual: str) -> str:
        """The login name asked for."""
        return self._asked("登录名（一般就是邮箱地址；有的自建邮箱只写 @ 前面的部分）", answers.user, usual)

    def servers(self, old: Answers) -> tuple[Reach, Reach]:
        """Both servers asked for anew, as they were by default."""
        return self._asked_server("imap", old.imap), self._asked_server("smtp", old.smtp)

    # --- each

    def _provider(self, address: str) -> Provider:
        if self.given.provider is not None:
            if self.given.provider not in BY_ID:
                raise ConfigurationError(f"--provider：没有“{self.given.provider}”，只能写 {'、'.join(BY_ID)}。")
            return BY_ID[self.given.provider]
        known = of_address(address)
        if known != OTHER or self.talk is None or (self.given.imap and self.given.smtp):
            return known
        offices = [p for p in PROVIDERS if p.id in ("exmail", "qiye163", "qiye-aliyun")]
        lines = [f"  {number} {provider.name}" for number, provider in enumerate(offices, 1)]
        self.talk.say("\n".join(["这个域名的邮箱由谁提供？", *lines, f"  {len(offices) + 1} 单位自建的，或者别家的"]))

        def number(text: str) -> Provider:
            if not text.isdecimal() or not 0 < int(text) <= len(offices) + 1:
                raise AnswerRefused(f"请写 1 到 {len(offices) + 1} 的数字。")
            return offices[int(text) - 1] if int(text) <= len(offices) else OTHER

        return self._asked("写序号", number, str(len(offices) + 1))

    def _user(self, address: str) -> str:
        """Asked for only where the domain is the office's own: the public providers' login names are the addresses."""
        if self.given.user is not None:
            return self._checked("--user", self.given.user, answers.user)
        return self.user(address) if self.talk and of_address(address) == OTHER else address

    def _server(self, way: Way, provider: Provider, address: str) -> Reach:
        option, told = f"--{way}", self.given.imap if way == "imap" else self.given.smtp
        if told is not None:
            return self._checked(option, told, lambda text: answers.reach(text, way))
        if known := answers.reach_of(provider, way):
            return known
        if self.talk is None:
            raise ConfigurationError(f"不知道 {address} 的服务器，请写 {option}，例如 {option} {way}.{address.partition('@')[2]}:{_PORTS[way]}。")
        return self._asked_server(way, Reach(f"{way}.{address.partition('@')[2]}", _PORTS[way], "tls"))

    def _asked_server(self, way: Way, usual: Reach) -> Reach:
        return self._asked(_SERVERS[way], lambda text: usual if text == str(usual) else answers.reach(text, way), str(usual))

    def _campaigns(self) -> tuple[str, ...]:
        known = [campaign.id for campaign in self.offered]
        if self.given.campaigns:
            return self._checked("--campaign", " ".join(self.given.campaigns), lambda text: answers.chosen(text, known))
        if self.talk is None:
            return self.usual
        self.talk.say("办理哪些专项行动？")
        for number, campaign in enumerate(self.offered, 1):
            self.talk.say(f"  {number} {campaign.id}  {campaign.title}（{campaign.span}）")
        self.talk.say("没有您的那一个，先选最像的，以后照它另写一个。")
        usual = " ".join(str(known.index(one) + 1) for one in self.usual if one in known)
        return self._asked("写序号，几个的用空格隔开（以后可以在 mailbot.yaml 里改）", lambda text: answers.chosen(text, known), usual)

    def _one(self, option: str, told: str | None, question: str, understand: Callable[[str], T]) -> T:
        if told is not None:
            return self._checked(option, told, understand)
        if self.talk is None:
            raise ConfigurationError(f"缺少 {option}：{question}。没有人在终端前回答，请写在命令里（看说明：mailbot init --help）。")
        return self._asked(question, understand)

    @staticmethod
    def _checked(option: str, told: str, understand: Callable[[str], T]) -> T:
        try:
            return understand(told)
        except AnswerRefused as refused:
            raise ConfigurationError(f"{option}：{refused.sentence}") from refused

    def _asked(self, question: str, understand: Callable[[str], T], usual: str = "") -> T:
        assert self.talk is not None
        return asked(self.talk, self.talk.ask, question, understand, usual)


def asked(talk: Talk, ask: Callable[[str], str], question: str, understand: Callable[[str], T], usual: str = "") -> T:
    """Asks until the answer can be right; Enter alone takes `usual`. Raises ConfigurationError after many wrong ones."""
    for _ in range(_TRIES):
        text = ask(f"{question}{f' [{usual}]' if usual else ''}：").strip() or usual
        try:
            return understand(text)
        except AnswerRefused as refused:
            talk.say(f"  {refused.sentence}")
    raise ConfigurationError("答错的次数太多，先停在这里，什么也没有写。")


_PORTS = {"imap": 993, "smtp": 465}
_SERVERS = {"imap": "收信（IMAP）服务器和端口", "smtp": "发信（SMTP）服务器和端口"}
