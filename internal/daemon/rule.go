// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"time"

	"golang.org/x/sys/unix"

	"sigtrail/internal/config"
	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/respond"
)

// rule is a rule of the configuration in use.
type rule struct {
	config.Rule
	kill       respond.Kill // without the process
	hourly     respond.Hourly
	heldLogged bool // that kills are held back was logged
}

func newRule(c config.Rule) *rule {
	return &rule{
		Rule: c,
		kill: respond.Kill{Rule: c.Name, Signal: c.Send, After: c.Timeout, Escalate: c.Escalate, Timeout: c.Timeout,
			DryRun: c.DryRun},
		hourly: respond.Hourly{Max: c.MaxPerHour},
	}
}

// triggered reports whether the rule is for a trigger.
func (r *rule) triggered() bool { return r.Symbol != "" }

// trigger returns the rule's trigger.
func (r *rule) trigger() event.Trigger {
	return event.Trigger{Symbol: r.Symbol, Offset: r.Offset, TargetName: r.TargetName, Skip: r.Skip, Per: r.Per, Rate: r.Rate}
}

// matches reports whether the rule applies to a signal. No rule applies to signals
// of sigtrail itself.
func (r *rule) matches(e *event.Event) bool {
	return e.Kind == event.KindSignal && e.Outcome != event.Dying && e.Flags&event.FlagBySigtrail == 0 &&
		e.TargetName == r.TargetName && r.Signal.Has(e.Signal)
}

// signalled returns the kill of the target of a signal. A process that reuses its PID
// has started after the signal.
func (r *rule) signalled(e *event.Event) respond.Kill {
	k := r.kill
	k.PID, k.Name, k.Until = int(e.TargetPID), e.TargetName, sinceBoot()
	// The age is by the wall clock. If the clock was set since, it is wrong, and
	// ignored.
	if age := time.Since(time.Unix(0, e.Wall)); age > 0 && age < time.Minute {
		k.Until -= age
	}
	return k
}

// noticed returns the kill of the process in a notice.
func (r *rule) noticed(n *event.Notice) respond.Kill {
	k := r.kill
	k.PID, k.Name, k.Start = int(n.TargetPID), n.TargetName, time.Duration(n.StartTime)
	return k
}

// found returns the kill of a process that was read from proc.
func (r *rule) found(p *procfs.Process) respond.Kill {
	k := r.kill
	k.PID, k.Name, k.Start = p.PID, p.Name, p.Start
	return k
}

// sinceBoot returns the time since boot, by the clock of process start times.
func sinceBoot() time.Duration {
	var t unix.Timespec
	unix.ClockGettime(unix.CLOCK_BOOTTIME, &t)
	return time.Duration(t.Nano())
}
