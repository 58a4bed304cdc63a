"""Logs in COUNT times over SMB, connects to the share, says "ready", and holds on until standard input ends.

usage: idle.py PORT USER,USER... PASSWORD SHARE COUNT
"""
import itertools
import socket
import sys

from impacket.nmb import NetBIOSTCPSession
from impacket.smb3structs import SMB2_DIALECT_311
from impacket.smbconnection import SMBConnection

HOST = "127.0.0.1"
# Servers bound what one address and one person may open; all of 127/8 is this computer.
CONNECTIONS_PER_ADDRESS = 100

port, users, password, share, count = sys.argv[1:6]
users = users.split(",")
numbers = itertools.count()


def connect_from_next_address(self, peer, timeout=None):
    source = f"127.0.1.{1 + next(numbers) // CONNECTIONS_PER_ADDRESS}"
    return socket.create_connection(peer, timeout=timeout, source_address=(source, 0))


def log_in(number):
    connection = SMBConnection(HOST, HOST, sess_port=int(port), preferredDialect=SMB2_DIALECT_311)
    connection.login(users[number % len(users)], password)
    connection.connectTree(share)
    return connection


# impacket has no parameter for the address to connect from.
NetBIOSTCPSession._setup_connection = connect_from_next_address
connections = [log_in(number) for number in range(int(count))]
print("ready", flush=True)
sys.stdin.read()
