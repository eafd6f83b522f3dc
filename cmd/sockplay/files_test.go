package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sockplay/tracer"
)

// fileFolders are a folder for a server, one of a client's with files in it, and
// one to fetch to.
func fileFolders(t *testing.T) (server, from, to string, content []byte) {
	t.Helper()
	root := t.TempDir()
	server, from, to = filepath.Join(root, "server"), filepath.Join(root, "from"), filepath.Join(root, "to")
	for _, folder := range []string{server, from, to} {
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	content = make([]byte, 700_000)
	rand.NewChaCha8([32]byte{3}).Read(content)
	for name, b := range map[string][]byte{
		"from/data.bin": content, "from/hello.txt": []byte("hello\n"), "server/.data.bin.part": content[:500_000],
		"to/.data.bin.part": append([]byte("other"), content[:1000]...),
	} {
		if err := os.WriteFile(filepath.Join(root, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return server, from, to, content
}

// printed runs a script, and gives what its processes have printed, those of a
// name together, whatever number it has.
func printed(t *testing.T, stack, script string) map[string]string {
	t.Helper()
	cmd := program(t, "run", "--stack", stack, "--format", "json", "-")
	cmd.Stdin = strings.NewReader(script)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, &errs, out)
	}
	said := make(map[string]string)
	for l := range bytes.Lines(out) {
		var e tracer.Event
		if err := json.Unmarshal(l, &e); err != nil {
			t.Fatal(err)
		}
		switch {
		case e.Kind == tracer.KindOutput:
			said[strings.TrimRight(e.Process, "0123456789")] += string(e.Data)
		case e.Kind == tracer.KindNote && strings.HasPrefix(e.Text, "difference"):
			t.Error(e.Text)
		}
	}
	return said
}

// fileStacks runs a test on either stack.
func fileStacks(t *testing.T, test func(t *testing.T, stack string)) {
	t.Run("user", func(t *testing.T) { test(t, "user") })
	t.Run("kernel", func(t *testing.T) {
		needKernel(t)
		test(t, "kernel")
	})
}

// same makes sure that a file is whole.
func same(t *testing.T, path string, want []byte) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s has %d octets, not these %d: %v", path, len(got), len(want), err)
	}
}

// TestFiles has peers move files: new ones, some of which are there in part, and
// what is refused.
func TestFiles(t *testing.T) {
	fileStacks(t, func(t *testing.T, stack string) {
		server, from, to, content := fileFolders(t)
		said := printed(t, stack, fmt.Sprintf(`peer files %[1]q
peer send 127.0.0.1:7001 %[2]q
peer send 127.0.0.1:7001 %[3]q
peer send 127.0.0.1:7001 %[3]q
peer fetch 127.0.0.1:7001 data.bin %[4]q
peer fetch 127.0.0.1:7001 ../from/hello.txt %[4]q
peer files 127.0.0.1:7003 %[1]q
peer fetch 127.0.0.1:7003 hello.txt %[4]q
`, server, filepath.Join(from, "data.bin"), filepath.Join(from, "hello.txt"), to))
		same(t, filepath.Join(server, "data.bin"), content)
		same(t, filepath.Join(to, "data.bin"), content)
		same(t, filepath.Join(server, "hello.txt"), []byte("hello\n"))
		same(t, filepath.Join(to, "hello.txt"), []byte("hello\n"))
		for _, folder := range []string{server, to} {
			if list, _ := os.ReadDir(folder); len(list) != 2 {
				t.Errorf("%s holds %v", folder, list)
			}
		}
		const hello = `"hello.txt": 6 octets, SHA-256 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03`
		sum := regexp.MustCompile(`[0-9a-f]{64}`).FindString(said["send"])
		data := fmt.Sprintf(`"data.bin": 700000 octets, SHA-256 %s`, sum)
		port := regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)
		with := func(file, way string) string { return strings.Replace(file, ":", " "+way+" AT:", 1) }
		for name, want := range map[string]string{
			"send": "sent " + data + ", of which 500000 were there already\n" + "sent " + hello + "\n" +
				`not sent "hello.txt": the other end: EXISTS: there is a file "hello.txt" already; let it be replaced, or choose another name; try: peer send --replace` + "\n",
			"fetch": "fetched " + data + "\n" +
				`not fetched "../from/hello.txt": NAME: "../from/hello.txt" is no name for a file here: a name leads to no other folder; leave out the path` + "\n" +
				"fetched " + hello + "\n",
			"files": "kept " + with(data, "from") + ", of which 500000 were there already\n" + "kept " + with(hello, "from") + "\n" +
				`not kept "hello.txt" from AT: EXISTS: there is a file "hello.txt" already; let it be replaced, or choose another name` + "\ngave out " + with(data, "to") + "\ngave out " + with(hello, "to") + "\n",
		} {
			if got := port.ReplaceAllString(said[name], "AT"); got != want {
				t.Errorf("%s printed\n%s\nnot\n%s", name, got, want)
			}
		}
	})
}

// TestFilesPython has a client in Python, which was written from
// docs/protocols.md, talk to a server that is a process of the sandbox.
func TestFilesPython(t *testing.T) {
	needKernel(t)
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3 here")
	}
	client, err := filepath.Abs(filepath.Join("testdata", "python", "files_client.py"))
	if err != nil {
		t.Fatal(err)
	}
	server, from, to, content := fileFolders(t)
	run := func(args ...string) string {
		line := fmt.Sprintf("client: run python3 %q 127.0.0.1 7001", client)
		for _, a := range args {
			line += fmt.Sprintf(" %q", a)
		}
		return line + "\n"
	}
	data, hello := filepath.Join(from, "data.bin"), filepath.Join(from, "hello.txt")
	script := fmt.Sprintf("peer files %q\n", server) +
		run("put", data) + run("get", "data.bin", to) + run("put", hello) + run("replace", hello, "data.bin") + run("get", "data.bin", from)
	said := printed(t, "kernel", script)
	if want := "put data.bin 700000 from 500000\nget data.bin 700000 from 0\nput hello.txt 6 from 0\nput data.bin 6 from 0\nget data.bin 6 from 0\n"; said["client"] != want {
		t.Errorf("it printed\n%s\nnot\n%s", said["client"], want)
	}
	same(t, filepath.Join(to, "data.bin"), content)
	same(t, filepath.Join(server, "data.bin"), []byte("hello\n"))
	same(t, filepath.Join(server, "hello.txt"), []byte("hello\n"))
	same(t, data, []byte("hello\n"))

	cmd := program(t, "run", "--stack", "kernel", "-")
	cmd.Stdin = strings.NewReader(fmt.Sprintf("peer files %q\n", server) + run("put", hello))
	if out, err := cmd.CombinedOutput(); err == nil || !bytes.Contains(out, []byte("EXISTS: there is a file")) {
		t.Errorf("%v\n%s", err, out)
	}
}
