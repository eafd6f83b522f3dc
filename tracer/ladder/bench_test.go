package ladder

import (
	"io"
	"testing"

	"sockplay/tracer/ink"
)

// BenchmarkRows is the cost of drawing a packet on a row of its own, in the
// batches of a session's calls. (BenchmarkBulk has long ones, which are
// folded.)
func BenchmarkRows(b *testing.B) {
	s := &stream{}
	s.listen(3, "127.0.0.1:8080")
	c, v := tcp("127.0.0.1:40000", "127.0.0.1:8080")
	s.connect(c, v, s.accept(3), 4)
	for range 4 {
		s.command()
		s.data(s.call("client", "write", 3), c, v, "hello")
	}
	s.command()
	s.fin(s.call("client", "close", 3), c, v, "FIN-WAIT-1", "CLOSE-WAIT", "FIN-WAIT-2")
	for _, look := range []struct {
		name string
		pen  ink.Pen
	}{{"plain", ink.Pen{UTF8: true}}, {"colour", ink.Pen{UTF8: true, Color: true}}} {
		b.Run(look.name, func(b *testing.B) {
			packets := 0
			for b.Loop() {
				l := New(io.Discard, Options{Pen: look.pen, Width: 100})
				for _, batch := range s.batches {
					if err := l.Draw(batch); err != nil {
						b.Fatal(err)
					}
				}
				packets += s.packets
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
		})
	}
}
