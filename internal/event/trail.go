// SPDX-License-Identifier: GPL-2.0

package event

// ShutdownMark is the text by which files/sigtrail.init marks that the stop scripts
// begin: of a reboot over ubus the first sign.
const ShutdownMark = "stop scripts begin"

// Trail is what is known of one boot's end, or of another span of it: what the
// daemon and the kernel left, put together. Its events are in order; times are
// those of that boot's kernel.
type Trail struct {
	Number    int    // of the shutdown, counted since the first on this device; 0: not kept
	BootID    string // "": not known, as nothing of the daemon's was found
	DaemonPID uint32 // of who recorded it; 0: not known
	JailPID   uint32 // of the ujail that confined it, its parent; 0: none

	// Two clocks, in ns, taken together when shutdown began: see Wall. Zero
	// where nothing of the daemon's was found.
	ClockLocal    uint64
	ClockRealtime uint64

	MergedBy string // the boot that put it together, "" while nobody has
	Reset    Reset
	Pstore   Pstore
	Cut      uint64 // lines left out of the middle, as the file has its bound

	Events []Event
	Losses []Loss
}

// Reset says how the machine came up after a trail's end.
type Reset uint32

const (
	ResetUnknown Reset = iota // no pstore could tell
	ResetWarm                 // memory has outlived it
	ResetCold                 // memory has not: power was off
)

// Pstore says what pstore had to give after the reset.
type Pstore uint32

const (
	PstoreUnknown   Pstore = iota
	PstoreNone             // this kernel has no pstore, or no memory for it
	PstoreUnmounted        // it has, but it is not mounted
	PstoreEmpty            // nothing had outlived the reset
	PstoreFound
)

// Wall converts ns of the trail's boot to ns since 1970, as Info.Wall does.
func (t *Trail) Wall(local uint64) int64 {
	i := Info{ClockLocal: t.ClockLocal, ClockRealtime: t.ClockRealtime}
	return i.Wall(local)
}
