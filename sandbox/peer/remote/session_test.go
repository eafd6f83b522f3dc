package remote

import (
	"fmt"
	"strings"
	"testing"
)

const (
	serverNonce = "00112233445566778899aabbccddeeff"
	clientNonce = "ffeeddccbbaa99887766554433221100"
)

// The numbers were made with Python's hmac module.
func TestKeys(t *testing.T) {
	k := NewKeys("sesame", serverNonce, clientNonce)
	client, server := Seal{key: k.client}, Seal{key: k.server}
	for _, c := range []struct{ what, got, want string }{
		{"the client's proof", k.ClientProof, "6e9541caa4068f31619997a5f3912d392077095a7df732ca4ff31ee7720f8871"},
		{"the server's proof", k.ServerProof, "befcafcbd9e813c385b7410fb7f2121d4b7750be0718aba7cbc697c4d2964dee"},
		{"a message", string(client.message("RUN date", nil)), "1 b9ccb69658e4cfe49ceb52d0ef8d2f6e7be1b48900d2a0ce4b0cdeb3ae2dde7d RUN date\n"},
		{"one with a payload", string(server.message("OUT 6", []byte("hello\n"))), "1 ddffb171e1bfa98b85f6cf61a38466fa1c688f1d36c14f505ce838ad70eb58bc OUT 6\nhello\n"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s\nwant %s", c.what, c.got, c.want)
		}
	}
}

// open is a session whose client has shown that it knows the secret, and what
// the client signs with.
func open(t *testing.T, cfg Config) (*session, *Seal) {
	t.Helper()
	s := newSession(cfg.withDefaults(), make([]byte, nonceSize))
	k := NewKeys("sesame", s.nonce, clientNonce)
	s.receive([]byte(Magic + " PROVE " + clientNonce + " " + k.ClientProof + "\n"))
	if s.next() != nil || !s.ready || !strings.HasSuffix(string(s.out), "\nWELCOME "+k.ServerProof+"\n") {
		t.Fatalf("not let in: %q", s.out)
	}
	s.out = nil
	return s, &Seal{key: k.client}
}

