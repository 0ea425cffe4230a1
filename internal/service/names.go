// SPDX-License-Identifier: GPL-2.0-only

package service

import (
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

const (
	// How many groups a walk visits, and how many names of earlier walks are kept beside
	// these: a router has less than a hundred.
	maxGroups = 1024

	// Of its time Names spends at most a tenth on walks, but maxWalks at once. Each new group
	// costs one, and a process that may make groups could make many.
	maxWalks = 500 * time.Millisecond
	share    = 10
)

// Names finds a cgroup's service by its id, which is the lower half of the inode number of
// its directory.
//
// An id that is new is looked for in a walk through all directories, and again only if that
// did not see all. The name is kept when the group has gone: the kernel gives out all other
// numbers, some 2^31, before it uses an id again. If a group goes before a walk has seen it,
// its name stays unknown.
//
// A nil *Names knows none. It is for one goroutine at a time.
type Names struct {
	proc        procfs.Root
	magic       uint32            // of the file system
	mounted     bool              // at the last walk
	now, before map[uint64]string // by id; before is of earlier walks

	left time.Duration // for walks
	at   time.Time     // of left
}

// NewNames returns the names of the services that there are. It finds the hierarchy in
// proc's table of mounts.
func NewNames(proc procfs.Root) *Names { return NewNamesIn(proc, cgroup2Magic) }

// NewNamesIn does that with a file system that takes the place of cgroup2 in a test: see
// statfs(2) for its magic number.
func NewNamesIn(proc procfs.Root, magic uint32) *Names {
	n := &Names{proc: proc, magic: magic, now: make(map[uint64]string), left: maxWalks, at: time.Now()}
	n.walk()
	return n
}

// Mounted reports whether the hierarchy was there at the last walk. Without it only names that
// were learned are known.
func (n *Names) Mounted() bool { return n.mounted }

// Fill sets the services of an event's sender and target.
func (n *Names) Fill(e *event.Event) {
	if n != nil && e.SenderCgroup|e.TargetCgroup != 0 {
		e.SenderService, e.TargetService = n.Name(e.SenderCgroup), n.Name(e.TargetCgroup)
	}
}

// Any reports whether a service is known.
func (n *Names) Any() bool {
	if n == nil {
		return false
	}
	for _, names := range [...]map[uint64]string{n.now, n.before} {
		for _, name := range names {
			if name != "" {
				return true
			}
		}
	}
	return false
}

// LearnFrom takes over the names that a record of this boot has.
func (n *Names) LearnFrom(e *event.Event) {
	n.Learn(e.SenderCgroup, e.SenderService)
	n.Learn(e.TargetCgroup, e.TargetService)
}

// Learn takes over a name that was found earlier in this boot.
func (n *Names) Learn(id uint64, name string) {
	if n == nil || id == 0 || name == "" {
		return
	}
	if found, _ := n.find(id); found == "" {
		n.put(id, name)
	}
}

// Name returns the service of a cgroup; "": unknown, or none.
func (n *Names) Name(id uint64) string {
	if id == 0 || id == event.RootCgroup {
		return ""
	}
	name, known := n.find(id)
	if !known && n.mayWalk() {
		complete := n.walk()
		if name, known = n.find(id); !known && complete {
			n.put(id, "") // it has gone
		}
	}
	return name
}

// find returns what is known of an id.
func (n *Names) find(id uint64) (name string, known bool) {
	if name, known = n.now[id]; known {
		return name, true
	}
	if name, known = n.before[id]; known {
		n.put(id, name)
	}
	return name, known
}

// put bounds the names: those that are not used while as many others are, are forgotten.
func (n *Names) put(id uint64, name string) {
	if len(n.now) >= maxGroups {
		n.now, n.before = make(map[uint64]string), n.now
	}
	n.now[id] = name
}

// mayWalk reports whether there is time left for a walk.
func (n *Names) mayWalk() bool {
	now := time.Now()
	n.left = min(maxWalks, n.left+now.Sub(n.at)/share)
	n.at = now
	return n.left > 0
}
