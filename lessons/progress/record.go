// Package progress keeps what a learner has done of the lessons, in one file,
// and reports it. The file is the learner's: it is readable, several programs
// may change it at once, and nothing that somebody wrote in it is thrown away.
package progress

import (
	"encoding/json"
	"time"
)

// Record is what a learner has done, by the names of the lessons.
type Record struct {
	Version int
	Lessons map[string]*Lesson
	By      string // whose it is, for a report; it is not kept

	more map[string]json.RawMessage // what a newer program has written
}

// Lesson is what was done of one lesson. A time that is zero has not come yet.
type Lesson struct {
	Title        string // as it was when the lesson was begun
	Number       int
	Began, Ended time.Time
	At           string // the step where the learner is
	Steps        map[string]*Step

	more map[string]json.RawMessage
}

// Step is what was done of one step.
type Step struct {
	Title         string
	Order         int // its place among the steps
	Began, Passed time.Time
	How           string // Done, Solution or Skipped
	Hints         int    // how many were looked at
	Tries         int    // lines typed until it was passed

	Asked     string   // by a prediction or a question
	Predicted []string // by the learner, in their order
	Found     string   // what really happened
	Right     *bool    // whether the first prediction was right; nil: nobody can tell
	Answer    string   // in the learner's words

	more map[string]json.RawMessage
}

// How a step is passed.
const (
	Done     = "done"     // by what the learner typed
	Solution = "solution" // the lesson's own was played
	Skipped  = "skipped"
)

// Lesson is a lesson of the record, which is made if there is none.
func (r *Record) Lesson(name string) *Lesson {
	if r.Lessons == nil {
		r.Lessons = map[string]*Lesson{}
	}
	if r.Lessons[name] == nil {
		r.Lessons[name] = &Lesson{}
	}
	return r.Lessons[name]
}

// Step is a step of the lesson, which is made if there is none.
func (l *Lesson) Step(id string) *Step {
	if l.Steps == nil {
		l.Steps = map[string]*Step{}
	}
	if l.Steps[id] == nil {
		l.Steps[id] = &Step{}
	}
	return l.Steps[id]
}

// fields are the names in the file, in their order there.
func (r *Record) fields() []field {
	return []field{{"version", &r.Version}, {"lessons", &r.Lessons}}
}

func (l *Lesson) fields() []field {
	return []field{
		{"number", &l.Number}, {"title", &l.Title}, {"began", &l.Began}, {"ended", &l.Ended},
		{"at", &l.At}, {"steps", &l.Steps},
	}
}

func (s *Step) fields() []field {
	return []field{
		{"order", &s.Order}, {"title", &s.Title}, {"began", &s.Began}, {"passed", &s.Passed},
		{"how", &s.How}, {"hints", &s.Hints}, {"tries", &s.Tries}, {"asked", &s.Asked},
		{"predicted", &s.Predicted}, {"found", &s.Found}, {"right", &s.Right}, {"answer", &s.Answer},
	}
}

func (r *Record) unknown() *map[string]json.RawMessage { return &r.more }
func (l *Lesson) unknown() *map[string]json.RawMessage { return &l.more }
func (s *Step) unknown() *map[string]json.RawMessage   { return &s.more }
