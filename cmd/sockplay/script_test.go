package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sockplay/sandbox/command"
	"sockplay/tracer"
)

// asProgram, in the environment, makes the test binary the program itself.
const asProgram = "SOCKPLAY_TEST_PROGRAM"

// quickRace keeps the race detector from waiting a second at each exit.
const quickRace = "GORACE=atexit_sleep_ms=0"

// TestMain also makes the test binary the program for the scripts.
func TestMain(m *testing.M) {
	if os.Getenv(flooding) != "" {
		if err := flood(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(asProgram) != "" {
		enterConfinement()
		main()
	}
	testscript.Main(m, map[string]func(){
		"sockplay": func() {
			enterConfinement()
			main()
		},
	})
}

// TestConformance runs what every stack must answer alike.
func TestConformance(t *testing.T) {
	t.Run("kernel", func(t *testing.T) {
		needKernel(t)
		runScripts(t, "testdata/conformance", "kernel")
	})
	t.Run("user", func(t *testing.T) { runScripts(t, "testdata/conformance", "user") })
}

// TestPeers runs what peers do on either stack, where chance or the time of day
// has a part in it.
func TestPeers(t *testing.T) {
	t.Run("kernel", func(t *testing.T) {
		needKernel(t)
		runScripts(t, "testdata/peers", "kernel")
	})
	t.Run("user", func(t *testing.T) { runScripts(t, "testdata/peers", "user") })
}

// TestDifferences runs what the stacks answer differently, each script on both.
func TestDifferences(t *testing.T) { runScripts(t, "testdata/differences", "") }

// TestScripts runs the scripts about the program itself.
func TestScripts(t *testing.T) {
	t.Run("auto", func(t *testing.T) {
		needKernel(t)
		runScripts(t, "testdata/script", "auto")
	})
	t.Run("user", func(t *testing.T) { runScripts(t, "testdata/script", "user") })
}

// TestExamples runs each example of help as it is typed. None of them fails,
// and whatever it shows that is refused has a reason and a next step.
func TestExamples(t *testing.T) {
	stacks := []string{"user"}
	if _, err := kernelStack(); err == nil {
		stacks = append(stacks, "kernel")
	}
	for _, stack := range stacks {
		for _, c := range command.Table {
			t.Run(stack+"/"+c.Name, func(t *testing.T) {
				t.Parallel()
				testExample(t, stack, c)
			})
		}
	}
}

func testExample(t *testing.T, stack string, c *command.Command) {
	if c.Stack != "" && c.Stack != stack {
		return // that it has no such command, it says: testdata/script
	}
	if c.Name == "run" {
		if _, err := exec.LookPath("ss"); err != nil {
			t.Skip("there is no ss to be the program")
		}
	}
	cmd := program(t, "run", "--stack", stack, "--format", "json", "-")
	cmd.Stdin = strings.NewReader(c.Example + "\n")
	cmd.Dir = t.TempDir() // for what it saves
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for l := range bytes.Lines(out) {
		var e tracer.Event
		if err := json.Unmarshal(l, &e); err != nil {
			t.Fatal(err)
		}
		if e.Kind == tracer.KindNote && strings.HasPrefix(e.Text, "difference") {
			t.Error(e.Text)
		}
		if r := e.Result; r != nil && r.Value < 0 && r.Errno != "EINTR" {
			t.Errorf("%s: %s: %s", e.Call, r.Errno, e.Why)
		}
	}
}

// TestFault: a fault of the program's own is told without a trace, which goes
// to a file.
func TestFault(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	got := faultMessage("index out of range", []byte("goroutine 1 [running]:"))
	if !strings.Contains(got, "a fault of its own (index out of range)") || strings.Contains(got, "goroutine") {
		t.Error(got)
	}
	file := got[strings.LastIndexByte(got, ' ')+1:]
	if b, err := os.ReadFile(file); err != nil || !strings.Contains(string(b), "goroutine 1") {
		t.Errorf("%s: %q, %v", file, b, err)
	}
}

// TestErrnos: every refusal that a conformance script meets says what it means
// and what to try next, and not just that it is one.
func TestErrnos(t *testing.T) {
	stacks := []string{"user"}
	if _, err := kernelStack(); err == nil {
		stacks = append(stacks, "kernel")
	}
	conformance(t, func(t *testing.T, _, script []byte) {
		for _, stack := range stacks {
			cmd := program(t, "run", "--stack", stack, "--format", "json", "-")
			cmd.Stdin = bytes.NewReader(script)
			out, _ := cmd.Output()
			for l := range bytes.Lines(out) {
				var e tracer.Event
				if err := json.Unmarshal(l, &e); err != nil {
					t.Fatal(err)
				}
				r := e.Result
				if r != nil && r.Value < 0 && !e.Driven && (e.Why == "" || e.Try == "" || e.Why == "the stack refused the call") {
					t.Errorf("%s: %s %s: why %q, try %q", stack, e.Call, r.Errno, e.Why, e.Try)
				}
			}
		}
	})
}

// program is the test binary as sockplay itself.
func program(t testing.TB, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", quickRace)
	return cmd
}

// pythonClient is the path of a client that was written from docs/protocols.md.
func pythonClient(t *testing.T, name string) string {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3 here")
	}
	path, err := filepath.Abs(filepath.Join("testdata", "python", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// kernelStack is what doctor says of the kernel stack, asked once.
var kernelStack = sync.OnceValues(func() (report string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(self, "doctor", "--stack", "kernel")
	cmd.Env = append(os.Environ(), asProgram+"=1", quickRace)
	out, err := cmd.CombinedOutput()
	return string(out), err
})

// needKernel skips a test on a machine that has no kernel stack.
func needKernel(t *testing.T) {
	t.Helper()
	if report, err := kernelStack(); err != nil {
		t.Skipf("this machine has no kernel stack:\n%s", report)
	}
}

func runScripts(t *testing.T, dir, stack string) {
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		UpdateScripts: os.Getenv("UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("STACK", stack)
			clients, err := filepath.Abs(filepath.Join("testdata", "python"))
			if err != nil {
				return err
			}
			env.Setenv("PYTHON", clients)                 // written from docs/protocols.md
			if os.Getenv("SOCKPLAY_TEST_CONFINE") != "" { // an unprivileged user must get at the files
				env.Setenv("SOCKPLAY_TEST_CONFINE", os.Getenv("SOCKPLAY_TEST_CONFINE"))
				return openUp(env.WorkDir)
			}
			env.Setenv("LC_ALL", "C.UTF-8")
			env.Vars = append(env.Vars, quickRace)
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "kernel": // it is to be had
				_, err := kernelStack()
				return err == nil, nil
			case "programs": // real ones, inside
				return stack != "user", nil
			}
			return false, fmt.Errorf("no condition is called %s", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sockets":  manySockets,
			"generate": generate,
			"patient":  patiently,
		},
	})
}

// patiently runs a program up to three times: what it expects of real time may be
// otherwise on a machine that is busy.
func patiently(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: patient PROGRAM [ARGUMENT...]")
	}
	var err error
	for range 3 {
		if err = ts.Exec(args[0], args[1:]...); err == nil {
			return
		}
		ts.Logf("once more: %v", err)
	}
	ts.Fatalf("three times: %v", err)
}

// openUp lets everyone read a script's folder and the way to it.
func openUp(dir string) error {
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(path, 0o755)
	})
	for ; err == nil && strings.HasPrefix(dir, os.TempDir()+string(filepath.Separator)); dir = filepath.Dir(dir) {
		err = os.Chmod(dir, 0o755)
	}
	return err
}

// manySockets writes a script that makes n sockets, and ends with the file of
// the same name whose ending is tail.
func manySockets(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	tail := ts.ReadFile(strings.TrimSuffix(args[1], filepath.Ext(args[1])) + ".tail")
	write(ts, args[1], strings.Repeat("server: socket udp\n", n)+tail)
}

// generate writes a file that consists of a text, which may have Go's escapes,
// n times.
func generate(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	write(ts, args[0], strings.Repeat(text, n))
}

func write(ts *testscript.TestScript, name, text string) {
	ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o666))
}
