"""A real Dovecot (IMAP and LMTP) on free loopback ports, as root or as a plain user. Tested recipe: components.md §1."""

import getpass
import grp
import os
import shutil
import smtplib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificate import self_signed
from tests.servers.real import as_root, free_port, missing, short_folder, wait_for_port

BOT = "bot@bureau.example"
STAFF = "office@bureau.example"
_NAMES = """
daqintala baxiantong qinglongshan xinzhen zhian dongming sharihaolai yilongyong guribanhua baiyintala mingren huanghuatala tuchengzi
weiliansu zhifa1 zhifa2 zhifa3 zhifadadui yaoxie huazhuangpin zonghe adr
"""
UNITS = tuple(f"{name}@units.example" for name in _NAMES.split())  # the roster of naiman-2023
ACCOUNTS = {BOT: "bot-secret", STAFF: "office-secret"} | dict.fromkeys(UNITS, "unit-secret")

_CONFIG = """\
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
mail_home = {base}/mail/%u
mail_location = maildir:~/Maildir
first_valid_uid = 1
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={base}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox 垃圾邮件 {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@bureau.example
}}
protocol imap {{
  mail_max_userip_connections = 100
}}
"""
_PLAIN_USER = """\
default_internal_user = {owner}
default_internal_group = {group}
default_login_user = {owner}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
}}
service lmtp {{
  user = {owner}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """Running. `imap_port` is plain with STARTTLS, `imaps_port` TLS; `ca_file` is to be trusted."""

    base: Path
    ca_file: Path
    key_file: Path
    imap_port: int
    imaps_port: int
    lmtp_port: int
    auth_port: int

    def deliver(self, address: str, raw: bytes) -> None:
        """Put a mail into a mailbox by LMTP."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, "localhost") as lmtp:
            lmtp.sendmail("postman@bureau.example", [address], raw)

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """The mails of a folder as they lie on the disk, oldest first."""
        home = self.base / "mail" / address / "Maildir"
        place = home if folder == "INBOX" else home / f".{folder}"
        files = [path for part in ("new", "cur") if (place / part).is_dir() for path in (place / part).iterdir()]
        return [path.read_bytes() for path in sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name))]


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        missing("Dovecot is not installed (Debian: dovecot-imapd dovecot-lmtpd)")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    if not version.startswith("2.3"):
        missing(f"this test's configuration is for Dovecot 2.3, found {version.strip() or 'none'}")
    with short_folder() as base:
        server = _write(base)
        with subprocess.Popen([program, "-F", "-c", base / "dovecot.conf"], stdin=subprocess.DEVNULL) as process:
            try:
                wait_for_port(server.imap_port, lambda: process.poll() is None, base / "dovecot.log")
                wait_for_port(server.lmtp_port, lambda: process.poll() is None, base / "dovecot.log")
                yield server
            finally:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()


def _write(base: Path) -> Dovecot:
    owner, group = ("mail", "mail") if as_root() else (getpass.getuser(), grp.getgrgid(os.getegid()).gr_name)
    cert, key = self_signed(base / "tls")
    server = Dovecot(base, cert, key, *(free_port() for _ in range(4)))
    ports = {"imap": server.imap_port, "imaps": server.imaps_port, "lmtp": server.lmtp_port, "auth": server.auth_port}
    config = _CONFIG if as_root() else _CONFIG + _PLAIN_USER
    filled = config.format(base=base, cert=cert, key=key, owner=owner, group=group, **ports)
    (base / "dovecot.conf").write_text(filled, "utf-8")
    (base / "users").write_text("".join(f"{user}:{{PLAIN}}{word}::::::\n" for user, word in ACCOUNTS.items()), "utf-8")
    (base / "mail").mkdir()
    if as_root():
        shutil.chown(base / "mail", owner, group)
    return server
