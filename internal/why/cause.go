// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"slices"
	"syscall"

	"sigtrail/internal/event"
)

// How long before an end its cause may be, in ns.
const (
	soon     = 1e9   // a signal that asks for something else; the end of another process
	minute   = 60e9  // records that are missing; a SIGTERM before a SIGKILL
	patience = 600e9 // a signal that asks the process to end
)

// explain finds the cause of an end among what the process was sent.
func (b *Boot) explain(e *End) {
	x := e.Record
	e.Down = b.goesDown(x)
	sig, _ := x.ExitSignal()
	switch {
	case x.Kind == event.KindSurvivor:
		e.Cause = Survived
		return
	case sig != 0:
		e.killed(sig)
	default:
		e.exited()
	}
	if x.Flags&event.FlagOOM != 0 && sig == sigkill && (e.By == nil || e.By.Event.FromKernel()) {
		e.Cause = Memory
	}
	if e.By == nil && e.Cause != After {
		e.Gap = b.missing(e)
	}
}

const sigkill = uint32(syscall.SIGKILL)

// killed finds the signal by which the process was killed.
func (e *End) killed(sig uint32) {
	e.Cause = Killed
	is := func(a *Asked) bool { return a.Event.Signal == sig }
	others := func(a *Asked) bool { return is(a) && a.Event.SenderPID != e.PID && a.Event.Outcome.Taken() }
	for _, may := range []func(*Asked) bool{
		func(a *Asked) bool { return others(a) && a.fatal() },
		// A handler often sends the signal again, to its own process.
		func(a *Asked) bool { return others(a) && between(a.Event.Last(), e.Time) <= patience },
		func(a *Asked) bool { return is(a) && a.Event.Outcome.Taken() },
		func(a *Asked) bool { return is(a) && a.Event.Outcome == event.AlreadyPending },
	} {
		if e.By = e.cut(may); e.By != nil {
			break
		}
	}
	if e.By == nil {
		return
	}
	if e.By.raised() {
		e.Cause = Crashed
	}
	if sig == sigkill && !e.By.Event.FromKernel() {
		e.Stop = e.cut(func(a *Asked) bool {
			return a.Event.AsksToEnd() && a.Event.Signal != sigkill && !a.Event.FromKernel() &&
				between(a.Event.Last(), e.By.First) <= minute
		})
	}
}

// exited finds the signal after which the process exited.
func (e *End) exited() {
	x := e.Record
	within := func(ns uint64, asks bool) func(*Asked) bool {
		return func(a *Asked) bool {
			return a.handled() && a.Event.AsksToEnd() == asks && between(a.Event.Last(), e.Time) <= ns
		}
	}
	// The kernel part knows of a signal that asked it to end, however long ago.
	if e.By = e.cut(within(max(patience, x.SinceFirst+soon), true)); e.By == nil {
		e.By = e.cut(within(soon, false))
	}
	switch {
	case e.By != nil, x.SinceFirst != 0, x.SinceLast != 0 && x.SinceLast <= soon:
		e.Cause = After
	case x.ByItself():
		e.Cause = Itself
	default:
		e.Cause = Exited
	}
}

// cut removes the last signal of those before for which is holds, and returns it.
func (e *End) cut(is func(*Asked) bool) *Asked {
	for i := len(e.Before) - 1; i >= 0; i-- {
		if a := e.Before[i]; is(a) {
			e.Before = slices.Delete(e.Before, i, i+1)
			return a
		}
	}
	return nil
}

// handled reports whether the process took a signal that does not end it at once: by a handler,
// or by waiting for it while it is blocked. What the kernel prints does not say either.
func (a *Asked) handled() bool {
	e := &a.Event
	return e.Outcome.Taken() && (e.Flags&event.FlagBlocked != 0 || e.Flags&event.FlagDefault == 0)
}

// raised reports whether a signal was raised for a fault of the process.
func (a *Asked) raised() bool {
	switch syscall.Signal(a.Event.Signal) {
	case syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGILL, syscall.SIGFPE, syscall.SIGTRAP, syscall.SIGSYS:
		return a.Event.FromKernel()
	case syscall.SIGABRT:
		return a.Event.SenderPID == a.Event.TargetPID
	}
	return false
}

// missing returns where records are missing among which the cause of an end may be: in the
// life of the process, and of an exit only in the last minute, as a handler acts at once.
func (b *Boot) missing(e *End) *Gap {
	sig, _ := e.Record.ExitSignal()
	began, error := e.began()
	may := func(g *Gap) bool {
		return g != nil && (began == 0 || g.To+error >= began) && (sig != 0 || between(g.To, e.Time) <= minute)
	}
	// The kernel part knows, also without its records, whether a process was sent a signal
	// that can be why it exited, and when.
	if sig == 0 && (e.Cause == Itself || e.Record.SinceLast != 0) {
		return nil
	}
	if may(b.gap) {
		return b.gap
	}
	if may(b.counted) {
		return b.counted
	}
	return nil
}

// relate ties an end to others at that time: the sender's own, which may be why it sent the
// signal, as a jailer's, and that of another process of the service, after which its parent
// ends.
func (b *Boot) relate(e *End) {
	b.recent = slices.DeleteFunc(b.recent, func(o *End) bool { return between(o.Time, e.Time) > soon })
	for _, o := range b.recent {
		switch {
		case e.sentBy(o):
			e.Sender = o
		case o.sentBy(e):
			o.Sender = e
		case e.ofInit() && e.Service != "" && e.Service == o.Service && e.PID != o.PID && e.By == nil && o.violent():
			e.Fellow = o
		}
	}
	if len(b.recent) == maxRecent {
		b.recent = slices.Delete(b.recent, 0, maxRecent/2)
	}
	b.recent = append(b.recent, e)
}

// sentBy reports whether the signal that ended e is of the process that ended as o, and may
// have been sent because of that: the kernel made it in its context, or it had been sent a
// signal itself right before, or was killed at that moment.
func (e *End) sentBy(o *End) bool {
	if e.By == nil || e.Cause == Memory || e.PID == o.PID || o.PID <= 1 {
		return false
	}
	by := &e.By.Event
	if by.FromKernel() {
		return by.ContextPID == o.PID
	}
	if o.By == nil {
		return by.SenderPID == o.PID && o.violent() && between(by.Last(), o.Time) <= 1e6 && o.Time >= by.Last()
	}
	return by.SenderPID == o.PID && o.By.First <= by.Last()+1e6 && between(o.By.First, by.Last()) <= soon
}

// violent reports whether something else than its own exit ended the process.
func (e *End) violent() bool { return e.Cause == Killed || e.Cause == Crashed || e.Cause == Memory }
