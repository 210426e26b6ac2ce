"""Files that arrive damaged: cut off anywhere, bits turned over, pieces overwritten. Reading them never fails and never hangs.

The files are the golden samples of every format. Inside a zip most damage would stop at its checksum, so there it is also done
to the unpacked parts, which are then packed anew.
"""

import io
import time
import zipfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.domain.documents import Document
from parsers.readers import office, read

GOLDEN = Path(__file__).parent.parent / "golden" / "formats"
pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
LONGEST = 5.0  # seconds; a whole sample takes a hundredth of one
quick = settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@cache
def samples() -> dict[str, bytes]:
    """The smallest golden sample of every format."""
    found: dict[str, bytes] = {}
    for path in sorted(GOLDEN.iterdir(), key=lambda p: (p.stat().st_size, p.name)):
        if path.suffix != ".json":
            found.setdefault(path.suffix[1:], path.read_bytes())
    return found


@pytest.fixture(autouse=True)
def no_office(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """LibreOffice is out of reach: this is about our own readers."""
    monkeypatch.setenv("PATH", "")
    office.program.cache_clear()
    request.addfinalizer(office.program.cache_clear)


PLACES = st.floats(0, 1, exclude_max=True)
RUNS = st.lists(st.tuples(PLACES, st.binary(min_size=1, max_size=40)), min_size=1, max_size=4)


def overwritten(content: bytes, runs: list[tuple[float, bytes]]) -> bytes:
    spoiled = bytearray(content)
    for place, run in runs:
        at = int(place * len(spoiled))
        spoiled[at : at + len(run)] = run
    return bytes(spoiled)


def turned(content: bytes, places: list[float]) -> bytes:
    spoiled = bytearray(content)
    for place in places:
        at = place * len(spoiled)
        spoiled[int(at)] ^= 1 << int(at % 1 * 8)
    return bytes(spoiled)


def survives(content: bytes) -> None:
    started = time.monotonic()
    found = read(content)
    assert isinstance(found, Document)
    assert found.trouble is None or (found.detail and not found.blocks)
    assert isinstance(found.text, str)
    assert time.monotonic() - started < LONGEST


FORMATS = sorted({path.suffix[1:] for path in GOLDEN.iterdir()} - {"json"})
ZIPS = [name for name in FORMATS if zipfile.is_zipfile(io.BytesIO(samples()[name])) and samples()[name].startswith(b"PK")]


def test_every_sample_is_whole() -> None:
    assert len(FORMATS) >= 15
    assert [name for name in FORMATS if read(samples()[name]).trouble] == []


@pytest.mark.parametrize("name", FORMATS)
def test_file_cut_off_anywhere(name: str) -> None:
    content = samples()[name]

    @quick
    @given(PLACES)
    def check(place: float) -> None:
        survives(content[: int(place * len(content))])

    check()


@pytest.mark.parametrize("name", FORMATS)
def test_file_with_bits_turned_over_or_pieces_overwritten(name: str) -> None:
    content = samples()[name]

    @quick
    @given(
        st.one_of(
            RUNS.map(lambda runs: overwritten(content, runs)), st.lists(PLACES, min_size=1, max_size=8).map(lambda p: turned(content, p))
        )
    )
    def check(spoiled: bytes) -> None:
        survives(spoiled)

    check()


@pytest.mark.parametrize("name", ZIPS)
def test_package_with_a_damaged_part(name: str) -> None:
    content = samples()[name]
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {part: package.read(part) for part in package.namelist()}

    @quick
    @given(st.sampled_from(sorted(p for p in parts if parts[p])), st.one_of(RUNS, PLACES))
    def check(part: str, damage: list[tuple[float, bytes]] | float) -> None:
        data = parts[part]
        spoiled = overwritten(data, damage) if isinstance(damage, list) else data[: int(damage * len(data))]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
            for other in parts:
                package.writestr(other, spoiled if other == part else parts[other])
        survives(out.getvalue())

    check()
