package kernel_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"sockplay/sandbox/command"
	"sockplay/sandbox/kernel"
	"sockplay/tracer"
)

func TestSession(t *testing.T) {
	stack, err := kernel.New()
	if err != nil {
		t.Fatal(err)
	}
	defer stack.Close()
	var log tracer.Log
	log.Sink(func(e tracer.Event) { b, _ := json.Marshal(e); t.Log(string(b)) })
	s := command.NewSession(stack, &log)
	for line := range strings.Lines(`socket tcp
bind 3 127.0.0.1:8080
listen 3 5
accept 3
client: socket tcp
client: connect 3 127.0.0.1:8080
expect packets SYN SYN-ACK ACK
client: write 3 "hello"
read 4 100
expect data "hello"
write 4 "world"
client: read 3 100
client: close 3
close 4
expect states client:3 CLOSED SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT
expect states server:4 LISTEN SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED
expect packets DATA ACK DATA ACK FIN ACK FIN ACK
sockets
wire
`) {
		a, err := s.Do(context.Background(), line)
		if err != nil {
			t.Fatal(line, err)
		}
		t.Log(a.Text, a.Sockets)
	}
	if s.Sandbox.Differences() > 0 {
		t.Error("differences")
	}
}
