"""What a child gives up before it loads anything, by the kernel of Linux alone; no program, no root.

- Landlock: it reads the interpreter, our code and the system's libraries, reads and writes its scratch folder, and nothing else
  (kernel 5.13; from 6.7 on no TCP, from 6.12 on no signals to others). A file in the scratch folder cannot be executed.
- Namespaces of its own (user, network, processes, IPC, mounts): no network but an unconnected loopback; all that it ever started ends with
  it, a daemon too; the count of processes is its own and limited; /tmp and /run are empty and its own, so that the sockets of local servers
  are out of reach.
- seccomp: `socket` and `io_uring_setup` say no. Sockets between its own processes are left to it where /tmp and /run are its own, for
  LibreOffice starts with one in /tmp.

Each alone is left out where the kernel refuses it (containers, old kernels, other systems); `mailbot doctor` tells which.
"""

import contextlib
import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_PARENT_DEATH, _SUBREAPER, _NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 1, 36, 38, 22, 2  # linux/prctl.h
_NAMESPACES = 0x1000_0000 | 0x4000_0000 | 0x2000_0000 | 0x0800_0000 | 0x0002_0000  # linux/sched.h: user, net, pid, ipc, mounts
_BIND, _DEEP, _PRIVATE, _NO_SUID_NO_DEVICES = 0x1000, 0x4000, 1 << 18, 6  # linux/mount.h
_COVERED, _COVER = ("/tmp", "/run"), b"size=16m,mode=0700"
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # Landlock's system calls, the same numbers on every machine
# linux/landlock.h
_EXECUTE, _WRITE, _READ, _LIST, _REMOVE, _MAKE_SOCKET, _TRUNCATE, _IOCTL = 1, 2, 4, 8, 1 << 5, 1 << 9, 1 << 14, 1 << 15
_RIGHTS_BY_EDITION = (0, (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 15) - 1, (1 << 16) - 1)
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/etc", "/opt", "/proc", "/sys/devices/system", "/var/cache/fontconfig",
    "/var/lib/libreoffice", "/var/spool/libreoffice", "/nix", "/gnu",
)  # fmt: skip
# linux/audit.h and the numbers of `socket` there
_MACHINES = {"x86_64": (0xC000_003E, 41), "aarch64": (0xC000_00B7, 198)}
_IO_URING, _LOCAL, _NO_FAMILY = 425, 1, 0xFFFF_FFFF
_PERMITTED, _REFUSED, _KILLED = 0x7FFF_0000, 0x0005_000D, 0x8000_0000  # linux/seccomp.h; 13 is EACCES
_NOBODY = 65534


def apart() -> bool:
    """Own namespaces; what is forked next is the first process in them. False where the kernel refuses."""
    if sys.platform != "linux":
        return False
    owner, group = os.geteuid(), os.getegid()
    if owner == 0:  # root's processes are not counted: the real user id is another's, whose files stay root's
        with contextlib.suppress(OSError):  # without the right to, or where nobody has that id: they are not counted then
            os.setresuid(_NOBODY, 0, 0)
    if _libc().unshare(_NAMESPACES) != 0:
        if owner == 0:
            with contextlib.suppress(OSError):
                os.setresuid(0, 0, 0)
        return False
    with contextlib.suppress(OSError):  # unmapped ids do as well, they only look odd
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{owner} {owner} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


def cover(needed: Iterable[str]) -> bool:
    """Puts empty folders over /tmp and /run; what is `needed` and lies there is seen as before. To be called in own namespaces. False where
    it cannot be had."""
    inside = {os.path.realpath(path) for path in needed if path}
    inside = {path for path in inside if Path(path).is_dir() and path.startswith(tuple(f"{place}/" for place in _COVERED))}
    handles = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in sorted(inside)}
    try:
        done = _mount(None, "/", None, _DEEP | _PRIVATE) and all(_mount("tmpfs", place, "tmpfs", _NO_SUID_NO_DEVICES, _COVER) for place in _COVERED)
        for path, handle in handles.items() if done else ():
            Path(path).mkdir(parents=True, exist_ok=True)
            done = _mount(f"/proc/self/fd/{handle}", path, None, _BIND | _DEEP) and done
        return done
    finally:
        for handle in handles.values():
            os.close(handle)


