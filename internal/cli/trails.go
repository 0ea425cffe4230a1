// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"

	"sigtrail/internal/event"
	"sigtrail/internal/trail"
)

// keptTrails lists the trails of shutdowns in dirs, newest first. It may return
// trails and an error.
func keptTrails(dirs ...string) ([]keptTrail, error) {
	kept, corrupt, err := trail.List(dirs...)
	list := make([]keptTrail, len(kept))
	for i, k := range kept {
		list[i] = k
	}
	if err == nil && corrupt > 0 {
		err = fmt.Errorf("files that are not trails, skipped: %d", corrupt)
	}
	return list, err
}

// runningTrail returns the trail of the running boot.
func runningTrail(dir string) (*event.Trail, error) {
	t, _, err := trail.ReadBoot(dir)
	return t, err
}
