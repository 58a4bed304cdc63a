"""A person who sends requests on many SFTP connections and takes none of the answers.

Prints how many of the connections the server has ended when all have sent what they could.
"""
import struct
import sys
import threading

import paramiko

_, port, _, key, connections = sys.argv[1:6]
key = paramiko.Ed25519Key.from_private_key_file(key)
INIT, OPEN, READ, WRITE = 1, 3, 5, 6
# Just less than what one connection may leave unanswered.
PACKETS, PACKET = 19, 200_000


def string(data):
    return struct.pack(">I", len(data)) + data


def packet(kind, body):
    return string(bytes([kind]) + body)


def read(channel, length):
    data = b""
    while len(data) < length:
        data += channel.recv(length - len(data)) or sys.exit("the channel ended")
    return data


def ask(channel, data):
    channel.sendall(data)
    return read(channel, struct.unpack(">I", read(channel, 4))[0])


def begin():
    transport = paramiko.Transport(("127.0.0.1", int(port)))
    transport.connect(username="alice", pkey=key)
    channel = transport.open_session()
    channel.settimeout(20)
    channel.invoke_subsystem("sftp")
    ask(channel, packet(INIT, struct.pack(">I", 3)))
    opened = packet(OPEN, struct.pack(">I", 7) + string(b"/files/large") + struct.pack(">II", 0x0B, 0))
    return channel, string(ask(channel, opened)[9:13])


def attack(channel, handle):
    """Answers for longer than the client says that it has room for them, then requests that wait behind those."""
    try:
        for _ in range(12):
            channel.sendall(packet(READ, struct.pack(">I", 7) + handle + struct.pack(">QI", 0, 200_000)))
        for _ in range(PACKETS):
            channel.sendall(packet(WRITE, struct.pack(">I", 7) + handle + struct.pack(">Q", 0) + string(bytes(PACKET))))
    except OSError:
        ended.append(channel)


ended = []
channels = [begin() for _ in range(int(connections))]
threads = [threading.Thread(target=attack, args=channel) for channel in channels]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(ended))
for channel, _handle in channels:
    channel.get_transport().close()
