package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The load on serve chat: some talk, while a crowd comes and vanishes.
const (
	talkers = 20
	pace    = 6 * time.Millisecond // between two of the crowd: 10,000 a minute
	silent  = 300                  // of the crowd are there and say nothing
)

// talker says a line each second, and hears those of the others: all, in order.
type talker struct {
	name  string
	conn  *net.TCPConn
	lines *bufio.Scanner
	said  int
	heard map[string]int
	wrong []string
}

func newTalker(t testing.TB, addr string, i int) *talker {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	x := &talker{name: fmt.Sprint("talker", i), conn: c.(*net.TCPConn), lines: bufio.NewScanner(c), heard: map[string]int{}}
	fmt.Fprintf(c, "JOIN %s\n", x.name)
	for x.lines.Scan() && !strings.HasPrefix(x.lines.Text(), "OK ") {
	}
	return x
}

// listen takes in what comes, until the end.
func (x *talker) listen() {
	for x.lines.Scan() {
		word, rest, _ := strings.Cut(x.lines.Text(), " ")
		switch word {
		case "PING":
			fmt.Fprintf(x.conn, "PONG %s\n", rest)
		case "ERROR", "BYE":
			x.wrong = append(x.wrong, x.lines.Text())
		case "LEFT":
			if strings.HasPrefix(rest, "talker") && !strings.HasSuffix(rest, "said QUIT") {
				x.wrong = append(x.wrong, x.lines.Text())
			}
		case "SAID":
			name, text, _ := strings.Cut(rest, " ")
			if n, err := strconv.Atoi(text); err != nil || n != x.heard[name]+1 {
				x.wrong = append(x.wrong, fmt.Sprintf("%s, after %d", x.lines.Text(), x.heard[name]))
			}
			x.heard[name]++
		}
	}
}

// come is one of the crowd: it comes, and vanishes in one of several ways.
func come(t testing.TB, addr string, i int) (stays *net.TCPConn) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return nil
	}
	c := conn.(*net.TCPConn)
	switch i % 5 {
	case 0:
		c.Close()
		return nil
	case 1:
	case 2:
		fmt.Fprint(c, "JOI")
	case 3:
		fmt.Fprintf(c, "JOIN guest%d\n", i)
	case 4:
		return c
	}
	c.SetLinger(0)
	c.Close()
	return nil
}

// load has so many come, and returns how long that took, what the server's memory was on the way, in
// octets, after each tenth, and what went wrong.
func load(t testing.TB, s *served, crowd int) (took time.Duration, rss []int64, wrong []string, lines int) {
	t.Helper()
	var all []*talker
	var listening sync.WaitGroup
	for i := range talkers {
		x := newTalker(t, s.addr, i)
		all = append(all, x)
		listening.Go(x.listen)
	}
	began := time.Now()
	var stay []*net.TCPConn
	for i := range crowd {
		time.Sleep(time.Until(began.Add(time.Duration(i) * pace))) // who is late hurries
		if c := come(t, s.addr, i); c != nil {
			if stay = append(stay, c); len(stay) > silent {
				stay[0].SetLinger(0)
				stay[0].Close()
				stay = stay[1:]
			}
		}
		if i%int(time.Second/pace) == 0 {
			for _, x := range all {
				x.said++
				fmt.Fprintf(x.conn, "SAY %d\n", x.said)
			}
		}
		if crowd >= 10 && (i+1)%(crowd/10) == 0 {
			rss = append(rss, residentOf(t, s.cmd.Process.Pid))
		}
	}
	took = time.Since(began)
	// Each leaves when it has asked for an answer: what was said before has come.
	for _, x := range all {
		fmt.Fprint(x.conn, "QUIT\n")
	}
	for _, c := range stay {
		c.Close()
	}
	listening.Wait()
	for _, x := range all {
		wrong = append(wrong, x.wrong[:max(len(x.wrong)-1, 0)]...) // its own BYE
		for _, y := range all {
			// Who has left hears no more: of the last second some may be missing.
			if x != y && x.heard[y.name] < y.said-1 {
				wrong = append(wrong, fmt.Sprintf("%s heard %d of the %d lines of %s", x.name, x.heard[y.name], y.said, y.name))
			}
			lines += x.heard[y.name]
		}
		x.conn.Close()
	}
	return took, rss, wrong, lines
}

// residentOf is what a process has in memory.
func residentOf(t testing.TB, pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	var size, resident int64
	if _, scanErr := fmt.Sscan(string(b), &size, &resident); err != nil || scanErr != nil {
		t.Fatal(err, scanErr)
	}
	return resident * int64(os.Getpagesize())
}

// TestServeLoad is BenchmarkServe for a few seconds.
func TestServeLoad(t *testing.T) {
	crowd := 500
	if testing.Short() {
		crowd = 100
	}
	s := startServe(t, nil, "chat")
	_, _, wrong, lines := load(t, s, crowd)
	for _, w := range wrong {
		t.Error(w)
	}
	if lines == 0 {
		t.Error("nobody heard anything")
	}
}

// BenchmarkServe has 10,000 clients a minute come to serve chat and vanish, for
// MINUTES (10).
func BenchmarkServe(b *testing.B) {
	benched(b)
	minutes := 10
	if n, err := strconv.Atoi(os.Getenv("MINUTES")); err == nil {
		minutes = n
	}
	s := startServe(b, nil, "chat")
	crowd := minutes * int(time.Minute/pace)
	took, rss, wrong, lines := load(b, s, crowd)
	for _, w := range wrong {
		b.Error(w)
	}
	b.ReportMetric(float64(crowd)/took.Minutes(), "connects/min")
	b.ReportMetric(float64(lines), "lines")
	b.ReportMetric(float64(len(wrong)), "wrong")
	for i, n := range rss {
		b.ReportMetric(float64(n)/(1<<20), fmt.Sprintf("rss%d-MB", i+1))
	}
}
