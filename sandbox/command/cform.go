package command

import (
	"regexp"
	"strconv"
	"strings"

	"sockplay/sandbox"
)

// cForm is the beginning of a call as C writes it.
var cForm = regexp.MustCompile(`^\s*[A-Za-z_]\w*\s*\(`)

// assignment is the beginning of int fd = socket(...), and what is assigned.
var assignment = regexp.MustCompile(`^\s*(\w+)[\w\s*.>-]*(?:\[\w*\])?\s*=\s*([^\s=].*)$`)

// assigned says that there is nothing to assign to, if text does so.
func assigned(text string) error {
	m := assignment.FindStringSubmatch(text)
	if m == nil || Lookup(m[1]) != nil || isInteger(m[1]) {
		return nil
	}
	value := strings.TrimRight(m[2], blanks+";")
	name, _, _ := strings.Cut(value, "(")
	c := Lookup(strings.TrimRight(name, blanks))
	answer := "the answer is shown"
	switch {
	case c == nil || c.C == "":
		return wrong(noVariables, "nothing can be assigned")
	case c.Name == "socket" || c.Name == "accept":
		answer = "the answer is the descriptor"
	}
	if pointer.MatchString(value) || len(value) > 40 {
		value = c.C
	}
	return wrong("write "+clip(value), "there are no variables: %s", answer)
}

// pointer is an argument that C would take from memory: &addr, sizeof(addr),
// (struct sockaddr *)addr.
var pointer = regexp.MustCompile(`&[A-Za-z_(]|\bsizeof|\(struct`)

// notInC says what the calls become that are not taken as C writes them.
var notInC = map[string]string{
	"poll": ", such as poll 3:in 500ms for { 3, POLLIN } and 500",
	"fork": ": the child needs a name, such as fork child",
}

// noMemory says that an argument must be written as what it is; ignored are
// those that only take something back.
func noMemory(c *Command, in []word) error {
	what, ignored := "value", len(in)
	switch c.Name {
	case "bind", "connect", "sendto":
		what = "address"
	case "write", "send":
		what = "data"
	case "accept", "getsockname", "getpeername":
		ignored = 1
	case "recvfrom":
		ignored = 4
	}
	for i, w := range in[:min(ignored, len(in))] {
		buffer := i == 1 && (c.Name == "read" || c.Name == "recv" || c.Name == "recvfrom")
		switch {
		case w.quoted || buffer || !pointer.MatchString(w.text):
		case strings.HasPrefix(w.text, "sizeof"):
			return wrong("write the number itself: "+c.C, "%s: there is no variable here to take the size of", c.Name)
		default:
			return wrong("write the "+what+" itself: "+c.C, "%s: there is no memory here to take the address of", c.Name)
		}
	}
	return nil
}

// arguments takes name ( a , b ) apart into name a b. What stands between two
// commas is one word, so that flags can be joined.
func arguments(words []word) ([]word, error) {
	c := Lookup(words[0].text)
	if c == nil || c.C == "" { // whoever looks it up says so
		return words[:1], nil
	}
	shape := wrong("as in C: "+c.C, "the parentheses do not fit")
	for i, w := range words[:len(words)-1] {
		if w.text == ";" && !w.quoted && words[i-1].text == ")" {
			return nil, wrong("one call a line", "%s and more: a line holds one call", c.Name)
		}
	}
	depth, end := 0, len(words)-1
	out := words[:1:1]
	var part []word
	for i, w := range words[1:] {
		switch {
		case w.text == "(":
			depth++
		case w.text == ")":
			depth--
		}
		switch {
		case w.text == ";", depth == 0 && i+1 < end, depth != 0 && i+1 == end, depth < 0:
			return nil, shape
		case i == 0:
		case depth == 0 && len(part) == 0 && len(out) == 1: // close()
		case depth == 0, depth == 1 && w.text == ",":
			if len(part) == 0 {
				return nil, wrong("as in C: "+c.C, "%s: an argument is missing between two commas", c.Name)
			}
			out = append(out, join(part))
			part = nil
		default:
			part = append(part, w)
		}
	}
	return out, nil
}

func join(part []word) word {
	if len(part) == 1 {
		return part[0]
	}
	var b strings.Builder
	for _, w := range part {
		b.WriteString(w.text)
	}
	return word{text: b.String()}
}

