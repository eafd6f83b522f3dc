package scenes

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sockplay/sandbox/command"
	"sockplay/tracer"
	"sockplay/tracer/ink"
	"sockplay/tracer/track"
)

// quotable says what words can quote.
const quotable = "words can quote {client:3}, {states client:3}, {client:3.cwnd}, {SYN.seq}, {count DATA}, {gap SYN}, {since DATA ACK}, {return}, {errno}, {data}, {took}, {time}; each with = VALUE to be checked"

// account is what has happened, for the words to quote.
type account struct {
	session *command.Session
	events  []tracer.Event // that count
	mark    mark           // where the step began
}

// seen reports whether anything has been in that state.
func (a *account) seen(state string) bool {
	if state == "CLOSED" {
		return true // what every socket begins in
	}
	return slices.ContainsFunc(a.events, func(e tracer.Event) bool {
		return e.Kind == tracer.KindState && (e.To == state || e.From == state)
	})
}

// quote is what an expression stands for.
func (a *account) quote(expr string) (string, error) {
	words := strings.Fields(expr)
	if len(words) == 0 {
		return "", errors.New("it quotes nothing")
	}
	switch words[0] {
	case "states":
		return a.states(words[1:])
	case "count":
		return a.count(words[1:])
	case "gap":
		return a.gap(words[1:])
	case "since":
		return a.since(words[1:])
	case "return", "errno", "data":
		return a.call(words[0], words[1:])
	case "took":
		return duration(a.session.Sandbox.Stack().Now() - a.mark.at), nil
	case "time":
		return duration(a.session.Sandbox.Stack().Now()), nil
	}
	name, field, dotted := strings.Cut(words[0], ".")
	switch {
	case len(words) > 1:
		return "", fmt.Errorf("%s is one word too many", words[1])
	case strings.Contains(name, ":") && dotted:
		return a.inside(name, field)
	case strings.Contains(name, ":"):
		e, err := a.socket(name)
		if err != nil {
			return "", err
		}
		return e.State(), nil
	case dotted:
		return a.packet(name, field)
	}
	return "", errors.New("there is no such thing to quote")
}

// socket finds what PROCESS:FD names, or named last.
func (a *account) socket(name string) (*track.Endpoint, error) {
	process, number, _ := strings.Cut(name, ":")
	fd, err := strconv.Atoi(number)
	p := a.session.Sandbox.Process(process)
	if p == nil || err != nil || p.Endpoint(fd) == nil {
		return nil, fmt.Errorf("there has been no socket %s", name)
	}
	return p.Endpoint(fd), nil
}

// duration is a time as it is told.
func duration(d time.Duration) string { return ink.Duration(d.Round(time.Millisecond)) }

func (a *account) states(args []string) (string, error) {
	if len(args) != 1 {
		return "", errors.New("it is states PROCESS:FD")
	}
	e, err := a.socket(args[0])
	if err != nil {
		return "", err
	}
	return strings.Join(e.History(), ", "), nil
}

// sent are the packets of a kind that were put on the wire, from a process if it
// is named, after the event seq.
func (a *account) sent(kind, from string, seq int64) (list []tracer.Event) {
	for _, e := range a.events {
		if e.Seq <= seq || !e.Fate.Born() {
			continue
		}
		process, _, _ := strings.Cut(e.Packet.Sender, ":")
		if (kind == "packets" || e.Packet.Kind == kind) && (from == "" || process == from) {
			list = append(list, e)
		}
	}
	return list
}

// count reads count KIND|packets [from PROCESS] [all]: of this step, or of all.
func (a *account) count(args []string) (string, error) {
	seq, from := a.mark.events, ""
	if n := len(args); n > 0 && args[n-1] == "all" {
		seq, args = 0, args[:n-1]
	}
	if len(args) == 3 && args[1] == "from" {
		from, args = args[2], args[:1]
	}
	if len(args) != 1 || args[0] != "packets" && !slices.Contains(tracer.PacketKinds, args[0]) {
		return "", errors.New("it is count KIND or count packets, perhaps from PROCESS, and all for the whole scene")
	}
	return strconv.Itoa(len(a.sent(args[0], from, seq))), nil
}

// gap is the time between the last two packets of a kind.
func (a *account) gap(args []string) (string, error) {
	if len(args) != 1 {
		return "", errors.New("it is gap KIND")
	}
	list := a.sent(args[0], "", 0)
	if len(list) < 2 {
		return "", fmt.Errorf("%d packets of that kind have been sent, and a gap needs two", len(list))
	}
	return duration(list[len(list)-1].At - list[len(list)-2].At), nil
}

// since is the time from the last packet of one kind to the last of another.
func (a *account) since(args []string) (string, error) {
	if len(args) != 2 {
		return "", errors.New("it is since KIND KIND")
	}
	from, to := a.sent(args[0], "", 0), a.sent(args[1], "", 0)
	if len(from) == 0 || len(to) == 0 {
		return "", errors.New("they have not both been sent")
	}
	return duration(to[len(to)-1].At - from[len(from)-1].At), nil
}

