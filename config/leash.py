"""Become a command that ends when its parent ends, optionally as another user.

Run as a script (`python -I -S leash.py SIGNAL PARENT UID GID REACH COMMAND ...`), never imported:
it changes its own process and then is the command, under the same process id. SIGNAL is what the
command gets when PARENT, the process that started it, ends. UID and GID are -1 to stay who we
are. REACH is 1 to keep the one privilege of passing through folders closed to that user.
Linux only; elsewhere the command simply runs.
"""

import ctypes
import os
import signal
import sys

# From linux/prctl.h and linux/capability.h.
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def check(result: int) -> None:
    """Raise for the C library's last error when a call answered other than 0."""
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def become(libc: ctypes.CDLL, uid: int, gid: int, *, reach: bool) -> None:
    """Change to this user for good, without any supplementary group."""
    check(libc.prctl(PR_SET_KEEPCAPS, int(reach), 0, 0, 0))
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if reach:
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        only = 1 << CAP_DAC_OVERRIDE
        # Effective, permitted and inheritable, for capabilities 0-31 and then 32-63.
        sets = (ctypes.c_uint32 * 6)(only, only, only, 0, 0, 0)
        check(libc.capset(ctypes.byref(header), ctypes.byref(sets)))
        check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def main() -> None:
    """Read the arguments, take the leash, become the command."""
    last_signal, parent, uid, gid, reach = (int(word) for word in sys.argv[1:6])
    command = sys.argv[6:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if uid >= 0:
            become(libc, uid, gid, reach=bool(reach))
        # After the change of user, which clears it. The kernel sends the signal when the
        # *thread* that started us ends, so starters must be threads that stay.
        check(libc.prctl(PR_SET_PDEATHSIG, last_signal, 0, 0, 0))
        if os.getppid() != parent:
            sys.exit("The parent ended before the leash was on.")
    # A starter that reads its signals by sigwait has them blocked; its children must not.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
