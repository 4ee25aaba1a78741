"""The wall that needs no parser: a seccomp filter that refuses the system calls which reach out.

Built by hand as classic BPF so that nothing has to be installed. It covers every thread of the
process and those started later, and cannot be taken off again.
"""

import ctypes
import errno
import os
import struct
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
SET_MODE_FILTER, FLAG_TSYNC = 1, 1
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
LOAD, IF_EQUAL, IF_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
X32 = 0x40000000  # x86-64 accepts a second set of numbers above this, which would go round the list

# machine -> (audit architecture, number of seccomp(), numbers to refuse): socket, connect,
# io_uring_setup (sockets without socket()), execve, execveat, ptrace
ARCHITECTURES = {
    "x86_64": (0xC000003E, 317, (41, 42, 425, 59, 322, 101)),
    "aarch64": (0xC00000B7, 277, (198, 203, 425, 221, 281, 117)),
}


class NoSeccomp(OSError):
    """This system or kernel cannot take the filter."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def program(architecture: int, refused: tuple[int, ...]) -> bytes:
    """The filter as BPF: foreign architectures and refused calls get EACCES, the rest pass."""
    checks = [(IF_AT_LEAST, X32), *((IF_EQUAL, number) for number in refused)]
    last = len(checks)
    lines = [(LOAD, 0, 0, 4), (IF_EQUAL, 0, last + 2, architecture), (LOAD, 0, 0, 0)]
    lines += [(code, last - place, 0, value) for place, (code, value) in enumerate(checks)]
    lines += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def refuse_network() -> None:
    """Install the filter on all threads of this process; raise NoSeccomp where that fails."""
    machine = os.uname().machine
    if not sys.platform.startswith("linux") or machine not in ARCHITECTURES:
        raise NoSeccomp(errno.ENOSYS, f"no seccomp filter for {sys.platform} on {machine}")
    architecture, seccomp, refused = ARCHITECTURES[machine]
    libc = ctypes.CDLL(None, use_errno=True)
    code = program(architecture, refused)
    filters = _Program(len(code) // 8, code)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(
        seccomp, SET_MODE_FILTER, FLAG_TSYNC, ctypes.byref(filters)
    ):
        number = ctypes.get_errno()
        raise NoSeccomp(number, f"the kernel refused the filter: {os.strerror(number)}")


def die_with_parent(signal: int) -> bool:
    """Ask the kernel to send this process a signal when the thread that started it ends."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) == 0)
