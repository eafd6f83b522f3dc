package wire

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"sockplay/tracer"
)

// echo is a link that answers each delivered packet, up to a number of them.
type echo struct {
	out     [][]byte
	got     []string
	answers int
	err     error
}

func (e *echo) Receive() ([]byte, error) {
	if e.err != nil || len(e.out) == 0 {
		return nil, e.err
	}
	p := e.out[0]
	e.out = e.out[1:]
	return p, nil
}

func (e *echo) Deliver(p []byte) error {
	e.got = append(e.got, string(p))
	if e.answers > 0 {
		e.answers--
		e.out = append(e.out, []byte("answer to "+string(p)))
	}
	return nil
}

// diary is an observer that writes down what it is told.
type diary struct{ lines []string }

func (d *diary) Observe(p *Packet, f tracer.Fate, cause int64) int64 {
	d.lines = append(d.lines, fmt.Sprintf("%d %s %d", p.Info.Number, f, cause))
	return int64(len(d.lines))
}

// TestOrder: packets are numbered as they appear, delivered in order, and each
// step is told with its cause.
func TestOrder(t *testing.T) {
	link := &echo{out: [][]byte{[]byte("a"), []byte("b")}, answers: 1}
	notes := &diary{}
	w := New(link, notes)
	if n, err := w.Collect(7, 0); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if len(w.InFlight()) != 2 {
		t.Fatalf("%d in flight", len(w.InFlight()))
	}
	for p := w.Next(0); p != nil; p = w.Next(0) {
		cause, err := w.Deliver(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Collect(cause, 0); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"1 sent 7", "2 sent 7", "1 delivered 1", "3 sent 3", "2 delivered 2", "3 delivered 4",
	}
	if !slices.Equal(notes.lines, want) {
		t.Errorf("%q\nwant %q", notes.lines, want)
	}
	if want := []string{"a", "b", "answer to a"}; !slices.Equal(link.got, want) {
		t.Errorf("delivered %q, want %q", link.got, want)
	}
}

// TestOutOfOrder: any packet in flight can be delivered; the rest keep theirs.
func TestOutOfOrder(t *testing.T) {
	link := &echo{out: [][]byte{[]byte("a"), []byte("b"), []byte("c")}}
	w := New(link, &diary{})
	if _, err := w.Collect(0, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Deliver(w.InFlight()[1]); err != nil {
		t.Fatal(err)
	}
	for p := w.Next(0); p != nil; p = w.Next(0) {
		if _, err := w.Deliver(p); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"b", "a", "c"}; !slices.Equal(link.got, want) {
		t.Errorf("delivered %q, want %q", link.got, want)
	}
}

func TestLinkFails(t *testing.T) {
	broken := errors.New("broken")
	w := New(&echo{err: broken}, &diary{})
	if _, err := w.Collect(0, 0); !errors.Is(err, broken) {
		t.Errorf("Collect: %v", err)
	}
}
