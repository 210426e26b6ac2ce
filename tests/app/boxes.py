"""What the stand-ins for a mailbox share: a server with one folder, opened and closed."""

from typing import Self

from mailbot.domain.mail import FolderState


class OneFolder:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def poll_folders(self, wanted: tuple[str, ...]) -> tuple[FolderState, ...]:
        raise NotImplementedError

    def state(self, folder: str) -> FolderState:
        return self.poll_folders((folder,))[0]
