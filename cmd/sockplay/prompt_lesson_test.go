//go:build unix

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockplay/cmd/sockplay/repl/ptytest"
)

// lessonAt starts a lesson of testdata.
func lessonAt(t *testing.T, stack, home string, env ...string) *ptytest.Terminal {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", "lessons", "01-hello.md"))
	if err != nil {
		t.Fatal(err)
	}
	return atTerminal{stack: stack, home: home, args: []string{"lesson", path}, env: append(env, "XDG_DATA_HOME="+filepath.Join(home, "data"))}.start(t)
}

// quitLesson ends the program.
func quitLesson(x *ptytest.Terminal) {
	x.Type("exit\r")
	x.Ends(0)
}

// kept is what the progress file says of the lesson's steps.
func kept(t *testing.T, home string) (lesson struct {
	At    string
	Ended string
	Steps map[string]struct {
		How, Passed, Found, Answer string
		Hints, Tries               int
		Predicted                  []string
		Right                      *bool
	}
}) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(home, "data", "sockplay", "progress.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Lessons map[string]json.RawMessage
	}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all.Lessons["hello"], &lesson); err != nil {
		t.Fatal(err)
	}
	return lesson
}

// TestLesson takes a lesson from its beginning to its end, with slips, hints, a
// wrong prediction and an answer, on both stacks.
func TestLesson(t *testing.T) {
	for _, stack := range []string{"user", "kernel"} {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			x := lessonAt(t, stack, home)
			x.Prints("Lesson 1 · Hello, sockets")
			x.Prints("░░░░░░░░░░ 1 of 4")
			x.Prints("You will be able to say")
			x.Sees("Do: Let the server listen at port 8080.", "lesson 1/1 server> ‸")
			x.Type("next\r")
			x.Prints("This step is not passed yet")
			x.Type("socket tcp\r")
			x.Sees("lesson 1/1 server> ‸")
			x.Type("hint\r")
			x.Prints("Hint 1 of 2: It takes three calls.")
			x.Type("listen 3\r") // foreseen
			x.Prints("  Hint: The second is bind, and it comes before listen.")
			x.Type("reset\r")
			x.Prints("The step begins anew")
			x.Sees("lesson 1/1 server> ‸")
			x.Type("socket tcp\r")
			x.Sees("lesson 1/1 server> ‸")
			x.Type("bind 3 127.0.0.1:8080\r")
			x.Sees("lesson 1/1 server> ‸")
			x.Type("lis 3\r")
			x.Sees("✓ Done.", "", "From now on the stack answers whoever calls.", "", "next, or Enter, goes on.", "lesson 1/1 server> ‸")
			x.Type("\r")
			x.Sees("Predict: In which state will the client's socket be when it has called?", "lesson 1/2 prediction> ‸")
			x.Type("7\r")
			x.Prints("7 is no answer to that")
			x.Sees("    try: a state of TCP, such as ESTABLISHED", "lesson 1/2 prediction> ‸")
			x.Type("sockets\r") // free roaming
			x.Prints("LISTEN")
			x.Sees("lesson 1/2 prediction> ‸")
			x.Type("syn sent\r")
			x.Prints("→ You said SYN-SENT. Look: it is ESTABLISHED.")
			x.Sees("next, or Enter, goes on.", "lesson 1/2 server> ‸")
			x.Type("next\r")
			x.Sees("Say: Why does a server bind to a certain port?", "lesson 1/3 answer> ‸")
			x.Type("So that callers\rknow it.\r\r")
			x.Prints("Who calls must know the number before.")
			x.Sees("✓ Kept for the report.", "next, or Enter, goes on.", "lesson 1/3 server> ‸")
			x.Type("\r")
			x.Sees("Do: Have the client say hello, and the server hear it.", "lesson 1/4 server> ‸")
			x.Type("back\r")
			x.Sees("lesson 1/3 answer> ‸")
			x.Type("next\r") // it was passed before
			x.Sees("lesson 1/4 server> ‸")
			x.Type("back\r")
			x.Sees("lesson 1/3 answer> ‸")
			x.Type("skip\r")
			x.Sees("lesson 1/4 server> ‸")
			x.Type("solution\r")
			x.Prints("client> write 3 \"hello\"")
			x.Sees("That was the last step: next, or Enter, ends the lesson.", "lesson 1/4 server> ‸")
			x.Type("\r")
			x.Prints("The lesson is done: Hello, sockets.")
			x.Sees("server> ‸")
			quitLesson(x)

			l := kept(t, home)
			s := l.Steps
			if l.Ended == "" || s["listening"].How != "done" || s["listening"].Hints != 1 || s["listening"].Tries != 5 {
				t.Errorf("%+v", l)
			}
			if c := s["calling"]; len(c.Predicted) != 1 || c.Predicted[0] != "SYN-SENT" || c.Found != "ESTABLISHED" || c.Right == nil || *c.Right {
				t.Errorf("%+v", c)
			}
			if w := s["what-for"]; w.Answer != "So that callers\nknow it." || w.How != "done" {
				t.Errorf("%+v", w)
			}
			if s["saying-something"].How != "solution" {
				t.Errorf("%+v", s["saying-something"])
			}
		})
	}
}

