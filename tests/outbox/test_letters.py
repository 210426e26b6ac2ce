"""The letters as they were reviewed by eye: a word that changes is looked at again."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from outbox.conftest import Bureau
from outbox.samples import FOLDER, SAMPLES, written

_NEVER = re.compile(r"[!！]|[\U0001f300-\U0001faff]|亲爱|(?<![A-Za-z0-9.@/])(?:None|True|False|error|missing|undefined)(?![A-Za-z])|格式错误|\{\{|\}\}")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.__name__)
def test_a_letter_is_the_one_that_was_reviewed(sample: Callable[[Bureau], None], tmp_path: Path) -> None:
    name = sample.__name__.replace("_", "-")
    assert written(sample, tmp_path) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8"), "python -m tests.outbox.samples, and read what changed"


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda file: file.stem)
def test_a_letter_keeps_to_the_voice(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not _NEVER.search(text)
    for letter in text.split("收件人：")[1:]:
        assert re.search(r"\d{8}-XXXXXX", letter) and "系统自动发送；直接回复即可" in letter and re.search(r"收到时间：2024-\d\d-\d\d \d\d:\d\d:\d\d", letter)
