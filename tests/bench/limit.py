"""The physical limit: fetch every mail, write it, fsync it; nothing is looked at.

`python -m tests.bench.limit FOLDER IMAP_PORT USER PASSWORD`
"""

import os
import socket
import sys
from pathlib import Path


def main(folder: Path, port: int, user: str, password: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rb")
        stream.readline()
        connection.sendall(f'a LOGIN "{user}" "{password}"\r\nb EXAMINE INBOX\r\nc UID FETCH 1:* (BODY.PEEK[])\r\nd LOGOUT\r\n'.encode())
        number = 0
        while line := stream.readline():
            if not line.endswith(b"}\r\n"):
                continue
            left = int(line[line.rindex(b"{") + 1 : -3])
            with (folder / f"{number}.eml").open("wb") as file:
                while left:
                    piece = stream.read(min(left, 1 << 20))
                    left -= file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