def _mount(what: str | None, where: str, kind: str | None, flags: int, options: bytes | None = None) -> bool:
    return bool(_libc().mount(what and what.encode(), where.encode(), kind and kind.encode(), ctypes.c_ulong(flags), options) == 0)


def keep_watch() -> None:
    """Forks and returns in the child, whose keeper the caller becomes: it ends the child, and with it all that the child started, as soon
    as nobody is left who might write to stdin."""
    if not hasattr(os, "pidfd_open"):
        return
    child = os.fork()
    if child == 0:
        _libc().prctl(_PARENT_DEATH, signal.SIGKILL)
        _libc().prctl(_SUBREAPER, 1)
        return
    import select

    os.close(1)
    watched = select.poll()
    watched.register(0, 0)  # the hang-up alone
    watched.register(os.pidfd_open(child), select.POLLIN)
    watched.poll()
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def end_by(*numbers: int) -> None:
    """These signals end the process at once, whatever it is busy with; the first process of a namespace would not even notice them."""
    libc = _libc()
    libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    libc.signal.restype = ctypes.c_void_p
    for number in numbers:
        libc.signal(number, ctypes.cast(libc._exit, ctypes.c_void_p))


def without_files(scratch: str, readable: Iterable[str], *, local: bool) -> bool:
    """From now on: reads what is named and the system, writes below `scratch`; `local`: makes sockets in /tmp. False where the kernel has
    no Landlock."""
    if sys.platform != "linux" or (edition := _libc().syscall(_CREATE, None, 0, 1)) < 1:
        return False
    rights = _RIGHTS_BY_EDITION[min(edition, 5)]
    wanted = struct.pack("QQQ", rights, 3 if edition >= 4 else 0, 3 if edition >= 6 else 0)
    rules = _libc().syscall(_CREATE, wanted, 8 if edition < 4 else 16 if edition < 6 else 24, 0)
    if rules < 0:
        return False
    try:
        for path, allowed in _allowed(scratch, readable, rights, local):
            _allow(rules, path, allowed)
        _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return bool(_libc().syscall(_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _allowed(scratch: str, readable: Iterable[str], rights: int, local: bool) -> Iterator[tuple[str, int]]:
    yield scratch, rights & ~_EXECUTE
    if local:
        yield "/tmp", _MAKE_SOCKET | _REMOVE
    for path in (*_SYSTEM, *readable):
        yield path, _EXECUTE | _READ | _LIST
    for path in _DEVICES:
        yield path, (_READ | _WRITE | _TRUNCATE | _IOCTL) & rights


def _allow(rules: int, path: str, allowed: int) -> None:
    """A path that is not there needs no rule."""
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not Path(path).is_dir():
            allowed &= _OF_FILES
        _libc().syscall(_ADD, rules, 1, struct.pack("=Qi", allowed, handle), 0)
    finally:
        os.close(handle)


def without_sockets(*, local: bool) -> bool:
    """No socket from now on, here and in all that is started; `local`: but those within the machine. False where it cannot be had."""
    known = _MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    if known is None:
        return False
    machine, socket = known
    steps = b"".join(
        struct.pack("HBBI", code, yes, no, value)
        for code, yes, no, value in (
            (0x20, 0, 0, 4),  # which kind of machine calls
            (0x15, 1, 0, machine),
            (0x06, 0, 0, _KILLED),
            (0x20, 0, 0, 0),  # which call
            (0x35, 6, 0, 0x4000_0000),  # the numbers of the x32 machine
            (0x15, 5, 0, _IO_URING),
            (0x15, 1, 0, socket),
            (0x06, 0, 0, _PERMITTED),
            (0x20, 0, 0, 16),  # its first argument, the family
            (0x15, 0, 1, _LOCAL if local else _NO_FAMILY),
            (0x06, 0, 0, _PERMITTED),
            (0x06, 0, 0, _REFUSED),
        )
    )
    steps_there = ctypes.create_string_buffer(steps)
    program = struct.pack("HP", len(steps) // 8, ctypes.addressof(steps_there))
    _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    return bool(_libc().prctl(_SECCOMP, _FILTER, ctypes.c_char_p(program), 0, 0) == 0)


def without_privileges() -> None:
    """Whoever has a user namespace is almighty in it: no more."""
    if sys.platform == "linux":
        _libc().capset(struct.pack("Ii", 0x2008_0522, 0), bytes(24))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
