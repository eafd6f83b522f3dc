package files_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sockplay/sandbox"
	"sockplay/sandbox/peer/files"
)

// TestConversations plays the conversations of docs/protocols.md.
func TestConversations(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "protocols.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## File transfer\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, section, _ = strings.Cut(section, "\n### Conversations\n")
	w := newWorld(t, files.Config{})
	h, came, played := (*hand)(nil), "", 0
	for line := range strings.Lines(section) {
		line, shown := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "    ")
		if !shown {
			continue
		}
		who, text := line[:2], strings.TrimPrefix(line[2:], " ")
		if strings.HasPrefix(text, "FILES ") {
			h = &hand{world: w, p: w.Sandbox.Process("client")}
			h.fd = h.p.Socket(w.ctx, sandbox.TCP).Result.Value
			h.p.Connect(w.ctx, h.fd, place)
		}
		switch who {
		case "C:":
			h.say(text + "\n")
		case "C=":
			h.say(text)
		case "C.":
			h.p.Shutdown(w.ctx, h.fd, sandbox.ShutWr)
		case "S:", "S=":
			pattern := regexp.QuoteMeta(text)
			if who == "S:" {
				pattern = strings.Replace(pattern, "TEXT", "[^\n]+", 1) + "\n"
			}
			if came == "" {
				came = h.hear("")
			}
			at := regexp.MustCompile("^(" + pattern + ")").FindStringIndex(came)
			if at == nil {
				t.Fatalf("%s, and the server said %q", line, came)
			}
			came = came[at[1]:]
		case "S.":
			if came != "" {
				t.Fatalf("the server went on: %q", came)
			}
			h.ends()
			h.close()
			played++
		}
	}
	if played != 4 {
		t.Errorf("%d conversations, not 4", played)
	}
}

// TestCodes: the page's table has each code, and no other.
func TestCodes(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "protocols.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## File transfer\n")
	_, section, _ = strings.Cut(section, "\n### Codes\n")
	section, _, _ = strings.Cut(section, "\n### ")
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^\| ([A-Z]+) \|`).FindAllStringSubmatch(section, -1) {
		got = append(got, m[1])
	}
	source, err := os.ReadFile("refusal.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`Code = "([A-Z]+)"`).FindAllStringSubmatch(string(source), -1) {
		if code := m[1]; code != "NETWORK" && code != "VERSION" && !strings.Contains(" "+strings.Join(got, " ")+" ", " "+code+" ") {
			t.Errorf("the page has no %s", code)
		}
	}
	if len(got) != 15 {
		t.Errorf("%d codes: %v", len(got), got)
	}
}
