// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"

	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

// leaveBootID writes the boot's id to the kernel's log, with level info. What pstore has
// of the log then shows of which boot it is, until the line is overwritten. It reports
// whether the line is on the console, too: there its absence shows another boot. Without
// it less is known, so that an error changes nothing.
func leaveBootID(kmsg string, proc procfs.Root, id string) bool {
	f, err := os.OpenFile(kmsg, os.O_WRONLY, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	if _, err := f.WriteString("<6>" + trail.BootLine + id + "\n"); err != nil {
		return false
	}
	level, err := proc.ConsoleLevel()
	return err == nil && level > 6
}