// TestLessonResumes: a lesson that was left goes on where it was, in a sandbox in
// which all before is done.
func TestLessonResumes(t *testing.T) {
	home := t.TempDir()
	x := lessonAt(t, "user", home)
	x.Sees("lesson 1/1 server> ‸")
	for _, line := range []string{"solution", "next"} {
		x.Type(line + "\r")
	}
	x.Sees("lesson 1/2 prediction> ‸")
	x.Type("\x03") // it waits
	x.Sees("  the question waits: goal asks it again", "lesson 1/2 server> ‸")
	x.Type("leave\r")
	x.Prints("The lesson is left, and the sandbox is yours as it is.")
	x.Sees("server> ‸")
	quitLesson(x)
	if l := kept(t, home); l.At != "calling" || l.Ended != "" {
		t.Errorf("%+v", l)
	}
	x = lessonAt(t, "user", home)
	x.Prints("You have been here.")
	x.Sees("lesson 1/2 prediction> ‸")
	x.Type("established\r")
	x.Prints("✓ Yes: ESTABLISHED.")
	x.Sees("lesson 1/2 server> ‸")
	quitLesson(x)
}

// TestLessonStrays: a learner who has done other things is brought back.
func TestLessonStrays(t *testing.T) {
	home := t.TempDir()
	x := lessonAt(t, "user", home)
	x.Sees("lesson 1/1 server> ‸")
	x.Type("socket udp\r")
	x.Sees("lesson 1/1 server> ‸")
	x.Type("solution\r") // its numbers are taken
	x.Prints("From here it does not work: the step begins anew, and then it is done.")
	x.Prints("✓ Done.")
	x.Sees("lesson 1/1 server> ‸")
	x.Type("close 3\r")
	x.Sees("lesson 1/1 server> ‸")
	x.Type("\r") // nobody listens any more: that would come out otherwise
	x.Prints("begins in a fresh")
	x.Sees("lesson 1/2 prediction> ‸")
	x.Type("client: socket udp\r") // a number is taken
	x.Sees("lesson 1/2 prediction> ‸")
	x.Type("established\r")
	x.Prints("So it was played in a fresh")
	x.Prints("✓ Yes: ESTABLISHED.")
	x.Sees("lesson 1/2 server> ‸")
	x.Type("\r")
	x.Sees("lesson 1/3 answer> ‸")
	x.Type("leave\r")
	x.Sees("server> ‸")
	x.Type("exit\r")
	x.Ends(0)
	x = lessonAt(t, "user", home)
	x.Sees("lesson 1/3 answer> ‸")
	x.Type("\x03close 3\r")
	x.Sees("lesson 1/3 server> ‸")
	x.Type("goal\r")
	x.Sees("lesson 1/3 answer> ‸")
	x.Type("so\r\r")
	x.Sees("lesson 1/3 server> ‸")
	x.Type("\r") // the next step's setup accepts at a socket that is closed
	x.Prints("begins in a fresh")
	x.Sees("lesson 1/4 server> ‸")
	quitLesson(x)
}

