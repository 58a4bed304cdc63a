"""A slow disk: shows FOLDER at MOUNT, where each read and each flush takes as long as said.

usage: slow_disk.py FOLDER MOUNT READ_SECONDS FLUSH_SECONDS

Prints "ready" when it is mounted; ends when it is unmounted.
"""
import os
import sys
import time

from fuse import FUSE, Operations

folder, mount, read_seconds, flush_seconds = sys.argv[1:5]
read_seconds, flush_seconds = float(read_seconds), float(flush_seconds)
ATTRIBUTES = ("st_atime", "st_ctime", "st_gid", "st_ino", "st_mode", "st_mtime", "st_nlink", "st_size", "st_uid", "st_blocks")
SPACE = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_flag", "f_frsize", "f_namemax")


def fields(result, names):
    return {name: getattr(result, name) for name in names}


class SlowDisk(Operations):
    """Each request has a thread of its own, so that requests wait side by side."""

    def __call__(self, operation, path, *arguments):
        return getattr(self, operation)(folder + path, *arguments)

    def init(self, _path):
        print("ready", flush=True)

    def getattr(self, path, _handle=None):
        return fields(os.lstat(path), ATTRIBUTES)

    def statfs(self, path):
        return fields(os.statvfs(path), SPACE)

    def readdir(self, path, _handle):
        return [".", "..", *os.listdir(path)]

    def open(self, path, flags):
        return os.open(path, flags)

    def create(self, path, mode, _info=None):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def read(self, _path, size, offset, handle):
        time.sleep(read_seconds)
        return os.pread(handle, size, offset)

    def write(self, _path, data, offset, handle):
        return os.pwrite(handle, data, offset)

    def truncate(self, path, length, _handle=None):
        os.truncate(path, length)

    def fsync(self, _path, _only_data, _handle):
        time.sleep(flush_seconds)
        return 0

    def release(self, _path, handle):
        os.close(handle)

    def chmod(self, path, mode):
        os.chmod(path, mode)

    def chown(self, path, owner, group):
        os.chown(path, owner, group)

    def utimens(self, path, times=None):
        os.utime(path, times)

    def mkdir(self, path, mode):
        os.mkdir(path, mode)

    def rmdir(self, path):
        os.rmdir(path)

    def unlink(self, path):
        os.unlink(path)

    def rename(self, old, new):
        os.rename(old, folder + new)


# `auto_unmount`: nothing is left behind by a process that is killed. `direct_io`: each read gets to the disk.
others = {"allow_other": True} if os.geteuid() == 0 else {}
FUSE(SlowDisk(), mount, foreground=True, auto_unmount=True, direct_io=True, use_ino=True, **others)
