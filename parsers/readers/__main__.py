"""`python -m parsers.readers FILE...`: what the readers make of a file."""

import sys
from pathlib import Path

from mailbot.domain.documents import Document, Paragraph
from parsers.readers import read


def as_text(document: Document) -> str:
    """The Document for a person's eyes: one line of facts, then the blocks."""
    facts = [document.kind, f"pictures={document.pictures}", f"scanned={document.scanned}", f"sealable={document.sealable}"]
    facts += [f"pixels={document.pixels[0]}x{document.pixels[1]}"] if document.pixels else []
    facts += ["macro"] if document.macro else []
    facts += [f"{document.trouble}: {document.detail}"] if document.trouble else []
    lines = ["[" + " ".join(facts) + "]"]
    for block in document.blocks:
        if isinstance(block, Paragraph):
            lines.append("#" * block.level + " " * bool(block.level) + block.text)
        else:
            rows = (" | ".join(cell.replace("\n", "⏎") for cell in row) for row in block.rows)
            lines += [f"[table {block.name}]".replace(" ]", "]"), *rows, "[/table]"]
    return "\n".join(lines)


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print(f"== {path}")
        print(as_text(read(Path(path).read_bytes(), path)))
