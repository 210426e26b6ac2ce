"""The bytes of a rule file -> its YAML tree with places. What people mistype in YAML is told in plain words, and where it can be
mended for the moment the rest of the file is still read, so that all its mistakes are told at once."""

import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from mailbot.adapters.rules.mistakes import Mistake, short

_LARGEST_FILE = 8_000_000  # a roster of 20 000 units has 3 MB; a wrong file is refused before it is parsed
_DEEPEST = 1_000
_TOLD = 10  # slips of one kind that are told, of many
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: ten times quicker
_OTHERWISE = {f"tag:yaml.org,2002:{kind}" for kind in ("timestamp", "bool", "int")}


class Loader(_Base):  # type: ignore[misc]
    """Words as people write them: dates and times of day stay text, so that a wrong one is told with its place; `no` and `off`
    are words (YAML 1.2), only true and false are not."""

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML keeps it on the class
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _OTHERWISE]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }


Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9]\d*)$"), list("-+0123456789"))


class Unreadable(Exception):
    """A file of which nothing can be said but this."""

    def __init__(self, sentence: str, line: int = 1, column: int = 1) -> None:
        super().__init__(sentence)
        self.sentence, self.line, self.column = sentence, line, column


def tree_of(path: Path, name: str, mistakes: list[Mistake]) -> yaml.Node | None:
    """The tree of a file; None where there is none, and why is put behind the mistakes. `name`: how the file is called there."""
    try:
        return _composed(_text(path), name, mistakes)
    except Unreadable as trouble:
        mistakes.append(Mistake(name, trouble.line, trouble.column, "", trouble.sentence))
        return None


def tree_in(text: str) -> yaml.Node:
    """The tree of a text that is known to be right (an example, a test). Raises yaml.YAMLError."""
    return Loader(text).get_single_node()  # type: ignore[no-any-return]


def bytes_of(path: Path) -> bytes:
    """What stands in a file; nothing where there is none or it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _text(path: Path) -> str:
    if not path.is_file():
        raise Unreadable("缺少这个文件")
    try:
        content = path.read_bytes()
    except OSError as trouble:
        raise Unreadable(f"文件打不开（{trouble.strerror or type(trouble).__name__}），请检查文件权限") from None
    if len(content) > _LARGEST_FILE:
        raise Unreadable(f"文件有 {len(content) / 1e6:.0f} MB，不像规则文件（最大 {_LARGEST_FILE // 1_000_000} MB）")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable("这是 Excel/Word 文件，不是规则文件；规则写在文本文件里，请用记事本等另存为 UTF-8")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or (b"\0" in content and len(content) % 2 == 0):
        raise Unreadable("文件是 UTF-16（“Unicode”）编码，请用记事本等另存为 UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = content[: trouble.start].count(b"\n") + 1
        raise Unreadable(_encoding_words(content), line) from None


def _encoding_words(content: bytes) -> str:
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return "文件不是 UTF-8 编码，也可能已经损坏；请用记事本等另存为 UTF-8"
    return "文件不是 UTF-8 编码，像是 GBK（ANSI）；请用记事本等另存为 UTF-8"


def _composed(text: str, name: str, mistakes: list[Mistake]) -> yaml.Node:
    """Raises Unreadable for what cannot be mended."""
    try:
        return _whole(text)
    except yaml.MarkedYAMLError as trouble:
        slips = list(_slips(text))
        if not slips:
            raise _told(trouble, text) from None
        mistakes += [Mistake(name, line, column, key, sentence) for line, column, key, sentence, _ in slips[:_TOLD]]
    lines = text.split("\n")
    for line, _, _, _, mended in slips:
        lines[line - 1] = mended
    try:
        return _whole("\n".join(lines))
    except yaml.MarkedYAMLError as trouble:
        said = _told(trouble, "\n".join(lines))
    if said.line in {line for line, *_ in slips}:  # mended wrongly perhaps: nothing is told that may be no mistake
        raise Unreadable("改好以上各处后请再检查一次，其余的内容还没有看", slips[-1][0]) from None
    raise said from None


def _whole(text: str) -> yaml.Node:
    if _is_deep(text):
        raise Unreadable("一层套一层太深，不像规则文件")
    try:
        tree = Loader(text).get_single_node()
    except yaml.reader.ReaderError as trouble:
        line = text.count("\n", 0, trouble.position) + 1
        raise Unreadable("这里有看不见的控制字符，请删去重打这一行", line, trouble.position - text.rfind("\n", 0, trouble.position)) from None
    if tree is None:
        raise Unreadable("文件是空的")
    return _plain(tree, text)


def _is_deep(text: str) -> bool:
    """Whether so many brackets or dashes are open at once that libyaml's recursion would end the process."""
    if re.search(rf"(?:[-?][ \t]+){{{_DEEPEST}}}", text):
        return True
    depths = accumulate(1 if bracket[0] in "[{" else -1 for bracket in re.finditer(r"[\[\]{}]", text))
    return max(depths, default=0) > _DEEPEST


def _plain(tree: yaml.Node, text: str) -> yaml.Node:
    """The tree, where no piece of it stands for another: one that does could be huge when written out. Raises Unreadable."""
    if "&" in text and _repeats(tree):
        alias = next(token for token in yaml.scan(text) if isinstance(token, yaml.AliasToken))
        place = alias.start_mark
        raise Unreadable(f"规则文件不支持 YAML 的引用（*{alias.value}），请把内容照写一遍", place.line + 1, place.column + 1)
    return tree


def _repeats(tree: yaml.Node) -> bool:
    seen, waiting = set[int](), [tree]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            return True
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            waiting += (one for pair in node.value for one in pair)
    return False


