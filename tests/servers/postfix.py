"""A real Postfix in front of Dovecot, in a folder of its own: nothing of the machine's Postfix is touched, nothing leaves.

Needs root (components.md §2). Ports: submission with STARTTLS, and one with TLS from the first byte.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.dovecot import ACCOUNTS, Dovecot
from tests.servers.real import free_port, short_folder, wait_for_port

_MAIN = """\
compatibility_level = 3.6
queue_directory = {base}/queue
data_directory = {base}/data
maillog_file = {base}/mail.log
maillog_file_prefixes = {base}
myhostname = mail.bureau.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = bureau.example units.example
virtual_mailbox_maps = texthash:{base}/users
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:no outside mail
relay_transport = error:no outside mail
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access texthash:{base}/at-rcpt, permit_sasl_authenticated, reject
smtpd_data_restrictions = check_recipient_access texthash:{base}/at-data
smtpd_end_of_data_restrictions = check_recipient_access texthash:{base}/at-dot
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
message_size_limit = 80000000
mailbox_size_limit = 0
smtpd_error_sleep_time = 0
notify_classes =
"""
_MASTER = """\
127.0.0.1:{starttls} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    starttls_port: int
    smtps_port: int
    log: Path


def refused() -> dict[str, str]:
    """Addresses that are refused for now or for good, at the stage their name says -> the server's words."""
    words = {"450": "450 4.2.1 try again later", "550": "550 5.7.1 not wanted here"}
    return {f"{stage}{code}@units.example": said for stage in ("rcpt", "data", "dot") for code, said in words.items()}


def postfix_program() -> str | None:
    return shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")


@contextmanager
def postfix(mailboxes: Dovecot) -> Iterator[Postfix]:
    program = postfix_program()
    assert program is not None
    with short_folder() as base:
        server = Postfix(free_port(), free_port(), base / "mail.log")
        _write(base, server, mailboxes)
        command = [program, "-c", str(base / "conf")]  # absolute: with a relative one `stop` does nothing
        subprocess.run([*command, "start"], check=True, capture_output=True, stdin=subprocess.DEVNULL)
        try:
            wait_for_port(server.starttls_port, lambda: True, server.log)
            yield server
        finally:
            subprocess.run([*command, "stop"], check=False, capture_output=True, stdin=subprocess.DEVNULL)


def _write(base: Path, server: Postfix, mailboxes: Dovecot) -> None:
    for name in ("conf", "queue", "data"):
        (base / name).mkdir()
    shutil.chown(base / "data", "postfix")
    ports = {"lmtp": mailboxes.lmtp_port, "auth": mailboxes.auth_port}
    main = _MAIN.format(base=base, cert=mailboxes.ca_file, key=mailboxes.key_file, **ports)
    (base / "conf" / "main.cf").write_text(main, "utf-8")
    (base / "conf" / "master.cf").write_text(_MASTER.format(starttls=server.starttls_port, smtps=server.smtps_port), "utf-8")
    (base / "users").write_text("".join(f"{address} ok\n" for address in (*ACCOUNTS, *refused())), "utf-8")
    for stage in ("rcpt", "data", "dot"):
        at = [f"{address} {said}\n" for address, said in refused().items() if address.startswith(stage)]
        (base / f"at-{stage}").write_text("".join(at), "utf-8")
