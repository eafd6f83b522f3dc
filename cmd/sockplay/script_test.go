package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the program itself for the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"sockplay": func() { main() },
	})
}

// TestConformance runs what every stack must answer alike.
func TestConformance(t *testing.T) {
	for _, stack := range stacks(t) {
		t.Run(stack, func(t *testing.T) { runScripts(t, "testdata/conformance", stack) })
	}
}

// TestScripts runs the scripts about the program itself.
func TestScripts(t *testing.T) {
	runScripts(t, "testdata/script", "auto")
}

// stacks lists those that this machine has.
func stacks(t *testing.T) []string {
	return []string{"kernel"}
}

func runScripts(t *testing.T, dir, stack string) {
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		UpdateScripts: os.Getenv("UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("STACK", stack)
			env.Setenv("LC_ALL", "C.UTF-8")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sockets":  manySockets,
			"generate": generate,
		},
	})
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
