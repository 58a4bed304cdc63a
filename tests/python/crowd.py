"""Many people at work: PORT SHARE PERSON PASSWORD COUNT sessions, each of which writes to a file of its own every second.

Prints "ready" when all are logged in; ends when standard input does.
"""

import itertools
import socket
import sys
import threading
import time

from impacket.smb3structs import FILE_OVERWRITE_IF, FILE_SHARE_READ, FILE_WRITE_DATA, SMB2_DIALECT_21
from impacket.smbconnection import SMBConnection

port, share, person, password, count = sys.argv[1:]
block = bytes(2048)

# Each from an address of its own, as people have: one address may not have so many connections.
addresses = (f"127.0.{number // 250 + 1}.{number % 250 + 1}" for number in itertools.count())
plain_connect = socket.socket.connect


def connect(self, address):
    if self.family == socket.AF_INET:
        self.bind((next(addresses), 0))
    return plain_connect(self, address)


socket.socket.connect = connect
visitors = []
for number in range(int(count)):
    visitor = SMBConnection("127.0.0.1", "127.0.0.1", sess_port=int(port), preferredDialect=SMB2_DIALECT_21)
    visitor.login(person, password)
    tree = visitor.connectTree(share)
    file = visitor.createFile(
        tree, f"file-{number}", desiredAccess=FILE_WRITE_DATA, shareMode=FILE_SHARE_READ, creationDisposition=FILE_OVERWRITE_IF
    )
    visitors.append((visitor, tree, file))
print("ready", flush=True)

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
while not ended.is_set():
    second = time.monotonic()
    for visitor, tree, file in visitors:
        visitor.writeFile(tree, file, block)
    ended.wait(max(0.0, 1 - (time.monotonic() - second)))
