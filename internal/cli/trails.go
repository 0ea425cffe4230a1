// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"sort"

	"sigtrail/internal/trail"
)

// keptTrails lists the trails of shutdowns in dirs, newest first. A damaged file has its
// place in the list, so that no other trail is taken for it: its Load fails. keptTrails may
// return trails and an error.
func keptTrails(dirs ...string) ([]keptTrail, error) {
	kept, damaged, err := trail.List(dirs...)
	all := append(kept, damaged...)
	sort.Slice(all, func(i, j int) bool { return all[i].Header.Number > all[j].Header.Number })
	list := make([]keptTrail, len(all))
	for i, k := range all {
		list[i] = k
	}
	return list, err
}
