"""Every dialect, signed and encrypted, through smbprotocol; locks, compounds and searches."""
import sys
import uuid

from smbprotocol.connection import Connection, Dialects
from smbprotocol.exceptions import SMBResponseException
from smbprotocol.file_info import FileInformationClass
from smbprotocol.open import (CreateDisposition, CreateOptions, FileAttributes, FilePipePrinterAccessMask,
                              ImpersonationLevel, LockFlags, Open, ShareAccess, SMB2LockElement)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

port, _, password = sys.argv[1:4]
ALL = FilePipePrinterAccessMask.GENERIC_READ | FilePipePrinterAccessMask.GENERIC_WRITE | FilePipePrinterAccessMask.DELETE
SHARE = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE


def create(tree, name, access=ALL, disposition=CreateDisposition.FILE_OPEN_IF, options=0, send=True):
    file = Open(tree, name)
    return file, file.create(ImpersonationLevel.Impersonation, access, FileAttributes.FILE_ATTRIBUTE_NORMAL,
                             SHARE, disposition, options, send=send)


def whole_life(dialect, encrypt):
    connection = Connection(uuid.uuid4(), "127.0.0.1", int(port), require_signing=True)
    connection.connect(dialect)
    assert connection.dialect == dialect, connection.dialect
    session = Session(connection, "alice", password, require_encryption=encrypt)
    session.connect()
    tree = TreeConnect(session, r"\\127.0.0.1\files")
    tree.connect()
    folder, _ = create(tree, "folder", options=CreateOptions.FILE_DIRECTORY_FILE)
    file, _ = create(tree, "folder\\a.txt")
    data = bytes(range(256)) * 256
    assert file.write(data, 0) == len(data)
    file.flush()
    assert file.read(0, len(data)) == data
    entries = folder.query_directory("*.TXT", FileInformationClass.FILE_ID_BOTH_DIRECTORY_INFORMATION)
    names = [entry["file_name"].get_value().decode("utf-16-le") for entry in entries]
    assert names == ["a.txt"], names
    other, _ = create(tree, "folder\\a.txt")
    lock = SMB2LockElement()
    lock["offset"], lock["length"] = 0, 100
    lock["flags"] = LockFlags.SMB2_LOCKFLAG_EXCLUSIVE_LOCK | LockFlags.SMB2_LOCKFLAG_FAIL_IMMEDIATELY
    file.lock([lock])
    try:
        other.lock([lock])
        raise SystemExit("two exclusive locks on one range")
    except SMBResponseException as error:
        assert error.status == 0xC0000055, hex(error.status)
    try:
        other.write(b"x", 50)
        raise SystemExit("a write into a locked range")
    except SMBResponseException as error:
        assert error.status == 0xC0000054, hex(error.status)
    lock["flags"] = LockFlags.SMB2_LOCKFLAG_UNLOCK
    file.lock([lock])
    other.write(b"x", 50)
    other.close()
    file.close()
    # CREATE, READ and CLOSE in one compound: the later requests take the file of the first.
    file, (message, unpack) = create(tree, "folder\\a.txt", send=False)
    read, unpack_read = file.read(50, 1, send=False)
    close, unpack_close = file.close(send=False)
    requests = connection.send_compound([message, read, close], session.session_id, tree.tree_connect_id, related=True)
    unpack(requests[0])
    assert unpack_read(requests[1]) == b"x"
    unpack_close(requests[2])
    gone, _ = create(tree, "folder\\a.txt", options=CreateOptions.FILE_DELETE_ON_CLOSE)
    gone.close()
    folder.close()
    folder, _ = create(tree, "folder", options=CreateOptions.FILE_DIRECTORY_FILE | CreateOptions.FILE_DELETE_ON_CLOSE)
    folder.close()
    tree.disconnect()
    session.disconnect()
    connection.disconnect()


for dialect in (Dialects.SMB_2_0_2, Dialects.SMB_2_1_0, Dialects.SMB_3_0_0, Dialects.SMB_3_0_2, Dialects.SMB_3_1_1):
    whole_life(dialect, False)
    if dialect >= Dialects.SMB_3_0_0:
        whole_life(dialect, True)
