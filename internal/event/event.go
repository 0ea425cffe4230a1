// SPDX-License-Identifier: GPL-2.0-only

// Package event defines events, losses and the kernel part's state as plain
// values, and their text and JSON forms. It does no I/O and does not use netlink.
//
// Names correspond: the netlink attribute TARGET_PID is the field TargetPID and
// the JSON key target_pid.
package event

// Event is one record of the kernel's ring, or a note. A field whose attribute
// the record did not have is zero.
type Event struct {
	Seq  uint64 // the record's number, from 1, without gaps; orders the trail
	Time uint64 // ns of the kernel's local_clock(), the clock of printk
	Wall int64  // ns since 1970, computed by Info.Wall; 0: unknown
	Kind Kind

	Signal  uint32 // number on this architecture, see signal(7)
	Code    int32  // si_code, see sigaction(2)
	Outcome Outcome
	Scope   Scope
	Flags   Flags

	SenderPID  uint32 // 0: the kernel
	SenderTID  uint32
	SenderUID  uint32 // in the initial user namespace
	SenderName string // like all names at most 15 bytes, any but NUL
	ParentPID  uint32 // of the sender's parent; 0: none
	ParentName string
	Ancestors  Ancestors // those beyond the parent

	ContextPID  uint32 // the process in whose context the kernel made a signal; 0: none
	ContextTID  uint32
	ContextName string

	TargetPID  uint32 // of the target, of the process that exited, or of the survivor
	TargetTID  uint32
	TargetName string

	// The cgroups of sender and target, by the lower 32 bits of their directories' inodes in
	// the hierarchy of version 2: 1 is its root, 0 unknown. And what users call them, by
	// package service: "dnsmasq"; "" unknown, or none, as in RootCgroup.
	SenderCgroup, TargetCgroup   uint64
	SenderService, TargetService string

	FaultAddress uint64 // of FlagFault: the address, and the program counter
	FaultPC      uint64

	ExitStatus uint32 // as wait(2) reports it
	PeakRSS    uint64 // KiB of memory that the process that exited had at most; 0: unknown
	RunTime    uint64 // ns from the start of the process that exited, rounded up to ms; 0: unknown
	SinceFirst uint64 // ns from the first signal that asked the process to end; 0: unknown
	SinceLast  uint64 // ns from the last such signal, or else that could end it; 0: unknown

	RebootCode RebootCode
	Survivors  Count // of a reboot: user processes that were there, but its caller and init
	State      State // of a survivor

	// Text of a mark or a note; the argument of the restart; where a survivor waits in
	// the kernel, "" if it does not wait or that is unknown; a switch with its new value,
	// such as "enable=0"; the reason for an oops or a panic.
	Text string

	// Signals that the record stands for, from Time to TimeLast; 0: one, at Time. Of a
	// summary all that it counts: the other fields are those of one of them.
	Count    uint32
	TimeLast uint64

	Origin      Origin // in a merged trail
	TimeAtLeast bool   // Time is a lower bound: the line had no stamp of its own
}

// RootCgroup is the cgroup of what is of no service, where services have cgroups.
const RootCgroup = 1

// Kind is the kind of a record (enum sigtrail_kind).
type Kind uint32

const (
	KindSignal Kind = iota
	KindExit
	KindMark
	KindReboot
	KindSurvivor // a process that was there when reboot(2) was called
	KindSwitch   // a process changed a switch
	KindClaim    // a process claimed the log
	KindClaimEnd // its claim ended
	KindOops     // a fault in the kernel
	KindPanic    // the kernel gave up
	KindSummary  // more signals of a user's processes than its share: only their number

	// KindNote is a line of the kernel's log, or of the daemon, between the
	// records. It is not a record of the kernel part, and has no number.
	KindNote Kind = 1 << 16
)

// Outcome is what became of a signal when it was sent (enum sigtrail_outcome).
type Outcome uint32

const (
	Delivered Outcome = iota
	Ignored
	AlreadyPending
	OverflowFail
	LoseInfo
	Dying
)

