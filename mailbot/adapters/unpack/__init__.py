"""Files that hold files, opened to leaves: archives, attached mails, winmail.dat. On disk, in pieces, within one budget.

No name out of an archive is ever used as a path: `材料.zip/清单.docx` is only for showing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mailbot.adapters.leaves import Leaf, Store
from mailbot.adapters.limits import Limits
from mailbot.adapters.unpack.box import Box, Budget, Refused
from mailbot.adapters.unpack.outside import open_outside
from mailbot.adapters.unpack.streams import open_packed, open_tar
from mailbot.adapters.unpack.tnef import open_tnef
from mailbot.adapters.unpack.zips import open_broken_zip, open_zip
from parsers.readers.sniff import Format, sniff_file

__all__ = ["Unpacked", "expand"]

# (files, words, subject and texts, trouble) of a mail that came as a file; None where it must not be opened.
OpenMail = Callable[[Leaf, Limits, Store], tuple[tuple[Leaf, ...], str, tuple[str, ...], str] | None]

_OPENERS: dict[Format, Callable[[Box], None]] = {
    "zip": open_zip, "broken-zip": open_broken_zip, "tar": open_tar, "gz": open_packed, "bz2": open_packed, "xz": open_packed,
    **dict.fromkeys(("rar", "7z", "cab", "lzh", "iso"), open_outside),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unpacked:
    """All files of a mail in order. `words`: the texts of attached mails; `text`: that of a winmail.dat; `within`: as in Message.
    `trouble`: why something was not opened that the structure of the mail asks for."""

    leaves: tuple[Leaf, ...]
    words: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    text: str = ""
    trouble: str = ""


@dataclass
class _Work:
    """A walk in progress."""

    limits: Limits
    store: Store
    open_mail: OpenMail
    budget: Budget
    leaves: list[Leaf] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)
    text: str = ""
    trouble: str = ""

    def spent(self) -> bool:
        """Counts one more leaf or container; whether that was the last that may be."""
        self.budget.opened += 1
        return self.budget.opened >= self.limits.leaves


def expand(leaves: tuple[Leaf, ...], limits: Limits, store: Store, open_mail: OpenMail) -> Unpacked:
    """An archive whose members could be read is not a leaf itself, one that could not be is a leaf with its trouble; one with
    good and refused members gives both."""
    work = _Work(limits, store, open_mail, Budget(limits))
    for leaf in leaves:
        _expand(leaf, work, archives=0, mails=0)
    return Unpacked(tuple(work.leaves), tuple(work.words), tuple(work.within), work.text, work.trouble)


def _expand(leaf: Leaf, work: _Work, archives: int, mails: int) -> None:
    if work.budget.opened >= work.limits.leaves:
        return
    if leaf.trouble or not leaf.content.size or leaf.content.file is None:
        _add(work, _measured(leaf))
        return
    format_ = "mail" if leaf.mail else sniff_file(leaf.content.file)
    if format_ == "mail":
        _expand_mail(leaf, work, archives, mails)
    elif format_ == "tnef" or format_ in _OPENERS:
        if archives < work.limits.archive_depth:
            _expand_archive(leaf, format_, work, archives, mails)
        else:
            _add(work, replace(leaf, trouble="archive-unsafe", detail=f"archives nested deeper than {work.limits.archive_depth}"))
    else:
        _add(work, leaf)


def _add(work: _Work, leaf: Leaf) -> None:
    if work.spent():
        leaf = replace(leaf, trouble="archive-unsafe", detail=f"more than {work.limits.leaves} files; the rest was not read")
    work.leaves.append(leaf)


def _measured(leaf: Leaf) -> Leaf:
    if leaf.trouble:
        return leaf
    if not leaf.content.size:
        return replace(leaf, trouble="empty-file", detail="file of 0 bytes")
    return replace(leaf, trouble="too-large", detail=f"file of {leaf.content.size} bytes")


def _expand_mail(leaf: Leaf, work: _Work, archives: int, mails: int) -> None:
    """The files of an attached mail in its place. One that must not be opened stays a leaf, and the mail is told to hold it."""
    opened = work.open_mail(leaf, work.limits, work.store) if mails < work.limits.mail_depth else None
    if opened is None:
        work.trouble = work.trouble or "not parsed: an attached mail nested too deeply or too costly"
        _add(work, replace(leaf, trouble="archive-unsafe", detail="attached mail nested too deeply or too costly to be parsed"))
        return
    work.budget.opened += 1
    files, words, within, trouble = opened
    work.words.append(words)
    work.within += within
    work.trouble = work.trouble or trouble
    for file in files:
        _expand(file, work, archives, mails + 1)


def _expand_archive(leaf: Leaf, format_: Format, work: _Work, archives: int, mails: int) -> None:
    box = Box(leaf, work.budget, work.store)
    refusal = _opened(box, format_, work)
    if refusal is None and box.unsafe:
        refusal = Refused("archive-unsafe", "; ".join(box.unsafe[:5]))
    elif refusal is None and not box.members and format_ != "tnef":
        refusal = Refused("empty-file", "archive without files")
    elif refusal is not None and refusal.trouble == "archive-unsafe":
        box.members.clear()
    if refusal is not None:
        _add(work, replace(leaf, trouble=refusal.trouble, detail=refusal.detail))
    for member in box.members:
        _expand(member, work, archives + 1, mails)


def _opened(box: Box, format_: Format, work: _Work) -> Refused | None:
    """Fills the box; why it could not be filled to the end."""
    try:
        if format_ != "tnef":
            _OPENERS[format_](box)
        elif box.leaf.content.file is not None:
            with box.leaf.content.file.open("rb") as stream:
                text = open_tnef(box, stream, work.limits.archive_depth)
            work.within.append(f"\n{text}")
            if not box.leaf.forwarded:
                work.text = work.text or text
    except Refused as refusal:
        return refusal
    return None
