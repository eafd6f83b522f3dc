package command

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"sockplay/sandbox"
)

const (
	addrForms = "an address is 127.0.0.1:8080, *:8080 (any), localhost:8080, .:8080 (the same) or [::1]:8080"
	pathForms = "a unix socket's address is a path such as chat.sock, or a name such as @chat, which is no file"
)

// addr reads an address, for a socket of that kind.
func (a *args) addr(kind sandbox.Kind) sandbox.Addr {
	w := a.next("address")
	if a.err != nil {
		return sandbox.Addr{}
	}
	if w.quoted {
		if _, err := parseAddr(w.value, kind); err == nil && !(kind.Unix() && a.cmd.Name == "sendto" && !a.more()) {
			a.fail("write "+w.value, "%s: an address stands without quotes", a.cmd.Name)
		} else if kind.Unix() && a.cmd.Name != "sendto" {
			a.fail("a name without blanks, such as chat.sock or @chat", "%s: %s is no name of a unix socket here", a.cmd.Name, clip(w.text))
		} else {
			a.fail(a.usage(), "%s: the address before %s is missing", a.cmd.Name, clip(w.text))
		}
		return sandbox.Addr{}
	}
	addr, err := parseAddr(w.text, kind)
	if err != nil && (kind.Unix() || isPath(w.text)) {
		a.err = &Error{Wrong: a.cmd.Name + ": " + err.Wrong, Right: err.Right}
		return addr
	}
	if err != nil {
		a.err = &Error{Wrong: a.cmd.Name + ": " + err.Wrong, Right: a.rightAddr(w.text, err.Right)}
	}
	return addr
}

// isPath reports whether a word is meant as a unix socket's address, whatever
// the socket is.
func isPath(text string) bool {
	return strings.HasPrefix(text, "@") || strings.HasSuffix(text, ".sock")
}

// parsePath reads a unix socket's address. The folder of the sandbox's unix
// sockets has no folders in it, and none above it.
func parsePath(text string) (sandbox.Addr, *Error) {
	bad := func(what, right string) (sandbox.Addr, *Error) {
		return sandbox.Addr{}, &Error{Wrong: clip(text) + what, Right: right}
	}
	_, isInet := parseAddr(text, sandbox.TCP)
	switch {
	case isInet == nil || isInteger(text):
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

func parseAddr(text string, kind sandbox.Kind) (sandbox.Addr, *Error) {
	switch {
	case kind.Unix(), kind == "" && isPath(text): // no open descriptor: the call will say so
		return parsePath(text)
	case isPath(text):
		return sandbox.Addr{}, &Error{Wrong: fmt.Sprintf("%s is the address of a unix socket, and this is a %s socket", clip(text), kind), Right: addrForms}
	}
	bad := func(what string) (sandbox.Addr, *Error) {
		return sandbox.Addr{}, &Error{Wrong: clip(text) + what, Right: addrForms}
	}
	i := strings.LastIndexByte(text, ':')
	switch {
	case isInteger(text):
		return bad(" is a port without a host")
	case i == 0:
		return bad(" has no host")
	case strings.Contains(text, "://"):
		return bad(" is a URL: only this machine is here")
	case i < 0 && !isHost(text):
		return bad(": only this machine is here, and no names but localhost")
	case i < 0:
		return bad(" has no port")
	}
	host, portText := text[:i], text[i+1:]
	port, err := strconv.ParseUint(portText, 10, 16)
	switch {
	case strings.Contains(host, ":") && host[0] != '[':
		return bad(": an IPv6 address stands in brackets")
	case err != nil && isInteger(portText):
		return sandbox.Addr{}, &Error{Wrong: "port " + clip(portText) + " is out of range", Right: "ports are 0 to 65535, and 0 lets the system choose"}
	case portText == "", strings.HasSuffix(text, "]"):
		return bad(" has no port")
	case err != nil:
		return bad(": " + clip(portText) + " is no port")
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
		case !bracketed && !isHost(host):
			return bad(": only this machine is here, and no names but localhost")
		case err != nil || ip.Zone() != "" || bracketed != closed || bracketed != ip.Is6():
			return bad(": " + clip(host) + " is no address of a host")
		}
	}
	return sandbox.Addr{AddrPort: netip.AddrPortFrom(ip, uint16(port))}, nil
}

// isHost reports whether s looks like a host that could be here: anything but
// a name.
func isHost(s string) bool {
	return s == "localhost" || s == "*" || s == "." || strings.Trim(s, "0123456789.") == "" || strings.ContainsAny(s, ":[]")
}

// rightAddr is what was probably meant by text, which is no address, and the
// word behind it; if nothing comes to mind, it is what an address looks like.
func (a *args) rightAddr(text, forms string) string {
	port := a.peek()
	if !isInteger(port) {
		port = "8080"
	}
	i := strings.LastIndexByte(text, ':')
	switch {
	case isInteger(text) && a.cmd.Name == "bind":
		return "write 127.0.0.1:" + clip(text) + ", or *:" + clip(text) + " for every address"
	case isInteger(text):
		return "write 127.0.0.1:" + clip(text)
	case i == 0 && isInteger(text[1:]) && a.cmd.Name == "bind":
		return "did you mean *" + clip(text) + "?"
	case i == 0 && isInteger(text[1:]):
		return "did you mean 127.0.0.1" + clip(text) + "?"
	}
	for _, host := range []string{text, strings.Trim(text, "[]"), strings.TrimSuffix(text, ":")} {
		if i > 0 && strings.Contains(text[:i], ":") && isInteger(text[i+1:]) && isIP(text[:i]) {
			host, port = text[:i], text[i+1:] // ::1:8080
		}
		switch {
		case strings.Contains(host, ":") && isIP(host):
			return "write [" + host + "]:" + port
		case isIP(host), host == "localhost", host == "*", host == ".":
			return "write " + host + ":" + port
		}
	}
	return forms
}

func isIP(s string) bool {
	ip, err := netip.ParseAddr(s)
	return err == nil && ip.Zone() == ""
}
