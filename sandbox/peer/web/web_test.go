package web

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestParse reads requests that come whole, and those that are refused.
func TestParse(t *testing.T) {
	long := strings.Repeat("x", maxHead)
	for _, test := range []struct {
		data   string
		want   request
		rest   string // behind the head
		status int    // of a refusal
	}{
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest", request{method: "GET", path: "/", minor: 1}, "rest", 0},
		{"GET / HTTP/1.1\nHost:a\n\n", request{method: "GET", path: "/", minor: 1}, "", 0},
		{"\r\n\nGET / HTTP/1.0\n\n", request{method: "GET", path: "/", close: true}, "", 0},
		{"GET / HTTP/1.0\nConnection: Keep-Alive\n\n", request{method: "GET", path: "/"}, "", 0},
		{"HEAD /a?b HTTP/1.1\nhost: \nCONNECTION: x , close\n\n", request{method: "HEAD", path: "/a", minor: 1, close: true}, "", 0},
		{"GET http://localhost/time?x HTTP/1.1\nHost: a\n\n", request{method: "GET", path: "/time", minor: 1}, "", 0},
		{"GET http://localhost HTTP/1.1\nHost: a\n\n", request{method: "GET", path: "/", minor: 1}, "", 0},
		{"GET / HTTP/1.9\nHost: a\n\n", request{method: "GET", path: "/", minor: 1}, "", 0},
		{"POST / HTTP/1.1\nHost: a\nContent-Length: 5\nContent-Length: 5\n\n12345", request{method: "POST", path: "/", minor: 1, length: 5}, "12345", 0},
		{"hello\n", request{}, "", 400},
		{"GET /\n", request{}, "", 400},
		{"GET  / HTTP/1.1\n", request{}, "", 400},
		{"GET / HTTP/1.1 \n", request{}, "", 400},
		{"GET / HTTP/11\n", request{}, "", 400},
		{"GET / http/1.1\n", request{}, "", 400},
		{"GET /\x1b HTTP/1.1\n", request{}, "", 400},
		{"G(T / HTTP/1.1\n", request{}, "", 400},
		{"GET time HTTP/1.1\n", request{}, "", 400},
		{"GET / HTTP/2.0\n", request{}, "", 505},
		{"GET / HTTP/1.1\n\n", request{}, "", 400},
		{"GET / HTTP/1.1\nHost: a\nHost: a\n\n", request{}, "", 400},
		{"GET / HTTP/1.1\nHost: a b\n\n", request{}, "", 400},
		{"GET / HTTP/1.1\nHost : a\n\n", request{}, "", 400},
		{"GET / HTTP/1.1\nHost: a\n folded\n\n", request{}, "", 400},
		{"GET / HTTP/1.1\nHost: a\rb\n\n", request{}, "", 400},
		{"GET / HTTP/1.1\nHost: a\nContent-Length: -1\n\n", request{}, "", 400},
		{"GET / HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 2\n\n", request{}, "", 400},
		{"GET / HTTP/1.1\nHost: a\nContent-Length: 99999999999999\n\n", request{}, "", 413},
		{"POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n", request{}, "", 501},
		{"GET /" + long, request{}, "", 414},
		{"GET /" + long + " HTTP/1.1\n\n", request{}, "", 414},
		{"GET / HTTP/1.1\nHost: " + long, request{}, "", 431},
		{"GET / HTTP/1.1\nHost: " + long + "\n\n", request{}, "", 431},
	} {
		r, n, bad := parse([]byte(test.data))
		switch {
		case test.status != 0 && (bad == nil || bad.status != test.status):
			t.Errorf("%.40q: %v, not %d", test.data, bad, test.status)
		case test.status == 0 && (bad != nil || r != test.want || test.data[n:] != test.rest):
			t.Errorf("%.40q: %+v, then %q; %v", test.data, r, test.data[n:], bad)
		}
		// As long as it is not whole, it is neither taken nor refused.
		whole := n
		for i := range whole {
			if _, n, bad := parse([]byte(test.data[:i])); n != 0 || bad != nil {
				t.Errorf("%.40q: after %d bytes: %d, %v", test.data, i, n, bad)
			}
		}
	}
}

// TestAnswer: what is answered is what net/http understands.
func TestAnswer(t *testing.T) {
	for _, test := range []struct {
		r      request
		bad    *refusal
		status int
		body   string // a part of it
		close  bool
	}{
		{request{method: "GET", path: "/", minor: 1}, nil, 200, "It works", false},
		{request{method: "GET", path: "/time", minor: 1}, nil, 200, "Thu, 01 Jan 1970 00:00:00 GMT\n", false},
		{request{method: "GET", path: "/none", close: true}, nil, 404, "404 Not Found: there is / and /time", true},
		{request{method: "DELETE", path: "/", minor: 1}, nil, 405, "405 Method Not Allowed", false},
		{request{method: "BREW", path: "/", minor: 1}, nil, 501, "BREW is not known", false},
		{request{}, refuse(400, "no"), 400, "400 Bad Request: no", true},
		{request{}, refuse(505, "no"), 505, "505 HTTP Version Not Supported: no", true},
	} {
		for _, method := range []string{test.r.method, "HEAD"} {
			if method == "HEAD" && test.r.method != "GET" {
				continue
			}
			r := test.r
			r.method = method
			reply := answer(r, test.bad, time.Unix(0, 0))
			got, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(reply)), &http.Request{Method: method})
			if err != nil {
				t.Fatalf("%+v: %v\n%s", r, err, reply)
			}
			body, err := io.ReadAll(got.Body)
			switch {
			case err != nil || got.StatusCode != test.status || got.Close != test.close || got.Header.Get("Date") != "Thu, 01 Jan 1970 00:00:00 GMT":
				t.Errorf("%+v: %v\n%s", r, err, reply)
			case method != "HEAD" && !strings.Contains(string(body), test.body), method == "HEAD" && (len(body) > 0 || got.ContentLength == 0):
				t.Errorf("%+v: its body is %q", r, body)
			case (test.status == 405) != (got.Header.Get("Allow") == "GET, HEAD"):
				t.Errorf("%+v: Allow: %s", r, got.Header.Get("Allow"))
			}
		}
	}
}

// FuzzRequest: whatever comes is taken, refused or waited for, at once or piece by
// piece alike, and the answer is HTTP.
func FuzzRequest(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 3)
	f.Add([]byte("\nPOST http://x HTTP/1.0\nContent-Length: 3\nConnection: keep-alive\n\nabc"), 20)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		r, n, bad := parse(data)
		switch {
		case n < 0 || n > len(data) || bad != nil && n != 0 && bad.status == 0:
			t.Fatalf("%d of %d: %v", n, len(data), bad)
		case n == 0 && bad == nil && len(data) > 2*maxHead && bytes.Trim(data, "\r\n") != nil:
			t.Fatal("it waits for ever")
		case r.length < 0 || r.length > maxBody:
			t.Fatalf("a body of %d", r.length)
		}
		if n > 0 && bad == nil && cut >= 0 && cut < n {
			if _, m, early := parse(data[:cut]); m != 0 || early != nil {
				t.Fatalf("of %d bytes already %d, %v", cut, m, early)
			}
		}
		if n == 0 && bad == nil {
			return
		}
		reply := answer(r, bad, time.Unix(0, 0))
		if _, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(reply)), &http.Request{Method: r.method}); err != nil {
			t.Fatalf("%v\n%s", err, reply)
		}
	})
}
