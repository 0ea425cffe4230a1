// SPDX-License-Identifier: GPL-2.0-only

package event

// Info is the kernel part's state, the answer to SIGTRAIL_CMD_INFO_GET.
type Info struct {
	RingSize uint32 // records
	SeqFirst uint64 // oldest number in the ring
	SeqLast  uint64 // newest number; 0: no record yet

	Signals        Count  // since boot, in records and in their counts
	SignalsSkipped Count  // those of the records of RelaySkipped
	RelaySkipped   uint64 // records overwritten before they were multicast
	RelayFailed    uint64 // multicasts that did not fit into a listener's buffer
	HeldBack       uint64 // lines held back by the rate limit
	ExitForgotten  uint64 // signalled processes whose exit could not be tracked
	LeftOutSIGCHLD uint64 // signals not recorded, by switch
	LeftOutSIGALRM uint64
	LeftOutSIGURG  uint64
	LeftOutKthread uint64
	LeftOutOwn     uint64

	Enable     bool // switches
	Printk     Printk
	PrintkRate uint32 // lines per second
	SIGCHLD    bool
	SIGALRM    bool
	SIGURG     bool
	Kthread    bool
	Exits      Exits // of a kernel part before version 4: signalled

	ClaimPID  uint32 // of the daemon that claimed the log; 0: none
	ClaimName string
	Shutdown  bool // shutdown has begun

	ClockLocal    uint64 // three clocks in ns, read at the same time
	ClockBoottime uint64
	ClockRealtime uint64

	Box      Box
	Previous Previous
}

// Box is the memory that the ring is in. Of a kernel part of version 1 it is zero: its
// ring is in ordinary memory.
type Box struct {
	Place   BoxPlace
	Found   BoxFound
	Address uint64 // physical; 0: no black box
	Size    uint32 // bytes of the ring's memory, also without a black box; 0: unknown
}

// Outlives reports whether the ring outlives a reset: it is in a black box.
func (b *Box) Outlives() bool { return b.Place != BoxNone && b.Place != BoxFailed }

// BoxPlace is where the ring is (enum sigtrail_box_place).
type BoxPlace uint32

const (
	BoxNone       BoxPlace = iota // in ordinary memory
	BoxName                       // in memory of reserve_mem=
	BoxAddress                    // at sigtrail.mem_address=
	BoxDeviceTree                 // in reserved-memory of the device tree
	BoxFailed                     // in ordinary memory: the black box could not be used
)

// BoxFound is what was in the black box at boot (enum sigtrail_box_found).
type BoxFound uint32

const (
	FoundNothing BoxFound = iota
	FoundRecords          // of the boot before
	FoundDamaged          // a header that does not pass its check
	FoundForeign          // a header of another layout, byte order or size
)

// Previous is about the records that outlived the last reset. It is zero if there are
// none to dump: nothing was found, or they have been freed.
type Previous struct {
	Records Count
	Damaged Count  // torn or damaged records, which are not dumped
	BootID  string // "": no process had claimed the log

	// The last moment at which that boot wrote its clocks, in ns, with the number of its
	// newest record; 0: unknown. Records can be newer.
	Seq      uint64
	Local    uint64
	Boottime uint64
	Realtime uint64
}

// Known reports whether there are records to dump, perhaps none that is whole.
func (p *Previous) Known() bool { return p.Records != 0 }

// Wall converts ns of that boot's local_clock() to ns since 1970, as Info.Wall does.
func (p *Previous) Wall(local uint64) int64 {
	i := Info{ClockLocal: p.Local, ClockRealtime: p.Realtime}
	return i.Wall(local)
}

// Printk is when the kernel also prints a record (enum sigtrail_printk).
type Printk uint32

const (
	PrintkOff Printk = iota
	PrintkAuto
	PrintkAlways
)

// Exits is which processes have a record of their exit (enum sigtrail_exits).
type Exits uint32

const (
	ExitsSignalled Exits = iota
	ExitsServices
	ExitsAll
)

// Switches are the kernel part's switches for SIGTRAIL_CMD_SET; nil leaves one as
// it is.
type Switches struct {
	Enable     *bool
	Printk     *Printk
	PrintkRate *uint32 // lines per second
	SIGCHLD    *bool
	SIGALRM    *bool
	SIGURG     *bool
	Kthread    *bool
	Exits      *Exits // a kernel part before version 4 has none
}

// Switches returns the state of all switches.
func (i *Info) Switches() Switches {
	return Switches{&i.Enable, &i.Printk, &i.PrintkRate, &i.SIGCHLD, &i.SIGALRM, &i.SIGURG, &i.Kthread, &i.Exits}
}

// Replace returns what is to be set when s replaces old: a switch that only old has
// set gets the value of found.
func (s Switches) Replace(old, found Switches) Switches {
	return Switches{
		Enable:     replace(s.Enable, old.Enable, found.Enable),
		Printk:     replace(s.Printk, old.Printk, found.Printk),
		PrintkRate: replace(s.PrintkRate, old.PrintkRate, found.PrintkRate),
		SIGCHLD:    replace(s.SIGCHLD, old.SIGCHLD, found.SIGCHLD),
		SIGALRM:    replace(s.SIGALRM, old.SIGALRM, found.SIGALRM),
		SIGURG:     replace(s.SIGURG, old.SIGURG, found.SIGURG),
		Kthread:    replace(s.Kthread, old.Kthread, found.Kthread),
		Exits:      replace(s.Exits, old.Exits, found.Exits),
	}
}

func replace[T any](is, old, found *T) *T {
	if is == nil && old != nil {
		return found
	}
	return is
}

// Wall converts ns of the kernel's local_clock() to ns since 1970, in whole
// microseconds. It returns 0, unknown, for an Info without clocks.
//
// The two clocks drift apart, and the wall clock is set at times: use a recent
// Info.
func (i *Info) Wall(local uint64) int64 {
	if i.ClockRealtime == 0 {
		return 0
	}
	wall := i.ClockRealtime + local - i.ClockLocal
	if int64(wall) < 0 { // before 1970
		return int64(wall) - int64(wall)%1000
	}
	_, rest := seconds(wall)
	return int64(wall - uint64(rest%1000))
}
