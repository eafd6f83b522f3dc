package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sockplay/lessons"
)

// promptStacks are the stacks that are here.
func promptStacks(bin string) []string {
	if exec.Command(bin, "doctor", "--stack", "kernel").Run() != nil {
		return []string{"user"}
	}
	return []string{"user", "kernel"}
}

// source runs a script at the prompt.
func (c *console) source(script string) {
	c.b.Helper()
	file := filepath.Join(c.b.TempDir(), "session.sock")
	if err := os.WriteFile(file, []byte(script), 0o666); err != nil {
		c.b.Fatal(err)
	}
	c.enter("source " + file)
}

// BenchmarkKeystroke types lines, a letter at a time, in a session with 10,000
// packets behind, and measures from the key until the frame that shows it is on
// the terminal: where nothing is offered, and where it comes with a menu of what
// the word may become. The time between two keys is by chance, so that they fall
// anywhere between two looks of go-prompt's.
func BenchmarkKeystroke(b *testing.B) {
	lines := []string{`client: write 3 "what a text is nobody can know"`, "client: connect 3 127.0.0.1:8080"}
	bin := benched(b)
	for _, stack := range promptStacks(bin) {
		b.Run(stack, func(b *testing.B) {
			c := openConsole(b, bin, stack)
			defer c.close()
			c.frame("server> ")
			c.source(connectedScript + transfer(8))
			if drawn := c.enter("packet 10000"); !strings.Contains(drawn, "TCP") {
				b.Fatalf("there are no 10,000 packets:\n%s", drawn)
			}
			var without, with []time.Duration
			for b.Loop() {
				for _, line := range lines {
					for i := range line {
						time.Sleep(betweenKeys())
						took, frame := c.press(line[i:i+1], line[:i+1])
						if strings.Contains(frame, "\n") {
							with = append(with, took)
						} else {
							without = append(without, took)
						}
					}
					c.wipe()
				}
			}
			b.ReportMetric(0, "ns/op")
			reportTimes(b, "", without)
			reportTimes(b, "menu-", with)
		})
	}
}

// BenchmarkStart is the time from the start of the program until its prompt is
// on the terminal, by turns with that of a Python which does nothing, from its
// start to its end; bare is one without its site packages.
func BenchmarkStart(b *testing.B) {
	bin := benched(b)
	starts := map[string]func() time.Duration{}
	for _, stack := range promptStacks(bin) {
		starts[stack] = func() time.Duration {
			c := openConsole(b, bin, stack)
			defer c.close()
			c.frame("server> ")
			return time.Since(c.born)
		}
	}
	lesson, err := lessons.Own().Find("saying-good-bye")
	if err != nil {
		b.Fatal(err)
	}
	last := len(lesson.Steps)
	data := b.TempDir()
	for name, step := range map[string]int{"lesson": 1, "resumed": last} {
		starts[name] = func() time.Duration {
			at := fmt.Sprintf(`{"version":1,"lessons":{"%s":{"at":"%s"}}}`, lesson.Name, lesson.Steps[step-1].ID)
			if err := os.MkdirAll(filepath.Join(data, "sockplay"), 0o700); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(data, "sockplay", "progress.json"), []byte(at), 0o600); err != nil {
				b.Fatal(err)
			}
			b.Setenv("XDG_DATA_HOME", data)
			c := openConsole(b, bin, "user", "lesson", lesson.Name)
			defer c.close()
			asks := map[lessons.Kind]string{lessons.Do: "server> ", lessons.Predict: "prediction> ", lessons.Answer: "answer> "}
			c.frame(fmt.Sprintf("lesson %d/%d ", lesson.Number, step) + asks[lesson.Steps[step-1].Task.Kind])
			return time.Since(c.born)
		}
	}
	if python := python(b); python != "" {
		starts["python"] = func() time.Duration { return measureProgram(b, nil, python, "-c", "pass").wall }
		starts["bare"] = func() time.Duration { return measureProgram(b, nil, python, "-S", "-c", "pass").wall }
	}
	for _, start := range starts { // once, so that all files are in memory
		start()
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for name, start := range starts { // in another order each time
			time.Sleep(settleTime)
			took[name] = append(took[name], start())
		}
	}
	b.ReportMetric(0, "ns/op")
	for name, list := range took {
		slices.Sort(list)
		b.ReportMetric(list[0].Seconds()*1e3, name+"-min-ms")
		b.ReportMetric(list[len(list)/2].Seconds()*1e3, name+"-p50-ms")
		b.ReportMetric(list[len(list)-1].Seconds()*1e3, name+"-max-ms")
	}
}

