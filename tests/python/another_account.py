"""A program of another account at the control socket of a data folder; it has to be started by root.

another_account.py serve SOCKET      answers there in place of a server, and prints what it was told
another_account.py connect SOCKET    connects to the server, and prints what it was told
"""
import os
import socket
import sys

NOBODY = 65534
way, path = sys.argv[1:3]
stream = socket.socket(socket.AF_UNIX)
stream.settimeout(20)
if way == "serve":
    stream.bind(path)
    os.chmod(path, 0o666)
os.setgroups([])
os.setgid(NOBODY)
os.setuid(NOBODY)
if way == "serve":
    # Whoever listens is who the others see.
    stream.listen()
    print("ready", flush=True)
    stream, _ = stream.accept()
    stream.settimeout(20)
else:
    stream.connect(path)
try:
    told = stream.recv(65536)
except ConnectionError:
    told = b""
print("told:", told.decode(), flush=True)
