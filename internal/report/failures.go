// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strings"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

// Failure is a line of the kernel's log that reports a failure.
type Failure struct {
	Note  *event.Event
	Fatal bool // the system ended with it
}

// failures returns the failures in the kernel's log, worst first. Only the first line
// of a class is reported: the others follow from it.
func failures(events []event.Event) []Failure {
	var first [console.Classes]*event.Event
	for i := range events {
		e := &events[i]
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
		if e != nil {
			list = append(list, Failure{e, console.Class(class).Fatal()})
		}
	}
	return list
}

// fatal returns the failure with which the system ended, or nil.
func (s *Shutdown) fatal() *Failure {
	if len(s.Failures) > 0 && s.Failures[0].Fatal {
		return &s.Failures[0]
	}
	return nil
}
