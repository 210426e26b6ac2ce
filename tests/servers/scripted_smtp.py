"""An SMTP server that takes everything unless a test has it say something else at a stage: CONNECT, EHLO, AUTH, MAIL, RCPT, DATA, DOT."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.servers.scripted import Scripted

STAGES = ("CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "DOT")
Said = bytes | Callable[[], bytes | None]  # the answer without its line end; a call may return None to hang up
_USUAL = {"CONNECT": b"220 hi", "EHLO": b"250-hi\r\n250 AUTH PLAIN LOGIN", "AUTH": b"235 ok", "DATA": b"354 go", "DOT": b"250 taken"}


@dataclass
class ScriptedSmtp:
    """`with smtp.serve() as server:`. `offered` are the mails whose dot came, `taken` those of them that were answered 250; `tried`: how
    often each stage was reached. One client at a time."""

    said: dict[str, Said] = field(default_factory=dict)
    offered: list[bytes] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    tried: dict[str, int] = field(default_factory=dict)
    recipients: list[str] = field(default_factory=list)
    _body: list[bytes] | None = None

    def serve(self) -> Scripted:
        return Scripted(lambda: self._say("CONNECT") or b"", self.answer)

    def answer(self, line: bytes) -> bytes | None:
        if self._body is not None and line != b".\r\n":
            self._body.append(line)
            return b""
        if self._body is not None:
            raw, self._body = b"".join(self._body), None
            self.offered.append(raw)
            said = self._say("DOT")
            if said is not None and said.startswith(b"250"):
                self.taken.append(raw)
            return said
        verb = line[:4].upper().decode("ascii", "replace")
        if verb == "QUIT":
            return None
        said = self._say(verb)
        if verb == "RCPT":
            self.recipients.append(line.decode("ascii", "replace").partition("<")[2].partition(">")[0])
        if verb == "DATA" and said is not None and said.startswith(b"354"):
            self._body = []
        return said

    def _say(self, stage: str) -> bytes | None:
        self.tried[stage] = self.tried.get(stage, 0) + 1
        if stage == "CONNECT":
            self._body = None
        said = self.said.get(stage, _USUAL.get(stage, b"250 ok"))
        line = said() if callable(said) else said
        return None if line is None else line + b"\r\n"
