"""What `mailbot demo --full` says of the season, and what it leaves to look at."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from mailbot.app import status
from mailbot.app.demo.post import file_name, letters_in_a_row
from mailbot.app.demo.season import plan
from mailbot.app.demo.season.play import Letter, Season, Watch, lacks_cast, season
from mailbot.app.exports.ledger import export_ledger
from mailbot.app.exports.rollup import export_rollup
from mailbot.app.exports.scores import export_scores
from mailbot.app.places import bundled
from mailbot.app.tables import status_table
from mailbot.domain.obligations import Standing

Say = Callable[[str], None]
# a quiet day, a deadline over, a stranger waits, a holiday is near, somebody wants more time, the end
TELLING = (date(2023, 8, 21), date(2024, 1, 2), date(2024, 2, 29), date(2024, 4, 3), date(2024, 10, 31), date(2025, 1, 27))
_KINDS = {
    "receipt": "回执", "missing": "补正通知", "reminder": "催报提醒", "escalation": "逾期通报", "digest": "日报", "held": "暂未登记", "held-notice": "请单位核实",
    "inquiry": "转联络员", "forwarded-question": "转来的询问", "rejected": "退回说明", "command-done": "处理结果",
}  # fmt: skip
_MOST = 40  # letters that are left as .eml: the first of each kind, and those of telling days


def run_full(folder: Path, *, config: Path | None, say: Say, bar: Callable[[], AbstractContextManager[Watch]]) -> int:
    """Plays the season and leaves its output in `folder`. `bar` opens a progress bar of days. 0: all went well; 2: rules without the
    campaign or its units."""
    if absent := lacks_cast(config or bundled("config")):
        say(absent)
        return 2
    say(f"一年半，{plan.FIRST} 到 {plan.LAST}，逐日演示；内置的收发服务器，不连外网。扫描件不看，只按文件名和同来的可编辑版登记。")
    with TemporaryDirectory(prefix="mailbot-season-") as home, bar() as watch, season(config, Path(home), watch) as played:
        found = list(status.standings(played.house.rules_now(), played.house.ledger, played.house.clock()))
        _leave(folder, played, found)
    for line in _story(played, found):
        say(line)
    say(f"请看 {folder}：ledger.xlsx（台账）、digests/（几天的日报）、replies.txt 和 replies/（部分来往的信）、scores.xlsx（考核）、")
    say("rollup-risk-list-2024Q1.xlsx（汇总表）、status.txt 和 status.json。")
    return 0


def _story(played: Season, found: list[Standing]) -> Iterator[str]:
    posts, letters = played.plan.posts, Counter(x.kind for x in played.letters)
    yield f"\n来信 {len(posts)} 封，办公室的人写了 {len(played.said)} 封；发出 {len(played.letters)} 封："
    yield "　　" + "，".join(f"{_KINDS.get(kind, kind)} {n}" for kind, n in letters.most_common()) + "。"
    busiest = Counter((x.at.date(), x.arrived.address) for x in played.letters if not x.arrived.address.startswith("office@")).most_common(1)[0]
    yield f"　　同一地址一天最多 {busiest[1]} 封（{busiest[0][0]}，{busiest[0][1]}），多出的回执并成一封，第二天早上发。"
    yield "各种习惯的单位，应报各项的结果："
    for habit, name in plan.HABITS.items():
        mine = [s for s in found if (r := s.obligation.campaign.reporter_of(s.obligation.unit)) and played.plan.habits[r.id] == habit]
        states = Counter(s.state for s in mine)
        units = sum(h == habit for h in played.plan.habits.values())
        chased = sum(x.kind == "reminder" and played.plan.habits.get(x.arrived.address.partition("@")[0]) == habit for x in played.letters)
        open_ones = states["partial"] + states["overdue"]
        yield (
            f"　　{name}（{units} 个单位）：{len(mine)} 项，按时 {states['complete'] * 100 // (len(mine) - states['waived'])}%，迟报 {states['complete-late']} 项，"
            f"没报齐 {open_ones} 项；平均每个单位收到催报 {chased // units} 封"
        )
    yield "办公室的人看了日报以后定的："
    for at, word in played.said:
        how = "点一下" if word.clicked else "直接回复"
        yield f"　　{at:%Y-%m-%d %H:%M}　{how}：" + "，".join(f"第 {case} 件“{key}”" for case, key in word.answers)


def _leave(folder: Path, played: Season, found: list[Standing]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tools = played.house.exports()
    export_ledger(tools, folder / "ledger.xlsx", over=True)
    export_scores(tools, folder / "scores.xlsx", over=True)
    export_rollup(tools, "risk-list", "2024Q1", folder / "rollup-risk-list-2024Q1.xlsx", over=True)
    digests = _emptied(folder / "digests", "*.html")
    for letter in (x for x in played.letters if x.kind == "digest" and x.at.date() in TELLING):
        page = letter.arrived.mail.get_body(("html",))
        (digests / f"{letter.at:%Y-%m-%d}.html").write_text(page.get_content() if page else "", encoding="utf-8")
    shown = list(_telling(played))
    replies = _emptied(folder / "replies", "[0-9]*.eml")
    for number, letter in enumerate(shown, 1):
        name = file_name(number, f"{letter.at:%Y%m%d}", letter.arrived.address.partition("@")[0], letter.arrived.subject)
        (replies / name).write_bytes(letter.arrived.raw)
    (folder / "replies.txt").write_text(letters_in_a_row(x.arrived for x in shown), encoding="utf-8")
    _leave_status(folder, played, found)


def _telling(played: Season) -> Iterator[Letter]:
    """The first few letters of each kind, in the order they went out; digests are left as pages."""
    seen: dict[str, int] = defaultdict(int)
    for letter in played.letters:
        seen[letter.kind] += 1
        if letter.kind != "digest" and seen[letter.kind] <= _MOST // len(_KINDS) + 1:
            yield letter


def _leave_status(folder: Path, played: Season, found: list[Standing]) -> None:
    from rich.console import Console

    now = played.house.clock()
    with (folder / "status.txt").open("w", encoding="utf-8") as file:
        Console(file=file, width=170, color_system=None).print(*status_table(found, now), sep="\n")
    shown = {"as_of": now.isoformat(), "obligations": [status.as_json(s) for s in found]}
    (folder / "status.json").write_text(json.dumps(shown, ensure_ascii=False, indent=1), encoding="utf-8")


def _emptied(folder: Path, pattern: str) -> Path:
    """A folder of ours without what an earlier demo left."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(pattern):
        old.unlink()
    return folder
