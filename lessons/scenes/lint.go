package scenes

import (
	"regexp"
	"strings"
)

// number is what words may not state by themselves: a number. A section of an
// RFC may stand there, a manual page, and what is typed, in backquotes.
var (
	number  = regexp.MustCompile(`[0-9]+`)
	allowed = regexp.MustCompile("RFC [0-9]+( [0-9A-Z]+(\\.[0-9]+)*)?(, [0-9]+(\\.[0-9]+)+)*(, figures? [0-9]+)?|`[^`]*`|[a-z]+\\([1-8]\\)|IPv[46]|CUBIC|[A-Z]+[0-9]")
	quote   = regexp.MustCompile(`\{[^{}]*\}`)
)

// lint looks for numbers that are typed into the words, and for quotes that do
// not end.
func (s *Scene) lint() error {
	for _, step := range s.Steps {
		for _, p := range step.parts {
			if p.do != "" {
				continue
			}
			rest := quote.ReplaceAllString(p.words, "")
			if strings.ContainsAny(rest, "{}") {
				return fault(s.file, p.line, "a quote is not closed, or has another in it", "{client:3} quotes a state, {SYN.seq} a number")
			}
			if n := number.FindString(allowed.ReplaceAllString(rest, "")); n != "" {
				return fault(s.file, p.line, "the words state the number "+n+", and nothing says that it is right", "quote it from what happens, as in {count DATA} or {SYN.seq}; or say it without")
			}
		}
	}
	return nil
}
