"""Where rules and templates lie: beside each other in a folder of the office, in a checkout, or inside the wheel."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent.parent


def bundled(name: str) -> Path:
    """config/ or templates/ as they travel in the wheel; in a checkout those beside the package."""
    inside = _HERE / "_bundled" / name
    return inside if inside.is_dir() else _HERE.parent / name


def config_folder(wanted: Path | None) -> Path:
    """--config, else ./config where it holds rules, else the bundled one."""
    if wanted is not None:
        return wanted
    here = Path("config")
    return here if (here / "mailbot.yaml").is_file() else bundled("config")


def templates_folder(config: Path) -> Path:
    """templates/ beside the rules in force, else the bundled ones."""
    beside = config.resolve().parent / "templates"
    return beside if (beside / "findings.yaml").is_file() else bundled("templates")