// BenchmarkLessonCheck checks the whole curriculum, on each stack that there is.
func BenchmarkLessonCheck(b *testing.B) {
	bin := benched(b)
	var took []time.Duration
	for b.Loop() {
		took = append(took, measureProgram(b, nil, bin, "lesson", "check").wall)
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(took[len(took)/2].Seconds(), "p50-s")
	b.ReportMetric(took[0].Seconds(), "min-s")
	b.ReportMetric(took[len(took)-1].Seconds(), "max-s")
	b.ReportMetric(float64(len(lessons.Own().Originals)), "lessons")
}

// idleTime is how long nothing is done.
const idleTime = 4 * time.Second

// BenchmarkIdle is what the program takes while nobody types, with a connection
// open and a call that waits, at an empty prompt and at a line that is half
// typed.
func BenchmarkIdle(b *testing.B) {
	bin := benched(b)
	for _, stack := range promptStacks(bin) {
		b.Run(stack, func(b *testing.B) {
			c := openConsole(b, bin, stack)
			defer c.close()
			c.frame("server> ")
			c.source(connectedScript + "client: read 3 100\n")
			share := func() float64 {
				began, before := time.Now(), c.cpu()
				time.Sleep(idleTime)
				return 100 * (c.cpu() - before).Seconds() / time.Since(began).Seconds()
			}
			var empty, half float64
			for b.Loop() {
				empty = share()
				c.key("connect 3 12")
				c.frame("server> connect 3 12")
				half = share()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(empty, "%core")
			b.ReportMetric(half, "half-typed-%core")
		})
	}
}

// BenchmarkFlood types lines, a letter at a time, while a program sends to
// itself as fast as sockplay takes it, some 11,000 packets, each of which is two
// events.
func BenchmarkFlood(b *testing.B) {
	const line = `client: write 3 "not one of these letters is to be lost on its way"`
	bin := benched(b)
	if len(promptStacks(bin)) < 2 {
		b.Skip("programs run on the kernel stack only")
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	c := openConsole(b, bin, "kernel")
	defer c.close()
	c.frame("server> ")
	var took, floods []time.Duration
	for b.Loop() {
		c.enter("run env " + flooding + "=8000000 " + self + " &")
		began := time.Now()
		for i := 0; !c.has(floodOver); i = (i + 1) % len(line) {
			if i == 0 {
				c.wipe()
			}
			time.Sleep(betweenKeys())
			t, _ := c.press(line[i:i+1], line[:i+1])
			took = append(took, t)
		}
		floods = append(floods, time.Since(began))
		c.wipe()
	}
	b.ReportMetric(0, "ns/op")
	reportTimes(b, "", took)
	slices.Sort(floods)
	b.ReportMetric(floods[len(floods)/2].Seconds()*1e3, "flood-ms")
}

// betweenKeys is a time by chance, so that keys fall anywhere between two looks
// of go-prompt's, which are 10 ms apart.
func betweenKeys() time.Duration { return 20*time.Millisecond + rand.N(20*time.Millisecond) }

func reportTimes(b *testing.B, name string, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(took[0].Seconds()*1e3, name+"min-ms")
	for _, p := range []int{50, 90, 99} {
		b.ReportMetric(took[len(took)*p/100].Seconds()*1e3, fmt.Sprintf("%sp%d-ms", name, p))
	}
	b.ReportMetric(float64(len(took)), name+"keys")
}
