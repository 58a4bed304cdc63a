"""The fixtures that paramiko's own tests of SFTP ask for, on a server that is already there: SFTP_PORT, SFTP_USER and
SFTP_PASSWORD name it. They work in a folder that this machine and the server know by the same path, from `/` on."""
import os
import shutil

import pytest
from paramiko import SFTPClient, Transport

FOLDER = os.environ["SFTP_FOLDER"]


@pytest.fixture
def sftp_server():
    transport = Transport(("127.0.0.1", int(os.environ["SFTP_PORT"])))
    transport.connect(username=os.environ["SFTP_USER"], password=os.environ["SFTP_PASSWORD"])
    yield transport
    transport.close()


@pytest.fixture
def sftp(sftp_server):
    here = os.path.join("/", FOLDER)
    shutil.rmtree(here, ignore_errors=True)
    os.mkdir(here)
    client = SFTPClient.from_transport(sftp_server)
    client.FOLDER = FOLDER
    yield client
    client.close()
    shutil.rmtree(here, ignore_errors=True)
