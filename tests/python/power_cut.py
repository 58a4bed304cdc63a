"""What a power cut would leave of what a client was told is on the disk: PORT SFTP_PORT PASSWORD, and FOLDER, which is shared.

The kernel tells which pages of a file the disk does not have yet (cachestat, Linux 6.5 and later).
"""
import ctypes
import os
import random
import struct
import sys
import uuid

import paramiko
from paramiko.sftp import CMD_EXTENDED
from smbprotocol.connection import Connection, Dialects
from smbprotocol.open import (CreateDisposition, CreateOptions, FileAttributes, FilePipePrinterAccessMask,
                              ImpersonationLevel, Open, ShareAccess)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

port, sftp_port, password, folder = sys.argv[1:5]
CACHESTAT = 451
SHARE = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE
ACCESS = FilePipePrinterAccessMask.GENERIC_READ | FilePipePrinterAccessMask.GENERIC_WRITE
libc = ctypes.CDLL(None, use_errno=True)
block = random.randbytes(65536)
# Not in order, so that much is in the middle of the file.
places = [number * 65536 for number in random.sample(range(64), 64)]


def missing(name):
    """Pages of a file that the disk does not have."""
    file = os.open(os.path.join(folder, name), os.O_RDONLY)
    counts = (ctypes.c_uint64 * 5)()
    if libc.syscall(CACHESTAT, file, ctypes.byref((ctypes.c_uint64 * 2)(0, 0)), ctypes.byref(counts), 0) != 0:
        print("this kernel does not tell")
        sys.exit(os.environ.get("LANDFALL_MUST_TEST") == "1")
    os.close(file)
    return counts[1] + counts[2]


def check(name, write, flush):
    for place in places:
        write(place)
    waits = missing(name)
    flush()
    assert missing(name) == 0, f"{name}: {missing(name)} pages of what was flushed are not on the disk"
    return waits


connection = Connection(uuid.uuid4(), "127.0.0.1", int(port), require_signing=True)
connection.connect(Dialects.SMB_3_1_1)
session = Session(connection, "alice", password)
session.connect()
tree = TreeConnect(session, r"\\127.0.0.1\files")
tree.connect()


def create(name, options=0):
    file = Open(tree, name)
    file.create(ImpersonationLevel.Impersonation, ACCESS, FileAttributes.FILE_ATTRIBUTE_NORMAL, SHARE,
                CreateDisposition.FILE_OPEN_IF, CreateOptions.FILE_NON_DIRECTORY_FILE | options)
    return file


flushed = create("flushed")
waits = check("flushed", lambda place: flushed.write(block, place), flushed.flush)

# Each is there when it is answered.
through = create("through", CreateOptions.FILE_WRITE_THROUGH)
for place in places[:8]:
    through.write(block, place)
    assert missing("through") == 0, "what was written through is not on the disk"
each = create("each")
for place in places[:8]:
    each.write(block, place, write_through=True)
    assert missing("each") == 0, "what was written through is not on the disk"

client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect("127.0.0.1", int(sftp_port), "alice", password, allow_agent=False, look_for_keys=False)
sftp = client.open_sftp()
file = sftp.open("/files/by-sftp", "w")


def write(place):
    file.seek(place)
    file.write(block)


waits += check("by-sftp", write, lambda: sftp._request(CMD_EXTENDED, "fsync@openssh.com", file.handle))
if waits == 0:
    print("this disk keeps nothing waiting")
client.close()
connection.disconnect()
