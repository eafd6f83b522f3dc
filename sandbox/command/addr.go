package command

import (
	"net/netip"
	"strings"

	"sockplay/sandbox"
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
