// SPDX-License-Identifier: GPL-2.0-only

// Package respond ends processes and measures how long that takes. It signals
// only the process that is meant, never another one that has reused its PID. It
// waits for the end, and sends a harder signal if the first one does not help.
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
	Rule string // the rule that asks for it; "": sigtrail kill
	PID  int

	// These must match, too, unless they are zero: the process's name, the time
	// at which it started, a time before which it started. Times are since
	// boot, by CLOCK_BOOTTIME, and compared in whole procfs.Ticks.
	Name         string
	Start, Until time.Duration

	Signal   uint32
	After    time.Duration // from Signal to Escalate
	Escalate uint32        // sent if it still runs then; 0: nothing
	Timeout  time.Duration // how long to wait after the last signal
	DryRun   bool          // do everything except send
}

// Killer does kills. It never signals process 1, itself, its ujail, kernel
// threads, or a process whose name is in Protect.
type Killer struct {
	Proc    procfs.Root
	Jail    int // PID of the ujail that forwards its signals to us; 0: none
	Protect []string
}

// process is one process. It never becomes another one that reuses the PID.
type process interface {
	// ended reports whether it has exited, reaped or not.
	ended() bool

	// send sends it a signal, and returns the time right before that. The
	// error is a syscall.Errno.
	send(sig uint32) (time.Time, error)

	// noPidfd says what was done without a pidfd, and why; "": nothing.
	noPidfd() string

	// wait waits until it has exited, and returns how long after start this
	// was seen, or the wait ended. The error is os.ErrDeadlineExceeded after
	// the timeout, or that of ctx.
	wait(ctx context.Context, start time.Time, timeout time.Duration) (time.Duration, error)

	close()
}

// refusal is why no signal is sent.
type refusal struct {
	end    event.CaseEnd
	reason string
}

var vanished = &refusal{event.CaseVanished, "it has already ended"}

// Do does one kill. It returns the result as soon as it is known, or ctx is done.
//
// The order matters. First the process is held, by a pidfd where they are allowed,
// then /proc is read, then it is checked that the held process has not ended. Then its
// PID cannot have been reused, and /proc showed this process.
func (k *Killer) Do(ctx context.Context, want Kill) event.Case { return k.do(ctx, want, k.hold) }

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

// notHeld returns what an error of hold means.
func (k *Killer) notHeld(pid int, err error) *refusal {
	switch {
	case errors.Is(err, syscall.ESRCH):
		return vanished
	// Of a thread's id: before Linux 6.17, and from it on.
	case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOENT):
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

// check returns nil if p is the process that is meant, and may be ended.
func (k *Killer) check(p process, want Kill, c *event.Case) *refusal {
	is, err := k.Proc.Stat(want.PID)
	ended := p.ended()
	switch {
	case ended && err == nil && is.State == 'Z' && want.matches(is):
		return &refusal{event.CaseVanished, "it is a zombie, not yet reaped"}
	case ended, procfs.Gone(err):
		return vanished
	case err != nil:
		return &refusal{event.CaseFailed, err.Error()}
	case !want.matches(is):
		return &refusal{event.CaseOther, want.mismatch(is)}
	}
	c.TargetName = is.Name
	switch {
	case is.Kernel:
		return &refusal{event.CaseProtected, "it is a kernel thread"}
	case slices.Contains(k.Protect, is.Name):
		return &refusal{event.CaseProtected, "its name is in respond.protect"}
	}
	return nil
}

func (want *Kill) matches(is procfs.Process) bool {
	return (want.Name == "" || want.Name == is.Name) && want.startMatches(is)
}

func (want *Kill) startMatches(is procfs.Process) bool {
	// proc rounds a start down to a tick: nsec_to_clock_t() in
	// kernel/time/time.c.
	return (want.Start == 0 || want.Start.Truncate(procfs.Tick) == is.Start) &&
		(want.Until == 0 || want.Until >= is.Start)
}

// mismatch returns why a process does not match. Another name alone may be the
// same process after an exec.
func (want *Kill) mismatch(is procfs.Process) string {
	if !want.startMatches(is) {
		return fmt.Sprintf("its PID was reused by (%s)", event.Escaped(is.Name))
	}
	return fmt.Sprintf("its PID now has the name (%s)", event.Escaped(is.Name))
}

// end signals p and waits for its end.
func (k *Killer) end(ctx context.Context, p process, want Kill, c *event.Case) *refusal {
	first, err := p.send(want.Signal)
	switch {
	case err == syscall.ESRCH:
		return vanished
	case err == syscall.EPERM:
		return &refusal{event.CaseNotPermitted, "no permission to signal it"}
	case err != nil:
		return &refusal{event.CaseFailed, err.Error()}
	}
	last, signal, timeout := first, want.Signal, want.Timeout
	if want.Escalate != 0 {
		timeout = want.After
	}
	took, err := p.wait(ctx, first, timeout)
	if errors.Is(err, os.ErrDeadlineExceeded) && want.Escalate != 0 {
		// If send fails, the process has just ended, and the wait returns at
		// once; or its owner has changed, and it survives.
		if sent, err := p.send(want.Escalate); err == nil {
			last, signal, c.Escalate = sent, want.Escalate, want.Escalate
		}
		took, err = p.wait(ctx, first, want.Timeout)
	}
	c.NoPidfd = p.noPidfd()
	c.SeenFirst, c.SeenLast = uint64(took), uint64(took-last.Sub(first))
	switch {
	case err == nil && c.Escalate != 0:
		c.End = event.CaseEscalated
	case err == nil:
		c.End = event.CaseExited
	case ctx.Err() != nil:
		c.End = event.CaseAbandoned
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.End = event.CaseSurvived
		c.ReasonWord, c.Reason = survival(k.Proc, want.PID, signal)
	default:
		c.End, c.Reason = event.CaseAbandoned, err.Error()
	}
	return nil
}
