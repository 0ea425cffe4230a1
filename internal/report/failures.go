// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strings"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

// Failure is a failure of the kernel, as a record or a line of its log reports it.
type Failure struct {
	Event *event.Event
	Fatal bool // the system ended with it
}

// failures returns the kernel's failures, worst first. Only the first record and the first
// line of a class are reported: the others follow from them. The line of a panic has no
// more than the record.
func failures(events []event.Event) []Failure {
	var first, recorded [console.Classes]*event.Event
	for i := range events {
		e := &events[i]
		if class := recordedClass(e); class != console.NoFailure && recorded[class] == nil {
			recorded[class] = e
		}
		if e.Kind != event.KindNote {
			continue
		}
		class := console.Classify(e.Text)
		if class == console.NoFailure {
			continue
		}
		// The line that names the killed process comes second.
		if first[class] == nil || class == console.Memory && strings.HasPrefix(first[class].Text, "oom-kill:") {
			first[class] = e
		}
	}
	var list []Failure
	for class, e := range first {
		fatal := console.Class(class).Fatal()
		if r := recorded[class]; r != nil {
			list = append(list, Failure{r, fatal})
		}
		if e != nil && (recorded[class] == nil || class != int(console.Panic)) {
			list = append(list, Failure{e, fatal})
		}
	}
	return list
}

// recordedClass returns the class of the failure that a record reports.
func recordedClass(e *event.Event) console.Class {
	switch e.Kind {
	case event.KindPanic:
		return console.Panic
	case event.KindOops:
		return console.Oops
	}
	return console.NoFailure
}

// text returns what failed: of a record the reason and the process in which it occurred, if
// it is known.
func (f *Failure) text() string {
	e := f.Event
	text := excerpt(strings.TrimSpace(e.Text))
	switch e.Kind {
	case event.KindPanic:
		text = "kernel panic: " + text
	case event.KindOops:
		text = "kernel oops: " + strings.TrimPrefix(text, "Oops: ")
	default:
		return text
	}
	if e.ContextPID != 0 {
		text += ", in (" + process(e.ContextName, e.ContextPID) + ")"
	}
	return text
}

// fatal returns the failure with which the system ended, or nil.
func (s *Shutdown) fatal() *Failure {
	if len(s.Failures) > 0 && s.Failures[0].Fatal {
		return &s.Failures[0]
	}
	return nil
}
