// SPDX-License-Identifier: GPL-2.0

// Package event holds what sigtrail tells of as plain values: events, losses,
// the kernel part's state, and how they are written for people and programs.
// It does no I/O, and knows nothing of netlink.
//
// One word stands for one thing: the netlink attribute TARGET_PID is the field
// TargetPID and the JSON key target_pid.
package event

// Event is one record of the kernel's ring. A field whose attribute the record
// did not have is zero.
type Event struct {
	Seq  uint64 // the record's number, from 1; the trail's order, without gaps
	Time uint64 // ns of the kernel's local_clock(), the clock of printk
	Wall int64  // ns since 1970, computed by Info.Wall; 0: not known
	Kind Kind

	Signal  uint32 // number, as signal(7) has it on this architecture
	Code    int32  // si_code, see sigaction(2)
	Outcome Outcome
	Scope   Scope
	Flags   Flags

	SenderPID  uint32 // 0: the kernel
	SenderTID  uint32
	SenderUID  uint32 // in the initial user namespace
	SenderName string // any bytes but NUL, 15 at the most; so for all names
	ParentPID  uint32 // of the sender's parent; 0: none
	ParentName string

	ContextPID  uint32 // in whose context a kernel-made signal arose; 0: nobody's
	ContextTID  uint32
	ContextName string

	TargetPID  uint32 // the receiver, or who exited
	TargetTID  uint32
	TargetName string

	ExitStatus uint32 // as wait(2) reports it
	SinceFirst uint64 // ns from the first signal that could end the process
	SinceLast  uint64 // ns from the last such signal

	RebootCode RebootCode
	Text       string // a mark's text, the restart command's argument, a note

	Origin Origin // where a merged trail has it from
}

// Kind says what a record tells of (enum sigtrail_kind).
type Kind uint32

const (
	KindSignal Kind = iota
	KindExit
	KindMark
	KindReboot

	// KindNote is no record of the kernel part, and has no number: a line of
	// the kernel's log, or of the daemon's, that belongs between the records.
	KindNote Kind = 1 << 16
)

// Outcome says what became of a signal when it was sent (enum sigtrail_outcome).
type Outcome uint32

const (
	Delivered Outcome = iota
	Ignored
	AlreadyPending
	OverflowFail
	LoseInfo
	Dying
)

// Taken reports whether the receiver got the signal.
func (o Outcome) Taken() bool { return o == Delivered || o == LoseInfo }

// Scope says to whom a signal was directed (enum sigtrail_scope).
type Scope uint32

const (
	ScopeProcess Scope = iota
	ScopeThread
)

// Flags says what else is known of a record (enum sigtrail_flag).
type Flags uint32

const (
	FlagKernel     Flags = 1 << iota // made by the kernel
	FlagBlocked                      // every thread that could take it blocks it
	FlagCaught                       // the receiver has a handler
	FlagDefault                      // the default action applies
	FlagFatal                        // the action ends the process
	FlagPrinted                      // the kernel printed it
	FlagBySigtrail                   // sent by the process that claimed the log
	FlagShutdown                     // made after shutdown began
)

// RebootCode says what reboot(2) was asked for (enum sigtrail_reboot).
type RebootCode uint32

const (
	RebootRestart RebootCode = iota + 1
	RebootHalt
	RebootPowerOff
)

// Origin says which part of what outlived a reset holds an event.
type Origin uint32

const (
	OriginLive    Origin = iota // none: the boot still runs
	OriginFlash                 // the trail file
	OriginPmsg                  // pstore: what the daemon wrote when flash was gone
	OriginConsole               // pstore: what the kernel printed
)

// Loss is a run of records that nobody can have any more, from the first
// number to the last, both included.
type Loss struct {
	From, To uint64
}

// Records returns how many records were lost.
func (l Loss) Records() uint64 { return l.To - l.From + 1 }

// FromKernel reports whether the kernel made the signal.
func (e *Event) FromKernel() bool {
	return e.Flags&FlagKernel != 0 || e.SenderPID == 0
}

// ExitSignal returns the signal that ended the process, 0 if it exited by
// itself, and whether it dumped core: WTERMSIG and WCOREDUMP of wait(2).
func (e *Event) ExitSignal() (sig uint32, core bool) {
	return e.ExitStatus & 0x7f, e.ExitStatus&0x80 != 0
}

// ExitCode returns what a process that ended by itself gave to exit(3).
func (e *Event) ExitCode() uint32 { return e.ExitStatus >> 8 & 0xff }

// clockSet is 2024-01-01 in ns since 1970. A router without a battery clock
// starts in 1970 or at its firmware's date; an earlier time is none.
const clockSet = 1704067200 * 1e9

// WallUnset reports whether the wall time is known, yet stems from a clock that
// had not been set.
func (e *Event) WallUnset() bool { return e.Wall != 0 && e.Wall < clockSet }
