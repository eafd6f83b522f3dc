"""A client of the file transfer of docs/protocols.md, version 1.

    files_client.py HOST PORT put FILE [NAME]
    files_client.py HOST PORT replace FILE [NAME]
    files_client.py HOST PORT get NAME FOLDER

It uses Python's standard library alone, and was written from that page alone.
"""
import hashlib
import os
import re
import select
import socket
import sys

PIECE = 64 * 1024
LINE = 512
LIMIT = 1 << 30


class Refused(Exception):
    pass


class Connection:
    def __init__(self, host, port):
        self.sock = socket.create_connection((host, port), timeout=120)
        self.came = b""

    def more(self):
        octets = self.sock.recv(PIECE)
        if not octets:
            raise Refused("SHORT: the server ended the connection")
        self.came += octets

    def line(self):
        while b"\n" not in self.came:
            if len(self.came) >= LINE:
                raise Refused("LINE: the server's line is too long")
            self.more()
        line, _, self.came = self.came.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def octets(self, n):
        while n > 0:
            if not self.came:
                self.more()
            piece, self.came = self.came[:n], self.came[n:]
            n -= len(piece)
            yield piece

    def say(self, *words):
        self.sock.sendall((" ".join(str(w) for w in words) + "\n").encode())

    def expect(self, verb):
        """The words of the next line, which begins with verb."""
        line = self.line()
        word, _, rest = line.partition(" ")
        if word == "ERR":
            code, _, text = rest.partition(" ")
            raise Refused("%s: %s" % (code, "".join(c if c.isprintable() else "?" for c in text)))
        if word != verb:
            raise Refused("LINE: %r is not %s" % (line, verb))
        return rest


def numbers(rest):
    """LENGTH and SUM."""
    m = re.fullmatch("(0|[1-9][0-9]{0,18}) ([0-9a-f]{64})", rest)
    if not m:
        raise Refused("LINE: %r has no length and checksum" % rest)
    return int(m.group(1)), m.group(2)


def checksum(f, n):
    """That of the next n octets, all if n is None; and how many they were."""
    h, count = hashlib.sha256(), 0
    while n is None or count < n:
        piece = f.read(PIECE if n is None else min(PIECE, n - count))
        if not piece:
            break
        h.update(piece)
        count += len(piece)
    return h, count


def put(c, verb, path, name):
    with open(path, "rb") as f:
        h, length = checksum(f, None)
        c.say(verb, length, h.hexdigest(), name)
        has, its = numbers(c.expect("HAVE"))
        f.seek(0)
        mine, count = checksum(f, has)
        if count != has or mine.hexdigest() != its:
            has = 0
        f.seek(has)
        c.say("FROM", has)
        left = length - has
        while left > 0:
            if select.select([c.sock], [], [], 0)[0]:
                break  # only an ERR can come now
            piece = f.read(min(PIECE, left))
            if not piece:
                raise Refused("CHANGED: the file became shorter")
            try:
                c.sock.sendall(piece)
            except ConnectionError:
                break  # what came before may say why
            left -= len(piece)
        if numbers(c.expect("OK")) != (length, h.hexdigest()):
            raise Refused("CHECKSUM: the server has something else")
    print("put", name, length, "from", has)


def get(c, name, folder):
    c.say("GET", name)
    rest = c.expect("FILE")
    length, its = numbers(" ".join(rest.split(" ")[:2]))
    if rest.split(" ", 2)[2] != name:
        raise Refused("LINE: that is another file")
    if length > LIMIT:
        c.say("ERR SIZE it is too large")
        raise Refused("SIZE: %d octets" % length)
    whole, part = os.path.join(folder, name), os.path.join(folder, "." + name + ".part")
    with open(part, "a+b") as f:
        f.seek(0)
        h, has = checksum(f, None)
        c.say("HAVE", has, h.hexdigest())
        start = int(c.expect("FROM"))
        if start not in (0, has):
            raise Refused("LINE: FROM %d" % start)
        if start == 0:
            h = hashlib.sha256()
        f.truncate(start)
        for piece in c.octets(length - start):
            f.write(piece)  # at the end, wherever that was read
            h.update(piece)
        f.flush()
        os.fsync(f.fileno())
    if h.hexdigest() != its:
        os.remove(part)
        c.say("ERR CHECKSUM something else came")
        raise Refused("CHECKSUM: something else came")
    os.rename(part, whole)
    c.say("OK", length, its)
    print("get", name, length, "from", start)


def main(host, port, verb, what, other=None):
    c = Connection(host, int(port))
    if c.expect("FILES").split(" ")[0] != "1":
        raise Refused("another version")
    if verb == "get":
        get(c, what, other)
    else:
        put(c, verb.upper(), what, other or os.path.basename(what))
    c.sock.close()


try:
    main(*sys.argv[1:])
except Refused as e:
    print("refused: %s" % e)
    sys.exit(1)
