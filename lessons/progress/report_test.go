package progress

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sockplay/tracer/ink"
	"sockplay/tracer/ink/inktest"
)

// outline has lessons that the class's record knows of, and some that it does not.
func outline() Outline {
	return Outline{
		{Number: 1, Name: "sockets", Title: "A socket and its number", Steps: []KnownStep{{"make", "Make one"}, {"number", "Why is it 3?"}}},
		{Number: 2, Name: "names", Title: "Names for both ends, which a program gives to itself with bind, or has given", Steps: []KnownStep{{"bind", "Bind"}}},
		{Number: 9, Name: "saying-good-bye", Title: "Saying good-bye", Steps: []KnownStep{
			{"who", "Who says FIN first, and who only answers that it has heard it"}, {"after", "After the close"}, {"half", "Half a connection"},
			{"wait", "TIME-WAIT"}, {"why", "Why it waits"}, {"end", "The end"},
		}},
		{Number: 10, Name: "window", Title: "窗口：接收方说它还能接收多少字节", Steps: []KnownStep{{"w", "零窗口"}}},
	}
}

// class is a record with everything that a report has words for.
func class() Record {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	yes, no := true, false
	return Record{Version: 1, Lessons: map[string]*Lesson{
		"sockets": {Title: "An older title", Number: 1, Began: at(0), Ended: at(9), At: "number", Steps: map[string]*Step{
			"make":   {Order: 1, Began: at(0), Passed: at(2), How: Done, Tries: 1},
			"number": {Order: 2, Began: at(2), Passed: at(9), How: Done, Hints: 2, Tries: 14, Asked: "What does the next socket return?", Predicted: []string{"4"}, Found: "4", Right: &yes},
			"c":      {Order: 3, Title: "In C", Began: at(4), Passed: at(5), How: Solution},
		}},
		"saying-good-bye": {Number: 9, Began: at(20), At: "wait", Steps: map[string]*Step{
			"who": {Order: 1, Began: at(20), Passed: at(22), How: Done, Hints: 1, Tries: 1,
				Asked:     "In which state is client:3 when its FIN has been acknowledged, and the server has not closed yet?",
				Predicted: []string{"CLOSED", "TIME-WAIT, because it has closed first and whoever closes first waits"}, Found: "FIN-WAIT-2", Right: &no},
			"after": {Order: 2, Began: at(22), Passed: at(30), How: Solution, Hints: 3, Tries: 2,
				Answer: "The server may still write:\n\n    server: write 4 \"x\"\n\nand the client may read it. | `code` <b>bold</b> # not a heading\n# nor this\n```\nnor a fence\x1b[2J\r\n- [ ] *list*\n\n"},
			"half": {Order: 3, Began: at(30), Passed: at(31), How: Skipped, Hints: 1},
			"wait": {Order: 4, Began: at(31), Hints: 1, Tries: 5, Predicted: []string{"因为最后一个 ACK 可能会丢失，所以先关闭的一方要等待（两倍的 MSL）：否则对方重发的 FIN 会遇到一个新的连接。这就是 TIME-WAIT 存在的原因。"}},
			"why":  {Order: 5, Passed: at(40), How: "whispered"},
		}},
		"old": {Title: "A lesson\nof old | times", Number: 4, Began: at(-9999), Ended: at(-9990), Steps: map[string]*Step{
			"s": {Began: at(-9999), Passed: at(-9995), How: Done, Title: "<script>alert(1)</script>", Answer: "averyveryveryveryveryveryveryveryveryveryveryveryveryveryveryverylongword, 聊天"},
		}},
		"never": {Title: "Not begun, and gone"},
	}}
}

// TestReports compares each kind of report with its golden file.
func TestReports(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 3, 2, 8, 30, 0, 0, time.FixedZone("", 3600))
	inktest.GoldenFile(t, "report-80.txt", Text(class(), outline(), made, 80))
	inktest.GoldenFile(t, "report-40.txt", Text(class(), outline(), made, 40))
	inktest.GoldenFile(t, "report.md", Markdown(class(), outline(), made))
	inktest.GoldenFile(t, "report.json", JSON(class(), outline(), made))
	inktest.GoldenFile(t, "nothing.txt", Text(Record{}, outline(), noon, 80))
	inktest.GoldenFile(t, "nothing.md", Markdown(Record{}, nil, noon))
	inktest.GoldenFile(t, "nothing.json", JSON(Record{}, nil, noon))
}

