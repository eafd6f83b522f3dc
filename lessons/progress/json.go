package progress

import (
	"bytes"
	"encoding/json"
	"time"
)

// JSON is the same report for programs.
func JSON(r Record, o Outline, made time.Time) string {
	type stepReport struct {
		ID        string    `json:"id"`
		Title     string    `json:"title"`
		State     string    `json:"state"`
		Gone      bool      `json:"gone,omitempty"`
		Here      bool      `json:"here,omitempty"`
		Began     time.Time `json:"began,omitzero"`
		Passed    time.Time `json:"passed,omitzero"`
		How       string    `json:"how,omitempty"`
		Hints     int       `json:"hints,omitempty"`
		Tries     int       `json:"tries,omitempty"`
		Asked     string    `json:"asked,omitempty"`
		Predicted []string  `json:"predicted,omitempty"`
		Found     string    `json:"found,omitempty"`
		Right     *bool     `json:"right,omitempty"`
		Answer    string    `json:"answer,omitempty"`
	}
	type lessonReport struct {
		Number int          `json:"number"`
		Name   string       `json:"name"`
		Title  string       `json:"title"`
		State  string       `json:"state"`
		Gone   bool         `json:"gone,omitempty"`
		Began  time.Time    `json:"began,omitzero"`
		Ended  time.Time    `json:"ended,omitzero"`
		Steps  []stepReport `json:"steps"`
	}
	all := compare(r, o, made)
	out := struct {
		Version int            `json:"version"`
		By      string         `json:"by,omitempty"`
		Made    time.Time      `json:"made"`
		Summary tally          `json:"summary"`
		Lessons []lessonReport `json:"lessons"`
	}{version, r.By, moment(made), all.total, []lessonReport{}}
	for _, l := range all.lessons {
		one := lessonReport{l.number, l.name, l.title, l.state, l.gone, moment(l.Began), moment(l.Ended), []stepReport{}}
		for _, s := range l.steps {
			one.Steps = append(one.Steps, stepReport{
				s.id, s.title, s.state, s.gone, s.here, moment(s.Began), moment(s.Passed), s.How, s.Hints, s.Tries,
				s.Asked, s.Predicted, s.Found, s.Right, s.Answer,
			})
		}
		out.Lessons = append(out.Lessons, one)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(out) // strings, numbers and times that can be written
	return string(printable(b.Bytes()))
}
