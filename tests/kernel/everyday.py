#!/usr/bin/python3
"""helpers: everyday.py NAME ..."""

import os, sys, fcntl, errno, time, mmap, struct, subprocess

M1, M2 = os.environ["MNT"], os.environ.get("MNT2")


def d(m):
    return os.path.join(m, os.path.basename(os.getcwd()))


def ename(e):
    return errno.errorcode.get(e.errno, e.errno)


def child(f, *a):
    r, w = os.pipe()
    p = os.fork()
    if p == 0:
        try:
            out = str(f(*a))
        except OSError as e:
            out = "ERR " + str(ename(e))
        os.write(w, out.encode())
        os._exit(0)
    os.close(w)
    return p, r


def wait(pr):
    b = os.read(pr[1], 4096).decode()
    os.waitpid(pr[0], 0)
    os.close(pr[1])
    return b


def check(c, msg):
    if not c:
        print("  !!", msg)
        sys.exit(1)


def locks_fcntl():
    p1, p2 = d(M1) + "/lk", d(M2) + "/lk"
    open(p1, "w").write("x" * 100)
    a = open(p1, "r+b", buffering=0)
    fcntl.lockf(a, fcntl.LOCK_EX, 10, 0)

    def tryl():
        b = open(p2, "r+b", buffering=0)
        fcntl.lockf(b, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 0)
        return "got"

    r = wait(child(tryl))
    check(r in ("ERR EAGAIN", "ERR EACCES"), f"conflicting lock: {r}")

    def tryfree():
        b = open(p2, "r+b", buffering=0)
        fcntl.lockf(b, fcntl.LOCK_EX | fcntl.LOCK_NB, 10, 50)
        return "got"

    r = wait(child(tryfree))
    check(r == "got", f"lock elsewhere: {r}")

    def getlk():
        b = open(p2, "r+b", buffering=0)
        q = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 10, 0)
        x = struct.unpack("hhqqi", fcntl.fcntl(b, fcntl.F_GETLK, q))
        return x[0]

    r = wait(child(getlk))
    check(r in ("0", "1"), f"F_GETLK: {r}")

    def rd():
        b = open(p2, "r+b", buffering=0)
        return len(b.read(5))

    print("  read under a foreign exclusive lock:", wait(child(rd)))

    def waitl():
        b = open(p2, "r+b", buffering=0)
        t = time.time()
        fcntl.lockf(b, fcntl.LOCK_EX, 10, 0)
        return "%.1f" % (time.time() - t)

    c = child(waitl)
    time.sleep(1.5)
    fcntl.lockf(a, fcntl.LOCK_UN, 10, 0)
    r = wait(c)
    check(not r.startswith("ERR") and 1 < float(r) < 6, f"F_SETLKW: {r}")
    print("  waiting lock got after", r)
    fcntl.lockf(a, fcntl.LOCK_SH, 10, 0)

    def sh():
        b = open(p2, "r+b", buffering=0)
        fcntl.lockf(b, fcntl.LOCK_SH | fcntl.LOCK_NB, 10, 0)
        return "got"

    r = wait(child(sh))
    check(r == "got", f"shared+shared: {r}")
    r = wait(child(tryl))
    check(r in ("ERR EAGAIN", "ERR EACCES"), f"shared vs excl: {r}")
    a.close()
    r = wait(child(tryl))
    check(r == "got", f"after close: {r}")


def locks_flock():
    p1, p2 = d(M1) + "/fl", d(M2) + "/fl"
    open(p1, "w").write("x" * 100)
    a = open(p1, "r+b", buffering=0)
    fcntl.flock(a, fcntl.LOCK_EX)

    def tryl(mode=fcntl.LOCK_EX):
        b = open(p2, "r+b", buffering=0)
        fcntl.flock(b, mode | fcntl.LOCK_NB)
        return "got"

    r = wait(child(tryl))
    check(r in ("ERR EAGAIN", "ERR EACCES"), f"conflicting flock: {r}")

    def waitl():
        b = open(p2, "r+b", buffering=0)
        t = time.time()
        fcntl.flock(b, fcntl.LOCK_EX)
        return "%.1f" % (time.time() - t)

    c = child(waitl)
    time.sleep(1.5)
    fcntl.flock(a, fcntl.LOCK_UN)
    r = wait(c)
    check(not r.startswith("ERR") and 1 < float(r) < 6, f"waiting flock: {r}")
    print("  waiting flock got after", r)
    fcntl.flock(a, fcntl.LOCK_SH)
    r = wait(child(tryl, fcntl.LOCK_SH))
    check(r == "got", f"sh+sh: {r}")
    r = wait(child(tryl))
    check(r in ("ERR EAGAIN", "ERR EACCES"), f"sh vs ex: {r}")
    a.close()
    r = wait(child(tryl))
    check(r == "got", f"after close: {r}")


