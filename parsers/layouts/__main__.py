"""Read one file by one form, alone: python -m parsers.layouts config/forms/risk-list.yaml 清单.docx"""

import dataclasses
import json
import sys
from pathlib import Path

from mailbot.adapters.rules import RulesError, load_form
from parsers.layouts import parse
from parsers.readers import read


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        form = load_form(Path(arguments[0]))
    except RulesError as problem:
        print(problem.sentence, file=sys.stderr)
        return 2
    file = Path(arguments[1])
    parsed = parse(read(file.read_bytes(), file.name), form)
    print(json.dumps(dataclasses.asdict(parsed), ensure_ascii=False, indent=1, default=str))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
