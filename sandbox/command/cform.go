package command

import (
	"strconv"
	"strings"

	"sockplay/sandbox"
)

// fromC turns the arguments of a call as C writes it into the words of the
// script language, so that there is one way on from here.
func fromC(c *Command, in []word) ([]word, error) {
	bad := func() error {
		return wrong("as in C: "+c.C, "%s: these are not its arguments in C", c.Name)
	}
	if c.C == "" {
		return nil, wrong("usage: "+c.Usage(), "%s is no call that C has", c.Name)
	}
	if n := len(in); n < c.cArgs[0] || n > c.cArgs[1] {
		return nil, bad()
	}
	is := func(i int, texts ...string) bool {
		for _, t := range texts {
			if in[i].text == t {
				return true
			}
		}
		return false
	}
	switch c.Name {
	case "socket":
		kind := map[string]string{
			"AF_INET SOCK_STREAM": "tcp", "AF_INET SOCK_DGRAM": "udp",
			"AF_INET6 SOCK_STREAM": "tcp6", "AF_INET6 SOCK_DGRAM": "udp6",
		}[strings.Replace(in[0].text, "PF_", "AF_", 1)+" "+in[1].text]
		if kind == "" {
			return nil, wrong("AF_INET or AF_INET6, and SOCK_STREAM or SOCK_DGRAM", "socket: there is no %s, %s here", clip(in[0].text), clip(in[1].text))
		}
		if len(in) == 3 && !is(2, "0", "IPPROTO_TCP", "IPPROTO_UDP") {
			return nil, bad()
		}
		return []word{{text: kind}}, nil
	case "bind", "connect":
		return []word{in[0], joinAddr(in[1], in[2])}, nil
	case "accept", "getsockname", "getpeername":
		return in[:1], nil
	case "write", "send":
		if err := checkLength(c, in[1], in[2]); err != nil {
			return nil, err
		}
		out := in[:2:2]
		if len(in) == 4 && !is(3, "0") {
			out = append(out, in[3])
		}
		return out, nil
	case "sendto":
		if err := checkLength(c, in[1], in[2]); err != nil {
			return nil, err
		}
		if !is(3, "0") {
			return nil, wrong("0", "sendto takes no flags here")
		}
		return []word{in[0], joinAddr(in[4], in[5]), in[1]}, nil
	case "read", "recv", "recvfrom":
		if in[1].quoted || !isName(in[1].text) {
			return nil, wrong("any name will do: "+c.C, "%s: the buffer must be a name", c.Name)
		}
		out := []word{in[0], in[2]}
		if len(in) > 3 && !is(3, "0") {
			if c.Name == "recvfrom" {
				return nil, wrong("0", "recvfrom takes no flags here")
			}
			out = append(out, in[3])
		}
		return out, nil
	case "shutdown":
		how := map[string]string{"SHUT_RD": "rd", "SHUT_WR": "wr", "SHUT_RDWR": "rdwr", "0": "rd", "1": "wr", "2": "rdwr"}[in[1].text]
		if how == "" {
			return nil, bad()
		}
		return []word{in[0], {text: how}}, nil
	case "getsockopt", "setsockopt":
		if !is(1, "SOL_SOCKET", "IPPROTO_TCP", "IPPROTO_IP", "IPPROTO_IPV6", "SOL_TCP", "SOL_IP", "SOL_IPV6") {
			return nil, bad()
		}
		return append(in[:1:1], in[2:]...), nil
	case "fcntl":
		if !is(1, "F_SETFL") || !is(2, "O_NONBLOCK", "0") {
			return nil, bad()
		}
		value := "on"
		if is(2, "0") {
			value = "off"
		}
		return append(in[:1:1], word{text: "nonblock"}, word{text: value}), nil
	}
	return in, nil
}

// joinAddr makes one word of C's host and port.
func joinAddr(host, port word) word {
	h := host.text
	if host.quoted {
		h = host.value
	}
	switch {
	case h == "INADDR_ANY" || h == "in6addr_any":
		h = "*"
	case strings.Contains(h, ":"):
		h = "[" + h + "]"
	}
	p := port.text
	if inner, ok := strings.CutPrefix(p, "htons"); ok {
		p = inner
	}
	return word{text: h + ":" + p}
}

// checkLength makes sure that the length is that of the data: C would send
// what lies beyond it, or less.
func checkLength(c *Command, data, length word) error {
	if !data.quoted {
		return wrong(`a string: `+c.C, "%s: %s is no data", c.Name, clip(data.text))
	}
	n, err := strconv.Atoi(length.text)
	if err != nil {
		return wrong("as in C: "+c.C, "%s: the length %s is no number", c.Name, clip(length.text))
	}
	if n != len(data.value) {
		return wrong("it is "+strconv.Itoa(len(data.value)), "%s: the length %d is not that of the data", c.Name, n)
	}
	return nil
}

func optionNames() []string {
	var names []string
	for _, o := range sandbox.Options {
		names = append(names, string(o.Name))
	}
	return names
}

func sortedFlags() []string {
	return []string{"MSG_PEEK", "MSG_DONTWAIT", "MSG_WAITALL", "MSG_TRUNC", "MSG_NOSIGNAL", "MSG_MORE"}
}