def append(n=200):
    def w(m, tag):
        f = os.open(d(m) + "/log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        for i in range(n):
            os.write(f, (f"{tag} {i:06d}\n").encode())
            if i % 20 == 0:
                os.fsync(f)
        os.close(f)
        return "ok"

    open(d(M1) + "/log", "w").close()
    a, b = child(w, M1, "a"), child(w, M2, "b")
    ra, rb = wait(a), wait(b)
    check(ra == rb == "ok", f"writers: {ra} {rb}")
    time.sleep(1.2)
    L = open(d(M1) + "/log", "rb").read().split(b"\n")[:-1]
    good = sum(1 for x in L if len(x) == 8 and x[:2] in (b"a ", b"b "))
    print(f"  lines {len(L)} whole {good} of {2 * n}")
    # one after the other (close in between) must never lose a line
    open(d(M1) + "/log2", "w").close()
    lost = 0
    for i in range(40):
        m = (M1, M2)[i % 2]
        f = os.open(d(m) + "/log2", os.O_WRONLY | os.O_APPEND)
        os.write(f, b"%06d\n" % i)
        os.close(f)
    L = open(d(M2) + "/log2").read().split()
    print("  taking turns:", len(L), "of 40")
    check(L == ["%06d" % i for i in range(40)], "turns lost lines")


def unlinked():
    f = os.open("u", os.O_RDWR | os.O_CREAT, 0o644)
    os.write(f, b"one")
    os.unlink("u")
    print("  name still seen:", os.path.exists("u"))
    L = os.listdir(".")
    print("  listing while open:", L)
    os.write(f, b"two")
    os.fsync(f)
    b = os.pread(f, 10, 0)
    check(b == b"onetwo", f"read {b}")
    os.ftruncate(f, 2)
    check(os.fstat(f).st_size == 2, "size")
    print("  nlink", os.fstat(f).st_nlink)
    # same name again while the old one is open
    try:
        g = os.open("u", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
    except OSError as e:
        print("  same name again:", ename(e))
        os.close(f)
        check(not os.path.exists("u"), "not gone after close")
        return
    os.close(g)
    os.unlink("u")
    g = os.open("u", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
    os.write(g, b"new")
    os.close(g)
    check(os.pread(f, 10, 0) == b"on", "old data")
    os.close(f)
    check(open("u").read() == "new", "new file")
    check(os.listdir(".") == ["u"], f"left: {os.listdir('.')}")
    os.unlink("u")


def mvover():
    open("a", "w").write("AAAA")
    open("b", "w").write("BBBB")
    f = os.open("b", os.O_RDWR)
    try:
        os.rename("a", "b")
    except OSError as e:
        print("  mv over a file this client has open:", ename(e), os.listdir("."), repr(os.pread(f, 9, 0)))
        os.close(f)
        print("  after close:", os.listdir("."))
        check("b" in os.listdir(".") or "a" in os.listdir("."), "both lost")
        os.path.exists("a") and os.rename("a", "b")
        f = os.open("b", os.O_RDWR)
        os.unlink("b")
        open("b", "w").write("AAAA") if False else None
        os.close(f)
        open("b", "w").write("AAAA")
        f = None
    if f is None:
        second()
        return
    check(open("b").read() == "AAAA", "new content")
    r = os.pread(f, 10, 0)
    check(r == b"BBBB", f"old content: {r}")
    os.pwrite(f, b"zzzz", 0)
    os.fsync(f)
    os.close(f)
    check(open("b").read() == "AAAA", "old handle wrote into the new file")
    check(os.listdir(".") == ["b"], str(os.listdir(".")))
    second()


def second():
    # the source open
    f = os.open("b", os.O_RDWR)
    os.rename("b", "c")
    os.pwrite(f, b"CCCC", 0)
    os.close(f)
    check(open("c").read() == "CCCC", "open source")
    # open on the other mount
    if M2:
        open("s", "w").write("SSSS")
        f = os.open(d(M2) + "/c", os.O_RDONLY)
        try:
            os.rename("s", "c")
            print("  over a file open on another mount: ok", os.pread(f, 9, 0))
        except OSError as e:
            print("  over a file open on another mount:", ename(e))
        os.close(f)
        open("t", "w").write("T")
        f = os.open(d(M2) + "/t", os.O_RDONLY)
        try:
            os.unlink("t")
            print("  unlink of a file open on another mount: ok", os.pread(f, 9, 0), os.path.exists("t"))
        except OSError as e:
            print("  unlink of a file open on another mount:", ename(e))
        os.close(f)


def sparse():
    f = os.open("h", os.O_RDWR | os.O_CREAT, 0o644)
    os.ftruncate(f, 4 << 20)
    os.pwrite(f, b"x" * 65536, 1 << 20)
    os.fsync(f)
    o = []
    try:
        p = 0
        while True:
            s = os.lseek(f, p, os.SEEK_DATA)
            e = os.lseek(f, s, os.SEEK_HOLE)
            o.append((s, e))
            p = e
    except OSError as e:
        o.append(ename(e))
    print("  data ranges", o, "blocks", os.fstat(f).st_blocks)
    # punch / zero with fallocate(2)
    import ctypes

    c = ctypes.CDLL(None, use_errno=True)

    def fa(mode, off, ln):
        c.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
        return "ok" if c.fallocate(f, mode, off, ln) == 0 else errno.errorcode[ctypes.get_errno()]

    r = {"punch": fa(3, 1 << 20, 32768)}
    check(os.pread(f, 32768, 1 << 20) == bytes(32768) or r["punch"] != "ok", "punch left data")
    check(os.pread(f, 4, (1 << 20) + 32768) == b"xxxx", "punch too far")
    r["zero"] = fa(0x10, (1 << 20) + 32768, 4096)
    check(r["zero"] != "ok" or os.pread(f, 4096, (1 << 20) + 32768) == bytes(4096), "zero left data")
    r["zero keep past end"] = fa(0x11, 4 << 20, 65536)
    r["alloc"] = fa(0, 0, 5 << 20)
    r["size"] = os.fstat(f).st_size
    r["alloc keep"] = fa(1, 0, 6 << 20)
    r["size2"] = os.fstat(f).st_size
    r["collapse"] = fa(8, 65536, 65536)
    r["size3"] = os.fstat(f).st_size
    r["insert"] = fa(0x20, 65536, 65536)
    r["size4"] = os.fstat(f).st_size
    print("  ", r)
    os.close(f)


def cfr():
    open("src", "wb").write(os.urandom(3 << 20))
    s = os.open("src", os.O_RDONLY)
    t = os.open("dst", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    n = 0
    try:
        while n < 3 << 20:
            k = os.copy_file_range(s, t, (3 << 20) - n)
            if k == 0:
                break
            n += k
        print("  copy_file_range", n, "same" if open("src", "rb").read() == open("dst", "rb").read() else "DIFFERENT")
        check(open("src", "rb").read() == open("dst", "rb").read(), "differs")
    except OSError as e:
        print("  copy_file_range", ename(e))
    # FICLONE
    for name, req, arg in (("FICLONE", 0x40049409, s),):
        try:
            fcntl.ioctl(t, req, arg)
            print("  FICLONE ok")
        except OSError as e:
            print("  FICLONE", ename(e))


def mm():
    f = os.open("mm", os.O_RDWR | os.O_CREAT)
    os.ftruncate(f, 65536)
    m = mmap.mmap(f, 65536)
    m[100:105] = b"hello"
    m.flush()
    check(os.pread(f, 5, 100) == b"hello", "mmap")
    m.close()
    os.close(f)
    if M2:
        check(open(d(M2) + "/mm", "rb").read()[100:105] == b"hello", "mmap other mount")


def coherence():
    bad = 0
    for i in range(30):
        f = os.open(d(M1) + "/co", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(f, b"%d" % i * 50)
        os.close(f)
        r = open(d(M2) + "/co", "rb").read()
        if r != b"%d" % i * 50:
            bad += 1
    print("  close-to-open stale reads", bad, "of 30")
    check(bad == 0, "stale")
    # file held open on M1 while M2 writes
    f = os.open(d(M1) + "/co2", os.O_RDWR | os.O_CREAT)
    os.write(f, b"a" * 10)
    os.fsync(f)
    for i in range(10):
        g = os.open(d(M2) + "/co2", os.O_RDWR)
        os.pwrite(g, b"%c" % (98 + i) * 10, 0)
        os.close(g)
        r = os.pread(f, 10, 0)
        if r != b"%c" % (98 + i) * 10:
            bad += 1
    print("  held open, stale reads", bad, "of 10")
    os.close(f)


globals()[sys.argv[1]](*[int(x) for x in sys.argv[2:]])