// TestSummary: the first line counts what there is.
func TestSummary(t *testing.T) {
	t.Parallel()
	one := Outline{{Number: 1, Name: "a", Steps: []KnownStep{{ID: "s"}}}}
	for _, c := range []struct {
		r    Record
		o    Outline
		want string
	}{
		{Record{}, nil, "0 of 0 lessons done; 0 of 0 steps"},
		{Record{}, one, "0 of 1 lesson done; 0 of 1 step"},
		{Record{Lessons: map[string]*Lesson{"a": {Steps: map[string]*Step{"s": {How: Skipped}}}}}, one, "0 of 1 lesson done, 1 begun; 0 of 1 step, 1 skipped"},
		{Record{Lessons: map[string]*Lesson{"a": {Ended: noon, Steps: map[string]*Step{"s": {Passed: noon}, "t": {Passed: noon}}}}}, one, "1 of 1 lesson done; 1 of 1 step"},
		{Record{Lessons: map[string]*Lesson{"a": nil, "b": {At: "s", Steps: map[string]*Step{"s": nil}}}}, one, "0 of 1 lesson done; 0 of 1 step; and 1 lesson not of sockplay's own"},
		{class(), outline(), "1 of 4 lessons done, 1 begun; 5 of 10 steps, 1 skipped; and 1 lesson not of sockplay's own"},
	} {
		if got := compare(c.r, c.o, noon).summary(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
		for _, columns := range []int{80, -1} {
			if text := Text(c.r, c.o, noon, columns); !strings.Contains(strings.Join(strings.Fields(text), " "), c.want) {
				t.Errorf("%q is not in\n%s", c.want, text)
			}
		}
	}
}

// TestWrap: lines break at words, between CJK characters but not before what
// closes nor behind what opens, and within a word only if it is too long.
func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		room int
		want string
	}{
		{"", 10, ""},
		{"one two three", 7, "one two|three"},
		{"one  two", 8, "one  two"},
		{"one  two", 7, "one|two"},
		{"    indented by four", 14, "    indented|by four"},
		{"            far", 14, "far"},
		{"abcdefghij", 4, "abcd|efgh|ij"},
		{"a abcdefghij", 4, "a|abcd|efgh|ij"},
		{"聊天室聊天室", 6, "聊天室|聊天室"},
		{"聊天室聊天室", 7, "聊天室|聊天室"},
		{"最后一个 ACK 会丢失", 8, "最后一个|ACK 会丢|失"},
		{"聊天室。聊天", 6, "聊天|室。聊|天"},
		{"聊天（室）", 6, "聊天|（室）"},
		{"最后ACK会", 6, "最后|ACK会"},
		{"チャットルーム", 6, "チャッ|トルー|ム"},
		{"한국어 문장", 8, "한국어|문장"},
		{"e\u0301te\u0301", 3, "e\u0301te\u0301"},
		{"👩\u200d💻 is me", 6, "👩\u200d💻 is|me"},
	} {
		if got := strings.Join(wrap(c.text, c.room), "|"); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.room, got, c.want)
		}
	}
}

// FuzzReports: whatever a learner has written, a report fits, holds nothing that
// a terminal obeys, keeps every word, and is the Markdown that it is meant to be.
func FuzzReports(f *testing.F) {
	for _, s := range []string{
		"", "plain words", "| a | b |", "```\nx\n````", "# heading\n- item\n1. one\n> quote\n<div>", "a\\", "聊天室，“聊天”。", "\x1b[31m\u202e\x00\xff\r\n\tx",
		"👩\u200d💻👩\u200d💻", "🇩🇪🇯🇵", "❤\ufe0f", "e\u0301\u0302", "ｆｕｌｌ（wide）", "a\u3000b\u00a0c", "    \n\n", "***\n---\n===\n[x]: y\n&amp;",
	} {
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, s string, columns int) {
		if len(s) > 2000 || columns < 24 || columns > 200 {
			return
		}
		r := Record{Lessons: map[string]*Lesson{
			"a":     {At: "s", Steps: map[string]*Step{"s": {Title: s, How: s, Passed: noon, Asked: s, Predicted: []string{s, s}, Found: s, Answer: s}}},
			"b" + s: {Title: s, Began: noon},
		}}
		o := Outline{{Number: 1, Name: "a", Title: s, Steps: []KnownStep{{ID: "t", Title: s}}}}
		text := Text(r, o, noon, columns)
		for line := range strings.SplitSeq(text, "\n") {
			if ink.Width(line) > columns {
				t.Errorf("%d columns of %d: %q", ink.Width(line), columns, line)
			}
		}
		md, js := Markdown(r, o, noon), JSON(r, o, noon)
		for _, report := range []string{text, md, js} {
			if !utf8.ValidString(report) {
				t.Errorf("no UTF-8: %q", report)
			}
			for _, c := range report {
				if c != '\n' && !visible(c) {
					t.Errorf("%q in %q", c, report)
				}
			}
		}
		squeeze := strings.NewReplacer(" ", "", "\n", "")
		if want := squeeze.Replace(strings.Join(lines(s), "")); !strings.Contains(squeeze.Replace(text), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
		structure(t, md, len(lines(s)))
		var back struct {
			Lessons []struct{ Steps []struct{ Answer string } }
		}
		if err := json.Unmarshal([]byte(js), &back); err != nil {
			t.Error(err)
		}
		if got := back.Lessons[0].Steps[1].Answer; utf8.ValidString(s) && got != s {
			t.Errorf("the answer is %q, not %q", got, s)
		}
	})
}

// structure asserts that the lines of a fuzzed record's report are those that
// Markdown writes: so many headings, rows, items, and nothing else.
func structure(t *testing.T, md string, lines int) {
	got, fence := map[string]int{}, ""
	for line := range strings.SplitSeq(md, "\n") {
		inside, indented := strings.CutPrefix(line, "  ")
		switch {
		case fence != "":
			if strings.TrimSpace(line) == fence {
				fence = ""
			} else if line != "" && !indented {
				t.Errorf("%q falls out of a fence", line)
			}
		case strings.HasPrefix(inside, "```") && indented:
			fence = inside
			got["fence"]++
		case strings.HasPrefix(line, "| "):
			got["row"]++
			if n := strings.Count(strings.ReplaceAll(line, `\\`, ""), "|") - strings.Count(strings.ReplaceAll(line, `\\`, ""), `\|`); n != 5 && line != "| | lesson | state | steps |" {
				t.Errorf("%d bars in %q", n, line)
			}
		case strings.HasPrefix(line, "- "):
			got["item"]++
		case strings.HasPrefix(line, "#"):
			got["heading"]++
		case strings.HasPrefix(line, " "), strings.HasPrefix(line, "<"), strings.HasPrefix(line, ">"):
			t.Errorf("a line of another kind: %q", line)
		}
	}
	if fence != "" {
		t.Error("a fence is open")
	}
	want := map[string]int{"heading": 5, "row": 3}
	if lines > 0 {
		want["item"] = 5
	}
	if lines > 1 {
		want["fence"] = 5
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v in\n%s", got, want, md)
	}
}