// TestLessonDamagedProgress: a damaged file is set aside and told, and the lesson
// goes on.
func TestLessonDamagedProgress(t *testing.T) {
	home := t.TempDir()
	file(t, home, filepath.Join("data", "sockplay", "progress.json"), "{half a fi")
	x := lessonAt(t, "user", home)
	x.Prints("if you can mend it, give it back its old name")
	x.Sees("lesson 1/1 server> ‸")
	x.Type("solution\r")
	x.Prints("✓ Done.")
	quitLesson(x)
	if kept(t, home).Steps["listening"].How != "solution" {
		t.Error("nothing is kept")
	}
	if b, err := os.ReadFile(filepath.Join(home, "data", "sockplay", "progress.damaged.json")); err != nil || string(b) != "{half a fi" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestLessonNarrow: at 40 columns, and for a screen reader.
func TestLessonNarrow(t *testing.T) {
	path, _ := filepath.Abs(filepath.Join("testdata", "lessons", "01-hello.md"))
	for name, a := range map[string]atTerminal{
		"40": {cols: 40, rows: 30}, "plain": {args: []string{"--plain"}}, "projector": {args: []string{"--projector"}, cols: 100, rows: 30},
	} {
		t.Run(name, func(t *testing.T) {
			a.args, a.home = append(a.args, "lesson", path), t.TempDir()
			a.env = []string{"XDG_DATA_HOME=" + a.home}
			x := a.start(t)
			x.Prints("Hello, sockets")
			x.Sees("lesson 1/1 server> ‸")
			x.Type("solution\r")
			x.Prints("Done.")
			x.Sees("lesson 1/1 server> ‸")
			_, written, _ := x.Now()
			for line := range strings.SplitSeq(written, "\n") {
				if n := len([]rune(line)); name == "40" && n > 40 && !strings.Contains(line, "\x1b") {
					t.Errorf("%d columns: %q", n, line)
				}
			}
			quitLesson(x)
		})
	}
}

// TestLessonUnkept: where no progress can be kept, what was passed and left out is
// known while the lesson lasts.
func TestLessonUnkept(t *testing.T) {
	home := t.TempDir()
	file(t, home, filepath.Join("data", "sockplay", "progress.json", "in-the-way"), "")
	x := lessonAt(t, "user", home)
	x.Prints("is known only until sockplay ends")
	x.Sees("lesson 1/1 server> ‸")
	x.Type("solution\r")
	x.Sees("lesson 1/1 server> ‸")
	x.Type("\r")
	x.Sees("lesson 1/2 prediction> ‸")
	x.Type("back\r")
	x.Sees("lesson 1/1 server> ‸")
	x.Type("next\r") // it was passed before
	x.Sees("lesson 1/2 prediction> ‸")
	x.Type("skip\r")
	x.Sees("lesson 1/3 answer> ‸")
	x.Type("skip\r")
	x.Sees("lesson 1/4 server> ‸")
	x.Type("skip\r")
	x.Prints("The end of the lesson, with steps left out: 3.")
	x.Sees("server> ‸")
	quitLesson(x)
}

// TestLessonAgain: a lesson with a step left out is not done, and goes on there;
// one that is done stays so when it is taken again.
func TestLessonAgain(t *testing.T) {
	home := t.TempDir()
	x := lessonAt(t, "user", home)
	x.Sees("lesson 1/1 server> ‸")
	x.Type("8080\r") // an answer, where something is to be done
	x.Prints("This step wants something done, by commands")
	x.Type("help\r")
	x.Prints("  solution  have it done, and go on")
	x.Type("solution\r")
	x.Sees("lesson 1/1 server> ‸")
	x.Type("\r")
	x.Sees("lesson 1/2 prediction> ‸")
	x.Type("skip\r")
	x.Sees("lesson 1/3 answer> ‸")
	x.Type("so\r\r\r")
	x.Sees("lesson 1/4 server> ‸")
	x.Type("solution\r")
	x.Sees("lesson 1/4 server> ‸")
	x.Type("\r")
	x.Prints("The end of the lesson, with steps left out: 1.")
	x.Sees("server> ‸")
	quitLesson(x)
	if l := kept(t, home); l.Ended != "" || l.At != "calling" {
		t.Errorf("%+v", l)
	}
	x = lessonAt(t, "user", home)
	x.Sees("lesson 1/2 prediction> ‸")
	x.Type("closed\r")
	x.Sees("lesson 1/2 server> ‸")
	x.Type("\r")
	x.Sees("lesson 1/3 answer> ‸")
	x.Type("next\r")
	x.Sees("lesson 1/4 server> ‸")
	x.Type("solution\r")
	x.Prints("✓ Done.")
	x.Sees("lesson 1/4 server> ‸")
	x.Type("\r")
	x.Prints("The lesson is done: Hello, sockets.")
	quitLesson(x)
	x = lessonAt(t, "user", home)
	x.Prints("You have done this lesson.")
	x.Sees("lesson 1/1 server> ‸")
	x.Type("socket udp\r")
	x.Sees("lesson 1/1 server> ‸")
	quitLesson(x)
	if l := kept(t, home); l.Ended == "" || l.Steps["listening"].Tries != 2 || *l.Steps["calling"].Right {
		t.Errorf("%+v", l)
	}
}

// TestLessonScene: a scene in the middle of a step has the sandbox, and its lines
// pass nothing; then the step begins anew.
func TestLessonScene(t *testing.T) {
	x := lessonAt(t, "user", t.TempDir())
	x.Sees("lesson 1/1 server> ‸")
	x.Type("demo handshake\r")
	x.Prints("On the user stack: Enter goes on")
	for range 2 {
		x.Type("\r")
	}
	x.Prints("LISTEN")
	x.Type("q\r")
	x.Prints("The lesson goes on. Its step begins anew")
	x.Sees("Do: Let the server listen at port 8080.", "lesson 1/1 server> ‸")
	if _, written, _ := x.Now(); strings.Contains(written, "✓") {
		t.Error("the scene has passed the step")
	}
	x.Type("solution\r")
	x.Prints("✓ Done.")
	x.Sees("lesson 1/1 server> ‸")
	x.Type("\r\x15solution\r\r")
	x.Sees("lesson 1/3 answer> ‸")
	x.Type("exit\r")
	x.Ends(0)
}
