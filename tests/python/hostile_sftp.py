"""A person who has logged in and breaks the rules of SSH channels and SFTP packets."""
import os
import socket
import struct
import sys
import time

import paramiko

_, port, password, key = sys.argv[1:5]
key = paramiko.Ed25519Key.from_private_key_file(key)
INIT, OPEN, READ, WRITE, REALPATH, STATUS, HANDLE = 1, 3, 5, 6, 16, 101, 102
CREATE = struct.pack(">II", 0x1B, 0)


def log_in():
    transport = paramiko.Transport(("127.0.0.1", int(port)))
    transport.connect(username="alice", pkey=key)
    return transport


def string(data):
    return struct.pack(">I", len(data)) + data


def packet(kind, body):
    return string(bytes([kind]) + body)


def channel(transport):
    opened = transport.open_session(timeout=20)
    opened.settimeout(30)
    opened.invoke_subsystem("sftp")
    opened.sendall(packet(INIT, struct.pack(">I", 3)))
    reply(opened)
    return opened


def read(opened, length):
    data = b""
    while len(data) < length:
        more = opened.recv(length - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def reply(opened):
    return read(opened, struct.unpack(">I", read(opened, 4))[0])


def ask(opened, kind, body):
    opened.sendall(packet(kind, struct.pack(">I", 7) + body))
    return reply(opened)


def must_close(opened):
    while opened.recv(65536):
        pass


def strangers():
    """Bytes that are no SSH: the server hangs up, or waits for the rest for as long as a log-in may take."""
    for data in (b"x" * 100_000, b"GET / HTTP/1.1\r\n\r\n", b"SSH-1.5-old\r\n", b"SSH-2.0-x\r\n" + os.urandom(65536),
                 b"SSH-2.0-x\r\n" + b"\xff" * 65536, b"SSH-2.0-x\r\n" + struct.pack(">IB", 40_000, 200) + b"\0" * 40_000):
        with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as stranger:
            try:
                stranger.sendall(data)
                while stranger.recv(65536):
                    pass
            except (ConnectionError, TimeoutError):
                pass


def lengths(transport):
    """Packets of no length, of too much, and cut off in the middle."""
    for prefix in (0, 300_000, 0x7FFFFFFF, 0xFFFFFFFF):
        opened = channel(transport)
        opened.sendall(struct.pack(">I", prefix) + b"\5" * 8)
        must_close(opened)
    opened = channel(transport)
    opened.sendall(struct.pack(">I", 1000) + b"\5" * 8)
    opened.shutdown_write()
    must_close(opened)
    opened.close()


def fields(transport):
    """Requests that break their own lengths, and handles that nobody gave."""
    opened = channel(transport)
    for kind in range(1, 25):
        if kind in (INIT, REALPATH):
            continue
        for body in (b"", b"\xff" * 4, string(b"x"), struct.pack(">I", 0xFFFFFFFE) + b"/files", os.urandom(200)):
            assert ask(opened, kind, body)[0] == STATUS, kind
    for handle in (b"", b"\0\0\0\1", b"\xff" * 4, b"\0" * 256):
        assert ask(opened, READ, string(handle) + struct.pack(">QI", 0, 10))[0] == STATUS
    opened.close()


def handles(transport):
    """More open files than a session may have."""
    opened = channel(transport)
    for number in range(10_000):
        if ask(opened, OPEN, string(b"/files/h%d" % (number % 50)) + CREATE)[0] != HANDLE:
            break
    assert 100 < number < 9_999, number
    opened.close()


def channels(transport):
    """More channels than a connection may have."""
    kept = []
    try:
        for number in range(100):
            kept.append(transport.open_session(timeout=20))
        raise SystemExit("a hundred channels")
    except paramiko.ChannelException:
        assert len(kept) < 20, len(kept)
    for opened in kept:
        opened.close()


def sessions(transport):
    """More channels than a connection may have, each with an SFTP session at work."""
    kept = []
    try:
        for number in range(100):
            kept.append(channel(transport))
        raise SystemExit("a hundred sessions")
    except paramiko.ChannelException:
        assert len(kept) < 20, len(kept)
    # Those that are closed make room, once the server has seen it.
    for opened in kept:
        opened.close()
    for _ in range(100):
        try:
            channel(transport).close()
            return
        except paramiko.ChannelException:
            pass
    raise SystemExit("closed channels count for ever")


def key_exchanges():
    """Key exchanges one after another from somebody who has logged in: they go on, but not as fast as they can."""
    transport = log_in()
    began = time.monotonic()
    for _ in range(45):
        transport.renegotiate_keys()
    took = time.monotonic() - began
    assert took > 2, took
    transport.close()


def never_reading():
    """Requests without end from a client that takes no answers: bounded, and then over."""
    transport = log_in()
    opened = channel(transport)
    handle = ask(opened, OPEN, string(b"/files/big") + CREATE)[9:13]
    ask(opened, WRITE, string(handle) + struct.pack(">Q", 0) + string(b"x" * 200_000))
    request = packet(READ, struct.pack(">I", 7) + string(handle) + struct.pack(">QI", 0, 200_000))
    try:
        for _ in range(1_000):
            opened.sendall(request * 5_000)
        raise SystemExit("145 MB of requests were taken in")
    except OSError:
        pass
    transport.close()


strangers()
transport = log_in()
for attack in (lengths, fields, channels, sessions, handles):
    attack(transport)
# The connection still works.
sftp = paramiko.SFTPClient.from_transport(transport)
assert "files" in sftp.listdir("/")
transport.close()
never_reading()
key_exchanges()
