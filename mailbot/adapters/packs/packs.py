"""A campaign pack as YAML, each item under the words of the notice."""

from collections.abc import Iterator

from mailbot.adapters.packs.values import MODELINE, comment, flow, scalar
from mailbot.domain.notices.pack import Entry, Listing, Pack

_WIDE = 110  # an item that fits stands in one line


def pack_yaml(pack: Pack, *, among_rules: bool = False) -> str:
    """`among_rules`: the file will lie in campaigns/ of a folder of rules, so that editors find the schema beside it."""
    modeline = [f"{MODELINE}campaign.schema.json"] if among_rules else []
    return "\n".join((*modeline, *_lines(pack))) + "\n"


def _lines(pack: Pack) -> Iterator[str]:
    yield from comment("", f"由 mailbot campaign draft 从通知起草：{pack.title}")
    yield "# 每一项上面的“原文”是通知里的话。“# ?”的地方要人来定：核对或改好以后，删去这一行。"
    yield "# 行首加了 # 的项目不起作用；要用就去掉行首的 #。"
    for doubt in pack.doubts:
        yield from comment("? ", doubt)
    for entry in pack.head:
        yield from _remarks(entry, "")
        for key, value in entry.keys.items():
            yield f"{'' if entry.active else '# '}{key}: {flow(value)}"
    for listing in pack.listings:
        yield ""
        yield from _listing(listing)


def _remarks(entry: Entry, indent: str) -> Iterator[str]:
    if entry.cited:
        yield from comment("原文：", entry.cited, indent)
    for note in entry.notes:
        yield from comment("", note, indent)
    for doubt in entry.doubts:
        yield from comment("? ", doubt, indent)


def _listing(listing: Listing) -> Iterator[str]:
    for note in listing.notes:
        yield from comment("", note)
    for doubt in listing.doubts:
        yield from comment("? ", doubt)
    if not any(entry.active for entry in listing.entries):
        yield f"{listing.name}: {'{}' if listing.mapped else '[]'}" + (f"   # 填写时去掉 {'{}' if listing.mapped else '[]'}" if listing.entries else "")
    else:
        yield f"{listing.name}:"
    for entry in listing.entries:
        yield from _remarks(entry, "  ")
        lines = [f"{scalar(k)}: {flow(v)}" for k, v in entry.keys.items()] if listing.mapped else list(_item(entry))
        for line in lines:
            yield f"  {line}" if entry.active else f"  # {line}"


def _item(entry: Entry) -> Iterator[str]:
    """An item of a list: in one line where it is short, else a key a line."""
    short = f"- {flow(entry.keys)}"
    if sum(1 if c.isascii() else 2 for c in short) <= _WIDE and "due" not in entry.keys:
        yield short
        return
    for n, (key, value) in enumerate(entry.keys.items()):
        yield f"{'- ' if n == 0 else '  '}{key}: {flow(value)}"
