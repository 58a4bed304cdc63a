"""Whoever came in by a password or a key is not left inside after it was changed or taken away."""
import json
import subprocess
import sys
import time
import uuid

import paramiko
from smbprotocol.connection import Connection
from smbprotocol.exceptions import SMBException
from smbprotocol.session import Session
from smbprotocol.tree import TreeConnect

smb_port, sftp_port, password, landfall, data, key_file = sys.argv[1:7]


def admin(*words, secret=""):
    subprocess.run([landfall, "--data-dir", data, *words], check=True, stdout=subprocess.DEVNULL,
                   input=secret.encode())


def smb(secret):
    connection = Connection(uuid.uuid4(), "127.0.0.1", int(smb_port))
    connection.connect()
    session = Session(connection, "alice", secret, require_encryption=False)
    session.connect()

    def works():
        tree = TreeConnect(session, r"\\127.0.0.1\files")
        tree.connect()
        tree.disconnect()
    works()
    return works


def sftp(**how):
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect("127.0.0.1", int(sftp_port), "alice", allow_agent=False, look_for_keys=False, **how)
    files = client.open_sftp()

    def works():
        files.listdir("/")
    works.client = client
    works()
    return works


def ended(works, what):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            works()
        except (SMBException, OSError, EOFError, paramiko.SSHException):
            return
        time.sleep(0.05)
    raise SystemExit(f"{what} is still inside")


by_smb, by_password, by_key = smb(password), sftp(password=password), sftp(key_filename=key_file)
admin("user", "passwd", "alice", "--password-stdin", "--keep-sessions", secret="another one")
for works in (by_smb, by_password, by_key):
    works()
admin("user", "passwd", "alice", "--password-stdin", secret="yet another")
ended(by_smb, "SMB")
ended(by_password, "SFTP")
by_key()
listed = subprocess.run([landfall, "--data-dir", data, "user", "key", "list", "alice", "--json"],
                        check=True, capture_output=True, text=True).stdout
fingerprint = json.loads(listed)[0]["fingerprint"]
admin("user", "key", "remove", "alice", fingerprint)
ended(by_key, "the key")
smb("yet another")
