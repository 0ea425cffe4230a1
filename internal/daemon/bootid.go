// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"
	"path/filepath"
	"strings"

	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

// leaveBootID writes the boot's id to the kernel's log, with level info, once in a boot. What
// pstore has of the log then shows of which boot it is, until the line is overwritten. It reports
// whether the line is on the console, too: there its absence shows another boot. Without
// it less is known, so that an error changes nothing.
func leaveBootID(kmsg string, proc procfs.Root, dir, id string) (onConsole bool) {
	const console = " console"
	if b, err := os.ReadFile(bootLinePath(dir)); err == nil {
		if where, ok := strings.CutPrefix(string(b), id); ok { // an earlier daemon of this boot
			return where == console
		}
	}
	f, err := os.OpenFile(kmsg, os.O_WRONLY, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	if _, err := f.WriteString("<6>" + trail.BootLine + id + "\n"); err != nil {
		return false
	}
	level, err := proc.ConsoleLevel()
	onConsole = err == nil && level > 6
	where := id
	if onConsole {
		where += console
	}
	_ = os.WriteFile(bootLinePath(dir), []byte(where), 0o600) // else the next daemon leaves another line
	return onConsole
}

// bootLinePath returns the file, beside the trail, that says where the line was left.
func bootLinePath(dir string) string { return filepath.Join(dir, "bootline") }
