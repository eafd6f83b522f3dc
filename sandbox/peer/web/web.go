// Package web is the peer http: enough of HTTP/1.1 for a request that is typed by
// hand, and for a browser's.
package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sockplay/sandbox"
	"sockplay/sandbox/peer"
)

// calls is what it does, call by call.
const calls = `  socket tcp; setsockopt SO_REUSEADDR; bind; listen
  again and again:
    accept a caller, and fork a child for it
    the child:
      read until a request is whole: lines, an empty one, and a body of as
           many bytes as Content-Length says (RFC 9112 2.1, 6.3)
      write the answer: a status line, fields, an empty line, the body
      the next request, unless one side has said Connection: close
           (RFC 9112 9.3); then close
`

// Ready is http.
var Ready = []peer.Peer{{
	Name: "http", Addr: peer.At("127.0.0.1:80"), Man: "RFC 9112",
	Summary: "a web server: GET and HEAD, / and /time",
	Source:  calls,
	New: func(addr sandbox.Addr, args []string) (peer.Program, error) {
		if len(args) > 0 {
			return nil, fmt.Errorf("http takes nothing behind its address")
		}
		return func(ctx context.Context, sys peer.System) { serve(ctx, sys, addr) }, nil
	},
}}

// serve takes callers, and has a child talk to each of them.
func serve(ctx context.Context, sys peer.System, addr sandbox.Addr) {
	listener, ok := peer.Listen(ctx, sys, addr)
	if !ok {
		return
	}
	for {
		fd := sys.Accept(ctx, listener).Result.Value
		if fd < 0 {
			return
		}
		forked := peer.Fork(ctx, sys, func(ctx context.Context, child peer.System) {
			child.Close(ctx, listener) // the parent's
			converse(ctx, child, fd)
		})
		if forked {
			sys.Close(ctx, fd) // the child's
		} else {
			converse(ctx, sys, fd)
		}
	}
}

// converse answers the requests of one connection, one after the other
// (RFC 9112 9.3), and closes it.
func converse(ctx context.Context, sys peer.System, fd int) {
	defer sys.Close(ctx, fd)
	var unread []byte // what has come, and is not answered yet
	for {
		r, n, bad := parse(unread)
		whole := bad != nil || n > 0 && len(unread) >= n+r.length
		if !whole {
			in := sys.Read(ctx, fd, 4096)
			if in.Result.Value <= 0 {
				return // the end, or the connection is cut off
			}
			unread = append(unread, in.Result.Data...)
			continue
		}
		reply := answer(r, bad, sys.Date())
		if sys.Write(ctx, fd, reply).Result.Value != len(reply) || bad != nil || r.close {
			return
		}
		unread = unread[n+r.length:] // the body is not needed
	}
}

// answer is the whole answer to a request (RFC 9112 6, RFC 9110 15).
func answer(r request, bad *refusal, now time.Time) []byte {
	status, kind, body, allow := 200, "text/plain; charset=utf-8", "", ""
	known := strings.Contains(" GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH ", " "+r.method+" ")
	switch {
	case bad != nil:
		status, body, r.close = bad.status, bad.why, true
	case !known:
		status, body = 501, "the method "+r.method+" is not known here; GET and HEAD are"
	case r.method != "GET" && r.method != "HEAD": // Allow must tell (RFC 9110 15.5.6)
		status, body, allow = 405, "only GET and HEAD are allowed here", "Allow: GET, HEAD\r\n"
	case r.path == "/":
		kind = "text/html; charset=utf-8"
		body = "<!DOCTYPE html>\n<title>sockplay</title>\n<p>It works. <a href=\"/time\">/time</a> tells the time.</p>\n"
	case r.path == "/time":
		body = now.UTC().Format(http.TimeFormat) + "\n"
	default:
		status, body = 404, "there is / and /time, and nothing else"
	}
	if status != 200 {
		body = fmt.Sprintf("%d %s: %s\n", status, http.StatusText(status), body)
	}
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\n", status, http.StatusText(status)) +
		"Date: " + now.UTC().Format(http.TimeFormat) + "\r\n" + // RFC 9110 6.6.1
		allow + "Content-Type: " + kind + "\r\n" + fmt.Sprintf("Content-Length: %d\r\n", len(body))
	switch {
	case r.close:
		head += "Connection: close\r\n"
	case r.minor == 0:
		head += "Connection: keep-alive\r\n"
	}
	if r.method == "HEAD" { // the head that GET would have (RFC 9110 9.3.2)
		body = ""
	}
	return []byte(head + "\r\n" + body)
}