# --- what people mistype -------------------------------------------------------------------------------------------------------

_WIDE_COLON = re.compile(r"^(\s*(?:- +)*)([A-Za-z_][\w-]*|[\u4e00-\u9fff]+(?=[ \u3000]*：[ \u3000]*[{\[]))[ \u3000]*：[ \u3000]*(.*)$", re.ASCII)
_NO_BLANK = re.compile(r"^(\s*(?:- +)*)([a-z_]+):([^\s:/].*)$")
_TAB = re.compile(r"^([ ]*)(\t[ \t]*)")
_WIDE_BLANK = re.compile(r"^([ ]*)([\u3000\u00a0][ \u3000\u00a0]*)")
_HARD_BLANK = re.compile(r"^(\s*(?:-[ \u00a0]+)*[A-Za-z_][\w-]*: *|\s*-)\u00a0[ \u00a0]*(.*)$", re.ASCII)
_NO_BLANK_AFTER_DASH = re.compile(r"^( *(?:- +)*)-([A-Za-z_][\w-]*:(?: .*)?|\{.*)$", re.ASCII)

Slip = tuple[int, int, str, str, str]  # line, column, key, sentence, the line mended


def _slips(text: str) -> Iterator[Slip]:
    """Lines that break a file and can be mended. Asked only where a file is broken: in a text between quotes they break nothing."""
    before = ""
    for number, line in enumerate(text.split("\n"), 1):
        if found := _TAB.match(line) or _WIDE_BLANK.match(line):
            what = "制表符（Tab）" if "\t" in found[2] else "不间断空格" if found[2][0] == "\u00a0" else "全角空格"
            mended = " " * _indent_after(before) + line[found.end() :]
            yield number, len(found[1]) + 1, "", f"行首用了{what}，缩进请用半角空格", mended
        elif found := _HARD_BLANK.match(line):
            mended = f"{found[1].rstrip()} {found[2]}"
            yield number, len(found[1]) + 1, "", "这里是不间断空格（看上去像空格），请改成普通的空格", mended
        elif found := _NO_BLANK_AFTER_DASH.match(line):
            yield number, len(found[1]) + 1, "", "减号后面要有空格，请写成“- ”", f"{found[1]}- {found[2]}"
        elif found := _WIDE_COLON.match(line):
            sentence = f"“{found[2]}”后面是全角冒号“：”，请改成半角冒号加一个空格（{found[2]}: ）"
            yield number, line.index("：") + 1, found[2], sentence, f"{found[1]}{found[2]}: {found[3]}"
        elif found := _NO_BLANK.match(line):
            yield number, found.start(3), found[2], f"“{found[2]}:”后面少一个空格", f"{found[1]}{found[2]}: {found[3]}"
        before = line if line.strip() else before


def _indent_after(line: str) -> int:
    """Where the next line most probably begins: below the first word, or deeper where something is to follow."""
    begins = re.match(r"[\s\u3000]*(?:- +)*", line)
    return (begins.end() if begins else 0) + 2 * line.rstrip().endswith(":")


def _open_quote(text: str) -> tuple[int, int] | None:
    """(line, column) of the first quote that is not closed in its line: what follows was read as part of it."""
    for number, line in enumerate(text.split("\n"), 1):
        for found in re.finditer(r"(?:(?<=[:\-,] )|(?<=[\[{]))(['\"])", line):
            inside = line[found.end() :]
            if line.count(found[1], 0, found.start()) % 2 == 0 and inside.replace("\\\"", "").count(found[1]) % 2 == 0:
                return number, found.start() + 1
    return None


# --- what the parser says ----------------------------------------------------------------------------------------------------

_ALIAS = "“*”开头的文字请加引号"
_WORDS = (
    (r"could not find expected ':'", "这一行不是“键: 内容”的样子，也不是以“- ”开头的一项"),
    (r"mapping values are not allowed", "这里多了一个冒号：冒号是文字的一部分就给整段文字加引号，不是就检查上一行的引号和缩进"),
    (r"expected key|<block end>|'-' indicator|<document start>", "缩进没有对齐：同一级的各行要从同一列开始"),
    (r"sequence entries are not allowed", "“- ”要另起一行，不能跟在冒号后面"),
    (r"expected ',' or '\]'", "方括号“[ ]”里少了逗号，或者没有写完"),
    (r"expected ',' or '\}'", "花括号“{ }”里少了逗号，或者没有写完"),
    (r"unknown escape|escape sequence", "双引号里不能这样写“\\”，请改用单引号"),
    (r"unexpected end of stream", "引号没有配成一对"),
    (r"alias|alphabetic or numeric", _ALIAS),
    (r"expected node content", "列表里有一项是空的，或者多了一个逗号"),
    (r"another document", "文件中间有“---”，请删去"),
)


def _told(trouble: yaml.MarkedYAMLError, text: str) -> Unreadable:
    if (quote := _open_quote(text)) and trouble.problem_mark and quote[0] < trouble.problem_mark.line + 1:
        return Unreadable("这里的引号没有配成一对", *quote)
    problem, context = str(trouble.problem or ""), str(trouble.context or "")
    begun = context.startswith("while scanning") or "flow" in context  # there the place where it began tells more
    mark = (trouble.context_mark if begun else None) or trouble.problem_mark or trouble.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if "cannot start any token" in problem:
        rows = text.split("\n")
        sign = rows[line - 1][column - 1 : column] if line <= len(rows) else ""
        words = f"“{sign}”开头的文字请加引号"
    else:
        words = next((said for pattern, said in _WORDS if re.search(pattern, problem)), f"请检查缩进、冒号和引号（{short(problem)}）")
    return Unreadable(f"YAML 写法有误，从这里起读不下去：{words}", line, column)
