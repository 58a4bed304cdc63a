"""Guests and people on a server that lets guests in, through clients that look at what the server demands."""
import io
import sys
import uuid

from impacket.smbconnection import SMBConnection
from smbprotocol.connection import Connection, Dialects
from smbprotocol.exceptions import SMBException
from smbprotocol.open import (CreateDisposition, CreateOptions, FileAttributes, FilePipePrinterAccessMask,
                              ImpersonationLevel, Open, ShareAccess)
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

port, _, password = sys.argv[1:4]
SHARE = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE
ALL = FilePipePrinterAccessMask.GENERIC_READ | FilePipePrinterAccessMask.GENERIC_WRITE


def by_smbprotocol(user, secret, share, name, require_signing=False, dialect=None):
    connection = Connection(uuid.uuid4(), "127.0.0.1", int(port), require_signing=require_signing)
    connection.connect(dialect)
    try:
        session = Session(connection, user, secret, require_encryption=False)
        session.connect()
        tree = TreeConnect(session, rf"\\127.0.0.1\{share}")
        # Its own check of 3.0 needs a key, which guests don't have.
        tree.connect(require_secure_negotiate=user == "alice")
        file = Open(tree, name)
        file.create(ImpersonationLevel.Impersonation, ALL, FileAttributes.FILE_ATTRIBUTE_NORMAL, SHARE,
                    CreateDisposition.FILE_OVERWRITE_IF, CreateOptions.FILE_NON_DIRECTORY_FILE)
        file.write(b"written", 0)
        file.close()
        return session
    finally:
        connection.disconnect(True)


def by_impacket(user, secret, share, name):
    connection = SMBConnection("127.0.0.1", "127.0.0.1", sess_port=int(port))
    connection.login(user, secret)
    connection.putFile(share, name, io.BytesIO(b"written").read)
    connection.close()


def refused(action, status):
    try:
        action()
    except SMBException as error:
        assert getattr(error, "status", None) == status, error
        return
    except Exception as error:
        assert error.getErrorCode() == status, error
        return
    raise SystemExit("it was let in")


for user, secret in (("guest", ""), ("guest", "whatever"), ("nobody", "x"), ("scanner", "")):
    by_smbprotocol(user, secret, "media", f"smbprotocol-{user}")
    by_impacket(user, secret, "media", f"impacket-{user}")
by_impacket("", "", "media", "impacket-anonymous")
# People come in, signed or encrypted, whether their client asks for it or not. (smbprotocol's 2.1 contradicts itself in its
# check of the negotiation where it does not ask and is asked for.)
for require_signing in (False, True):
    dialects = [None, Dialects.SMB_3_0_0, Dialects.SMB_3_0_2, Dialects.SMB_3_1_1]
    for dialect in dialects + [Dialects.SMB_2_1_0] * require_signing:
        by_smbprotocol("alice", password, "private", "smbprotocol-alice", require_signing, dialect)
by_impacket("alice", password, "private", "impacket-alice")
# Somebody who mistyped their name hears of it.
LOGON_FAILURE = 0xC000006D
refused(lambda: by_smbprotocol("alcie", password, "media", "x"), LOGON_FAILURE)
refused(lambda: by_impacket("alcie", password, "media", "x"), LOGON_FAILURE)
refused(lambda: by_smbprotocol("alice", "wrong", "media", "x"), LOGON_FAILURE)
