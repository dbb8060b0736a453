#!/usr/bin/env python
"""The accounts of a class on one server: a system user, a home of a fixed size and a password each.

    accounts.py add --quota 2000 anna ben chloe     prints each one's password, once
    accounts.py mount                               after the server has started anew
    accounts.py remove anna ben chloe               with their homes

It is root's. A home of a fixed size is a file system of its own in a file, mounted by loop: who
fills it is refused more, and nobody else notices. `--quota 0` leaves the homes on the server's own
disk, as where a container may mount nothing, or where quotas of the file system do the work.
"""

import argparse
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from ssplab.system import SsplabError

HOMES = Path("/srv/ssplab-class")
GROUP = "trainees"
QUOTA = 2000  # MiB
SMALLEST = 16  # MiB, below which a file system has hardly room for anything
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
LIMIT = 120  # seconds for each of the system's commands; an idle machine needs one
GONE_IN = 10  # seconds that killed processes may take to be gone


def add(
    names: Iterable[str], *, group: str = GROUP, quota: int = QUOTA, homes: Path = HOMES
) -> dict[str, str]:
    """Make accounts; all of them, or none.

    Parameters
    ----------
    names : iterable of str
        Names of system users that are not there yet: small letters, digits and hyphens.
    group : str
        Their common group, made if it is not there: the hub lets its members in.
    quota : int
        What a home may hold, in MiB; 0 for no limit.
    homes : Path
        The folder of the homes.

    Returns
    -------
    dict of str to str
        The password of each name; it is kept nowhere else.

    Raises
    ------
    SsplabError
        If this is not root, if a name is taken or no name, or if the system refuses.
    """
    names = list(names)
    _refuse(names, quota, homes)
    _run("groupadd", "--force", group)
    homes.mkdir(parents=True, exist_ok=True)
    passwords: dict[str, str] = {}
    try:
        for name in names:
            passwords[name] = secrets.token_urlsafe(9)
            home = homes / name
            account = ["--gid", group, "--home-dir", str(home), "--shell", "/bin/bash"]
            _run("useradd", "--no-create-home", *account, name)
            _run("chpasswd", told=f"{name}:{passwords[name]}\n")
            home.mkdir(mode=0o700)
            if quota:
                _make_disk(_disk(home), quota)
                _mount(_disk(home), home)
            shutil.chown(home, name, group)
            home.chmod(0o700)
    except BaseException:
        remove(passwords, homes=homes)
        raise
    return passwords


def mount(homes: Path = HOMES) -> list[str]:
    """Mount the homes of a fixed size that are not mounted; return whose they are.

    Raises
    ------
    SsplabError
        If the system refuses.
    """
    mounted = []
    for disk in sorted(homes.glob(".*.ext4")):
        home = homes / disk.stem.removeprefix(".")
        if not home.is_mount():
            _mount(disk, home)
            mounted.append(home.name)
    return mounted


def remove(names: Iterable[str], *, homes: Path = HOMES) -> None:
    """Remove accounts with their homes, and end what they run; what is gone already is no error.

    Parameters
    ----------
    names : iterable of str
        Names that `add` was given. One whose home is elsewhere is refused.
    homes : Path
        As for `add`.

    Raises
    ------
    SsplabError
        If this is not root, if a name is none or somebody else's, or if the system refuses.
    """
    names = list(names)
    _refuse_names(names)
    for name in names:
        home = homes / name
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            account = None
        if account is not None:
            if Path(account.pw_dir) != home:
                raise SsplabError(f"{name} has its home in {account.pw_dir}: no account of a class")
            _end_processes(account.pw_uid)
            _run("userdel", name)
        if home.is_mount():
            _run("umount", str(home))
        if home.is_dir():
            shutil.rmtree(home)
        _disk(home).unlink(missing_ok=True)


def may_mount(folder: Path) -> str:
    """Return why homes of a fixed size cannot be made in a folder; nothing if they can.

    It is tried, since whether a container may mount cannot be asked.
    """
    probe = folder / "probe"
    probe.mkdir()
    try:
        _make_disk(_disk(probe), SMALLEST)
        _mount(_disk(probe), probe)
        _run("umount", str(probe))
    except SsplabError as error:
        return str(error)
    finally:
        _disk(probe).unlink(missing_ok=True)
        probe.rmdir()
    return ""


