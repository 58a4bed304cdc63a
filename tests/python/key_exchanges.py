"""Strangers who have the server compute key exchanges that they compute nothing for: SMB_PORT PORT.

Each sends any number for its half of curve25519, and comes again as soon as it has the answer. Prints "ready" after the
first hundred answers and their number at the end, which is when standard input ends.
"""
import itertools
import os
import socket
import struct
import sys
import threading

STRANGERS = 64
ATTACKER = "127.0.0.66"
port = int(sys.argv[2])


def string(data):
    return struct.pack(">I", len(data)) + data


def packet(payload):
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


names = (b"curve25519-sha256", b"ssh-ed25519", b"aes128-gcm@openssh.com", b"aes128-gcm@openssh.com",
         b"hmac-sha2-256-etm@openssh.com", b"hmac-sha2-256-etm@openssh.com", b"none", b"none", b"", b"")
kexinit = b"\x14" + bytes(16) + b"".join(map(string, names)) + bytes(5)
greeting = b"SSH-2.0-stranger\r\n" + packet(kexinit) + packet(b"\x1e" + string(b"\x09" + bytes(31)))
answers = itertools.count()
counted = 0
ended = threading.Event()


def stranger():
    global counted
    while not ended.is_set():
        try:
            with socket.create_connection(("127.0.0.1", port), 5, (ATTACKER, 0)) as connection:
                connection.sendall(greeting)
                received = b""
                # SSH_MSG_NEWKEYS comes last.
                while not received.endswith(packet(b"\x15")) and not ended.is_set():
                    more = connection.recv(65536)
                    if not more:
                        break
                    received += more
                else:
                    counted = next(answers) + 1
                    if counted == 100:
                        print("ready", flush=True)
        except OSError:
            ended.wait(0.01)


threads = [threading.Thread(target=stranger, daemon=True) for _ in range(STRANGERS)]
for thread in threads:
    thread.start()
sys.stdin.read()
ended.set()
print(counted, flush=True)
os._exit(0)
