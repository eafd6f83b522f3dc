package command

import (
	"regexp"
	"strings"

	"sockplay/sandbox/syntax"
)

// isRun reports whether a line is a run command, whose words are a shell's.
func isRun(text string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(text, blanks), "run")
	return ok && (rest == "" || strings.IndexByte(blanks, rest[0]) >= 0)
}

// shellWords splits a run command: single quotes hold everything literally,
// and what touches is one word.
func shellWords(text string) ([]word, error) {
	var words []word
	joined := false // the next piece touches the last word
	for i := 0; i < len(text); {
		var w word
		switch ch := text[i]; {
		case strings.IndexByte(blanks, ch) >= 0:
			joined = false
			i++
			continue
		case ch == '#':
			i = len(text)
			continue
		case ch == '\'':
			n := strings.IndexByte(text[i+1:], '\'')
			if n < 0 {
				return nil, wrong(`end it with a second ', or write it in double quotes: "it's"`, "a ' without its end")
			}
			w = word{text: text[i : i+n+2], quoted: true, value: text[i+1 : i+1+n]}
		case ch == '"':
			s, err := syntax.String(text[i:])
			if err != nil {
				return nil, err
			}
			w = word{s.Text, s.Quoted, s.Value}
		default:
			n := strings.IndexAny(text[i:], blanks+`"'#`)
			if n < 0 {
				n = len(text) - i
			}
			w = word{text: text[i : i+n], value: text[i : i+n]}
			if err := syntax.NoControl(w.text); err != nil {
				return nil, err
			}
			if shellSyntax.MatchString(w.text) {
				return nil, needsShell(w)
			}
		}
		i += len(w.text)
		if last := len(words) - 1; joined && last >= 0 {
			words[last].text += w.text
			words[last].value += w.value
			words[last].quoted = words[last].quoted || w.quoted
		} else {
			words = append(words, w)
		}
		joined = true
	}
	for i, w := range words {
		if i < len(words)-1 && !w.quoted && (strings.HasSuffix(w.text, ";") || w.text == "&") {
			return nil, needsShell(w)
		}
	}
	return words, nil
}

// shellSyntax is what only a shell understands.
var shellSyntax = regexp.MustCompile("[|<>`]|&&|\\$[A-Za-z_{(?!]|^~(/|$)")

func needsShell(w word) error {
	return wrong(`run starts a program without a shell: run sh -c "..." gives you one`, "run: %s is shell syntax", clip(w.text))
}
