"""Watches the share as Explorer does, while a program on the server's computer and an SFTP client change what is in it."""
import os
import sys
import uuid

import paramiko
from smbprotocol.change_notify import ChangeNotifyFlags, CompletionFilter, FileSystemWatcher
from smbprotocol.connection import Connection
from smbprotocol.open import (CreateDisposition, CreateOptions, FileAttributes, FilePipePrinterAccessMask,
                              ImpersonationLevel, Open, ShareAccess)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

smb_port, sftp_port, password, folder = sys.argv[1:5]

connection = Connection(uuid.uuid4(), "127.0.0.1", int(smb_port))
connection.connect()
session = Session(connection, "alice", password)
session.connect()
tree = TreeConnect(session, r"\\127.0.0.1\files")
tree.connect()
root = Open(tree, "")
root.create(ImpersonationLevel.Impersonation, FilePipePrinterAccessMask.GENERIC_READ,
            FileAttributes.FILE_ATTRIBUTE_DIRECTORY,
            ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE,
            CreateDisposition.FILE_OPEN, CreateOptions.FILE_DIRECTORY_FILE)


def begin():
    watcher = FileSystemWatcher(root)
    names = CompletionFilter.FILE_NOTIFY_CHANGE_FILE_NAME | CompletionFilter.FILE_NOTIFY_CHANGE_DIR_NAME
    watcher.start(names, ChangeNotifyFlags.SMB2_WATCH_TREE, 65536)
    return watcher


watcher = begin()
transport = paramiko.Transport(("127.0.0.1", int(sftp_port)))
transport.connect(username="alice", password=password)
sftp = paramiko.SFTPClient.from_transport(transport)

told = []


def hear_of(last):
    global watcher
    while not any(name == last for _, name in told):
        watcher.wait()
        told.extend((action["action"].get_value(), action["file_name"].get_value()) for action in watcher.result)
        watcher = begin()


os.makedirs(os.path.join(folder, "local", "deep"))
sftp.mkdir("/files/by-sftp")
# What happens in a new folder before it is known is told as what is there then.
hear_of("local\\deep")
with open(os.path.join(folder, "local", "deep", "file"), "w") as file:
    file.write("content")
os.rename(os.path.join(folder, "local", "deep", "file"), os.path.join(folder, "local", "deep", "other"))
sftp.rename("/files/by-sftp", "/files/renamed")
os.remove(os.path.join(folder, "local", "deep", "other"))
os.mkdir(os.path.join(folder, "last"))
hear_of("last")
ADDED, REMOVED, OLD, NEW = 1, 2, 4, 5
expected = [
    (ADDED, "local"), (ADDED, "local\\deep"), (ADDED, "by-sftp"), (ADDED, "local\\deep\\file"),
    (OLD, "local\\deep\\file"), (NEW, "local\\deep\\other"), (OLD, "by-sftp"), (NEW, "renamed"),
    (REMOVED, "local\\deep\\other"), (ADDED, "last"),
]
# What programs do is told a moment later than what clients do, each in its own order.
assert sorted(told) == sorted(expected), told
assert [name for _, name in told if name.startswith("local")] == [
    name for _, name in expected if name.startswith("local")], told
transport.close()
connection.disconnect()
