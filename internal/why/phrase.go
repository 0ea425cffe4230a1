// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"strings"
	"syscall"

	"sigtrail/internal/event"
)

// headline returns the end with its cause: "dnsmasq 901 was killed by SIGTERM that ... sent".
func (e *End) headline() string {
	line := title(e.Name, e.PID) + " "
	switch {
	case e.Down && e.Cause != Survived && e.Cause != Unrecorded:
		line += "went down with the system: "
	case e.Cause == Killed, e.Cause == Memory, e.Cause == Survived, e.Cause == Unrecorded:
		line += "was "
	}
	return line + e.phrase()
}

// phrase returns how the process ended, and why.
func (e *End) phrase() string {
	switch e.Cause {
	case Survived:
		return "still running at reboot(2): " + e.Record.State.String() + string(e.Record.AppendWait(nil, " "))
	case Unrecorded:
		return "sent " + event.SignalName(e.By.Event.Signal) + " " + e.By.by() + "; its end is not recorded"
	case Memory:
		return "killed by the OOM killer" + e.memory()
	case Crashed:
		return e.crashed() + e.early()
	case Killed:
		if e.By == nil {
			return e.exit() + "; who sent it is not recorded"
		}
		return e.exit() + e.By.that() + e.chain() + e.stop()
	case After:
		if e.By == nil {
			return e.exit() + ", " + span(e.since()) + " after a signal of which the record is missing"
		}
		return e.exit() + ", " + span(e.since()) + " after " + event.SignalName(e.By.Event.Signal) + e.By.that() + e.chain()
	case Itself:
		return e.exit() + " by itself" + e.early()
	}
	return e.exit() + e.early()
}

// exit returns "exited 1", or "killed by SIGTERM".
func (e *End) exit() string {
	sig, core := e.Record.ExitSignal()
	switch {
	case sig == 0:
		return "exited " + number(uint64(e.Record.ExitCode()))
	case core:
		return "killed by " + event.SignalName(sig) + " (core dumped)"
	}
	return "killed by " + event.SignalName(sig)
}

// memory returns the peak memory of the process that the OOM killer chose, and which process
// asked for some.
func (e *End) memory() string {
	var parts []string
	// Some may have been taken from it before it ended.
	if had := e.Record.PeakRSS; had != 0 {
		parts = append(parts, "its peak memory was at least "+size(had))
	}
	switch {
	case e.By == nil || e.By.Event.ContextPID == 0:
	case e.By.Event.ContextPID == e.PID:
		parts = append(parts, "it asked for memory itself")
	default:
		parts = append(parts, who(e.By.Event.ContextName, e.By.Event.ContextPID)+" asked for memory")
	}
	if e.Total != 0 {
		parts = append(parts, "tmpfs and shared memory held "+size(e.Shmem)+" of "+size(e.Total))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, "; ")
}

func (e *End) crashed() string {
	text := strings.Replace(e.exit(), "killed", "crashed", 1)
	if e.By.Event.Signal == uint32(syscall.SIGABRT) {
		return text + ": it aborted itself"
	}
	return text + e.By.fault()
}

// chain returns that the sender ended, too, or that what started it had ended.
func (e *End) chain() string {
	x := &e.By.Event
	switch {
	case e.Sender != nil && x.FromKernel():
		return ", as " + who(e.Sender.Name, e.Sender.PID) + " ended"
	case x.FromKernel() && x.ContextPID != 0 && x.ContextPID != e.PID:
		return ", in " + who(x.ContextName, x.ContextPID)
	case e.Sender == nil && e.By.reparented():
		return ", which was re-parented to " + e.By.parents()
	case e.Sender == nil:
		return ""
	case e.Sender.Cause == Memory:
		return ", which the OOM killer had chosen"
	}
	return ", which was ended, too"
}

// stop returns what came before a SIGKILL.
func (e *End) stop() string {
	if e.Stop == nil {
		return ""
	}
	x := &e.Stop.Event
	text := ", " + span(between(x.Last(), e.By.First)) + " after " + event.SignalName(x.Signal)
	if x.SenderPID != e.By.Event.SenderPID {
		text += " by " + who(x.Sender())
	}
	switch became := e.Stop.became(); became {
	case "ignored", "blocked":
		text += ", which it " + became
	}
	return text
}

