package syntax

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"sockplay/sandbox"
)

// What an address looks like.
const (
	AddrForms = "an address is 127.0.0.1:8080, *:8080 (any), localhost:8080, .:8080 (the same) or [::1]:8080"
	pathForms = "a unix socket's address is a path such as chat.sock, or a name such as @chat, which is no file"
)

// IsPath reports whether a word is meant as a unix socket's address, whatever
// the socket is.
func IsPath(text string) bool {
	return strings.HasPrefix(text, "@") || strings.HasSuffix(text, ".sock")
}

// path reads a unix socket's address. The folder of the sandbox's unix
// sockets has no folders in it, and none above it.
func path(text string) (sandbox.Addr, *Error) {
	bad := func(what, right string) (sandbox.Addr, *Error) {
		return sandbox.Addr{}, &Error{Wrong: Clip(text) + what, Right: right}
	}
	_, isInet := Addr(text, sandbox.TCP)
	switch {
	case isInet == nil || IsInteger(text):
		return bad(" is no address of a unix socket", pathForms)
	case strings.Contains(text, "/"):
		return bad(" has a /: the sandbox's unix sockets have one folder of their own, and no way out of it", "a name alone, such as "+lastPart(text))
	case len(text) > sandbox.MaxPath:
		return bad(fmt.Sprintf(" has %d bytes: a struct sockaddr_un has room for %d, and the NUL", len(text), sandbox.MaxPath), "a shorter path")
	case !sandbox.ValidPath(text):
		return bad(" is no name of a file", pathForms)
	}
	return sandbox.Addr{Path: text}, nil
}

// lastPart is what is left of a path without its folders.
func lastPart(path string) string {
	if name := path[strings.LastIndexByte(path, '/')+1:]; sandbox.ValidPath(name) {
		return name
	}
	return "chat.sock"
}

// Addr reads an address, for a socket of that kind; "" is any.
func Addr(text string, kind sandbox.Kind) (sandbox.Addr, *Error) {
	switch {
	case kind.Unix(), kind == "" && IsPath(text): // no open descriptor: the call will say so
		return path(text)
	case IsPath(text):
		return sandbox.Addr{}, &Error{Wrong: fmt.Sprintf("%s is the address of a unix socket, and this is a %s socket", Clip(text), kind), Right: AddrForms}
	}
	bad := func(what string) (sandbox.Addr, *Error) {
		return sandbox.Addr{}, &Error{Wrong: Clip(text) + what, Right: AddrForms}
	}
	i := strings.LastIndexByte(text, ':')
	switch {
	case IsInteger(text):
		return bad(" is a port without a host")
	case i == 0:
		return bad(" has no host")
	case strings.Contains(text, "://"):
		return bad(" is a URL: only this machine is here")
	case i < 0 && !IsHost(text):
		return bad(": only this machine is here, and no names but localhost")
	case i < 0:
		return bad(" has no port")
	}
	host, portText := text[:i], text[i+1:]
	port, err := strconv.ParseUint(portText, 10, 16)
	switch {
	case strings.Contains(host, ":") && host[0] != '[':
		return bad(": an IPv6 address stands in brackets")
	case err != nil && IsInteger(portText):
		return sandbox.Addr{}, &Error{Wrong: "port " + Clip(portText) + " is out of range", Right: "ports are 0 to 65535, and 0 lets the system choose"}
	case portText == "", strings.HasSuffix(text, "]"):
		return bad(" has no port")
	case err != nil:
		return bad(": " + Clip(portText) + " is no port")
	}
	var ip netip.Addr
	switch {
	case host == "*" && kind.IPv6():
		ip = netip.IPv6Unspecified()
	case host == "*":
		ip = netip.IPv4Unspecified()
	case (host == "localhost" || host == ".") && kind.IPv6():
		ip = netip.IPv6Loopback()
	case host == "localhost", host == ".":
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	default:
		inner, bracketed := strings.CutPrefix(host, "[")
		inner, closed := strings.CutSuffix(inner, "]")
		ip, err = netip.ParseAddr(inner)
		switch {
		case !bracketed && !IsHost(host):
			return bad(": only this machine is here, and no names but localhost")
		case err != nil || ip.Zone() != "" || bracketed != closed || bracketed != ip.Is6():
			return bad(": " + Clip(host) + " is no address of a host")
		}
	}
	return sandbox.Addr{AddrPort: netip.AddrPortFrom(ip, uint16(port))}, nil
}

// IsHost reports whether s looks like a host that could be here: anything but
// a name.
func IsHost(s string) bool {
	return s == "localhost" || s == "*" || s == "." || strings.Trim(s, "0123456789.") == "" || strings.ContainsAny(s, ":[]")
}
