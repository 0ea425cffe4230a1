// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"fmt"
	"slices"
	"strings"
	"syscall"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

var (
	// freezers are the kernel functions that a frozen process waits in: of
	// kernel/freezer.c for cgroup v1, of kernel/signal.c for v2.
	freezers = []string{"__refrigerator", "do_freezer_trap"}

	// vforks are those that a process waits in until its vfork child has called
	// exec or has ended (kernel/fork.c; by version, and by what is inlined).
	vforks = []string{"kernel_clone", "wait_for_vfork_done", "_do_fork"}
)

// survival returns why a process may still run after a signal, as far as proc
// shows it; "" if proc cannot be read.
func survival(proc procfs.Root, pid int, sig uint32) string {
	is, err := proc.Stat(pid)
	if err != nil {
		return ""
	}
	var clues []string
	wait := proc.WaitChannel(pid)
	in := wait
	if in != "" {
		in = " in " + in
	}
	switch {
	case slices.Contains(freezers, wait):
		clues = append(clues, fmt.Sprintf("it is frozen by a cgroup%s (state %c)", in, is.State))
	case is.State == 'D' && slices.Contains(vforks, wait):
		clues = append(clues, "it waits for its vfork child"+in+" (state D)")
	case is.State == 'D':
		clues = append(clues, "it is in uninterruptible sleep"+in+" (state D)")
	case is.State == 'T':
		clues = append(clues, "it is stopped (state T), SIGCONT continues it")
	case is.State == 't':
		clues = append(clues, "it was stopped by a tracer (state t)")
	case is.State == 'Z':
		clues = append(clues, "its main thread has ended, other threads have not (state Z)")
	case is.State == 'S':
		clues = append(clues, "it sleeps"+in+" (state S)")
	default:
		clues = append(clues, fmt.Sprintf("it is in state %c", is.State))
	}
	d, err := proc.Disposition(pid)
	name := event.SignalName(sig)
	switch {
	case err != nil:
	case d.Ignored.Has(sig):
		clues = append(clues, "it ignores "+name)
	case d.Blocked.Has(sig):
		clues = append(clues, "it blocks "+name)
	case d.Caught.Has(sig):
		clues = append(clues, "it catches "+name)
	case d.Init && sig != uint32(syscall.SIGKILL) && sig != uint32(syscall.SIGSTOP): // sig_task_ignored() in kernel/signal.c
		clues = append(clues, "it is the init of a PID namespace without a handler for "+name+": the kernel drops the signal")
	}
	return strings.Join(clues, ", ")
}
