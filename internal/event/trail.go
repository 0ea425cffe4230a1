// SPDX-License-Identifier: GPL-2.0-only

package event

import "slices"

// ShutdownMark is the text of the mark that files/sigtrail.init leaves when the
// stop scripts begin: the first sign of a reboot over ubus.
const ShutdownMark = "stop scripts begin"

// Upgrades reports whether a process of that name is a part of OpenWrt's sysupgrade, which
// writes a new image. Its second stage is a child of upgraded, which replaces procd.
func Upgrades(name string) bool {
	return name == "upgraded" || name == "stage2" || name == "do_stage2" || name == "sysupgrade"
}

// LoggedMark begins the text of the mark that the daemon leaves when it finds in the log
// that init shuts down, and init waits for a start script. The time of that line follows.
const LoggedMark = "init logged a shutdown: "

// Trail is the trail of a boot, or of a part of it such as its shutdown, merged
// from what the daemon and the kernel left. Its events are in order; times are
// those of that boot's kernel.
type Trail struct {
	Number    int    // of the shutdown, from 1 on this device; 0: not kept
	BootID    string // "": unknown, as the daemon left nothing
	DaemonPID uint32 // of the daemon that recorded it; 0: unknown
	JailPID   uint32 // of the daemon's ujail, its parent; 0: none
	BootLine  bool   // the daemon left a line with the boot's id on the console; false: unknown

	// Two clocks in ns, read at the same time when shutdown began: see Wall.
	// Zero if the daemon left nothing.
	ClockLocal    uint64
	ClockRealtime uint64

	MergedBy string // id of the boot that merged it; "": not merged
	MergedAt int64  // when, in ns since 1970; 0: unknown, or not set
	Reset    Reset
	Pstore   Pstore
	Sources  []Source // what black box and pstore had, when it was merged

	Box   Box    // of the kernel that merged it: Place and Found alone
	Alive uint64 // when its boot was last known to be alive, by the black box, in ns; 0: unknown

	Cut        uint64 // events and losses left out by the file's size limit: of the middle, or of what came before the last ones of a black box
	Malformed  uint64 // damaged places in its file: frames, or lines of an older version
	Unordered  bool   // not shown to be of a later boot than the kept trail before it
	Unreadable string // a file that may have the shutdown's beginning, and why it cannot be read; "": none

	Events []Event
	Losses []Loss
}

// Reset is the kind of reset after a trail's end.
type Reset uint32

const (
	ResetUnknown Reset = iota // without pstore
	ResetWarm                 // RAM survived
	ResetCold                 // RAM did not survive: power was off, or the reset cleared it
)

// Pstore is what was found in pstore after the reset.
type Pstore uint32

const (
	PstoreUnknown   Pstore = iota
	PstoreNone             // the kernel has no pstore, or no memory for it
	PstoreUnmounted        // pstore is not mounted
	PstoreEmpty            // nothing survived the reset
	PstoreFound
	PstoreRecords // only records of the kernel's log, of this or another boot
	PstoreOther   // only what is not shown to be of the trail's boot
)

// BoxSource is the black box's name among the sources.
const BoxSource = "box"

// Boxed reports whether the trail has what the black box had.
func (t *Trail) Boxed() bool {
	return slices.ContainsFunc(t.Sources, func(s Source) bool { return s.Name == BoxSource && s.Merged })
}

// Source is the black box, or a file of pstore, or several that belong together: which
// boot it is of.
type Source struct {
	Name   string // BoxSource, or of the file in pstore
	Sum    uint32 // of its content: the same record is told once
	Told   bool   // at an earlier start
	Merged bool   // its lines are in the trail
	Boot   Belongs
	Wall   int64  // when it was written, in ns since 1970; 0: unknown
	Time   uint64 // of Text, else of its last line, in ns of that boot's kernel clock; 0: unknown
	Text   string // the worst failure that it has, else its last line; "": merged, or no room in the header
	Fault  string // what of it cannot be read, and why; "": nothing, or no room
	Short  bool   // there was no room for Text and Fault

	Damaged uint64 // torn or damaged records of the black box, which were skipped
}

// Belongs is whether a source is shown to be of the trail's boot.
type Belongs uint32

const (
	BelongsUnknown Belongs = iota // nothing shows it
	BelongsSame                   // of this boot
	BelongsOther                  // of another boot
)

// Wall converts ns of the trail's boot to ns since 1970, as Info.Wall does.
func (t *Trail) Wall(local uint64) int64 {
	i := Info{ClockLocal: t.ClockLocal, ClockRealtime: t.ClockRealtime}
	return i.Wall(local)
}
