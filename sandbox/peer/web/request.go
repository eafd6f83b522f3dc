package web

import (
	"bytes"
	"strconv"
	"strings"
)

// request is a request's head, as far as this server needs it.
type request struct {
	method, path string
	minor        int // of HTTP/1.x
	length       int // octets of the body
	close        bool
}

// refusal is a request that is answered with an error.
type refusal struct {
	status int
	why    string // and what would be right
}

func (r *refusal) Error() string { return r.why }

func refuse(status int, why string) *refusal { return &refusal{status, why} }

// Limits of a request, in octets.
const (
	maxHead = 8 << 10
	maxBody = 64 << 10
)

// requestLine is what one looks like.
const requestLine = "it looks like: GET / HTTP/1.1"

// parse reads a request's head off the beginning of data (RFC 9112 2.1). n is how
// many octets it has, 0 if its end has not come yet. Lines may end with LF alone
// (RFC 9112 2.2), as typed by hand.
func parse(data []byte) (r request, n int, bad *refusal) {
	for n < len(data) && (data[n] == '\n' || data[n] == '\r' && n+1 < len(data) && data[n+1] == '\n') {
		n += 1 + bytes.IndexByte(data[n:], '\n') // empty lines before it (RFC 9112 2.2)
	}
	var lines []string
	for {
		i := bytes.IndexByte(data[n:], '\n')
		switch {
		case n+max(i, 0) > maxHead || i < 0 && len(data) > maxHead:
			return r, 0, tooLong(lines)
		case i < 0:
			return r, 0, nil
		}
		line := strings.TrimSuffix(string(data[n:n+i]), "\r")
		if n += i + 1; line == "" {
			break
		}
		lines = append(lines, line)
		if len(lines) == 1 { // what cannot become a request is told at once
			if r, bad = parseLine(line); bad != nil {
				return r, 0, bad
			}
		}
	}
	if len(lines) == 0 {
		return r, 0, nil
	}
	return r, n, r.fields(lines[1:])
}

// tooLong refuses a head by what is too long of it.
func tooLong(lines []string) *refusal {
	if len(lines) == 0 {
		return refuse(414, "the request line is longer than 8 KiB")
	}
	return refuse(431, "the request's fields are longer than 8 KiB")
}

// parseLine reads a request line (RFC 9112 3).
func parseLine(line string) (r request, bad *refusal) {
	parts := strings.Split(line, " ")
	if len(parts) != 3 || !isToken(parts[0]) || strings.ContainsFunc(line, isControl) {
		return r, refuse(400, "this is no request line; "+requestLine)
	}
	r.method = parts[0]
	major, minor, ok := strings.Cut(strings.TrimPrefix(parts[2], "HTTP/"), ".")
	if !ok || !strings.HasPrefix(parts[2], "HTTP/") || !isDigit(major) || !isDigit(minor) {
		return r, refuse(400, "the request line does not end with a version; "+requestLine)
	}
	if major != "1" {
		return r, refuse(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
	}
	r.minor = min(int(minor[0]-'0'), 1)
	r.close = r.minor == 0 // unless it says otherwise (RFC 9112 9.3)
	target := parts[1]
	if len(target) > 7 && strings.EqualFold(target[:7], "http://") { // absolute-form (RFC 9112 3.2.2)
		target = target[7:]
		if i := strings.IndexAny(target, "/?"); i < 0 {
			target = "/"
		} else if target = target[i:]; target[0] == '?' {
			target = "/" + target
		}
	}
	if !strings.HasPrefix(target, "/") && target != "*" {
		return r, refuse(400, "the target is no path; "+requestLine)
	}
	r.path, _, _ = strings.Cut(target, "?")
	return r, nil
}

// fields reads the lines of fields (RFC 9112 5).
func (r *request) fields(lines []string) *refusal {
	hosts, length := 0, ""
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) || strings.ContainsFunc(value, isControl) { // no blanks before the colon, no folded lines (RFC 9112 5.1, 5.2)
			return refuse(400, "a field is NAME: VALUE, such as Host: localhost")
		}
		value = strings.Trim(value, " \t")
		switch strings.ToLower(name) {
		case "host":
			if hosts++; strings.ContainsAny(value, " \t/,") {
				return refuse(400, "the Host is none")
			}
		case "content-length":
			n, err := strconv.ParseUint(value, 10, 31)
			switch {
			case length != "" && length != value, value == "" || strings.Trim(value, "0123456789") != "":
				return refuse(400, "the Content-Length is no number, or two")
			case err != nil || n > maxBody:
				return refuse(413, "a body of more than 64 KiB is not taken here")
			}
			length, r.length = value, int(n)
		case "transfer-encoding": // 501 is for codings that are not understood (RFC 9112 6.1)
			return refuse(501, "a body with a Transfer-Encoding is not understood here; Content-Length is")
		case "connection": // RFC 9110 7.6.1
			for option := range strings.SplitSeq(strings.ToLower(value), ",") {
				switch strings.Trim(option, " \t") {
				case "close":
					r.close = true
				case "keep-alive":
					r.close = false
				}
			}
		}
	}
	if hosts > 1 || hosts == 0 && r.minor == 1 { // RFC 9112 3.2
		return refuse(400, "HTTP/1.1 wants one Host field: Host: localhost")
	}
	return nil
}

// isToken reports whether s is a token (RFC 9110 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", c))
	})
}

func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

func isDigit(s string) bool { return len(s) == 1 && s[0] >= '0' && s[0] <= '9' }
