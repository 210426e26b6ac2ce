"""The drafted mailbox tried, stage by stage; what fails is told with steps, and a person may mend it and try again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mailbot.app.mailcheck import Check, MailCheck
from mailbot.app.setup.answers import Answers
from mailbot.app.setup.asking import Interview
from mailbot.domain.providers import provider_of

if TYPE_CHECKING:
    from mailbot.app.setup.story import Story

Stage = Callable[[MailCheck], list[Check]]
Turn = Literal["again", "code", "user", "servers", "skip", "quit"]
_TURNS: dict[str, Turn] = {
    "": "again", "再试": "again", "c": "code", "换码": "code", "u": "user", "改登录名": "user",
    "h": "servers", "改服务器": "servers",
    "s": "skip", "跳过": "skip", "q": "quit", "退出": "quit",
}  # fmt: skip
_MENU = "改好后按回车再试；c 重新输入授权码；u 改登录名；h 改服务器；s 跳过这一步；q 退出（什么也不写）："
_NOT_YET = "   mailbot.yaml 现在还没有写，上面说的登录名在下面输入 u 改，服务器输入 h 改。"
_BY_OPTIONS = "   mailbot.yaml 现在还没有写，上面说的登录名用 --user 改，服务器用 --imap、--smtp 改，再运行一次。"
_ENOUGH = 3  # refusals after which providers may lock an account (china-mail.md §1)


class Trying:
    """Receiving, sending, a mail to ourselves. `answers` may have other servers or another login name afterwards."""

    def __init__(self, story: "Story", new: Path, answers: Answers, kept: Path | None) -> None:
        self.story, self.new, self.kept = story, new, kept
        self.answers = answers
        self._mend = False
        self._refusals = 0

    def run(self) -> Literal["well", "mend", "failed"]:
        """"failed": a server failed and nobody wants to go on."""
        setup = self.story.setup
        if names := self.story.lacking(self.new):
            self._how_to_get_a_code()
            self.story.ask_password(self.new, self.answers, names)
        stages: list[tuple[Callable[[], str], Stage]] = [
            (lambda: f"正在登录收信服务器 {self.answers.imap}……（连不上的，最多等一分钟）", lambda mail: [*mail.mailbox(mail.house.rules.settings.mailbox)]),
            (lambda: f"正在登录发信服务器 {self.answers.smtp}……", lambda mail: [mail.sender()]),
        ]
        for told, stage in stages:
            if not self._passed(told, stage):
                return "failed"
        if not self._mend:
            sending = f"给自己发一封测试信，看收不收得到（最多等 {setup.wait} 秒）……"
            if not self._passed(lambda: sending, lambda mail: [mail.by_mail(setup.say, setup.wait)]):
                return "failed"
        return "mend" if self._mend else "well"

    def _how_to_get_a_code(self) -> None:
        if self.story.setup.talk is None:
            return
        provider = provider_of(self.answers.address, self.answers.imap.host)
        say = self.story.setup.say
        say(f"接下来要{provider.secret}：程序登录用的，不是网页登录密码。还没有的，这样取得：")
        say(f"  1. {provider.enable}")
        say(f"  2. {provider.renew}")
        say(f"  3. {provider.fetch_all}")

    def _passed(self, told: Callable[[], str], stage: Stage) -> bool:
        """Whether to go on after a stage: it went well, or was skipped."""
        while True:
            self.story.setup.say(told())
            checks = stage(self.story.check(self.new))
            self._show(checks)
            if all(check.ok for check in checks):
                return True
            self._refusals += any(not check.reached for check in checks)
            turn = self._turn(checks)
            if turn in ("skip", "quit"):
                self._mend = True
                return turn == "skip"

    def _show(self, checks: list[Check]) -> None:
        for check in checks:
            self.story.setup.say(f"{'√' if check.ok else '×'} {check.name}：{check.sentence}")
            for line in check.mend.splitlines() if not check.ok else ():
                self.story.setup.say(f"   {line}")
            if not check.ok and "mailbot.yaml" in check.mend:
                self.story.setup.say(_NOT_YET if self.story.setup.talk else _BY_OPTIONS)

    def _turn(self, checks: list[Check]) -> Turn:
        talk = self.story.setup.talk
        if talk is None:
            return "skip" if all(check.reached for check in checks) else "quit"
        if self._refusals >= _ENOUGH:
            talk.say(f"已经有 {self._refusals} 次没有登录成功。原因不明的，先停半小时再试，免得账号被锁。")
        while (turn := _TURNS.get(talk.ask(_MENU).strip().lower())) is None:
            talk.say("  请写 c、u、h、s、q 中的一个，或者直接按回车。")
        if turn == "code":
            self.story.ask_password(self.new, self.answers, self.story.names(self.new))
        elif turn in ("user", "servers"):
            interview = Interview(self.story.setup.given, (), (), talk)
            if turn == "user":
                self.answers = replace(self.answers, user=interview.user(self.answers.user))
            else:
                imap, smtp = interview.servers(self.answers)
                self.answers = replace(self.answers, imap=imap, smtp=smtp)
            self.story.rewrite(self.new, self.answers, self.kept)
        return turn
