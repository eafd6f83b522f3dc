package chat

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/protocols.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text2, _ := strings.Cut(string(text), "\n## Chat\n")
	section, _, _ := strings.Cut(text2, "\n## ")
	return section
}

// TestTranscript plays the page's conversation.
func TestTranscript(t *testing.T) {
	_, text, _ := strings.Cut(page(t), "```\n")
	text, _, ok := strings.Cut(text, "```")
	if !ok {
		t.Fatal("there is no conversation")
	}
	h := newHall(t, Config{})
	h.joined("bob")
	h.connect(2)
	var wait []string // what has come and is not in the transcript yet
	steps := strings.Split(strings.TrimSpace(text), "\n")
	for i, step := range steps {
		line := step[3:]
		switch {
		case step[0] == 'C':
			if len(wait) > 0 {
				t.Fatalf("%d: before %q comes %q", i, step, wait)
			}
			h.send(2, line+"\n")
		case strings.HasPrefix(line, "SAID bob "):
			h.send(1, "SAY "+strings.TrimPrefix(line, "SAID bob ")+"\n")
		case strings.HasPrefix(line, "PING "):
			h.wait(61 * time.Second)
		case strings.HasPrefix(line, "LEFT bob "):
			h.room.Gone(1, "", h.now)
			h.pump()
		}
		for got := range strings.Lines(h.take(2)) {
			wait = append(wait, strings.TrimSuffix(got, "\n"))
		}
		if step[0] == 'S' {
			if len(wait) == 0 || wait[0] != line {
				t.Fatalf("%d: %q, not %q", i, wait, line)
			}
			wait = wait[1:]
		}
	}
	if len(steps) < 20 || len(wait) > 0 {
		t.Errorf("%d steps, and then %q", len(steps), wait)
	}
}

// TestCodes: the page has the codes of all errors, and no others.
func TestCodes(t *testing.T) {
	var said, listed []string
	for _, file := range []string{"line.go", "asked.go", "room.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`refuse\("([A-Z]+)"`).FindAllStringSubmatch(string(text), -1) {
			said = append(said, m[1])
		}
	}
	_, table, _ := strings.Cut(page(t), "### Errors")
	table, _, _ = strings.Cut(table, "### Limits")
	for row := range strings.Lines(table) {
		if first, _, ok := strings.Cut(strings.TrimPrefix(row, "|"), "|"); ok {
			for _, m := range regexp.MustCompile("`([A-Z]+)`").FindAllStringSubmatch(first, -1) {
				listed = append(listed, m[1])
			}
		}
	}
	slices.Sort(said)
	slices.Sort(listed)
	if said = slices.Compact(said); !slices.Equal(said, listed) {
		t.Errorf("the room says %v\nthe page lists %v", said, listed)
	}
}

// TestLimits: the page has the defaults.
func TestLimits(t *testing.T) {
	c := Config{}.withDefaults()
	section := page(t)
	for _, row := range []string{
		fmt.Sprintf("| members | %d |", c.Members),
		fmt.Sprintf("| connections that have not joined | %d |", c.Strangers),
		fmt.Sprintf("| connections in all | %d |", c.Connections),
		fmt.Sprintf("| time to JOIN | %s |", seconds(c.JoinTime)),
		fmt.Sprintf("| time from a line's first byte to its end | %s |", seconds(c.LineTime)),
		fmt.Sprintf("| silence of a member | %s | `PING`; without any line within %s,", seconds(c.IdleTime), seconds(c.AnswerTime)),
		fmt.Sprintf("| bytes of one line | %d |", MaxLine),
		fmt.Sprintf("| lines at once | %d |", c.Burst),
		fmt.Sprintf("| lines a second, after these | %d |", c.Rate),
		fmt.Sprintf("| bytes that wait for one client | %d |", c.Queue),
		fmt.Sprintf("| time to take in a `BYE` | %s |", seconds(c.LeaveTime)),
		fmt.Sprintf("1 to %d of the letters", MaxName),
	} {
		if !strings.Contains(section, row) {
			t.Errorf("the page does not say %q", row)
		}
	}
}