func (a *account) call(what string, args []string) (string, error) {
	last := a.session.Sandbox.Last()
	if len(args) == 1 {
		p := a.session.Sandbox.Process(args[0])
		if p == nil {
			return "", fmt.Errorf("there is no process %s", args[0])
		}
		last = p.Last()
	}
	switch {
	case len(args) > 1:
		return "", fmt.Errorf("it is %s, perhaps with a process", what)
	case last == nil:
		return "", errors.New("no call has returned")
	case what == "return":
		return strconv.Itoa(last.Result.Value), nil
	case what == "errno" && last.Result.Errno == "":
		return "", errors.New("the call has not failed")
	case what == "errno":
		return last.Result.Errno, nil
	}
	quoted := strconv.Quote(string(last.Result.Data)) // it came over a socket
	return quoted[1 : len(quoted)-1], nil
}

// packet is a field of the last packet of a kind.
func (a *account) packet(kind, field string) (string, error) {
	list := a.sent(kind, "", 0)
	if len(list) == 0 {
		return "", fmt.Errorf("no %s has been on the wire", kind)
	}
	p := list[len(list)-1].Packet
	n := func(v int) (string, error) { return strconv.Itoa(v), nil }
	switch field {
	case "number":
		return n(p.Number)
	case "seq":
		return n(int(p.Seq))
	case "ack":
		return n(int(p.Ack))
	case "len":
		return n(p.Len)
	case "win":
		return n(p.WScaled)
	case "size":
		return n(len(p.Bytes))
	case "from":
		return p.Sender, nil
	case "mss", "ws", "sack", "ts", "echo":
		return option(p.Options, field)
	case "window":
		return n(p.Win)
	}
	return "", fmt.Errorf("a packet has no %s: number, seq, ack, len, win, window, size, from, mss, ws, sack, ts, echo", field)
}

// option is a field of a packet's options.
func option(o *tracer.Options, field string) (string, error) {
	switch {
	case o == nil:
		return "", errors.New("it has no options")
	case field == "mss" && o.MSS == 0, field == "ws" && o.WS < 0:
		return "none", nil
	case field == "mss":
		return strconv.Itoa(o.MSS), nil
	case field == "ws":
		return strconv.Itoa(o.WS), nil
	case field == "sack" && len(o.SACK) == 0:
		return "", errors.New("it has no SACK block")
	case field == "sack":
		var blocks []string
		for _, b := range o.SACK {
			blocks = append(blocks, fmt.Sprintf("%d-%d", b[0], b[1]))
		}
		return strings.Join(blocks, ", "), nil
	case !o.TS:
		return "", errors.New("it has no timestamp")
	case field == "ts":
		return strconv.FormatUint(uint64(o.TSVal), 10), nil
	}
	return strconv.FormatUint(uint64(o.TSEcr), 10), nil
}

// inside is a variable of a connection's control block.
func (a *account) inside(name, field string) (string, error) {
	e, err := a.socket(name)
	if err != nil {
		return "", err
	}
	t := a.session.Sandbox.TCB(e)
	if t == nil {
		return "", errors.New("it has no connection")
	}
	switch field {
	case "cwnd":
		return known(t.Cwnd, strconv.Itoa)
	case "ssthresh":
		return known(t.Threshold, strconv.Itoa)
	case "window":
		return known(t.SndWnd, strconv.Itoa)
	case "mss":
		return known(t.MSS, strconv.Itoa)
	case "segments":
		segments := t.Cwnd
		if segments.OK = segments.OK && t.MSS.OK && t.MSS.Value > 0; segments.OK {
			segments.Value /= t.MSS.Value
		}
		return known(segments, strconv.Itoa)
	case "flight":
		return known(t.InFlight(), strconv.Itoa)
	case "unsent":
		return known(t.Unsent, strconv.Itoa)
	case "recvq":
		return known(t.RecvQ, strconv.Itoa)
	case "again":
		return known(t.AgainAll, strconv.Itoa)
	case "control":
		return known(tracer.Known[string]{Value: t.Congestion, OK: t.Congestion != ""}, func(c string) string { return c })
	case "srtt":
		return known(t.SRTT, duration)
	case "rttvar":
		return known(t.RTTVar, duration)
	case "rto":
		return known(t.RTO, duration)
	}
	return "", fmt.Errorf("a connection has no %s to quote: cwnd, segments, ssthresh, mss, window, flight, unsent, recvq, again, control, srtt, rttvar, rto", field)
}

// known writes a value, if it is known.
func known[T comparable](k tracer.Known[T], write func(T) string) (string, error) {
	if !k.OK {
		return "", errors.New("this stack does not tell it")
	}
	return write(k.Value), nil
}
