// SPDX-License-Identifier: GPL-2.0

package event

// Info is the kernel part's state, as SIGTRAIL_CMD_INFO_GET answers.
type Info struct {
	RingSize uint32 // records
	SeqFirst uint64 // oldest number in the ring
	SeqLast  uint64 // newest number; 0: no record yet

	RelaySkipped   uint64 // records overwritten before they were multicast
	RelayFailed    uint64 // multicasts that some listener had no room for
	HeldBack       uint64 // lines not printed for the rate limit
	ExitForgotten  uint64 // processes whose exit could not be waited for
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

	ClaimPID  uint32 // who claimed the log; 0: nobody
	ClaimName string
	Shutdown  bool // shutdown has begun

	ClockLocal    uint64 // three clocks, in ns, taken together
	ClockBoottime uint64
	ClockRealtime uint64
}

// Printk says when a record is also printed (enum sigtrail_printk).
type Printk uint32

const (
	PrintkOff Printk = iota
	PrintkAuto
	PrintkAlways
)

// Switches are the switches of the kernel part, as SIGTRAIL_CMD_SET sets them; nil
// leaves one as it is.
type Switches struct {
	Enable     *bool
	Printk     *Printk
	PrintkRate *uint32 // lines per second
	SIGCHLD    *bool
	SIGALRM    *bool
	SIGURG     *bool
	Kthread    *bool
}

// Wall converts ns of the kernel's local_clock() to ns since 1970, in whole
// microseconds. It returns 0, not known, for an Info without clocks.
//
// The two clocks drift apart by the oscillator's error, and the wall clock is
// set now and then: use a recent Info.
func (i *Info) Wall(local uint64) int64 {
	if i.ClockRealtime == 0 {
		return 0
	}
	wall := int64(i.ClockRealtime) + int64(local-i.ClockLocal)
	return wall - wall%1000
}
