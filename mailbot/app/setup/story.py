"""`mailbot init` from the first question to the folder of rules. Nothing stands in its place before all is said and tried."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from mailbot.app.mailcheck import SMTP_SECRET, MailCheck
from mailbot.app.ports import Clock
from mailbot.app.setup import answers as understand
from mailbot.app.setup.answers import Answers
from mailbot.app.setup.asking import Given, Interview, Offered, Talk, asked
from mailbot.app.setup.trying import Trying
from mailbot.app.setup.writing import draft, put_in_place
from mailbot.domain.campaigns import Campaign
from mailbot.domain.errors import ConfigurationError, MailbotError
from mailbot.domain.providers import provider_of

if TYPE_CHECKING:  # wiring is far above; only its name is needed here
    from mailbot.app.wiring import House

_OVER = ("MAILBOT_IMAP_URL", "MAILBOT_SMTP_URL")  # they go before mailbot.yaml, and what is written is to be tried
_EXAMPLE = ".example"
Outcome = Literal["well", "mend", "failed"]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """`base`: the folder of rules that is followed. `talk`: None where nobody answers. `house`: rules, environment -> a house by them.
    `wait`: seconds for the mail to ourselves."""

    base: Path
    target: Path
    home: Path
    clock: Clock
    environment: Mapping[str, str]
    given: Given
    talk: Talk | None
    say: Callable[[str], None]
    house: Callable[[Path, Mapping[str, str]], "House"]
    tries: bool = True
    over: bool = False
    wait: int = 60


@dataclass
class Story:
    """One run. `typed`: passwords that a person typed, by the name they go under."""

    setup: Setup
    typed: dict[str, str] = field(default_factory=dict)

    def run(self) -> Outcome:
        """"well", "mend" (written, but something is to be mended), "failed" (a server failed, nothing was written). Raises MailbotError;
        then, too, nothing was written."""
        setup = self.setup
        kept = self._what_is_there()
        with self._workshop() as workshop:
            new = workshop / "config"
            answers = self._interview(workshop)
            self._write(new, answers, kept)
            attention = not setup.tries
            if setup.tries:
                trying = Trying(self, new, answers, kept)
                outcome = trying.run()
                if outcome == "failed":
                    setup.say("什么也没有写。")
                    return "failed"
                answers, attention = trying.answers, outcome == "mend"
            saved = self._passwords_kept()
            old = put_in_place(new, setup.target, setup.clock())
        self._farewell(old, saved, attention)
        return "mend" if attention else "well"

    # --- before

    def _what_is_there(self) -> Path | None:
        """The old folder, whose files besides mailbot.yaml are taken over."""
        setup = self.setup
        if setup.target.exists() and not setup.target.is_dir():
            raise ConfigurationError(f"{setup.target} 是一个文件，不是文件夹，请换一个名称。")
        if not setup.target.is_dir() or not any(setup.target.iterdir()):
            return None
        if not setup.over:
            words = f"{setup.target} 里已经有东西。重新写的话，mailbot.yaml 写新的，别的文件照旧，旧的整个文件夹改名留着"
            if setup.talk is None:
                raise ConfigurationError(f"{words}：请加 --force；或者换一个文件夹。")
            if not _yes(setup.talk, f"{words}。要重新写吗", usual=False):
                raise ConfigurationError("没有动原来的文件夹。换一个地方写：mailbot init 文件夹")
        return setup.target

    @contextmanager
    def _workshop(self) -> Iterator[Path]:
        """A folder beside the target, on the same disk, gone afterwards however it ends."""
        parent = self.setup.target.absolute().parent
        try:
            parent.mkdir(parents=True, exist_ok=True)
            made = TemporaryDirectory(prefix=".mailbot-init-", dir=parent, ignore_cleanup_errors=True)
        except OSError as error:
            raise MailbotError(f"文件夹 {parent} 写不进去（{error.strerror}），请检查权限和磁盘。", temporary=True) from error
        with made as folder:
            yield Path(folder)

    def _interview(self, workshop: Path) -> Answers:
        names = sorted(file.stem for file in (self.setup.base / "campaigns").glob("*.yaml"))
        draft(self.setup.base, workshop / "all", {("campaigns",): tuple(names)})
        rules = self._house(workshop / "all").rules
        today = self.setup.clock().date()
        offered = [Offered(campaign.id, campaign.title, _span(campaign, today)) for campaign in rules.campaigns]
        usual = self._house(self.setup.base).rules.settings.campaigns
        if self.setup.talk:
            self.setup.say("下面一次问一件事。方括号里是默认的，按回车就用它。按 Ctrl-C 停下，停下就什么也不写。")
        return Interview(self.setup.given, offered, usual, self.setup.talk).answers()

    def _write(self, new: Path, answers: Answers, kept: Path | None) -> None:
        """The draft, checked as `config check` does. Raises ConfigurationError with all mistakes."""
        draft(self.setup.base, new, answers.values(), kept)
        house = self._house(new)
        rules = house.rules
        house.templates.check()
        self.setup.say(f"规则检查无误：{len(rules.campaigns)} 个专项行动，{len(rules.forms)} 种表。")

    def _house(self, config: Path) -> "House":
        plain = {name: value for name, value in self.setup.environment.items() if name not in _OVER}
        return self.setup.house(config, plain | self.typed)

    # --- after

    def _passwords_kept(self) -> bool:
        """Whether typed passwords lie in the file of secrets now."""
        setup = self.setup
        if not self.typed or setup.talk is None:
            return False
        house = self._house(setup.base)
        if not _yes(setup.talk, f"把授权码存进 {house.secret_file}（只有本用户能读，程序自己会读它）吗", usual=True):
            return False
        house.keep_secrets(self.typed)
        return True

    def _farewell(self, old: Path | None, saved: bool, attention: bool) -> None:
        setup, say = self.setup, self.setup.say
        house = self._house(setup.target)
        say("")
        say(f"规则写好了，在 {setup.target}。现在是影子运行：收信、判定、记账、写好回信，一封也不发。")
        if old is not None:
            say(f"原来的文件夹改名留着：{old}。")
        if attention:
            say("信箱还没有全部试通，请照上面的话改好，再运行 mailbot doctor。" if setup.tries else "信箱还没有试过，请运行 mailbot doctor。")
        if saved:
            say(f"授权码存在 {house.secret_file}，不在规则里。这个文件不要发给别人，不要放进备份和代码库。")
        elif not all(map(house.secret, _names(house))) or self.typed:
            say(f"运行时要有授权码：设环境变量 {'、'.join(_names(house))}，或者写进 {house.secret_file}（chmod 600）。")
        if over := [name for name in _OVER if setup.environment.get(name)]:
            say(f"注意：环境变量 {'、'.join(over)} 设着，运行时它优先于这里写的服务器。")
        self._next_steps(house)

    def _next_steps(self, house: "House") -> None:
        say, command = self.setup.say, f"mailbot --config {self.setup.target} --home {self.setup.home}"
        say("接下来：")
        steps = [f"{command} config check", f"{command} run --once", f"{command} outbox（看写好的信）、status（看台账）、review list（看要人定的）"]
        examples = sum(a.endswith(_EXAMPLE) for c in house.rules.campaigns for unit in c.units for a in unit.addresses)
        if examples:
            steps.append(f"名册里有 {examples} 个邮箱地址是示例（以 {_EXAMPLE} 结尾），在 {self.setup.target / 'campaigns'} 里改成各单位真实的地址")
        steps.append(f"天天看，满意了把 {self.setup.target / 'mailbot.yaml'} 里的 sending 改成 staff-only（只给工作人员发），再改成 live（正式发）")
        for number, step in enumerate(steps, 1):
            say(f"  {number}. {step}")

    # --- passwords

    def names(self, new: Path) -> list[str]:
        """Under which names the passwords go."""
        return _names(self._house(new))

    def lacking(self, new: Path) -> list[str]:
        """The names of the passwords that nobody told yet."""
        house = self._house(new)
        return [name for name in _names(house) if not house.secret(name)]

    def ask_password(self, new: Path, answers: Answers, names: list[str]) -> None:
        """One code for all `names`: providers give one for receiving and sending."""
        talk = self.setup.talk
        if talk is None:
            raise ConfigurationError(
                f"没有授权码：请设环境变量 {'、'.join(names)}，或者写进 {self._house(new).secret_file}。只写规则、不试信箱的，加 --no-try。"
            )
        provider = provider_of(answers.address, answers.imap.host)
        code = asked(talk, talk.secret, f"{provider.secret}（输入时不显示，可以粘贴）", understand.password)
        self.typed.update(dict.fromkeys(names, code))

    def check(self, new: Path) -> MailCheck:
        """The mailbox of the draft, ready to be tried."""
        again = "在下面输入 c，换成新的{secret}；登录名不对的输入 u。" if self.setup.talk else "把新的{secret}写进环境变量，再运行一次。"
        return MailCheck(self._house(new), lambda _: again)

    def rewrite(self, new: Path, answers: Answers, kept: Path | None) -> None:
        """The draft anew, with other servers or another login name."""
        self._write(new, answers, kept)


def _names(house: "House") -> list[str]:
    settings = house.rules.settings
    return [*dict.fromkeys(box.password_from for box in settings.mailboxes), SMTP_SECRET]


def _span(campaign: Campaign, today: date) -> str:
    return f"{campaign.start} 至 {campaign.end}{'，已结束' if campaign.end < today else ''}"


def _yes(talk: Talk, question: str, *, usual: bool) -> bool:
    answer = talk.ask(f"{question}？（y 是，n 否）[{'y' if usual else 'n'}]：").strip().lower()
    return usual if not answer else answer in ("y", "yes", "是", "好", "要")
