package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// mayImport says which packages of the project each may import, tests aside.
// Data flows one way: line, command, sandbox, stack, wire, tracer, views. A
// view imports no other view, so that each can be left out; nothing below
// command knows the language; gVisor and the kernel stay behind one interface.
var mayImport = map[string][]string{
	"tracer":                    {},
	"tracer/ink":                {},
	"tracer/ink/inktest":        {"tracer/ink"},
	"tracer/packet":             {"tracer"},
	"tracer/tcpstate":           {},
	"tracer/track":              {"tracer", "tracer/packet", "tracer/tcpstate"},
	"tracer/capture":            {"tracer"},
	"tracer/prose":              {"tracer", "tracer/ink", "tracer/outlook", "tracer/packet"},
	"tracer/outlook":            {"tracer", "tracer/ink"},
	"tracer/ladder":             {"tracer", "tracer/ink", "tracer/packet"},
	"tracer/table":              {"tracer", "tracer/ink"},
	"tracer/diagram":            {"tracer", "tracer/ink", "tracer/outlook"},
	"tracer/calls":              {"tracer", "tracer/ink"},
	"tracer/space":              {"tracer", "tracer/ink", "tracer/outlook"},
	"tracer/anatomy":            {"tracer", "tracer/ink", "tracer/packet"},
	"sandbox/wire":              {"tracer", "tracer/packet"},
	"sandbox":                   {"sandbox/wire", "tracer", "tracer/packet", "tracer/tcpstate", "tracer/track"},
	"sandbox/kernel":            {"sandbox", "tracer"},
	"sandbox/netstack":          {"sandbox", "sandbox/unixsock", "tracer", "tracer/tcpstate"},
	"sandbox/sandboxtest":       {"sandbox", "sandbox/command", "sandbox/wire", "tracer"},
	"sandbox/forge":             {"tracer", "tracer/packet"},
	"sandbox/forge/forgetest":   {"sandbox", "sandbox/command", "tracer"},
	"sandbox/unixsock":          {"sandbox"},
	"sandbox/command":           {"sandbox", "sandbox/forge", "sandbox/peer", "sandbox/peer/chat", "sandbox/peer/files", "sandbox/peer/remote", "sandbox/peer/script", "sandbox/peer/web", "sandbox/syntax", "sandbox/wire", "tracer", "tracer/ink", "tracer/tcpstate", "tracer/track"},
	"sandbox/peer":              {"sandbox"},
	"sandbox/peer/chat":         {"sandbox", "sandbox/peer"},
	"sandbox/peer/remote":       {"sandbox", "sandbox/peer"},
	"sandbox/host":              {"sandbox", "sandbox/peer", "tracer"},
	"tracer/beside":             {"tracer", "tracer/ink"},
	"tracer/plot":               {"tracer/ink"},
	"lessons":                   {},
	"lessons/page":              {"lessons", "tracer/ink"},
	"lessons/course":            {"lessons", "sandbox/command", "tracer", "tracer/tcpstate"},
	"lessons/check":             {"lessons", "lessons/course", "lessons/scenes", "tracer/tcpstate"},
	"lessons/versus":            {"sandbox", "sandbox/wire", "tracer", "tracer/beside", "tracer/ink", "tracer/track"},
	"lessons/progress":          {"tracer/ink"},
	"lessons/scenes":            {"lessons", "sandbox/command", "tracer", "tracer/ink", "tracer/tcpstate", "tracer/track"},
	"cmd/sockplay/settings":     {"tracer/ink"},
	"cmd/sockplay/screen":       {"cmd/sockplay/settings", "sandbox", "sandbox/command", "tracer", "tracer/anatomy", "tracer/calls", "tracer/capture", "tracer/diagram", "tracer/ink", "tracer/ladder", "tracer/plot", "tracer/prose", "tracer/space", "tracer/table"},
	"cmd/sockplay/player":       {"cmd/sockplay/screen", "lessons/course", "lessons/scenes", "sandbox", "sandbox/command", "tracer/ink"},
	"cmd/sockplay/playground":   {"cmd/sockplay/player", "cmd/sockplay/repl", "cmd/sockplay/screen", "cmd/sockplay/settings", "lessons", "lessons/course", "lessons/page", "lessons/progress", "lessons/scenes", "sandbox", "sandbox/command", "tracer", "tracer/ink"},
	"cmd/sockplay/repl":         {},
	"cmd/sockplay/talk":         {"sandbox/peer/chat", "tracer/ink"},
	"cmd/sockplay/repl/ptytest": {},
	"sandbox/peer/files":        {"sandbox", "sandbox/peer"},
	"sandbox/peer/filestest":    {"sandbox", "sandbox/peer", "sandbox/peer/files", "sandbox/wire", "tracer"},
	"sandbox/syntax":            {"sandbox"},
	"sandbox/peer/script":       {"sandbox", "sandbox/peer", "sandbox/syntax"},
	"sandbox/peer/web":          {"sandbox", "sandbox/peer"},
	"cmd/sockplay":              nil, // wiring: anything
}

func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		dir, _ := filepath.Rel(root, filepath.Dir(path))
		allowed, known := mayImport[filepath.ToSlash(dir)]
		if !known {
			t.Errorf("%s: a package that this test does not know: say in mayImport what it may import", dir)
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			ours, isOurs := strings.CutPrefix(name, "sockplay/")
			if !isOurs || allowed == nil {
				continue
			}
			ok := false
			for _, a := range allowed {
				ok = ok || a == ours
			}
			if !ok {
				t.Errorf("%s imports %s", path, ours)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