// Taken reports whether the target got the signal.
func (o Outcome) Taken() bool { return o == Delivered || o == LoseInfo }

// Scope is whether a signal was sent to a process or to a thread (enum
// sigtrail_scope).
type Scope uint32

const (
	ScopeProcess Scope = iota
	ScopeThread
)

// Flags are further properties of a record (enum sigtrail_flag).
type Flags uint32

const (
	FlagKernel      Flags = 1 << iota // made by the kernel
	FlagBlocked                       // blocked in every thread that could take it
	FlagCaught                        // the target has a handler
	FlagDefault                       // the default action applies
	FlagFatal                         // the action ends the process
	FlagPrinted                       // the kernel printed it
	FlagBySigtrail                    // sent by the process that claimed the log
	FlagShutdown                      // made after shutdown began
	FlagKillPending                   // a signal has begun the end of a survivor: SIGKILL, or another one
	FlagShare                         // of a user's share of the ring
	FlagOfInit                        // the process that exited was a child of init, or init of a pid namespace
	FlagOOM                           // the OOM killer had chosen the process that SIGKILL ended
	FlagForgotten                     // of an exit: a signal that can have caused it may have been forgotten
	FlagReparented                    // a former parent of the sender, or of its starter, has ended
	FlagFault                         // made by the kernel for a fault of the target, with an address
)

// State is the state of a survivor, as a letter of /proc/PID/stat: see proc(5). 0 is
// unknown.
type State uint32

// Count is a number that may be unknown: 0. Else it is one more than the number.
type Count uint64

// CountOf returns the known number n.
func CountOf[N int | uint32 | uint64](n N) Count { return Count(n) + 1 }

// Known returns the number, and whether it is known.
func (c Count) Known() (n uint64, ok bool) { return uint64(c - min(c, 1)), c != 0 }

// RebootCode is what reboot(2) was called for (enum sigtrail_reboot).
type RebootCode uint32

const (
	RebootRestart RebootCode = iota + 1
	RebootHalt
	RebootPowerOff
)

// Origin is where an event was found after a reset.
type Origin uint32

const (
	OriginLive    Origin = iota // in the running boot
	OriginFlash                 // in the trail's file
	OriginPmsg                  // in pstore: written by the daemon without flash
	OriginConsole               // in pstore: printed by the kernel
	OriginDmesg                 // in pstore: stored by the kernel at a failure
	OriginBox                   // in the black box
)

// FromText reports whether the event was read from what the kernel printed, which has
// no numbers and no thread ids.
func (e *Event) FromText() bool { return e.Origin == OriginConsole || e.Origin == OriginDmesg }

// Loss is a run of lost records, from the first number to the last, both
// included.
type Loss struct {
	From, To uint64
	Damaged  bool // torn or damaged in the black box; else overwritten in the ring
	Dropped  bool // recorded, but the trail had no room for them
}

// Records returns how many records were lost.
func (l Loss) Records() uint64 { return l.To - l.From + 1 }

// FromKernel reports whether the kernel made the signal.
func (e *Event) FromKernel() bool {
	return e.Flags&FlagKernel != 0 || e.SenderPID == 0
}

// ExitSignal returns the signal that killed the process, 0 if it exited, and
// whether it dumped core: WTERMSIG and WCOREDUMP of wait(2).
func (e *Event) ExitSignal() (sig uint32, core bool) {
	return e.ExitStatus & 0x7f, e.ExitStatus&0x80 != 0
}

// ExitCode returns the exit code of a process that exited: WEXITSTATUS of wait(2).
func (e *Event) ExitCode() uint32 { return e.ExitStatus >> 8 & 0xff }

// clockSet is 2024-01-01 in ns since 1970. A router without a battery-backed clock
// starts in 1970 or at its firmware's date: an earlier time is not real.
const clockSet = 1704067200 * 1e9

// WallUnset reports whether the wall time is from a clock that had not been set.
func (e *Event) WallUnset() bool { return e.Wall != 0 && e.Wall < clockSet }
