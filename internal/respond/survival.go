// SPDX-License-Identifier: GPL-2.0

package respond

import (
	"fmt"
	"strings"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

// survival says what keeps a process alive that was sent a signal, "" if proc
// gives no clue.
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
		clues = append(clues, "it sleeps"+in+" and cannot be woken (state D)")
	case 'T':
		clues = append(clues, "it is stopped (state T), SIGCONT lets it go on")
	case 't':
		clues = append(clues, "a tracer has stopped it (state t)")
	case 'Z':
		clues = append(clues, "its main thread has ended, others have not (state Z)")
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
