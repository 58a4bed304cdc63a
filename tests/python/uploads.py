"""Uploads many files at once over SFTP, without end; prints each chunk that the server says is on the disk."""
import sys
import threading

import paramiko
from paramiko.sftp import CMD_EXTENDED

_, port, _, key, files, chunk = sys.argv[1:7]
chunk = int(chunk)
key = paramiko.Ed25519Key.from_private_key_file(key)
printing = threading.Lock()


def content(number, at):
    return bytes([number % 251, at % 251]) * (chunk // 2)


def connected():
    transport = paramiko.Transport(("127.0.0.1", int(port)))
    transport.connect(username="alice", pkey=key)
    return paramiko.SFTPClient.from_transport(transport)


def upload(sftp, number):
    with sftp.open(f"/files/upload-{number}", "wb") as file:
        at = 0
        while True:
            file.write(content(number, at))
            sftp._request(CMD_EXTENDED, "fsync@openssh.com", file.handle)
            at += 1
            with printing:
                print(number, at, flush=True)


def until_the_end(sftp, number):
    try:
        upload(sftp, number)
    except (OSError, EOFError, paramiko.SSHException):
        pass


# Each logs in before the next comes: an address has only so many places for those who have not.
for number in map(int, files.split(",")):
    threading.Thread(target=until_the_end, args=(connected(), number)).start()
