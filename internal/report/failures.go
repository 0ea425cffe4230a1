// SPDX-License-Identifier: GPL-2.0

package report

import (
	"strings"

	"sigtrail/internal/event"
)

// Failure is a line of the kernel's log that reports a failure.
type Failure struct {
	Note  *event.Event
	Fatal bool // the system ended with it
}

// sign is a text that such a line contains. A fatal one must begin the line, as a
// program that writes to the kernel's log puts its name first. Only the first
// line of a class is reported: the others follow from it.
type sign struct {
	class int
	text  string
}

// The classes, worst first; the first two are fatal.
const (
	classPanic = iota
	classSysrq
	classOops
	classLockup
	classMemory
	classes
)

// signs are from kernel/panic.c, drivers/tty/sysrq.c, the architectures' die(),
// kernel/watchdog.c, kernel/rcu/tree_stall.h, kernel/hung_task.c, mm/oom_kill.c.
var signs = [...]sign{
	{classPanic, "Kernel panic - not syncing"},
	{classSysrq, "sysrq: Resetting"},
	{classSysrq, "sysrq: Trigger a crash"},
	{classLockup, "soft lockup - CPU"},
	{classLockup, "hard LOCKUP on cpu"},
	{classLockup, "self-detected stall on CPU"},
	{classLockup, "detected stalls on CPUs"},
	{classLockup, " blocked for more than "},
	{classOops, "Unable to handle kernel"},
	{classOops, "Internal error: "},
	{classOops, "kernel BUG at "},
	{classOops, "BUG: "},
	{classMemory, "ut of memory: Killed process "},
	{classMemory, "oom-kill:"},
}

// failures returns the failures in the kernel's log, worst first.
func failures(events []event.Event) []Failure {
	var first [classes]*event.Event
	for i := range events {
		e := &events[i]
		class := classify(e)
		if class == classes {
			continue
		}
		// The line that names the killed process comes second.
		if first[class] == nil || class == classMemory && strings.HasPrefix(first[class].Text, "oom-kill:") {
			first[class] = e
		}
	}
	var list []Failure
	for class, e := range first {
		if e != nil {
			list = append(list, Failure{e, class <= classSysrq})
		}
	}
	return list
}

func classify(e *event.Event) int {
	if e.Kind == event.KindNote {
		for _, s := range signs {
			if at := strings.Index(e.Text, s.text); at == 0 || at > 0 && s.class > classSysrq {
				return s.class
			}
		}
	}
	return classes
}

// fatal returns the failure with which the system ended, or nil.
func (s *Shutdown) fatal() *Failure {
	if len(s.Failures) > 0 && s.Failures[0].Fatal {
		return &s.Failures[0]
	}
	return nil
}
