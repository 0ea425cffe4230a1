// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"fmt"
	"strings"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

// survival returns why a process may still run after a signal, as far as proc
// shows it; "" if proc cannot be read.
func survival(proc procfs.Root, pid int, sig uint32) string {
	is, err := proc.Stat(pid)
	if err != nil {
		return ""
	}
	var clues []string
	in := proc.WaitChannel(pid)
	if in != "" {
		in = " in " + in
	}
	switch is.State {
	case 'D':
		clues = append(clues, "it is in uninterruptible sleep"+in+" (state D)")
	case 'T':
		clues = append(clues, "it is stopped (state T), SIGCONT continues it")
	case 't':
		clues = append(clues, "it was stopped by a tracer (state t)")
	case 'Z':
		clues = append(clues, "its main thread has ended, other threads have not (state Z)")
	case 'S':
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
	}
	return strings.Join(clues, ", ")
}
