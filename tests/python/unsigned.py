"""People on a server that demands no signatures, through clients that don't sign unasked."""
import io
import sys
import uuid

from impacket.smb3structs import SMB2_DIALECT_002, SMB2_DIALECT_21, SMB2_DIALECT_30, SMB2_DIALECT_311
from impacket.smbconnection import SMBConnection
from smbprotocol.connection import Connection, Dialects
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

port, _, password = sys.argv[1:4]
for dialect in (SMB2_DIALECT_002, SMB2_DIALECT_21, SMB2_DIALECT_30, SMB2_DIALECT_311, None):
    connection = SMBConnection("127.0.0.1", "127.0.0.1", sess_port=int(port), preferredDialect=dialect)
    connection.login("alice", password)
    connection.putFile("files", "impacket", io.BytesIO(b"written").read)
    connection.close()
for dialect in (Dialects.SMB_2_0_2, Dialects.SMB_2_1_0, Dialects.SMB_3_0_0, Dialects.SMB_3_0_2, Dialects.SMB_3_1_1):
    connection = Connection(uuid.uuid4(), "127.0.0.1", int(port), require_signing=False)
    connection.connect(dialect)
    session = Session(connection, "alice", password, require_encryption=False)
    session.connect()
    tree = TreeConnect(session, r"\\127.0.0.1\files")
    tree.connect()
    connection.disconnect(True)
