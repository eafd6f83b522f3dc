package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sockplay/tracer"
)

// TestPythonChat has clients in Python talk in a chat room that is a process of
// the kernel stack's sandbox.
func TestPythonChat(t *testing.T) {
	needKernel(t)
	client := pythonClient(t, "chat_client.py")
	script := fmt.Sprintf(`peer chat
process dan
process ann
process bob
dan: socket tcp
dan: connect 3 127.0.0.1:7000
dan: write 3 "JOIN dan\n"
dan: read 3 500
bob: run python3 %[1]q 127.0.0.1:7000 bob "until=JOINED ann" "say=hello, ann" "until=SAID ann grüß dich  bob" who &
dan: read 3 500
wait dan 30s
dan: expect data "JOINED bob\n"
ann: run python3 %[1]q 127.0.0.1:7000 ann "until=SAID bob hello, ann" who ping=x-1 "say=grüß dich  bob" "raw=DANCE" "raw=SAY a\tb" "until=LEFT bob said QUIT"
dan: recv 3 %[2]d MSG_WAITALL
wait dan 30s
dan: write 3 "WHO\n"
dan: read 3 500
dan: expect data "HERE dan\nOK 1\n"
# what bob has printed at last is there when another has run
ann: run python3 %[1]q 127.0.0.1:7000 eve who
`, client, len("JOINED ann\nSAID bob hello, ann\nSAID ann grüß dich  bob\nLEFT bob said QUIT\nLEFT ann said QUIT\n"))
	cmd := program(t, "run", "--stack", "kernel", "--format", "json", "-")
	cmd.Stdin = strings.NewReader(script)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	said := map[string]string{}
	for l := range bytes.Lines(out) {
		var e tracer.Event
		if err := json.Unmarshal(l, &e); err != nil {
			t.Fatal(err)
		}
		switch {
		case e.Kind == tracer.KindOutput && e.Stream == "stderr":
			t.Errorf("%s: %s", e.Process, e.Data)
		case e.Kind == tracer.KindOutput:
			said[e.Process] += string(e.Data)
		case e.Kind == tracer.KindNote && strings.HasPrefix(e.Text, "difference"):
			t.Error(e.Text)
		}
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &errs)
	}
	const greeting = "CHAT 1 sockplay chat: JOIN NAME to come in, HELP for more\n"
	for name, want := range map[string]string{
		"ann": greeting + "OK you are here as ann; 2 others are here\nSAID bob hello, ann\nHERE dan bob ann\nOK 3\nPONG x-1\nOK 2 others are here\n" +
			"ERROR UNKNOWN there is no word \"DANCE\": JOIN NAME, SAY TEXT, WHO, HELP, PING or QUIT\n" +
			"ERROR TEXT the text has U+0009 at byte 1 of it: control characters are not passed on, since others' terminals would obey them\nBYE you have left\n" +
			greeting + "OK you are here as eve; 1 other is here\nHERE dan eve\nOK 2\nBYE you have left\n",
		"bob": greeting + "OK you are here as bob; 1 other is here\nJOINED ann\nOK 2 others are here\nSAID ann grüß dich  bob\nHERE dan bob ann\nOK 3\nBYE you have left\n",
	} {
		// bob leaves while ann still asks.
		got := strings.Replace(said[name], "LEFT bob said QUIT\n", "", 1)
		if got != want {
			t.Errorf("%s got\n%s\nnot\n%s", name, got, want)
		}
	}
}