// fromC turns the arguments of a call as C writes it into the words of the
// script language, so that there is one way on from here.
func fromC(c *Command, in []word) ([]word, error) {
	bad := func() error {
		return wrong("as in C: "+c.C, "%s: these are not its arguments in C", c.Name)
	}
	if c.C == "" {
		return nil, wrong("write it as "+c.Usage()+notInC[c.Name], "%s is not taken as C writes it", c.Name)
	}
	if err := noMemory(c, in); err != nil {
		return nil, err
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
	case "socket", "socketpair":
		if kind, more, ok := strings.Cut(in[1].text, "|"); ok {
			rest := strings.TrimPrefix(c.C, c.Name+"(AF_INET, SOCK_STREAM")
			rest = strings.TrimPrefix(rest, c.Name+"(AF_UNIX, SOCK_STREAM")
			return nil, wrong("write "+c.Name+"("+clip(in[0].text)+", "+clip(kind)+rest+", then fcntl(3, F_SETFL, O_NONBLOCK)", "%s: %s is not taken here", c.Name, clip(more))
		}
		kind := map[string]string{
			"AF_INET SOCK_STREAM": "tcp", "AF_INET SOCK_DGRAM": "udp",
			"AF_INET6 SOCK_STREAM": "tcp6", "AF_INET6 SOCK_DGRAM": "udp6",
			"AF_UNIX SOCK_STREAM": "unix", "AF_UNIX SOCK_DGRAM": "unixgram",
		}[strings.NewReplacer("PF_", "AF_", "LOCAL", "UNIX").Replace(in[0].text)+" "+in[1].text]
		if kind == "" {
			return nil, wrong("AF_INET, AF_INET6 or AF_UNIX, and SOCK_STREAM or SOCK_DGRAM", "%s: there is no %s, %s here", c.Name, clip(in[0].text), clip(in[1].text))
		}
		protos := []string{"0"}
		if !sandbox.Kind(kind).Unix() {
			protos = append(protos, "IPPROTO_"+strings.ToUpper(kind[:3]))
		}
		if len(in) > 2 && !is(2, protos...) {
			return nil, wrong(strings.Join(protos, " or "), "%s: the protocol %s is not that of %s", c.Name, clip(in[2].text), kind)
		}
		if len(in) == 4 && (in[3].quoted || !isName(in[3].text)) {
			return nil, wrong("any name will do: "+c.C, "%s: the two descriptors need a name", c.Name)
		}
		return []word{{text: kind}}, nil
	case "bind", "connect":
		if len(in) == 2 {
			return []word{in[0], pathWord(in[1])}, nil
		}
		return []word{in[0], joinAddr(in[1], in[2])}, nil
	case "listen":
		if is(1, "SOMAXCONN") {
			return []word{in[0], {text: "4096"}}, nil
		}
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
		if len(in) == 5 {
			return []word{in[0], pathWord(in[4]), in[1]}, nil
		}
		return []word{in[0], joinAddr(in[4], in[5]), in[1]}, nil
	case "read", "recv", "recvfrom":
		if in[1].quoted || !isName(strings.TrimPrefix(in[1].text, "&")) {
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
		prefix := optionLevels[in[1].text]
		if prefix == "" {
			return nil, bad()
		}
		if in[2].text == "SO_LINGER" && c.Name == "setsockopt" {
			if seconds := lingerSeconds.FindStringSubmatch(in[3].text); seconds != nil {
				in[3].text = map[bool]string{true: seconds[2], false: "off"}[seconds[1] != "0"]
			}
		}
		if !strings.HasPrefix(in[2].text, prefix) {
			return nil, wrong("SOL_SOCKET goes with SO_ options, IPPROTO_TCP with TCP_, IPPROTO_IP with IP_, IPPROTO_IPV6 with IPV6_",
				"%s: %s is no option of the level %s", c.Name, clip(in[2].text), in[1].text)
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

// lingerSeconds is a struct linger as C may write it: {1,0}.
var lingerSeconds = regexp.MustCompile(`^\{(\d+),(\d+)\}$`)

// optionLevels are the levels of options, and how their options' names begin.
var optionLevels = map[string]string{
	"SOL_SOCKET": "SO_", "IPPROTO_TCP": "TCP_", "SOL_TCP": "TCP_", "IPPROTO_IP": "IP_", "SOL_IP": "IP_",
	"IPPROTO_IPV6": "IPV6_", "SOL_IPV6": "IPV6_",
}

// pathWord is a unix socket's address, which C writes as a string.
func pathWord(path word) word {
	if path.quoted {
		return word{text: path.value}
	}
	return path
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
	case h == "INADDR_LOOPBACK" || h == "in6addr_loopback":
		h = "localhost"
	case strings.Contains(h, ":"):
		h = "[" + h + "]"
	}
	p := port.text
	if inner, ok := strings.CutPrefix(p, "htons("); ok {
		p = strings.TrimSuffix(inner, ")")
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
		return wrong("it is "+strconv.Itoa(len(data.value)), "%s: the length %s is no number", c.Name, clip(length.text))
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
