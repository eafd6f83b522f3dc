// Package remote is remote control: a client sends a command, the server runs
// it and sends back what it printed and how it ended. Only what a list names is
// run, never by a shell. docs/protocols.md says what is sent, octet by octet.
package remote

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Magic is what the first line of either side begins with.
const Magic = "SOCKPLAY-REMOTE 1"

// The limits of what is sent, in octets.
const (
	MaxLine  = 4096     // of a line, with its end
	MaxPiece = 16 << 10 // of output in one message
	maxWords = 32       // of a command
)

// nonceSize is the octets of a nonce, which is sent as twice as many hex digits.
const nonceSize = 16

// Keys are what both sides have made of the secret and the two nonces, for one
// connection: a recording of it is of no use in another.
type Keys struct {
	ClientProof, ServerProof string
	client, server           []byte // for each direction one, so that nothing can be sent back
}

// NewKeys makes them (RFC 2104 with SHA-256). The nonces are as they are sent.
func NewKeys(secret, serverNonce, clientNonce string) Keys {
	key := mac([]byte(secret), Magic+" "+serverNonce+" "+clientNonce)
	return Keys{
		ClientProof: hex.EncodeToString(mac(key, "client proof")),
		ServerProof: hex.EncodeToString(mac(key, "server proof")),
		client:      mac(key, "client messages"),
		server:      mac(key, "server messages"),
	}
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// Same compares proofs in a time that tells nothing.
func Same(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// Seal numbers and signs the messages of one direction. The zero value signs
// nothing: the insecure form.
type Seal struct {
	key   []byte
	count uint64
}

// message is the octets of the next message: its line, and its payload.
func (s *Seal) message(line string, payload []byte) []byte {
	if s.key != nil {
		s.count++
		line = fmt.Sprintf("%d %s %s", s.count, s.sum(s.count, line, payload), line)
	}
	return append([]byte(line+"\n"), payload...)
}

func (s *Seal) sum(count uint64, line string, payload []byte) string {
	h := hmac.New(sha256.New, s.key)
	fmt.Fprintf(h, "%d %s\n", count, line)
	h.Write(payload)
	return hex.EncodeToString(h.Sum(nil))
}

// split takes the number and the MAC off a line. They are checked by check, when
// the payload has come.
func (s *Seal) split(text string) (count uint64, sum, line string, err error) {
	if s.key == nil {
		return 0, "", text, nil
	}
	number, rest, _ := strings.Cut(text, " ")
	sum, line, ok := strings.Cut(rest, " ")
	count, numberErr := strconv.ParseUint(number, 10, 63)
	if !ok || numberErr != nil || strconv.FormatUint(count, 10) != number || len(sum) != 2*sha256.Size {
		return 0, "", "", refuse("mac", "a message here begins with its number and its MAC")
	}
	return count, sum, line, nil
}

// check tells whether the message is the next one, and from who knows the secret.
func (s *Seal) check(count uint64, sum, line string, payload []byte) error {
	switch {
	case s.key == nil:
		return nil
	case !hmac.Equal([]byte(sum), []byte(s.sum(count, line, payload))):
		return refuse("mac", "its MAC is wrong: whoever sent it does not know the secret")
	case count != s.count+1:
		return refuse("replay", fmt.Sprintf("it is number %d where %d is next: it has been recorded and sent again, or others are missing", count, s.count+1))
	}
	s.count++
	return nil
}

// Refusal is why something was refused: a word for programs, and a sentence.
type Refusal struct{ Code, Why string }

func refuse(code, why string) *Refusal { return &Refusal{code, why} }

// Error is the sentence.
func (r *Refusal) Error() string { return r.Why }

// line is how the other side is told.
func (r *Refusal) line() string { return "NO " + r.Code + " " + r.Why }

// encode writes words as one line: what is no printable ASCII, a space and % are
// percent-encoded (RFC 3986 2.1).
func encode(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		for _, c := range []byte(w) {
			if c <= ' ' || c >= 0x7f || c == '%' {
				fmt.Fprintf(&b, "%%%02X", c)
			} else {
				b.WriteByte(c)
			}
		}
	}
	return b.String()
}

// decode is the reverse of encode.
func decode(line string) ([]string, error) {
	words := strings.Split(line, " ")
	if len(words) > maxWords {
		return nil, refuse("argument", fmt.Sprintf("a command has %d words at most", maxWords))
	}
	for i, w := range words {
		plain, err := url.PathUnescape(w)
		if err != nil {
			return nil, refuse("argument", "a % is followed by two hex digits; % itself is %25")
		}
		for _, c := range []byte(w) {
			if c < ' ' || c >= 0x7f {
				return nil, refuse("argument", "all but printable ASCII is percent-encoded")
			}
		}
		words[i] = plain
	}
	return words, nil
}
