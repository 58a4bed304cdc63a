"""The whole life of files through paramiko."""
import stat
import sys

import paramiko

_, port, password = sys.argv[1:4]
transport = paramiko.Transport(("127.0.0.1", int(port)))
transport.connect(username="alice", password=password)
sftp = paramiko.SFTPClient.from_transport(transport)
assert sftp.listdir("/") == ["files"]
sftp.mkdir("/files/d")
with sftp.open("/files/d/a.bin", "wb") as file:
    file.set_pipelined(True)
    for _ in range(64):
        file.write(b"x" * 32768)
assert sftp.stat("/files/d/a.bin").st_size == 64 * 32768
with sftp.open("/files/d/a.bin", "ab") as file:
    file.write(b"end")
with sftp.open("/files/d/a.bin", "rb") as file:
    file.prefetch()
    content = file.read()
assert content == b"x" * (64 * 32768) + b"end"
with sftp.open("/files/d/a.bin", "r+b") as file:
    file.seek(10)
    file.write(b"HELLO")
    file.truncate(20)
    assert file.stat().st_size == 20
with sftp.open("/files/d/a.bin", "rb") as file:
    assert file.read() == b"x" * 10 + b"HELLO" + b"x" * 5
sftp.utime("/files/d/a.bin", (1_000_000_000, 1_100_000_000))
assert sftp.stat("/files/d/a.bin").st_mtime == 1_100_000_000
sftp.chmod("/files/d/a.bin", 0o640)
assert stat.S_IMODE(sftp.stat("/files/d/a.bin").st_mode) == 0o640
try:
    sftp.open("/files/d/a.bin", "x").close()
    raise SystemExit("an exclusive creation replaced a file")
except IOError:
    pass
with sftp.open("/files/d/b.bin", "w") as file:
    file.write("b")
try:
    sftp.rename("/files/d/b.bin", "/files/d/a.bin")
    raise SystemExit("a plain rename replaced a file")
except IOError:
    pass
sftp.posix_rename("/files/d/b.bin", "/files/d/a.bin")
assert sftp.stat("/files/d/a.bin").st_size == 1
sftp.symlink("a.bin", "/files/d/link")
assert sftp.readlink("/files/d/link") == "a.bin"
assert stat.S_ISLNK(sftp.lstat("/files/d/link").st_mode)
assert sftp.normalize("/files/d/../d/./a.bin") == "/files/d/a.bin"
for bad in ("/files/../../etc/passwd", "/nowhere/x"):
    try:
        sftp.stat(bad)
        raise SystemExit(f"{bad} was found")
    except IOError:
        pass
sftp.remove("/files/d/link")
sftp.remove("/files/d/a.bin")
sftp.rmdir("/files/d")
transport.close()
