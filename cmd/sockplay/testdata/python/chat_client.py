"""A client of the chat room, written from docs/protocols.md alone.

usage: chat_client.py HOST:PORT NAME [STEP...]

STEP is done in order: say=TEXT, who, ping=WORD, raw=LINE (sent as it stands), and
until=LINE, which waits for that very line. Each line that comes is printed. It
leaves with QUIT and reads to the end of the stream.
"""
import socket
import sys

MAX_LINE, MAX_TOLD = 512, 1024


class Chat:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=20)
        self.rest = b""
        self.heard = []  # lines about others
        greeting = self.line()
        if greeting is None or greeting.split(" ")[:2] != ["CHAT", "1"]:
            raise SystemExit("no chat room of version 1: %r" % greeting)

    def line(self):
        """The next line, without its end; None at the end of the stream."""
        while b"\n" not in self.rest:
            if len(self.rest) >= MAX_TOLD:
                raise SystemExit("a line that is too long")
            more = self.socket.recv(4096)
            if not more:
                if self.rest:
                    raise SystemExit("the stream ends in the middle of a line")
                return None
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        text = line.decode("utf-8")
        if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
            raise SystemExit("a control character: %r" % text)
        print(text, flush=True)
        return text

    def about_others(self, line):
        """Whether a line answers nothing that was asked; it is dealt with."""
        word, _, rest = line.partition(" ")
        if word == "PING":
            self.socket.sendall(("PONG %s\n" % rest).encode())
            return True
        if word in ("JOINED", "LEFT", "SAID"):
            self.heard.append(line)
            return True
        return word not in ("OK", "ERROR", "HERE", "PONG", "BYE")

    def ask(self, line):
        """Sends a line, and returns the lines that answer it."""
        data = line.encode("utf-8") + b"\n"
        if len(data) > MAX_LINE:
            raise SystemExit("the line is too long")
        self.socket.sendall(data)
        answer = []
        while True:
            got = self.line()
            if got is None:
                return answer
            if self.about_others(got):
                continue
            answer.append(got)
            if not got.startswith("HERE"):
                return answer

    def until(self, want):
        while want not in self.heard:
            got = self.line()
            if got is None:
                raise SystemExit("the end, before %r" % want)
            if not self.about_others(got):
                raise SystemExit("an answer to nothing: %r" % got)


def main(place, name, *steps):
    host, _, port = place.rpartition(":")
    chat = Chat(host, int(port))
    if not chat.ask("JOIN " + name)[-1].startswith("OK"):
        raise SystemExit("not let in")
    for step in steps:
        what, _, rest = step.partition("=")
        if what == "say":
            if not chat.ask("SAY " + rest)[-1].startswith("OK"):
                raise SystemExit("not said")
        elif what == "who":
            answer = chat.ask("WHO")
            names = [n for line in answer[:-1] for n in line.split(" ")[1:]]
            if answer[-1] != "OK %d" % len(names) or name not in names:
                raise SystemExit("not who is here: %r" % answer)
        elif what == "ping":
            if chat.ask("PING " + rest) != ["PONG " + rest]:
                raise SystemExit("no pong")
        elif what == "raw":
            chat.ask(rest)
        elif what == "until":
            chat.until(rest)
    if not chat.ask("QUIT")[-1].startswith("BYE"):
        raise SystemExit("no good-bye")
    if chat.line() is not None:
        raise SystemExit("something behind the good-bye")
    chat.socket.close()


main(*sys.argv[1:])
