"""Sessions under way lose what is taken from their person at once."""
import subprocess
import sys
import uuid

import paramiko
from smbprotocol.connection import Connection
from smbprotocol.exceptions import SMBException
from smbprotocol.open import (CreateDisposition, FileAttributes, FilePipePrinterAccessMask, ImpersonationLevel, Open,
                              ShareAccess)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

smb_port, sftp_port, password, landfall, data = sys.argv[1:6]
SHARE = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE


def admin(*words):
    subprocess.run([landfall, "--data-dir", data, *words], check=True, stdout=subprocess.DEVNULL)


def refused(action, what):
    try:
        action()
    except (SMBException, OSError, EOFError, paramiko.SSHException):
        return
    raise SystemExit(f"{what} was still allowed")


connection = Connection(uuid.uuid4(), "127.0.0.1", int(smb_port))
connection.connect()
session = Session(connection, "alice", password)
session.connect()
tree = TreeConnect(session, r"\\127.0.0.1\files")
tree.connect()
file = Open(tree, "a.txt")
file.create(ImpersonationLevel.Impersonation,
            FilePipePrinterAccessMask.GENERIC_READ | FilePipePrinterAccessMask.GENERIC_WRITE,
            FileAttributes.FILE_ATTRIBUTE_NORMAL, SHARE, CreateDisposition.FILE_OPEN_IF, 0)
file.write(b"one", 0)

transport = paramiko.Transport(("127.0.0.1", int(sftp_port)))
transport.connect(username="alice", password=password)
sftp = paramiko.SFTPClient.from_transport(transport)
handle = sftp.open("/files/a.txt", "r+b", bufsize=0)
handle.write(b"two")

sessions = subprocess.run([landfall, "--data-dir", data, "session", "list", "--json"], check=True, capture_output=True)
assert sessions.stdout.count(b'"alice"') == 2, sessions.stdout

admin("user", "grant", "alice", "files", "read")
refused(lambda: file.write(b"no", 0), "writing over SMB after the downgrade")
refused(lambda: handle.write(b"no"), "writing over SFTP after the downgrade")
assert file.read(0, 3) == b"two"
handle.seek(0)
assert handle.read(3) == b"two"

admin("user", "grant", "alice", "files", "none")
refused(lambda: file.read(0, 3), "reading over SMB after the revocation")
refused(lambda: (handle.seek(0), handle.read(3)), "reading over SFTP after the revocation")

admin("user", "grant", "alice", "files", "read-write")
file.write(b"back", 0)
admin("user", "disable", "alice")
refused(lambda: file.read(0, 3), "SMB for a disabled person")
refused(lambda: sftp.listdir("/files"), "SFTP for a disabled person")
