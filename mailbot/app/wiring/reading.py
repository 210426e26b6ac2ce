"""How mail is read in this house: the children that read, what they may, and what is tried out without a trace."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mailbot.adapters.archive import Archive
from mailbot.adapters.cage.looks import Looks
from mailbot.adapters.cage.parent import Cage, Viewing
from mailbot.adapters.limits import Limits
from mailbot.app.intake import Intake
from mailbot.app.ports import Clock
from mailbot.domain.reviews import OpenReview

if TYPE_CHECKING:  # loaded only when a mailbox is opened: a poll of nothing should be cheap
    pass
from mailbot.app.wiring.ground import Ground, fresh_key

_MOST_READERS = 4  # children that read mail side by side
_MOST_LOOKING = 2  # children that look at pages side by side: half a gigabyte each
_FILE_SECONDS = 240  # for all pages of one file
_PAGES_SECONDS = 600  # for all pages of one mail
_PAGES_MEMORY = 2_000_000_000  # bytes of address space; of real memory the child takes a quarter


class Readers(Ground):
    """Everything that a mail passes on its way from bytes to a decision."""

    @contextmanager
    def intake(self) -> Iterator[Intake]:
        """An Intake whose reading happens in caged child processes, which end with it."""
        with self._intake(self.archive, self.looks, self._scratch) as intake:
            yield intake

    @contextmanager
    def trial(self, *, anew: bool = False, pages: Path | None = None) -> Iterator[Intake]:
        """An Intake of which nothing is left afterwards, neither mails nor records. `anew`: what was taken before is decided
        again by today's rules. `pages`: a folder for pictures of what was seen on pages."""
        with TemporaryDirectory(prefix="mailbot-") as folder, self.ledger.rehearsal():
            archive, looks = Archive(Path(folder) / "archive", behind=self.archive), Looks(pages or Path(folder) / "pages", behind=self.looks)
            with self._intake(archive, looks, Path(folder) / "scratch", anew=anew, draws=pages is not None) as intake:
                yield intake

    @contextmanager
    def rehearsal(self, clock: Clock) -> Iterator[Intake]:
        """An Intake by these rules that reads our archive and knows nothing else: it has an empty ledger of its own. Nothing is left of
        it afterwards."""
        with TemporaryDirectory(prefix="mailbot-") as name:
            folder = Path(name)
            alone = {key: value for key, value in self.environment.items() if key != "MAILBOT_DATABASE_URL"} | {"MAILBOT_SENDING": "shadow"}
            apart = replace(self, home=folder, clock=clock, environment=alone)
            archive, looks = Archive(folder / "archive", behind=self.archive), Looks(folder / "pages", behind=self.looks)
            try:
                with apart.ledger.rehearsal(), apart._intake(archive, looks, apart._scratch) as intake:
                    yield intake
            finally:
                apart.close()

    @property
    def _limits(self) -> Limits:
        policy = self.rules.policy
        return Limits(mail_bytes=policy.mail_limit, file_bytes=policy.file_limit)

    @property
    def _scratch(self) -> Path:
        """Where the files of mails lie while they are read."""
        return self.home / "scratch"

    def held(self) -> Mapping[str, bool]:
        """What the children that read mails are kept from on this machine: files, network, tree, processes, and the office (Cage.held)."""
        with Cage() as cage:
            return cage.held()

    def unloaded(self) -> Mapping[str, str]:
        """The readers of attachments that do not load on this machine, and what they say (Cage.unloaded)."""
        with Cage() as cage:
            return cage.unloaded()

    @property
    def looks(self) -> Looks:
        return Looks(self.home / "pages")

    def pictures(self, review: OpenReview) -> tuple[Path, ...]:
        """The seals seen on the files that a person is to look at."""
        return tuple(picture for sha256 in review.sha256 for picture in self.looks.thumbnails(sha256))

    @contextmanager
    def _intake(self, archive: Archive, looks: Looks, scratch: Path, *, anew: bool = False, draws: bool = False) -> Iterator[Intake]:
        policy = self.rules.policy
        if self.rules.settings.sending == "live":
            self.ledger.mark_live(self.clock())  # mail from now on is answered
        self.ledger.in_force(self.rules.version, self.rules.settings.sending, self.clock())
        forms = self.rules.forms.values()
        viewing = Viewing(looks, reads=policy.scans == "read", least_pixels=policy.picture_min_pixels, draws=draws)
        with (
            Cage(min(_MOST_READERS, os.cpu_count() or 1), self._limits, forms=forms, scratch=scratch) as cage,
            Cage(min(_MOST_LOOKING, os.cpu_count() or 1), self._limits, seconds=_FILE_SECONDS, cpu=_FILE_SECONDS, mail_seconds=_PAGES_SECONDS,
                 memory=_PAGES_MEMORY, forms=forms, viewing=viewing, scratch=scratch) as eyes,
        ):
            yield Intake(self.rules, archive, self.ledger, cage, self.templates, self.clock, fresh_key, eyes if policy.scans != "off" else None, anew)

    @contextmanager
    def hands(self) -> Iterator[Cage]:
        """Children that read archived mails again and hand out their files; pages are not looked at. They end with it."""
        with Cage(min(_MOST_READERS, os.cpu_count() or 1), self._limits, forms=self.rules.forms.values(), scratch=self._scratch) as cage:
            yield cage
