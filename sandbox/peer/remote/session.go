package remote

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
)

// session is what the server knows of one client: pure, octets in, commands and
// octets out.
type session struct {
	cfg   *Config
	nonce string
	ready bool   // the client has shown that it knows the secret
	over  bool   // nothing more is taken: what is in out is the last
	wrong bool   // it has shown that it does not know it
	why   string // it is over
	in    []byte
	out   []byte
	sent  Seal // what goes out
	taken Seal // what comes in
}

// newSession greets the client. random are nonceSize octets of chance.
func newSession(cfg *Config, random []byte) *session {
	s := &session{cfg: cfg, nonce: hex.EncodeToString(random)}
	if cfg.Insecure {
		s.out = []byte(Magic + " insecure\n")
	} else {
		s.out = []byte(Magic + " hmac-sha256 " + s.nonce + "\n")
	}
	return s
}

// receive takes in what the client has sent; next tells what comes of it.
func (s *session) receive(data []byte) {
	if !s.over {
		s.in = append(s.in, data...)
	}
}

// half reports whether a line has begun and not ended.
func (s *session) half() bool { return len(s.in) > 0 && bytes.IndexByte(s.in, '\n') < 0 }

// next takes lines until one asks for a command, which it returns. It is nil if
// no whole line is left, or nothing more is taken.
func (s *session) next() []string {
	for !s.over {
		i := bytes.IndexByte(s.in, '\n')
		if i >= MaxLine || i < 0 && len(s.in) >= MaxLine {
			s.end(refuse("line", fmt.Sprintf("a line has %d octets at most, with its end", MaxLine)))
		}
		if i < 0 || s.over {
			break
		}
		line := string(s.in[:i])
		if s.taken.key == nil { // what is signed is signed to its last octet
			line = strings.TrimSuffix(line, "\r")
		}
		s.in = s.in[i+1:]
		if !s.ready {
			if err := s.hello(line); err != nil {
				s.end(err)
			}
			continue
		}
		argv, err := s.command(line)
		if err != nil {
			s.refuse(err)
			continue
		}
		return argv
	}
	return nil
}

// hello reads the client's first line.
func (s *session) hello(line string) error {
	rest, ok := strings.CutPrefix(line, Magic+" ")
	if !ok {
		return refuse("greeting", "the first line begins with "+Magic)
	}
	verb, rest, _ := strings.Cut(rest, " ")
	switch {
	case s.cfg.Insecure && verb == "SECRET":
		if !Same(rest, s.cfg.Secret) {
			s.wrong = true
			return refuse("secret", "this is not the secret")
		}
		s.ready = true
		s.say("WELCOME", nil)
		return nil
	case s.cfg.Insecure:
		return refuse("greeting", "here it goes on with SECRET and the secret")
	case verb != "PROVE":
		return refuse("greeting", "here it goes on with PROVE, a nonce and a proof")
	}
	nonce, proof, _ := strings.Cut(rest, " ")
	if raw, err := hex.DecodeString(nonce); err != nil || len(raw) != nonceSize || hex.EncodeToString(raw) != nonce || nonce == s.nonce {
		return refuse("greeting", fmt.Sprintf("a nonce is %d lower-case hex digits, of your own chance", 2*nonceSize))
	}
	keys := NewKeys(s.cfg.Secret, s.nonce, nonce)
	if !Same(proof, keys.ClientProof) {
		s.wrong = true
		return refuse("secret", "the proof is wrong: this client does not know the secret")
	}
	s.ready = true
	s.say("WELCOME "+keys.ServerProof, nil) // the last line without a MAC
	s.sent.key, s.taken.key = keys.server, keys.client
	return nil
}

// command reads a message: it returns what is to be run, or nil.
func (s *session) command(text string) ([]string, error) {
	count, sum, line, err := s.taken.split(text)
	if err != nil {
		return nil, err
	}
	if err := s.taken.check(count, sum, line, nil); err != nil {
		return nil, err
	}
	verb, rest, _ := strings.Cut(line, " ")
	if verb != "RUN" {
		return nil, refuse("verb", "a message is RUN and a command, such as RUN date")
	}
	argv, err := decode(rest)
	if err != nil {
		return nil, err
	}
	return argv, check(s.cfg.List, argv)
}

// refuse tells the client why not; some refusals end the session.
func (s *session) refuse(err error) {
	if r := err.(*Refusal); r.Code == "command" || r.Code == "argument" || r.Code == "verb" {
		s.say(r.line(), nil)
		return
	}
	s.end(err)
}

// end tells the client why it is not served any more.
func (s *session) end(err error) {
	s.say(err.(*Refusal).line(), nil)
	s.over, s.why = true, err.Error()
	s.in = nil
}

// say sends a message.
func (s *session) say(line string, payload []byte) {
	s.out = append(s.out, s.sent.message(line, payload)...)
}

// output sends what a command has printed: verb is OUT or ERR.
func (s *session) output(verb string, data []byte) {
	for len(data) > 0 {
		n := min(len(data), MaxPiece)
		s.say(fmt.Sprintf("%s %d", verb, n), data[:n])
		data = data[n:]
	}
}

// exit sends how it ended.
func (s *session) exit(status string) { s.say("EXIT "+status, nil) }
