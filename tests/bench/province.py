"""The day's work for rosters of three sizes: the ledger as a workbook, the digest, the rules checked, each a whole process."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from sqlalchemy import insert

from mailbot.adapters import rules as rules_adapter
from mailbot.adapters.ledger import Ledger
from mailbot.adapters.ledger.rows import filing_row
from mailbot.adapters.tables import filings, messages
from mailbot.app.places import bundled
from mailbot.domain.periods import SHANGHAI
from tests.daily.province import filed, province

if TYPE_CHECKING:
    from tests.bench.run import Run

SIZES = (22, 1_000, 20_000)
_NOW = datetime(2024, 3, 29, 9, 5, tzinfo=SHANGHAI)
_AT_ONCE = 5_000


def costs(process: "Callable[..., Run]", folder: Path) -> dict[str, object]:
    """Seconds and megabytes of `export ledger`, `digest` and `config check` for each size. `process` runs mailbot with these words."""
    found: dict[str, object] = {}
    for units in SIZES:
        config, home = folder / f"config-{units}", folder / f"home-{units}"
        _write_rules(config, units)
        _fill(config, home)
        words = ("--config", str(config), "--home", str(home), "--now", _NOW.isoformat())
        jobs = {"ledger": (*words, "export", "ledger", str(folder / f"{units}.xlsx")), "digest": (*words, "digest", "--html", str(folder / f"{units}.html"))}
        jobs["check"] = (*words, "config", "check")
        for name, said in jobs.items():
            run = process(*said)
            found |= {f"{name}_{units}_units_s": run.wall, f"{name}_{units}_units_MB": run.peak / 1e6}
        shutil.rmtree(home)
    return found


def _write_rules(config: Path, units: int) -> None:
    """The bundled rules with so many stations."""
    shutil.copytree(bundled("config"), config)
    pack = config / "campaigns" / "naiman-2023.yaml"
    data = yaml.safe_load(pack.read_text(encoding="utf-8"))
    stations = province(rules_adapter.load(bundled("config")), units).campaigns[0].units
    data["units"] = [{"id": u.id, "name": u.name, "kind": u.kind, "addresses": list(u.addresses)} for u in stations]
    data["duties"] = [d | {"who": [w for w in d.get("who", ()) if not w.isascii() or w.startswith("group-")]} for d in data["duties"]]
    pack.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


def _fill(config: Path, home: Path) -> None:
    """What these stations would have filed, straight into the tables: one mail stands for all."""
    ledger = Ledger(f"sqlite:///{home / 'mailbot.db'}")
    mail = {"sha256": "0" * 64, "message_id": "<1@bench>", "content_key": "0" * 64, "subject": "材料", "received_at": _NOW, "decided_at": _NOW, "number": "1",
            "disposition": "submission", "reason": "", "rules_version": "", "outcome": {"items": []}}  # fmt: skip
    rows = [{"message": 1, **filing_row(one)} for one in filed(rules_adapter.load(config), _NOW.astimezone(UTC))]
    with ledger.engine.begin() as connection:
        connection.execute(insert(messages), [mail])
        for start in range(0, len(rows), _AT_ONCE):
            connection.execute(insert(filings), rows[start : start + _AT_ONCE])
    ledger.close()
