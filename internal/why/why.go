// SPDX-License-Identifier: GPL-2.0-only

// Package why finds out why processes ended: from the events of a boot to the ends of
// processes, each with its cause as far as it is recorded. A Boot collects them; an Answer
// writes what it was asked for as text or JSON. The package does no I/O.
package why

import (
	"sigtrail/internal/event"
	"sigtrail/internal/found"
)

// End is the end of a process.
type End struct {
	PID     uint32
	Name    string // the last one; exec(2) changes it
	Service string // "": unknown
	Time    uint64 // ns of the boot's kernel clock; 0: unknown
	Wall    int64  // ns since 1970; 0: unknown
	Boot    *Boot

	Record *event.Event // an exit, or a survivor; nil: the end is not recorded
	Cause  Cause
	By     *Asked   // the signal that ended it, or after which it exited; nil: none is recorded
	Stop   *Asked   // before By, which is SIGKILL: what did not end it
	Before []*Asked // the others that it was sent, in order
	More   uint64   // signals that it was sent, for which Before had no room
	Down   bool     // the system was going down

	Gap    *Gap // where records are missing, among which the cause may be; nil: there is none
	Sender *End // the sender's own end at that time, if that may be why it sent the signal; nil: not so
	Fellow *End // the end of another process of the service right before; nil: none

	// Another process of the service, as its jail, that exited right after with a status which
	// says how this one was killed; nil: none.
	Follower *End

	Shmem, Total uint64 // KiB that tmpfs and shared memory held of all, when the OOM killer chose it; 0: not found

	Newest     bool   // of the service, and of this name: what runs now came after it
	Again      uint32 // process id with which the service was started again; 0: unknown
	AgainAfter uint64 // ns after the end; 0: unknown
}

// Cause is what ended a process, as far as the records say.
type Cause uint32

const (
	Itself     Cause = iota // it exited, and was sent no signal that may be why
	After                   // it exited after a signal that it handles
	Exited                  // it exited; a signal may be why that is not recorded, or was sent longer before
	Killed                  // by a signal
	Crashed                 // by a signal that the kernel raised for a fault of its own
	Memory                  // the OOM killer chose it
	Survived                // it did not end: it was there when reboot(2) was called
	Unrecorded              // it was sent a signal that ends it; its end is not recorded
)

func (c Cause) String() string {
	return [...]string{"itself", "after_signal", "exited", "killed", "crashed", "memory", "survived", "unrecorded"}[c]
}

// Asked is a signal that a process was sent, or several of one kind by one sender.
type Asked struct {
	Event event.Event // the last one
	First uint64      // ns, when the first one was sent
	Count uint64

	Found   found.Note // what the daemon found about one of them, and about those soon after it
	foundAt uint64     // ns, when that one was sent
}

// Gap is where records are missing.
type Gap struct {
	Records  uint64 // lost; 0: it is not known how many
	From, To uint64 // ns: between these times; From is 0 before a trail's first record
	Off      bool   // capture was switched off
	Counted  bool   // they are signals of which only the number is known
	First    bool   // what was before the trail's first record
}

// ofInit reports whether a child of init ended, or the init of a pid namespace.
func (e *End) ofInit() bool { return e.Record != nil && e.Record.Flags&event.FlagOfInit != 0 }

// ofNone reports whether the process was of no service for certain: init put each service into a
// cgroup, and this one was in init's own, with its scripts and programs of hotplug.
func (e *End) ofNone() bool {
	return e.Record != nil && e.Record.TargetCgroup == event.RootCgroup && e.Service == "" && e.Boot.grouped
}

// runTime returns how long the process ran, in ns, 0 if that is unknown.
func (e *End) runTime() uint64 {
	if e.Record == nil {
		return 0
	}
	return e.Record.RunTime
}

// root returns the end that led to this one, as far as that is known.
func (e *End) root() *End {
	switch {
	case e.Sender != nil:
		return e.Sender
	case e.Fellow != nil:
		return e.Fellow
	}
	return e
}

// began returns when the process started, and by how much that may be wrong, in ns; 0: unknown.
func (e *End) began() (at, error uint64) {
	if e.Record == nil {
		return 0, 0
	}
	return e.Record.Began()
}

// between returns the ns from one time to another, 0 if one is unknown, or if to is earlier.
func between(from, to uint64) uint64 {
	if from == 0 || to < from {
		return 0
	}
	return to - from
}
