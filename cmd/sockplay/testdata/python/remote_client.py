"""A client of remote control in plain Python, written from docs/protocols.md.

remote_client.py HOST PORT SECRET [--insecure] COMMAND [ARGUMENT...] [, COMMAND ...]
"""
import hashlib
import hmac
import secrets
import socket
import sys
import urllib.parse

MAGIC = "SOCKPLAY-REMOTE 1"


def mac(key, text):
    return hmac.new(key, text, hashlib.sha256)


class Client:
    def __init__(self, host, port, secret, insecure):
        self.sock = socket.create_connection((host, port), timeout=20)
        self.file = self.sock.makefile("rb")
        self.sealed = False
        self.greet(secret, insecure)

    def line(self):
        line = self.file.readline(4096)
        if not line.endswith(b"\n"):
            raise SystemExit("the server has ended the connection")
        return line.rstrip(b"\r\n").decode("ascii")

    def greet(self, secret, insecure):
        greeting = self.line()
        if greeting == MAGIC + " insecure":
            if not insecure:
                raise SystemExit("the server wants the secret in clear")
            self.sock.sendall(f"{MAGIC} SECRET {secret}\n".encode())
            self.welcome()
            return
        prefix = MAGIC + " hmac-sha256 "
        if not greeting.startswith(prefix):
            raise SystemExit("no remote control: " + ascii(greeting))
        sn, cn = greeting[len(prefix):], secrets.token_hex(16)
        k = mac(secret.encode(), f"{MAGIC} {sn} {cn}".encode()).digest()
        proof = mac(k, b"client proof").hexdigest()
        self.sock.sendall(f"{MAGIC} PROVE {cn} {proof}\n".encode())
        if not hmac.compare_digest(self.welcome(), mac(k, b"server proof").hexdigest()):
            raise SystemExit("the server does not know the secret")
        self.sealed = True
        self.kc = mac(k, b"client messages").digest()
        self.ks = mac(k, b"server messages").digest()
        self.sent = self.taken = 0

    def welcome(self):
        verb, _, rest = self.line().partition(" ")
        if verb != "WELCOME":
            raise SystemExit(f"{verb} {rest}")
        return rest

    def send(self, message):
        if self.sealed:
            self.sent += 1
            body = f"{self.sent} {message}\n".encode()
            message = f"{self.sent} {mac(self.kc, body).hexdigest()} {message}"
        self.sock.sendall(message.encode() + b"\n")

    def receive(self):
        line = self.line()
        number = code = ""
        if self.sealed:
            number, code, line = line.split(" ", 2)
        verb, _, rest = line.partition(" ")
        payload = b""
        if verb in ("OUT", "ERR"):
            if not 1 <= int(rest) <= 16384:
                raise SystemExit("too much at once")
            payload = self.file.read(int(rest))
        if self.sealed:
            self.taken += 1
            right = mac(self.ks, f"{number} {line}\n".encode() + payload).hexdigest()
            if int(number) != self.taken or not hmac.compare_digest(code, right):
                raise SystemExit("a message that the server has not sent")
        return verb, rest, payload

    def run(self, words):
        self.send("RUN " + " ".join(urllib.parse.quote(w, safe="!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~") for w in words))
        while True:
            verb, rest, payload = self.receive()
            if verb == "OUT":
                sys.stdout.write(payload.decode())
            elif verb == "ERR":
                sys.stdout.write("stderr: " + payload.decode())
            else:
                print(verb, rest, flush=True)
                return


def main():
    host, port, secret, *words = sys.argv[1:]
    insecure = "--insecure" in words
    client = Client(host, int(port), secret, insecure)
    command = []
    for word in [w for w in words if w != "--insecure"] + [","]:
        if word != ",":
            command.append(word)
        elif command:
            client.run(command)
            command = []


main()
