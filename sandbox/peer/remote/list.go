package remote

import (
	"fmt"
	"slices"
	"strings"
)

// Entry is a command that may be run, and with which arguments: only such as
// read and change nothing.
type Entry struct {
	Name    string
	Options []string // the words that may follow
	Text    bool     // any words may follow that hold no control characters
	Prefix  string   // a word that begins so may follow
}

// DefaultList is what may be run if nobody says otherwise. date's -s would set
// the clock, its -f read a file, a word after hostname would change the name:
// none of them is in it.
var DefaultList = []Entry{
	{Name: "date", Options: []string{"-u", "-R", "-I"}, Prefix: "+"},
	{Name: "uptime", Options: []string{"-p", "-s"}},
	{Name: "hostname"},
	{Name: "whoami"},
	{Name: "echo", Text: true},
	{Name: "uname", Options: []string{"-a", "-s", "-n", "-r", "-v", "-m"}},
	{Name: "df", Options: []string{"-h", "-k", "-P", "-T", "-i"}},
}

// ParseEntry reads an entry as an option of the command line has it: a name and
// the words that may follow, "..." for any words: "ls -l -a", "figlet ...".
func ParseEntry(text string) (Entry, error) {
	words := strings.Fields(text)
	if len(words) == 0 || strings.ContainsAny(words[0], "/\\") {
		return Entry{}, fmt.Errorf("%q names no command: a name without a path, and the arguments that it may have", text)
	}
	e := Entry{Name: words[0]}
	for _, w := range words[1:] {
		if w == "..." {
			e.Text = true
			continue
		}
		e.Options = append(e.Options, w)
	}
	return e, nil
}

// check tells whether argv may be run.
func check(list []Entry, argv []string) error {
	if argv[0] == "" {
		return refuse("command", "there is no command: RUN date, for example")
	}
	i := slices.IndexFunc(list, func(e Entry) bool { return e.Name == argv[0] })
	if i < 0 {
		var names []string
		for _, e := range list {
			names = append(names, e.Name)
		}
		return refuse("command", fmt.Sprintf("%q is not on the list; what is: %s", clip(argv[0]), strings.Join(names, " ")))
	}
	e := list[i]
	for _, w := range argv[1:] {
		for _, c := range []byte(w) {
			if c < ' ' || c == 0x7f {
				return refuse("argument", "an argument holds no control characters")
			}
		}
		switch {
		case slices.Contains(e.Options, w), e.Text, e.Prefix != "" && strings.HasPrefix(w, e.Prefix):
		case len(e.Options) == 0 && e.Prefix == "":
			return refuse("argument", fmt.Sprintf("%s takes no arguments here", e.Name))
		default:
			allowed := strings.Join(e.Options, " ")
			if e.Prefix != "" {
				allowed += " " + e.Prefix + "FORMAT"
			}
			return refuse("argument", fmt.Sprintf("%q is no argument that %s may have here; what is: %s", clip(w), e.Name, allowed))
		}
	}
	return nil
}

// clip keeps a word that is told again short.
func clip(w string) string {
	if len(w) > 40 {
		return w[:40] + "..."
	}
	return w
}
