"""The whole life of files through impacket, and names in every form."""
import io
import sys

from impacket.smbconnection import SMBConnection, SessionError

port, _, password = sys.argv[1:4]


def connect(user, domain=""):
    connection = SMBConnection("127.0.0.1", "127.0.0.1", sess_port=int(port))
    connection.login(user, password, domain)
    return connection


connection = connect("alice")
names = [share["shi1_netname"][:-1] for share in connection.listShares()]
assert "files" in names and "IPC$" in names, names
connection.createDirectory("files", "d")
content = b"scan" * 100_000
connection.putFile("files", "d\\a.bin", io.BytesIO(content).read)
assert [entry.get_longname() for entry in connection.listPath("files", "d\\*")] == [".", "..", "a.bin"]
connection.rename("files", "d\\a.bin", "d\\b.bin")
received = io.BytesIO()
connection.getFile("files", "D\\B.BIN", received.write)
assert received.getvalue() == content
# Scripts and scanners put paths together carelessly.
for doubled in ("d\\\\b.bin", "\\\\d\\\\\\b.bin"):
    received = io.BytesIO()
    connection.getFile("files", doubled, received.write)
    assert received.getvalue() == content, doubled
connection.deleteFile("files", "d\\\\b.bin")
connection.deleteDirectory("files", "d")
connection.close()
for user, domain in (("alice", "HOME"), ("ALICE", ""), ("alice", "."), ("alice@home.lan", "")):
    connect(user, domain).close()
try:
    wrong = SMBConnection("127.0.0.1", "127.0.0.1", sess_port=int(port))
    wrong.login("alice", "wrong")
    raise SystemExit("a wrong password was taken")
except SessionError as error:
    assert error.getErrorCode() == 0xC000006D, error
