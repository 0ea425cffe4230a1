// SPDX-License-Identifier: GPL-2.0

// Package respond ends processes and times them: a signal to the one that is
// meant, and never to another that has its id by now; the wait for its end; a
// harder signal where the first does not help.
package respond

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
)

// Kill says which process is to be ended, and how.
type Kill struct {
	Rule string // who asks for it, "" for somebody by hand
	PID  int

	// What else must be true of the process: its name, when it started, a
	// time that it had started by. Times are after boot, by CLOCK_BOOTTIME,
	// and count in whole procfs.Ticks. Zero is not known, and not checked.
	Name         string
	Start, Until time.Duration

	Signal   uint32
	Limit    time.Duration // to end within, once that is sent
	Escalate uint32        // sent to what outlives the limit; 0: nothing is
	Grace    time.Duration // to end within, once that is sent
	DryRun   bool          // do all but send
}

// Killer does kills. It never signals process 1, its own process, the one that
// jails it, kernel threads, or a process whose name is in Protect.
type Killer struct {
	Proc    procfs.Root
	Jail    int // pid of the ujail that hands its signals on to us; 0: none
	Protect []string
}

// process is one process, whatever becomes of its id.
type process interface {
	// ended reports whether it has exited, reaped or not.
	ended() bool

	// send sends it a signal, and returns when it was about to. The error is
	// a syscall.Errno.
	send(sig uint32) (time.Time, error)

	// wait waits until it has exited, and returns how long after start this
	// was seen, or the wait ended. The error is os.ErrDeadlineExceeded after
	// the limit, or that of ctx.
	wait(ctx context.Context, start time.Time, limit time.Duration) (time.Duration, error)

	close()
}

// refusal is why no signal is sent.
type refusal struct {
	end    event.CaseEnd
	reason string
}

var vanished = &refusal{event.CaseVanished, "it had ended already"}

// Do does one kill, and returns what came of it once that is known, or ctx is
// done.
//
// The process is held by a pidfd before it is looked at, and looked at before
// the pidfd is asked whether it has ended: while it has not, nobody else can
// have had its id.
func (k *Killer) Do(ctx context.Context, want Kill) event.Case { return k.do(ctx, want, hold) }

func (k *Killer) do(ctx context.Context, want Kill, hold func(pid int) (process, error)) event.Case {
	c := event.Case{Rule: want.Rule, TargetPID: uint32(want.PID), TargetName: want.Name, Signal: want.Signal}
	refuse := func(r *refusal) event.Case {
		c.End, c.Reason = r.end, r.reason
		return c
	}
	switch {
	case want.PID == 1:
		return refuse(&refusal{event.CaseProtected, "it is init"})
	case want.PID == os.Getpid():
		return refuse(&refusal{event.CaseProtected, "it is sigtrail itself"})
	case want.PID == k.Jail && k.Jail != 0:
		return refuse(&refusal{event.CaseProtected, "it is sigtrail's own ujail"})
	}
	p, err := hold(want.PID)
	if err != nil {
		return refuse(k.notHeld(want.PID, err))
	}
	defer p.close()
	if r := k.check(p, want, &c); r != nil {
		return refuse(r)
	}
	if want.DryRun {
		return refuse(&refusal{event.CaseDryRun, "dry run"})
	}
	if r := k.end(ctx, p, want, &c); r != nil {
		return refuse(r)
	}
	return c
}

// notHeld says what an error of hold means.
func (k *Killer) notHeld(pid int, err error) *refusal {
	switch {
	case errors.Is(err, syscall.ESRCH):
		return vanished
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOENT): // before Linux 6.17, and from it on
		group, err := k.Proc.Group(pid)
		switch {
		case procfs.Gone(err):
			return vanished
		case group == os.Getpid():
			return &refusal{event.CaseProtected, "it is a thread of sigtrail itself"}
		case err == nil && group != pid:
			return &refusal{event.CaseOther, fmt.Sprintf("it is a thread of process %d", group)}
		}
	}
	return &refusal{event.CaseFailed, err.Error()}
}

// check tells whether p is the process that is meant, and may be ended.
func (k *Killer) check(p process, want Kill, c *event.Case) *refusal {
	is, err := k.Proc.Stat(want.PID)
	ended := p.ended()
	switch {
	case ended && err == nil && is.State == 'Z' && want.matches(is):
		return &refusal{event.CaseVanished, "it had ended already, and its parent has yet to take notice"}
	case ended, procfs.Gone(err):
		return vanished
	case err != nil:
		return &refusal{event.CaseFailed, err.Error()}
	case !want.matches(is):
		return &refusal{event.CaseOther, fmt.Sprintf("the process id is another's now, of (%s)", event.Escaped(is.Name))}
	}
	c.TargetName = is.Name
	switch {
	case is.Kernel:
		return &refusal{event.CaseProtected, "it is a kernel thread"}
	case slices.Contains(k.Protect, is.Name):
		return &refusal{event.CaseProtected, "its name is protected"}
	}
	return nil
}

func (want *Kill) matches(is procfs.Process) bool {
	// Proc has a start as nsec_to_clock_t() of kernel/time/time.c makes it:
	// what is left over of a tick is cut off.
	return (want.Name == "" || want.Name == is.Name) &&
		(want.Start == 0 || want.Start.Truncate(procfs.Tick) == is.Start) &&
		(want.Until == 0 || want.Until >= is.Start)
}

// end signals p and waits for its end.
func (k *Killer) end(ctx context.Context, p process, want Kill, c *event.Case) *refusal {
	first, err := p.send(want.Signal)
	switch {
	case err == syscall.ESRCH:
		return vanished
	case err == syscall.EPERM:
		return &refusal{event.CaseNotPermitted, "no rights to signal it"}
	case err != nil:
		return &refusal{event.CaseFailed, err.Error()}
	}
	last, signal := first, want.Signal
	took, err := p.wait(ctx, first, want.Limit)
	if errors.Is(err, os.ErrDeadlineExceeded) && want.Escalate != 0 {
		// If it cannot be sent, the process has ended just now, which the
		// wait tells, or belongs to somebody else now, and survives.
		if sent, err := p.send(want.Escalate); err == nil {
			last, signal, c.Escalate = sent, want.Escalate, want.Escalate
		}
		took, err = p.wait(ctx, first, want.Grace)
	}
	c.SeenFirst, c.SeenLast = uint64(took), uint64(took-last.Sub(first))
	switch {
	case err == nil && c.Escalate != 0:
		c.End = event.CaseEscalated
	case err == nil:
		c.End = event.CaseExited
	case ctx.Err() != nil:
		c.End = event.CaseAbandoned
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.End, c.Reason = event.CaseSurvived, survival(k.Proc, want.PID, signal)
	default:
		c.End, c.Reason = event.CaseAbandoned, err.Error()
	}
	return nil
}
