"""Uploads by SFTP for which the disk has no room: PORT SFTP_PORT PASSWORD, and LARGE, a file that does not fit.

Every upload has to end in an error, however the client asks.
"""
import sys

import paramiko
from paramiko.sftp import CMD_EXTENDED, int64

_, sftp_port, password, large = sys.argv[1:5]
transport = paramiko.Transport(("127.0.0.1", int(sftp_port)))
transport.connect(username="alice", password=password)
sftp = paramiko.SFTPClient.from_transport(transport)


def refused(what, attempt):
    try:
        attempt()
    except OSError:
        return
    sys.exit(f"{what}: an upload that did not fit was taken for whole")


def pipelined():
    """Nothing is asked before all is sent, and the last part would fit."""
    with sftp.open("/files/pipelined", "wb") as file:
        file.set_pipelined(True)
        with open(large, "rb") as content:
            while block := content.read(32768):
                file.write(block)


def copied():
    """A copy on the server that does not fit, and then one that would."""
    with sftp.open("/files/kept", "rb") as kept, sftp.open("/files/copied", "wb") as copy:
        def copy_data(offset, length, target):
            try:
                sftp._request(CMD_EXTENDED, "copy-data", kept.handle, int64(offset), int64(length), copy.handle,
                              int64(target))
            except OSError:
                return False
            return True
        assert copy_data(0, 1024, 0)
        assert not copy_data(0, 0, 1024)
        assert not copy_data(0, 1024, 3 << 20), "what follows a part that was not written"


refused("put", lambda: sftp.put(large, "/files/put", confirm=False))
sftp.remove("/files/put")
refused("pipelined", pipelined)
sftp.remove("/files/pipelined")
copied()
sftp.remove("/files/copied")
transport.close()
