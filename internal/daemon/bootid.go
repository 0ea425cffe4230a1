// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"

	"sigtrail/internal/trail"
)

// leaveBootID writes the boot's id to the kernel's log, with level info. What pstore has
// of the log then shows of which boot it is, until the line is overwritten. Without it
// less is known, so that an error changes nothing.
func leaveBootID(kmsg, id string) {
	f, err := os.OpenFile(kmsg, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	f.WriteString("<6>" + trail.BootLine + id + "\n")
}