// details returns the lines after the headline.
func (e *End) details(now int64) []string {
	lines := []string{e.when(now) + e.length()}
	if e.Service != "" && !event.NamesakeOf(e.Service, e.Name) {
		lines[0] += "; service " + event.Escaped(e.Service)
	}
	if e.ofNone() {
		lines[0] += "; of no service, as init's scripts are"
	}
	if e.By != nil {
		lines = append(lines, e.By.details(e.Sender != nil)...)
		lines = append(lines, e.asker()...)
	}
	if e.Total != 0 {
		lines = append(lines, "a kill does not free files in tmpfs, such as in /tmp")
	}
	if e.askerUnknown() {
		lines = append(lines, "what made "+who(e.By.Event.Sender())+" end it is not known")
	}
	if e.Sender != nil {
		lines = append(lines, e.Sender.headline())
	}
	lines = append(lines, e.passing()...)
	if e.Fellow != nil {
		lines = append(lines, span(between(e.Fellow.Time, e.Time))+" before, in the same service: "+e.Fellow.headline())
	}
	if e.Gap != nil {
		lines = append(lines, e.Gap.text(e.Time, e.Cause))
	}
	if e.Cause == Exited && e.Gap == nil {
		lines = append(lines, e.unsure())
	}
	if e.Cause == Killed && e.By == nil {
		lines = append(lines, e.leftOut()...)
	}
	for _, line := range asked(e.Before, e.More, e.Time) {
		lines = append(lines, "earlier: "+line)
	}
	switch {
	case e.Again != 0:
		line := "started again"
		if e.AgainAfter != 0 {
			line += " " + span(e.AgainAfter) + " later"
		}
		lines = append(lines, line+" as pid "+number(uint64(e.Again)))
	case e.asksNow():
		lines = append(lines, e.runsNow())
	}
	return lines
}

// askerUnknown reports whether init ended a service, and who may have asked it to is not found.
func (e *End) askerUnknown() bool {
	asks := (e.Cause == Killed || e.Cause == After) && e.stopped() && e.By.Event.AsksToEnd()
	return asks && len(e.asker()) == 0 && !e.Down && !e.ofNone()
}

// passing returns a line about a status by which one process says how another was killed.
func (e *End) passing() []string {
	if f := e.Follower; f != nil {
		return []string{span(between(e.Time, f.Time)) + " later " + title(f.Name, f.PID) + " of the same service " + f.exit() + ", 128 + " +
			number(uint64(f.passedOn())) + ": a jail passes the end of its child on like this"}
	}
	if e.Cause != Itself && e.Cause != Exited || e.passedOn() == 0 {
		return nil
	}
	sig := e.passedOn()
	return []string{number(uint64(e.Record.ExitCode())) + " is 128 + " + number(uint64(sig)) +
		": a shell or a jail exits like this if its child was ended by " + event.SignalName(sig)}
}

// unsure returns why it is not known that a process exited by itself.
func (e *End) unsure() string {
	switch x := e.Record; {
	case x.SinceLast != 0:
		return "the last signal that can be the cause was sent " + span(x.SinceLast) + " before"
	case x.Flags&event.FlagForgotten != 0:
		return "signals to it may be unknown: the kernel part tracks a limited number of processes"
	}
	return "signals to it may be unknown: its record does not say whether there were any"
}

// leftOut returns why the signal that killed a process may have no record.
func (e *End) leftOut() []string {
	switch sig, _ := e.Record.ExitSignal(); syscall.Signal(sig) {
	case syscall.SIGALRM:
		return []string{"SIGALRM is recorded only while the switch sigalrm is 1"}
	case syscall.SIGSYS:
		return []string{"up to Linux 5.15 seccomp kills without a signal"}
	}
	return nil
}

func (g *Gap) text(end uint64, cause Cause) string {
	at := "right before"
	if d := between(g.To, end); d >= 1e6 {
		at = span(d) + " before"
	}
	what := "the cause"
	if cause == Memory {
		what = "who asked for memory"
	}
	may := ": " + what + " may be among them"
	switch {
	case g.Off:
		return "capture was off until " + at + ": " + what + " may not be recorded"
	case g.Counted:
		return event.Counted(g.Records, "signal was", "signals were") + " only counted, until " + at + may
	case g.First:
		return "the trail begins " + at + ", without " + event.Counted(g.Records, "older record", "older records") + may
	}
	return event.Counted(g.Records, "record is", "records are") + " missing until " + at + may
}

const maxEarlier = 4 // lines

// asked returns signals as lines, the last one first.
func asked(list []*Asked, more, until uint64) (lines []string) {
	for i := len(list) - 1; i >= 0; i-- {
		a := list[i]
		if len(lines) == maxEarlier {
			more += a.Count
			continue
		}
		line := event.SignalName(a.Event.Signal) + a.times() + " " + a.by() + ", " + a.became()
		if d := between(a.Event.Last(), until); d != 0 {
			line += ", " + span(d) + " before"
		}
		lines = append(lines, line)
	}
	if more > 0 {
		lines = append(lines, event.Counted(more, "other signal", "other signals"))
	}
	return lines
}
