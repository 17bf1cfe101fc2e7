"""What the sandbox of util-linux is built from. What it keeps is tried in `test_sandbox.py`."""

import os
import shlex

import pytest

from lmkit.classroom import contents, unshare


@pytest.fixture
def mounted(monkeypatch, tmp_path):
    """A machine on which some things are mounted at `tmp_path / "python"`."""
    place = tmp_path / "python"
    place.mkdir()
    points = ["/", place, f"{place}/a\\040disk", f"{place}/a\\040disk", f"{place}2", tmp_path]
    lines = [f"36 35 98:0 / {point} rw,noatime master:1 - ext3 /dev/root rw" for point in points]
    (tmp_path / "mountinfo").write_text("\n".join(lines))
    monkeypatch.setattr(unshare, "MOUNTED", tmp_path / "mountinfo")
    return place


def test_what_is_mounted_below_a_path_is_found(mounted):
    assert unshare._mounts(str(mounted)) == ["", "/a disk"]


def test_it_is_found_through_a_link_too(mounted, tmp_path):
    """As /lib is a link to /usr/lib on most systems."""
    (tmp_path / "link").symlink_to(mounted)
    assert unshare._mounts(str(tmp_path / "link")) == ["", "/a disk"]


def test_each_mount_is_set_to_be_read_only(mounted, monkeypatch, tmp_path):
    monkeypatch.setattr(contents, "FOUND", (str(mounted),))
    steps = list(unshare._to_read(tmp_path / "root", tmp_path))
    set_so = [step[-1] for step in steps if unshare.TO_READ in step]
    assert f"{tmp_path}/root{mounted}/a disk" in set_so
    assert set_so.count(f"{tmp_path}/root{mounted}") == 1
    assert [step[-1] for step in steps if "--rbind" in step] == [f"{tmp_path}/root{mounted}", f"{tmp_path}/root/book"]


def test_root_changes_to_another_user_and_others_begin_with_a_namespace_of_theirs(mounted, monkeypatch, tmp_path):
    """Nobody but root may mount outside of one."""
    told = {}
    for user in (0, 1000):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        told[user] = unshare.command(tmp_path / "book")
    assert "--reuid" in told[0] and "--map-root-user" not in told[0]
    assert "--reuid" not in told[1000] and "--map-root-user" in told[1000]


def test_no_step_is_taken_outside_of_the_new_namespaces(mounted, tmp_path):
    """Each is a line of the shell that `unshare` starts, and the first that fails ends it."""
    command = unshare.command(tmp_path / "book")
    shell = command.index("sh")
    assert command.index("unshare") < command.index("--mount") < shell and command[shell + 1] == "-e"
    steps = [shlex.split(line)[0] for line in command[shell + 3].splitlines()]
    assert set(steps) <= {"umask", "mkdir", "mount", "touch", "ln", "pivot_root", "cd", "umount", "rmdir", "exec"}
    assert "mount" not in command[:shell]
