// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"sigtrail/internal/event"
	"sigtrail/internal/trail"
)

// keptTrails returns the trails of shutdowns that are kept in the directories.
func keptTrails(dirs ...string) ([]keptTrail, error) {
	return nil, nil
}

// runningTrail returns the trail of the running boot.
func runningTrail(dir string) (*event.Trail, error) {
	t := new(event.Trail)
	var err error
	t.BootID, _, err = trail.Read(dir, func(e event.Event) error {
		t.Events = append(t.Events, e)
		return nil
	}, func(l event.Loss) error {
		t.Losses = append(t.Losses, l)
		return nil
	})
	return t, err
}
