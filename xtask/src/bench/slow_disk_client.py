"""Reads 256 random pieces of 64 KiB, IN_FLIGHT at a time, or asks for an ECHO right behind a FLUSH; prints how many
seconds that took, without the log-in.

usage: slow_disk_client.py PORT USER PASSWORD SHARE FILE reads IN_FLIGHT
       slow_disk_client.py PORT USER PASSWORD SHARE FILE echo
"""
import random
import socket
import struct
import sys
import time

from impacket.smb3structs import FILE_READ_DATA, FILE_SHARE_READ, FILE_WRITE_DATA, SMB2_DIALECT_21
from impacket.smbconnection import SMBConnection

HOST = "127.0.0.1"
PIECE, READS, FILE_LENGTH = 65536, 256, 64 << 20
HEADER = struct.Struct("<4sHHIHHIIQIIQ16s")
FLUSH, READ, ECHO = 7, 8, 13
SUCCESS, PENDING = 0, 0x103

port, user, password, share, path, what, *rest = sys.argv[1:]


class Client:
    """Sends without waiting for answers, which impacket does not."""

    def __init__(self):
        connection = SMBConnection(HOST, HOST, sess_port=int(port), preferredDialect=SMB2_DIALECT_21)
        connection.login(user, password)
        self.tree = connection.connectTree(share)
        self.file = connection.openFile(self.tree, path, FILE_READ_DATA | FILE_WRITE_DATA, FILE_SHARE_READ)
        self.connection = connection
        state = connection._SMBConnection
        self.session = state._Session["SessionID"]
        self.next_id = state._Connection["SequenceWindow"]
        self.socket = connection.getSMBServer().get_socket()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        # The answer grants the credits for what is sent at once.
        self.send(ECHO, struct.pack("<HH", 4, 0), credits=128)
        self.receive()

    def send(self, command, body, credits=1):
        header = HEADER.pack(b"\xfeSMB", 64, 1, 0, command, credits, 0, 0, self.next_id, 0, self.tree, self.session, bytes(16))
        self.next_id += 1
        self.socket.sendall(struct.pack(">I", len(header) + len(body)) + header + body)

    def receive(self):
        """The command that was answered, and the length of the answer. That one is at work is no answer."""
        while True:
            message = self.stream.read(struct.unpack(">I", self.stream.read(4))[0])
            status, command = struct.unpack_from("<IH", message, 8)
            if status == SUCCESS:
                return command, len(message)
            assert status == PENDING, hex(status)

    def send_read(self, offset):
        self.send(READ, struct.pack("<HBBIQ16sIIIHHB", 49, 0, 0, PIECE, offset, self.file, 0, 0, 0, 0, 0, 0))

    def receive_read(self):
        command, length = self.receive()
        assert command == READ and length == 80 + PIECE, (command, length)


def read(client, in_flight):
    places = random.Random(7)
    offsets = [places.randrange(FILE_LENGTH // PIECE) * PIECE for _ in range(READS)]
    started = time.monotonic()
    for number, offset in enumerate(offsets):
        if number >= in_flight:
            client.receive_read()
        client.send_read(offset)
    for _ in range(in_flight):
        client.receive_read()
    return time.monotonic() - started


def echo_behind_flush(client):
    client.send(FLUSH, struct.pack("<HHI16s", 24, 0, 0, client.file))
    started = time.monotonic()
    client.send(ECHO, struct.pack("<HH", 4, 0))
    while client.receive()[0] != ECHO:
        pass
    return time.monotonic() - started


print(read(Client(), int(rest[0])) if what == "reads" else echo_behind_flush(Client()))
