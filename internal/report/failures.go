// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"regexp"
	"strings"

	"sigtrail/internal/event"
)

// Failure is a line of the kernel's log that reports a failure.
type Failure struct {
	Note  *event.Event
	Fatal bool // the system ended with it
}

// The classes, worst first; the first two are fatal. Only the first line of a class
// is reported: the others follow from it.
const (
	classPanic = iota
	classSysrq
	classOops
	classLockup
	classMemory
	classes
)

// signs are how the lines of a class begin, behind prefixes.
var signs = [classes]*regexp.Regexp{
	// kernel/panic.c
	classPanic: sign(`Kernel panic - not syncing`),

	// drivers/tty/sysrq.c
	classSysrq: sign(`(sysrq|SysRq ?): ?(Resetting|Trigger a crash)`),

	// die() of each architecture counts: "[#1]" stands in its first line. Before
	// it comes what was wrong, as "Oops", "Kernel bug detected" (MIPS, LoongArch),
	// "Internal error: Oops - BUG: 0" (ARM), "general protection fault, probably
	// for non-canonical address 0x1: 0000" (x86), "Oops: Kernel access of bad
	// area, sig: 11" (PowerPC); and, by some, a line of its own ahead.
	classOops: sign(`((Oops|BUG|Internal error|int3|debug|bounds): [^\[]*|[A-Za-z][^ :\[]*( [^\[]*)?)\[#\d+\](:?$| [A-Z])`,
		`(CPU \d+ )?Unable to handle kernel `, `kernel BUG at `, `BUG: `, `Bad mode in .* handler detected`,
		`SError Interrupt on CPU`, `Insufficient stack space to handle exception`, `Kernel stack overflow`,
		`Unexpected kernel BRK exception`, `Machine check in kernel mode`, `Unhandled \d\d-bit el1`),

	// kernel/watchdog.c, kernel/watchdog_hld.c, kernel/workqueue.c,
	// kernel/rcu/tree_stall.h, tasks.h, kernel/hung_task.c
	classLockup: sign(`BUG: (soft lockup|workqueue lockup)`, `(Watchdog detected|Watchdog CPU:\d+) hard LOCKUP`,
		`INFO: rcu_\w+ (self-)?detected (expedited )?stalls? `, `rcu_\w+ kthread (starved|timer wakeup didn't happen)`,
		`INFO: task .* blocked (in I/O wait )?for more than \d+ seconds`),

	// mm/oom_kill.c
	classMemory: sign(`(Memory cgroup out|Out) of memory: Kill(ed)? process `, `oom-kill:`),
}

// sign returns a pattern for lines that begin with one of the texts. Ahead of it
// may stand what vendors' kernels put there (a CPU, a task, in brackets or not) and
// the names by which parts of the kernel begin their lines. A program that writes
// to the kernel's log puts its own name first.
func sign(texts ...string) *regexp.Regexp {
	return regexp.MustCompile(`^(?:(?:\[[^\]]*\]|\(\d+\)|[cC]\d+ +\d*|CPU\d+:)[: ]*)*` +
		`(?:(?:rcu|watchdog|NMI watchdog|workqueue|hung_task): )*(?:` + strings.Join(texts, "|") + `)`)
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

// classify returns the class of an event, or classes. Of two classes the more
// special one counts: a lockup begins with "BUG: ", as an oops does.
func classify(e *event.Event) int {
	if e.Kind != event.KindNote {
		return classes
	}
	for _, class := range [...]int{classPanic, classSysrq, classLockup, classOops, classMemory} {
		if signs[class].MatchString(e.Text) {
			return class
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
