"""Reads or writes seven bytes beyond 5 GiB, through SMB and SFTP."""
import sys
import uuid

import paramiko
from smbprotocol.connection import Connection
from smbprotocol.open import (CreateDisposition, FileAttributes, FilePipePrinterAccessMask, ImpersonationLevel, Open,
                              ShareAccess)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

smb_port, sftp_port, password, what, name = sys.argv[1:6]
FAR, MARK = 5 << 30, b"the end"

connection = Connection(uuid.uuid4(), "127.0.0.1", int(smb_port))
connection.connect()
session = Session(connection, "alice", password)
session.connect()
tree = TreeConnect(session, r"\\127.0.0.1\files")
tree.connect()
file = Open(tree, name if what == "read" else f"smb-{name}")
file.create(ImpersonationLevel.Impersonation,
            FilePipePrinterAccessMask.GENERIC_READ | FilePipePrinterAccessMask.GENERIC_WRITE,
            FileAttributes.FILE_ATTRIBUTE_NORMAL, ShareAccess.FILE_SHARE_READ, CreateDisposition.FILE_OPEN_IF, 0)
if what == "read":
    assert file.end_of_file == FAR + len(MARK), file.end_of_file
    assert file.read(FAR, len(MARK)) == MARK
else:
    file.write(MARK, FAR)
file.close()
connection.disconnect()

transport = paramiko.Transport(("127.0.0.1", int(sftp_port)))
transport.connect(username="alice", password=password)
sftp = paramiko.SFTPClient.from_transport(transport)
if what == "read":
    assert sftp.stat(f"/files/{name}").st_size == FAR + len(MARK)
    with sftp.open(f"/files/{name}", "rb") as file:
        file.seek(FAR)
        assert file.read() == MARK
else:
    with sftp.open(f"/files/sftp-{name}", "wb") as file:
        file.seek(FAR)
        file.write(MARK)
transport.close()
