"""What makes an IMAP server look like 163: a proxy that rewrites lines (china-mail.md §1, components.md §1).

EXAMINE is refused until an ID was sent; the capability list is short; there is no UIDNEXT anywhere; UIDVALIDITY is always 1;
SEARCH knows ALL, SINCE and BEFORE only; a wrong password is told in NetEase's words. Mail itself passes untouched:
literals are copied by their length, never looked at.
"""

import asyncio
import re
from collections.abc import Callable

FOLDERS = ("草稿箱", "已发送", "已删除", "垃圾邮件", "病毒文件夹", "广告邮件", "订阅邮件")
_SPECIAL = {b"&g0l6P3ux-": b"\\Drafts", b"&XfJT0ZAB-": b"\\Sent", b"&XfJSIJZk-": b"\\Trash", b"&V4NXPpCuTvY-": b"\\Junk"}
_CAPABILITIES = b"IMAP4rev1 XLIST SPECIAL-USE ID LITERAL+ XAPPLEPUSHSERVICE UIDPLUS X-CM-EXT-1 SASL-IR"
_UNKNOWN = (b"IDLE", b"MOVE", b"ENABLE", b"NAMESPACE", b"UNSELECT", b"COMPRESS", b"SORT", b"THREAD", b"NOTIFY")
_LITERAL = re.compile(rb"\{(\d+)\+?\}\r?\n$")
_DATES_ONLY = re.compile(rb"(?i)^(?:\s*(?:ALL|(?:SINCE|BEFORE)\s+\"?[0-9]{1,2}-[A-Z]{3}-[0-9]{4}\"?))+\s*$")

Pass = Callable[[bytes], bytes | None]  # the line to hand on; None: handled here, hand on nothing


class NeteaseProxy:
    """`asyncio.start_server(NeteaseProxy(port).serve, ...)` in front of the IMAP server on 127.0.0.1:`port`."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        visitor = _Visitor(writer)
        ways = [
            asyncio.create_task(_copy(reader, behind_writer, visitor.command)),
            asyncio.create_task(_copy(behind_reader, writer, visitor.answer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (behind_writer, writer):
                end.close()


class _Visitor:
    """One connection: what was said so far, and what becomes of the next line."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self._client = client
        self._known = False  # an ID was sent
        self._greeted = False

    def command(self, line: bytes) -> bytes | None:
        tag, _, rest = line.strip().partition(b" ")
        refusal = self._refusal(rest)
        if refusal is None:
            return line
        self._client.write(refusal.replace(b"TAG", tag) + b"\r\n")
        return None

    def _refusal(self, rest: bytes) -> bytes | None:
        words = rest.upper().split()
        verb = words[1] if words[:1] == [b"UID"] and len(words) > 1 else words[0] if words else b""
        if verb == b"ID":
            self._known = self._known or b"(" in rest  # `ID NIL` is answered, but is no introduction
        elif verb in (b"SELECT", b"EXAMINE") and not self._known:
            return b"TAG NO " + verb + b" Unsafe Login. Please contact kefu@188.com for help"
        elif verb in _UNKNOWN:
            return b"TAG BAD Parse command error"
        elif verb == b"SEARCH":
            wanted = rest[rest.upper().index(b"SEARCH") + 6 :]
            if b"CHARSET" in wanted.upper():
                return b"TAG BAD Parse command error"
            if not _DATES_ONLY.match(wanted):
                return b"* SEARCH\r\nTAG OK SEARCH completed"
        return None

    def answer(self, line: bytes) -> bytes | None:
        if not self._greeted:
            self._greeted = True
            return b"* OK Coremail System IMap Server Ready(163com[embedded])\r\n"
        if re.match(rb"\* OK \[(?:UIDNEXT|MAILBOXID|HIGHESTMODSEQ)", line):
            return None
        if re.match(rb"\* CAPABILITY |\S+ OK \[CAPABILITY ", line):
            return re.sub(rb"CAPABILITY [^\]\r\n]*", b"CAPABILITY " + _CAPABILITIES, line, count=1)
        if line.startswith(b"* STATUS "):
            name, _, items = line.rstrip().rpartition(b"(")
            items = re.sub(rb"UIDVALIDITY \d+", b"UIDVALIDITY 1", re.sub(rb"UIDNEXT \d+", b"", items))
            return name + b"(" + b" ".join(items[:-1].split()) + b")\r\n"
        if line.startswith((b"* LIST ", b"* XLIST ")):
            return _with_special_use(line)
        line = re.sub(rb"^(\S+) NO \[AUTHENTICATIONFAILED\].*", rb"\1 NO LOGIN Login error or password error\r", line)
        return re.sub(rb"\[(APPENDUID|COPYUID|UIDVALIDITY) \d+", rb"[\1 1", line)


def _with_special_use(line: bytes) -> bytes:
    for name, flag in _SPECIAL.items():
        if name in line:
            head, _, rest = line.partition(b"(")
            return head + b"(" + flag + (b"" if rest.startswith(b")") else b" ") + rest
    return line


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, through: Pass) -> None:
    """Lines through `through`, literals by their length. The rest of a line after a literal is the same line still."""
    first = True
    try:
        while line := await reader.readline():
            handed = through(line) if first else line
            literal = _LITERAL.search(line)
            first = literal is None
            if handed is not None:
                writer.write(handed)
                await writer.drain()
            left = int(literal[1]) if literal else 0
            while left:
                block = await reader.read(min(left, 1 << 16))
                if not block:
                    return
                left -= len(block)
                writer.write(block)
                await writer.drain()
    except (ConnectionError, ValueError):  # gone, or a line beyond the limit
        return
