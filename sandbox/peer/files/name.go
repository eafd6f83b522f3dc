package files

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is how many octets a name may have: most file systems have room for
// 255, and the part of a file that is under way needs some more.
const maxName = 200

// checkName refuses what is no plain name of a file on each system, so that a
// file can go from any to any other: nothing that leads elsewhere, nothing that
// a terminal would not show as it is, and none that means a device on Windows.
func checkName(name string) *Refusal {
	bad := func(why string) *Refusal { return refuse(Name, "%s is no name for a file here: %s", quoted(name), why) }
	switch {
	case name == "":
		return refuse(Name, "the name is missing: it stands at the end of the line, such as hello.txt")
	case len(name) > maxName:
		return bad("it is longer than 200 octets")
	case !utf8.ValidString(name):
		return bad("it is no UTF-8")
	case strings.ContainsAny(name, `/\`):
		return bad("a name leads to no other folder; leave out the path")
	case name[0] == '.':
		return bad("none begins with a dot: .. leads out of the folder, and others are hidden")
	case strings.ContainsAny(name, `:*?"<>|`):
		return bad(`Windows keeps : * ? " < > | for itself`)
	case name[0] == ' ' || strings.HasSuffix(name, " ") || strings.HasSuffix(name, "."):
		return bad("none begins with a blank, or ends with one or with a dot")
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return bad("it has characters that a terminal would not show, or would obey")
	case device(name):
		return bad("on Windows it means a device, whatever follows its dot")
	}
	return nil
}

// device reports whether Windows takes a name for that of a device ("Naming
// Files, Paths, and Namespaces", Microsoft Learn).
func device(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	stem = strings.TrimRight(stem, " ")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, port := range []string{"COM", "LPT"} {
		if n, ok := strings.CutPrefix(stem, port); ok && utf8.RuneCountInString(n) == 1 && strings.Contains("0123456789¹²³", n) {
			return true
		}
	}
	return false
}
