"""A client that vanishes: ADDRESS PORT PASSWORD hold|wait.

"hold" opens a file with a batch oplock and another with a lock, says "ready" and never anything again. "wait" opens the one
and writes into the lock of the other, and says how many seconds it took until each was let.
"""
import sys
import time
import uuid

from smbprotocol.connection import Connection, Dialects
from smbprotocol.exceptions import SMBResponseException
from smbprotocol.open import (CreateDisposition, CreateOptions, FileAttributes, FilePipePrinterAccessMask,
                              ImpersonationLevel, LockFlags, Open, RequestedOplockLevel, ShareAccess, SMB2LockElement)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

address, port, password, role = sys.argv[1:5]
FILE_LOCK_CONFLICT = 0xC0000054
ACCESS = FilePipePrinterAccessMask.GENERIC_READ | FilePipePrinterAccessMask.GENERIC_WRITE
SHARE = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE
PATIENCE = 150

connection = Connection(uuid.uuid4(), address, int(port), require_signing=True)
connection.connect(Dialects.SMB_3_1_1)
session = Session(connection, "alice", password)
session.connect()
tree = TreeConnect(session, rf"\\{address}\files")
tree.connect()


def create(name, oplock):
    file = Open(tree, name)
    file.create(ImpersonationLevel.Impersonation, ACCESS, FileAttributes.FILE_ATTRIBUTE_NORMAL, SHARE,
                CreateDisposition.FILE_OPEN_IF, CreateOptions.FILE_NON_DIRECTORY_FILE, oplock_level=oplock)
    return file


none, batch = RequestedOplockLevel.SMB2_OPLOCK_LEVEL_NONE, RequestedOplockLevel.SMB2_OPLOCK_LEVEL_BATCH
if role == "hold":
    create("cached", batch)
    locked = create("locked", none)
    lock = SMB2LockElement()
    lock["offset"], lock["length"] = 0, 100
    lock["flags"] = LockFlags.SMB2_LOCKFLAG_EXCLUSIVE_LOCK | LockFlags.SMB2_LOCKFLAG_FAIL_IMMEDIATELY
    locked.lock([lock])
    print("ready", flush=True)
    time.sleep(1000)

started = time.monotonic()
create("cached", none)
print(f"opened after {time.monotonic() - started:.0f} s", flush=True)
file = create("locked", none)
while True:
    try:
        file.write(b"x", 50)
        break
    except SMBResponseException as error:
        assert error.status == FILE_LOCK_CONFLICT, hex(error.status)
        assert time.monotonic() - started < PATIENCE, "the lock of a client that is gone stays"
        time.sleep(1)
print(f"written after {time.monotonic() - started:.0f} s", flush=True)