def _refuse(names: list[str], quota: int, homes: Path) -> None:
    _refuse_names(names)
    if 0 < quota < SMALLEST:
        raise SsplabError(f"A home of {quota} MiB holds nothing: take {SMALLEST} or more.")
    taken = {account.pw_name for account in pwd.getpwall()}
    for name in names:
        if names.count(name) > 1 or name in taken:
            raise SsplabError(f"There is a user {name} already: take another name.")
        if (homes / name).exists() or _disk(homes / name).exists():
            raise SsplabError(f"{homes / name} is somebody's already: take another name.")


def _refuse_names(names: list[str]) -> None:
    if os.geteuid() != 0:
        raise SsplabError("Accounts are root's to make and to remove: run this as root.")
    for name in names:
        if not NAME.fullmatch(name):
            raise SsplabError(
                f"{name!r} is no name of an account: a small letter, then small letters, digits "
                "and hyphens, at most 31 in all."
            )


def _disk(home: Path) -> Path:
    """Return the file that holds a home of a fixed size; only root reads it."""
    return home.with_name(f".{home.name}.ext4")


def _make_disk(disk: Path, size: int) -> None:
    """Make a file system of some MiB in a file, all of whose space is taken from now on."""
    try:
        with open(disk, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            os.posix_fallocate(file.fileno(), 0, size * 2**20)
    except OSError as error:
        raise SsplabError(f"{disk} cannot be written: {error.strerror}") from error
    # Nothing is kept for root; no `lost+found` for whoever lives there to wonder at.
    _run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0,root_owner=0:0", str(disk))


def _mount(disk: Path, home: Path) -> None:
    _run("mount", "-o", "loop,nosuid,nodev", str(disk), str(home))
    lost = home / "lost+found"
    if lost.is_dir():
        lost.rmdir()


def _end_processes(user: int) -> None:
    """Kill all that a user runs, and what it starts meanwhile."""
    deadline = time.monotonic() + GONE_IN
    while processes := _processes(user):
        if time.monotonic() > deadline:
            told = ", ".join(map(str, processes))
            raise SsplabError(f"Processes of user {user} do not end: {told}")
        for pid in processes:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def _processes(user: int) -> list[int]:
    """Return the processes of a user that live; one that only waits to be reaped does not."""
    found = []
    for process in psutil.process_iter(["uids", "status"]):
        uids = process.info["uids"]
        if uids and uids.real == user and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


def _run(*command: str, told: str | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            input=told,
            stdin=subprocess.DEVNULL if told is None else None,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except FileNotFoundError as error:
        raise SsplabError(f"The program {command[0]} is not here.") from error
    if done.returncode:
        raise SsplabError(f"`{' '.join(command)}` was refused: {done.stderr.strip()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--homes", type=Path, default=HOMES, help=f"their folder ({HOMES})")
    verbs = parser.add_subparsers(dest="verb", required=True)
    adding = verbs.add_parser("add", help="make accounts and print their passwords")
    adding.add_argument("names", nargs="+")
    adding.add_argument("--group", default=GROUP, help=f"whom the hub lets in ({GROUP})")
    adding.add_argument("--quota", type=int, default=QUOTA, help=f"MiB a home ({QUOTA})")
    removing = verbs.add_parser("remove", help="remove accounts with their homes")
    removing.add_argument("names", nargs="+")
    verbs.add_parser("mount", help="mount the homes, after the server has started anew")
    asked = parser.parse_args()
    try:
        if asked.verb == "add":
            made = add(asked.names, group=asked.group, quota=asked.quota, homes=asked.homes)
            for name, password in made.items():
                print(f"{name} {password}")
        elif asked.verb == "remove":
            remove(asked.names, homes=asked.homes)
        else:
            for name in mount(asked.homes):
                print(f"{name}'s home is mounted")
    except SsplabError as error:
        sys.exit(f"accounts.py: {error}")


if __name__ == "__main__":
    main()
