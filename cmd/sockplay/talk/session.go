// Package talk is the client of a chat room (docs/protocols.md): Session knows what
// to send and what to show, and Line holds the connection.
package talk

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sockplay/sandbox/peer/chat"
	"sockplay/tracer/ink"
)

// Shown is one line to be shown. What came from elsewhere is not escaped yet.
type Shown []ink.Span

func say(tone ink.Tone, format string, args ...any) Shown {
	return Shown{{Tone: tone, Text: fmt.Sprintf(format, args...)}}
}

// Session is one conversation as a state machine: it is told what was typed and
// what came, and tells what is to be shown and sent. It makes no calls.
type Session struct {
	name    string   // that was asked for, or has been given
	greeted bool     // the server speaks our protocol
	joined  bool     // and has let us in
	asked   []string // the words of what was sent and has not been answered
	here    []string // names, of an answer that goes on
	over    bool
	trouble string // why it has ended, if not because we wanted it to
	unsaid  int    // lines that were not said
}

// Name is what we are called, "" before that is certain.
func (s *Session) Name() string {
	if !s.joined {
		return ""
	}
	return s.name
}

// Greeted reports whether the server has said that it speaks this protocol.
func (s *Session) Greeted() bool { return s.greeted }

// Waits reports whether something that was sent has not been answered.
func (s *Session) Waits() bool { return len(s.asked) > 0 }

// Over reports whether the conversation has ended, and why, if it was not we who
// ended it.
func (s *Session) Over() (over bool, trouble string) { return s.over, s.trouble }

// Unsaid counts the lines that could not be said.
func (s *Session) Unsaid() int { return s.unsaid }

// end ends the conversation.
func (s *Session) end(format string, args ...any) {
	if !s.over {
		s.over, s.trouble = true, fmt.Sprintf(format, args...)
	}
}

// Join asks to come in under a name. What it returns is what is wrong with the
// name, or what is to be sent.
func (s *Session) Join(name string) (wrong string, send string) {
	if wrong := chat.CheckName(name); wrong != "" {
		return wrong, ""
	}
	s.name = name
	return "", s.ask(chat.Join, name)
}

// ask notes that an answer is due, and returns the line to be sent.
func (s *Session) ask(word, rest string) string {
	s.asked = append(s.asked, word)
	return strings.TrimRight(word+" "+rest, " ") + "\n"
}

// Quit is the line with which we leave.
func (s *Session) Quit() string { return s.ask(chat.Quit, "") }

// commands are what a line that begins with / may be.
const commands = "/who tells who is here, /quit leaves; // at the beginning says a /"

// Quits reports whether a line that was typed is the word that leaves.
func Quits(line string) bool {
	word, _, _ := strings.Cut(line, " ")
	return strings.EqualFold(word, "/quit")
}

// Typed is a line that was typed, in the room: something to be said, or a command.
func (s *Session) Typed(line string) (show []Shown, send []string) {
	switch word, _, _ := strings.Cut(line, " "); {
	case line == "":
		return nil, nil
	case strings.HasPrefix(line, "//"):
		line = line[1:]
	case strings.EqualFold(word, "/who"):
		return nil, []string{s.ask(chat.Who, "")}
	case strings.EqualFold(word, "/help"):
		return []Shown{say(ink.Calm, "what you type is said to all. %s", commands)}, nil
	case strings.HasPrefix(line, "/"):
		s.unsaid++
		return []Shown{say(ink.Loss, "there is no command %s: %s", word, commands)}, nil
	}
	if wrong := chat.CheckText(line); wrong != "" {
		s.unsaid++
		return []Shown{say(ink.Loss, "not said: %s", wrong)}, nil
	}
	for len(line) > 0 { // what is too long for one line is said in several
		part := line
		if most := chat.MaxLine - len(chat.Say) - 2; len(part) > most {
			for most > 0 && !utf8.RuneStart(line[most]) {
				most--
			}
			part = line[:most]
		}
		line = line[len(part):]
		s.asked = append(s.asked, chat.Say)
		send = append(send, chat.Say+" "+part+"\n")
	}
	return nil, send
}

// Heard is a line that came, without its end. pong is what is to be sent at once;
// "" for nothing.
func (s *Session) Heard(line string) (show []Shown, pong string) {
	word, rest := chat.Cut(line)
	if !s.greeted {
		if version, _ := chat.Cut(rest); word != chat.Greeting || version != chat.Version {
			s.end("who answers there is no chat room of version %s: it says %.60q", chat.Version, line)
			return nil, ""
		}
		s.greeted = true
		return nil, ""
	}
	name, text := chat.Cut(rest)
	switch word {
	case chat.Said:
		return []Shown{{{Tone: ink.Open, Text: name}, {Text: ": " + text}}}, ""
	case chat.Joined:
		return []Shown{say(ink.Gone, "* %s has come in", name)}, ""
	case chat.Left:
		return []Shown{say(ink.Gone, "* %s has left: %s", name, text)}, ""
	case chat.Ping:
		return nil, strings.TrimRight(chat.Pong+" "+rest, " ") + "\n"
	case chat.Here:
		s.here = append(s.here, strings.Fields(rest)...)
	case chat.Bye:
		if slices.Contains(s.asked, chat.Quit) {
			s.over = true
		} else {
			s.end("the room has sent you away: %s", rest)
		}
	case chat.OK, chat.Failed, chat.Pong:
		return s.answered(word, rest), ""
	}
	return nil, ""
}

// answered deals with the answer to what was asked first.
func (s *Session) answered(word, rest string) []Shown {
	if len(s.asked) == 0 {
		return nil
	}
	asked := s.asked[0]
	s.asked = s.asked[1:]
	_, why := chat.Cut(rest)
	switch {
	case word == chat.Failed && asked == chat.Say:
		s.unsaid++
		return []Shown{say(ink.Loss, "not said: %s", why)}
	case word == chat.Failed:
		return []Shown{say(ink.Loss, "%s", why)}
	case asked == chat.Join:
		s.joined = true
		return []Shown{say(ink.Calm, "%s", rest)}
	case asked == chat.Who:
		names := s.here
		s.here = nil
		return []Shown{say(ink.Calm, "here: %s", strings.Join(names, ", "))}
	}
	return nil
}

// Ended is the end of the stream; why is "" where it came in good order.
func (s *Session) Ended(why string) {
	switch {
	case why != "":
		s.end("the connection is broken: %s", why)
	case !s.greeted:
		s.end("who answers there has closed the connection without a word")
	default:
		s.end("the room has closed the connection")
	}
}
