"""Read one file by one form, alone: python -m parsers.layouts config/forms/risk-list.yaml 清单.docx"""

import dataclasses
import json
import sys
from pathlib import Path

import yaml

from mailbot.domain.forms import FormType
from parsers.layouts import parse


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    from parsers.readers import read  # only here: the layouts themselves know no file types

    form = FormType.model_validate(yaml.safe_load(Path(arguments[0]).read_text("utf-8")))
    file = Path(arguments[1])
    parsed = parse(read(file.read_bytes(), file.name), form)
    print(json.dumps(dataclasses.asdict(parsed), ensure_ascii=False, indent=1, default=str))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