func TestGreeting(t *testing.T) {
	k := NewKeys("sesame", strings.Repeat("0", 2*nonceSize), clientNonce)
	for _, c := range []struct {
		name, line string
		insecure   bool
		want       string
	}{
		{"another protocol", "GET / HTTP/1.1", false, "NO greeting "},
		{"another version", "SOCKPLAY-REMOTE 2 PROVE", false, "NO greeting "},
		{"nothing", "", false, "NO greeting "},
		{"binary", "\x00\xff\x1b[2J", false, "NO greeting "},
		{"the secret in clear", Magic + " SECRET sesame", false, "NO greeting "},
		{"no proof", Magic + " PROVE " + clientNonce, false, "NO secret "},
		{"a wrong proof", Magic + " PROVE " + clientNonce + " " + strings.Repeat("0", 64), false, "NO secret "},
		{"the server's own proof sent back", Magic + " PROVE " + clientNonce + " " + k.ServerProof, false, "NO secret "},
		{"the server's own nonce", Magic + " PROVE " + strings.Repeat("0", 32) + " " + k.ClientProof, false, "NO greeting "},
		{"a nonce in capitals", Magic + " PROVE " + strings.ToUpper(clientNonce) + " " + k.ClientProof, false, "NO greeting "},
		{"a short nonce", Magic + " PROVE 00 " + k.ClientProof, false, "NO greeting "},
		{"in clear, wrong", Magic + " SECRET sesam", true, "NO secret "},
		{"in clear, empty", Magic + " SECRET ", true, "NO secret "},
		{"in clear, a proof", Magic + " PROVE " + clientNonce + " " + k.ClientProof, true, "NO greeting "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSession(Config{Secret: "sesame", Insecure: c.insecure}.withDefaults(), make([]byte, nonceSize))
			s.out = nil
			s.receive([]byte(c.line + "\nRUN date\n"))
			if argv := s.next(); argv != nil || !s.over || s.ready || !strings.HasPrefix(string(s.out), c.want) {
				t.Errorf("runs %q, over %v, says %q; want %q", argv, s.over, s.out, c.want)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	for _, c := range []struct {
		name string
		send func(seal *Seal) []byte
		want string // what is run, or what the server says
		over bool
	}{
		{"a command", func(k *Seal) []byte { return k.message("RUN echo a%20b c", nil) }, `["echo" "a b" "c"]`, false},
		{"with a carriage return", func(k *Seal) []byte {
			return []byte(strings.Replace(string(k.message("RUN date", nil)), "\n", "\r\n", 1))
		}, "NO mac ", true},
		{"a number with zeros", func(k *Seal) []byte { return append([]byte("0"), k.message("RUN date", nil)...) }, "NO mac ", true},
		{"without a MAC", func(*Seal) []byte { return []byte("RUN date\n") }, "NO mac ", true},
		{"another's MAC", func(*Seal) []byte { return (&Seal{key: []byte("guess")}).message("RUN date", nil) }, "NO mac ", true},
		{"changed on the way", func(k *Seal) []byte {
			return []byte(strings.Replace(string(k.message("RUN date", nil)), "date", "df", 1))
		}, "NO mac ", true},
		{"another number", func(k *Seal) []byte {
			return append([]byte("2"), k.message("RUN date", nil)[1:]...)
		}, "NO mac ", true},
		{"one left out", func(k *Seal) []byte {
			k.message("RUN date", nil)
			return k.message("RUN date", nil)
		}, "NO replay ", true},
		{"a line without an end", func(k *Seal) []byte { return []byte(strings.Repeat("1", 1<<20)) }, "NO line ", true},
		{"not on the list", func(k *Seal) []byte { return k.message("RUN rm -rf /", nil) }, "NO command ", false},
		{"with a path", func(k *Seal) []byte { return k.message("RUN /bin/date", nil) }, "NO command ", false},
		{"for a shell", func(k *Seal) []byte { return k.message("RUN date;id", nil) }, "NO command ", false},
		{"no command", func(k *Seal) []byte { return k.message("RUN ", nil) }, "NO command ", false},
		{"an argument that sets", func(k *Seal) []byte { return k.message("RUN date -s 12:00", nil) }, "NO argument ", false},
		{"an argument that reads", func(k *Seal) []byte { return k.message("RUN date --file=/etc/passwd", nil) }, "NO argument ", false},
		{"a new name", func(k *Seal) []byte { return k.message("RUN hostname evil", nil) }, "NO argument ", false},
		{"an escape", func(k *Seal) []byte { return k.message("RUN echo %1B[2J", nil) }, "NO argument ", false},
		{"a bare escape", func(k *Seal) []byte { return k.message("RUN echo \x1b[2J", nil) }, "NO argument ", false},
		{"a NUL", func(k *Seal) []byte { return k.message("RUN echo a%00b", nil) }, "NO argument ", false},
		{"half a percent", func(k *Seal) []byte { return k.message("RUN echo 100%", nil) }, "NO argument ", false},
		{"too many words", func(k *Seal) []byte { return k.message("RUN echo"+strings.Repeat(" a", 40), nil) }, "NO argument ", false},
		{"another verb", func(k *Seal) []byte { return k.message("SHELL", nil) }, "NO verb ", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, seal := open(t, Config{Secret: "sesame"})
			s.receive(c.send(seal))
			got := fmt.Sprintf("%q", s.next())
			if got == "[]" {
				_, got, _ = strings.Cut(string(s.out), " ") // its number and its MAC
				_, got, _ = strings.Cut(got, " ")
			}
			if !strings.HasPrefix(got, c.want) || s.over != c.over {
				t.Errorf("%q, over %v; want %q, %v", got, s.over, c.want, c.over)
			}
		})
	}
}

// A message that was recorded and is sent again is refused, within a connection
// and in another one.
func TestReplay(t *testing.T) {
	s, seal := open(t, Config{Secret: "sesame"})
	first := seal.message("RUN date", nil)
	s.receive(append(append([]byte(nil), first...), first...))
	if argv := s.next(); len(argv) != 1 {
		t.Fatalf("the first is not taken: %q", s.out)
	}
	if argv := s.next(); argv != nil || !s.over || !strings.Contains(string(s.out), "NO replay ") {
		t.Errorf("again: runs %q, says %q", argv, s.out)
	}
	other := newSession(Config{Secret: "sesame"}.withDefaults(), append(make([]byte, nonceSize-1), 1))
	k := NewKeys("sesame", strings.Repeat("0", 2*nonceSize), clientNonce)
	other.receive([]byte(Magic + " PROVE " + clientNonce + " " + k.ClientProof + "\n"))
	other.receive(first)
	if argv := other.next(); argv != nil || !other.wrong {
		t.Errorf("in another connection: runs %q, says %q", argv, other.out)
	}
}

func TestEntries(t *testing.T) {
	for _, c := range []struct {
		entry, run string
		want       bool
	}{
		{"ls -l -a", "ls -l", true}, {"ls -l -a", "ls -la", false}, {"ls -l", "ls /etc", false}, {"figlet ...", "figlet any thing", true}, {"id", "id", true}, {"id", "id -u", false},
	} {
		e, err := ParseEntry(c.entry)
		if err != nil {
			t.Fatal(err)
		}
		if err := check([]Entry{e}, strings.Fields(c.run)); (err == nil) != c.want {
			t.Errorf("%s with %q allowed: %v", c.run, c.entry, err)
		}
	}
	for _, bad := range []string{"", " ", "/bin/ls", "../x", `a\b`} {
		if _, err := ParseEntry(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzSession(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), false)
	f.Add([]byte(Magic+" SECRET sesame\nRUN date\nRUN echo %41\n"), true)
	f.Add([]byte(Magic+" PROVE "+clientNonce+" "+strings.Repeat("0", 64)+"\n1 "+strings.Repeat("0", 64)+" RUN date\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, insecure bool) {
		s := newSession(Config{Secret: "sesame", Insecure: insecure}.withDefaults(), make([]byte, nonceSize))
		for len(data) > 0 {
			n := min(len(data), 7)
			s.receive(data[:n])
			data = data[n:]
			for argv := s.next(); argv != nil; argv = s.next() {
				if !insecure {
					t.Fatalf("%q was run for somebody who does not know the secret", argv)
				}
				if err := check(DefaultList, argv); err != nil {
					t.Fatalf("%q was run: %v", argv, err)
				}
			}
			if len(s.in) > MaxLine+7 {
				t.Fatalf("%d octets are kept", len(s.in))
			}
			if s.out = s.out[:0]; s.over && len(s.in) > 0 {
				t.Fatal("something is taken after the end")
			}
		}
	})
}

func FuzzInbox(f *testing.F) {
	k := NewKeys("sesame", serverNonce, clientNonce)
	s := Seal{key: k.server}
	f.Add(s.message("OUT 6", []byte("hello\n")), true)
	f.Add([]byte("OUT 2147483648\n"), false)
	f.Add([]byte("OUT 5\nhelloERR 0\nEXIT 0\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, sealed bool) {
		b := inbox{}
		if sealed {
			b.taken.key = k.server
		}
		for len(data) > 0 {
			n := min(len(data), 5)
			b.in = append(b.in, data[:n]...)
			data = data[n:]
			for {
				m, ok, err := b.next()
				if err != nil {
					return
				}
				if !ok {
					break
				}
				if len(m.payload) > MaxPiece {
					t.Fatalf("%d octets in one message", len(m.payload))
				}
			}
			if len(b.in) > MaxLine+MaxPiece+5 {
				t.Fatalf("%d octets are kept", len(b.in))
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("echo hello%20world 100%25")
	f.Fuzz(func(t *testing.T, line string) {
		words, err := decode(line)
		if err != nil {
			return
		}
		again, err := decode(encode(words))
		if err != nil || fmt.Sprint(again) != fmt.Sprint(words) {
			t.Errorf("%q: %q, then %q, %v", line, words, again, err)
		}
	})
}
