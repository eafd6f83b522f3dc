package chat

import "time"

// Config are the limits of a room. A field that is zero has its default.
type Config struct {
	Members     int // that have joined; 1000
	Strangers   int // that have not: one more, and the oldest of them has to go; 128
	Connections int // in all; 1016, since a process has 1,024 descriptors

	Queue int // octets that wait to be written to one client; 65536
	Burst int // lines that a client may send at once; 40
	Rate  int // and a second, after that; 20

	JoinTime   time.Duration // to say JOIN; 30 s
	LineTime   time.Duration // from a line's first octet to its end; 30 s
	IdleTime   time.Duration // of silence, until there is a PING; 60 s
	AnswerTime time.Duration // from the PING to an answer; 30 s
	LeaveTime  time.Duration // for who is sent away to take in why; 2 s
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	for _, x := range []struct {
		value *int
		or    int
	}{
		{&c.Members, 1000}, {&c.Strangers, 128}, {&c.Connections, 1016},
		{&c.Queue, 64 << 10}, {&c.Burst, 40}, {&c.Rate, 20},
	} {
		if *x.value == 0 {
			*x.value = x.or
		}
	}
	for _, x := range []struct {
		value *time.Duration
		or    time.Duration
	}{
		{&c.JoinTime, 30 * time.Second}, {&c.LineTime, 30 * time.Second},
		{&c.IdleTime, 60 * time.Second}, {&c.AnswerTime, 30 * time.Second},
		{&c.LeaveTime, 2 * time.Second},
	} {
		if *x.value == 0 {
			*x.value = x.or
		}
	}
	return c
}
