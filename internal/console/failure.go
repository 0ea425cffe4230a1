// SPDX-License-Identifier: GPL-2.0-only

package console

import (
	"regexp"
	"strings"
)

// Class is a class of failures of the kernel, the worst first.
type Class uint32

const (
	Panic Class = iota
	Sysrq       // by the key, or /proc/sysrq-trigger
	Oops
	Lockup
	Memory
	NoFailure

	Classes = int(NoFailure)
)

// Fatal reports whether the system ends with such a failure.
func (c Class) Fatal() bool { return c <= Sysrq }

// signs are how the lines of a class begin, behind prefixes.
var signs = [Classes]*regexp.Regexp{
	// kernel/panic.c
	Panic: sign(`Kernel panic - not syncing`),

	// drivers/tty/sysrq.c
	Sysrq: sign(`(sysrq|SysRq ?): ?(Resetting|Trigger a crash)`),

	// die() of each architecture counts: "[#1]" stands in its first line. Before
	// it comes what was wrong, as "Oops", "Kernel bug detected" (MIPS, LoongArch),
	// "Internal error: Oops - BUG: 0" (ARM), "general protection fault, probably
	// for non-canonical address 0x1: 0000" (x86), "Oops: Kernel access of bad
	// area, sig: 11" (PowerPC); and, by some, a line of its own ahead.
	Oops: sign(`((Oops|BUG|Internal error|int3|debug|bounds): [^\[]*|[A-Za-z][^ :\[]*( [^\[]*)?)\[#\d+\](:?$| [A-Z])`,
		`(CPU \d+ )?Unable to handle kernel `, `kernel BUG at `, `BUG: `, `Bad mode in .* handler detected`,
		`SError Interrupt on CPU`, `Insufficient stack space to handle exception`, `Kernel stack overflow`,
		`Unexpected kernel BRK exception`, `Machine check in kernel mode`, `Unhandled \d\d-bit el1`),

	// kernel/watchdog.c, kernel/watchdog_hld.c, kernel/workqueue.c,
	// kernel/rcu/tree_stall.h, tasks.h, kernel/hung_task.c
	Lockup: sign(`BUG: (soft lockup|workqueue lockup)`, `(Watchdog detected|Watchdog CPU:\d+) hard LOCKUP`,
		`INFO: rcu_\w+ (self-)?detected (expedited )?stalls? `, `rcu_\w+ kthread (starved|timer wakeup didn't happen)`,
		`INFO: task .* blocked (in I/O wait )?for more than \d+ seconds`),

	// mm/oom_kill.c
	Memory: sign(`(Memory cgroup out|Out) of memory: Kill(ed)? process `, `oom-kill:`),
}

// sign returns a pattern for lines that begin with one of the texts. Ahead of it
// may stand what vendors' kernels put there (a CPU, a task, in brackets or not) and
// the names by which parts of the kernel begin their lines. A program that writes
// to the kernel's log puts its own name first.
func sign(texts ...string) *regexp.Regexp {
	return regexp.MustCompile(`^(?:(?:\[[^\]]*\]|\(\d+\)|[cC]\d+ +\d*|CPU\d+:)[: ]*)*` +
		`(?:(?:rcu|watchdog|NMI watchdog|workqueue|hung_task): )*(?:` + strings.Join(texts, "|") + `)`)
}

// Classify returns the class of the failure that a line of the kernel's log reports,
// NoFailure for another line. Of two classes the more special one counts: a lockup
// begins with "BUG: ", as an oops does.
func Classify(text string) Class {
	for _, class := range [...]Class{Panic, Sysrq, Lockup, Oops, Memory} {
		if signs[class].MatchString(text) {
			return class
		}
	}
	return NoFailure
}
