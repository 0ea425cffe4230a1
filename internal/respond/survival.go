// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"cmp"
	"fmt"
	"slices"
	"syscall"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

var (
	// freezers are the kernel functions that a frozen process waits in: of
	// kernel/freezer.c for cgroup v1; of kernel/signal.c for v2, by what is inlined.
	freezers = []string{"__refrigerator", "do_freezer_trap", "get_signal"}

	// vforks are those that a process waits in until its vfork child has called
	// exec or has ended (kernel/fork.c; by version, and by what is inlined).
	vforks = []string{"kernel_clone", "wait_for_vfork_done", "_do_fork"}
)

// survival returns why a process may still run after a signal, as far as proc shows it:
// the first reason as a word, and all that is seen as text; "": proc cannot be read.
func survival(proc procfs.Root, pid int, sig uint32) (word, text string) {
	is, err := proc.Stat(pid)
	if err != nil {
		return "", ""
	}
	d, _ := proc.Disposition(pid) // the state is worth telling without it
	word, text = sleep(proc, is, d, sig)
	does, how := disposition(d, sig)
	switch {
	case does == "":
		return cmp.Or(word, "unknown"), text
	// The kernel dropped the signal, whatever the process waits for.
	case does == "ignores", does == "namespace_init":
		return does, how + ", " + text
	}
	return cmp.Or(word, does), text + ", " + how
}

// sleep returns the reason that lies in a process's state; word is "" if that is none.
func sleep(proc procfs.Root, is procfs.Process, d procfs.Disposition, sig uint32) (word, text string) {
	wait := proc.WaitChannel(is.PID)
	in := wait
	if in != "" {
		in = " in " + in
	}
	switch is.State {
	case 'T':
		return "stopped", "it is stopped (state T), SIGCONT continues it"
	case 't':
		return "traced", "it was stopped by " + tracer(proc, d.Tracer) + " (state t)"
	case 'Z':
		return "main_thread_ended", "its main thread has ended, other threads have not (state Z)"
	}
	switch {
	case slices.Contains(freezers, wait):
		return "frozen", fmt.Sprintf("it is frozen by a cgroup%s (state %c)", in, is.State)
	case is.State == 'D' && slices.Contains(vforks, wait):
		return "vfork", "it waits for its vfork child" + in + " (state D)"
	// A fatal signal adds SIGKILL: complete_signal() in kernel/signal.c.
	case is.State == 'D' && (d.Pending.Has(uint32(syscall.SIGKILL)) || sig == uint32(syscall.SIGKILL)):
		return "uninterruptible", "it is in uninterruptible sleep" + in + " (state D)"
	case is.State == 'D':
		return "uninterruptible_or_killable", fmt.Sprintf("it sleeps%s (state D), %s does not wake it, SIGKILL may", in, event.SignalName(sig))
	case d.Tracer != 0:
		word, text = "traced", ", it is traced by "+tracer(proc, d.Tracer)
	}
	if is.State == 'S' {
		return word, "it sleeps" + in + " (state S)" + text
	}
	return word, fmt.Sprintf("it is in state %c%s", is.State, text)
}

// tracer returns the process of a thread that traces another one.
func tracer(proc procfs.Root, tid int) string {
	pid, err := proc.Group(tid)
	if err != nil {
		return "a tracer"
	}
	is, err := proc.Stat(pid)
	if err != nil {
		return fmt.Sprintf("tracer %d", pid)
	}
	return fmt.Sprintf("tracer %d (%s)", pid, event.Escaped(is.Name))
}

// disposition returns the reason that lies in what a process does with a signal; "": none.
func disposition(d procfs.Disposition, sig uint32) (word, text string) {
	name := event.SignalName(sig)
	switch {
	case d.Ignored.Has(sig):
		return "ignores", "it ignores " + name
	case d.Blocked.Has(sig):
		return "blocks", "it blocks " + name
	case d.Caught.Has(sig):
		return "catches", "it catches " + name
	case d.Init && sig != uint32(syscall.SIGKILL) && sig != uint32(syscall.SIGSTOP): // sig_task_ignored() in kernel/signal.c
		return "namespace_init", "it is the init of a PID namespace without a handler for " + name + ": the kernel drops the signal"
	}
	return "", ""
}
