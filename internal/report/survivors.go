// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"slices"

	"sigtrail/internal/event"
)

// Survivor is a user process that was there when reboot(2) was called.
type Survivor struct {
	Event *event.Event // its record, or the kernel's line
	Exit  *event.Event // after that; nil: not recorded
	Kill  *event.Event // the first SIGKILL that was sent to it; nil: not recorded
	Fatal *event.Event // the first signal that was to end it; nil: not recorded
}

// survivors returns the survivors of the last call of reboot(2) that have a record or a
// line, in order.
func survivors(events []event.Event) []Survivor {
	var list []Survivor
	current := make(map[uint32]int)          // by process id: index in list
	sent := make(map[uint32][2]*event.Event) // by process id: Kill and Fatal
	for i := range events {
		e := &events[i]
		switch e.Kind {
		case event.KindSignal:
			s := sent[e.TargetPID]
			if e.Signal == sigkill && e.Outcome != event.Ignored && s[0] == nil {
				s[0] = e
			}
			if e.Flags&event.FlagFatal != 0 && e.Outcome.Taken() && s[1] == nil {
				s[1] = e
			}
			sent[e.TargetPID] = s
		case event.KindExit:
			if at, known := current[e.TargetPID]; known {
				list[at].Exit = e
			}
			delete(sent, e.TargetPID)
		case event.KindReboot:
			list = nil
			clear(current)
		case event.KindSurvivor:
			current[e.TargetPID] = len(list)
			s := sent[e.TargetPID]
			list = append(list, Survivor{Event: e, Kill: s[0], Fatal: s[1]})
		}
	}
	return list
}

// ending reports whether a signal had begun the process's end, and it did not end. That the
// kernel has SIGKILL pending for it does not mean that SIGKILL was sent.
func (v *Survivor) ending() bool {
	return v.Event.Flags&event.FlagKillPending != 0 && v.Exit == nil
}

// outlivedKill reports whether SIGKILL did not end the process. One that was sent right
// before reboot(2) had no time to.
func (v *Survivor) outlivedKill() bool {
	return v.ending() && v.Kill != nil && (!v.timed() || v.outlivedBy() >= minSlow)
}

// timed reports whether outlivedBy is known.
func (v *Survivor) timed() bool { return stamped(v.Kill) && stamped(v.Event) }

// outlivedBy returns how long after SIGKILL the process was still there, in ns.
func (v *Survivor) outlivedBy() uint64 { return between(v.Kill.Time, v.Event.Time) }

// outlived returns which processes outlived SIGKILL, by how long, and where in the kernel
// they were.
func (s *Shutdown) outlived() string {
	return s.survivorList("process outlived SIGKILL: ", "processes outlived SIGKILL: ", (*Survivor).outlivedKill, func(v *Survivor) string {
		if v.timed() {
			return " by " + seconds(v.outlivedBy()) + " s"
		}
		return ""
	})
}

// unended returns which other processes were ending at reboot(2), by which signal, and
// where in the kernel they were.
func (s *Shutdown) unended() string {
	const rest = " ending at reboot(2), and still there: "
	return s.survivorList("process was"+rest, "processes were"+rest, func(v *Survivor) bool {
		return v.ending() && !v.outlivedKill()
	}, func(v *Survivor) string {
		switch {
		case v.Fatal != nil:
			return " (" + event.SignalName(v.Fatal.Signal) + ")"
		case v.Kill != nil:
			return " (SIGKILL)"
		}
		return " (signal unknown)"
	})
}

// survivorList returns how many survivors are chosen, and as many of them as fit in a line.
func (s *Shutdown) survivorList(one, many string, chosen func(*Survivor) bool, how func(*Survivor) string) string {
	n, shown, all := 0, 0, ""
	var oldest uint64 // number of the first one
	for i := range s.Survivors {
		v := &s.Survivors[i]
		if !chosen(v) {
			continue
		}
		if n++; n == 1 {
			oldest = v.Event.Seq
		}
		text := process(v.Event.TargetName, v.Event.TargetPID) + how(v) + ", " + where(v.Event)
		if shown == n-1 && (n == 1 || len(all)+len(text) <= maxText) {
			if n > 1 {
				all += "; "
			}
			all += text
			shown = n
		}
	}
	if n == 0 {
		return ""
	}
	line := event.Counted(uint64(n), one, many) + all
	if shown < n {
		line += "; and " + number(uint64(n-shown)) + " more"
	}
	if oldest != 0 && slices.ContainsFunc(s.Trail.Losses, func(l event.Loss) bool { return l.To > oldest }) {
		if n == 1 {
			return line + "; its exit may be among the lost records"
		}
		line += "; their exits may be among the lost records"
	}
	return line
}

// where returns a survivor's state, and where in the kernel it was.
func where(e *event.Event) string {
	text := ""
	switch e.State {
	case 0:
		text = "state unknown"
	case 'D':
		text = "in uninterruptible sleep (D)"
	case 'R':
		text = "running (R)"
	case 'S':
		text = "sleeping (S)"
	case 'T':
		text = "stopped (T)"
	case 't':
		text = "traced (t)"
	default:
		text = "state " + e.State.String()
	}
	if e.Text != "" {
		text += " in " + event.Escaped(e.Text)
	}
	return text
}

// remained returns how many other processes were there when reboot(2) was called, and of
// how many of these more is not known.
func (s *Shutdown) remained() string {
	total, known := uint64(0), false
	if s.Reboot != nil {
		total, known = s.Reboot.Survivors.Known()
	}
	recorded, named := uint64(len(s.Survivors)), uint64(0)
	for i := range s.Survivors {
		if s.Survivors[i].ending() {
			named++
		}
	}
	total = max(total, recorded)
	if total == named {
		return ""
	}
	other := ""
	if named > 0 {
		other = "other "
	}
	line := atLeast(!known) + event.Counted(total-named, other+"process was", other+"processes were") + " still running at reboot(2)"
	switch total - recorded {
	case 0:
		return line
	case 1:
		return line + "; of 1 it is unknown whether it was ending: it has no record"
	}
	return line + "; of " + number(total-recorded) + " it is unknown whether they were ending: they have no record"
}

// survivorEnd returns the end of a process's row, if its exit was not recorded.
func (p *Process) survivorEnd() string {
	end := "still running"
	switch {
	case outlivedKill(p):
		end = "outlived KILL"
	case p.Survivor.ending():
		end = "ending"
	}
	if state := p.Survivor.Event.State; state != 0 {
		end += " (" + state.String() + ")"
	}
	return end
}

func outlivedKill(p *Process) bool {
	return p.Exit == nil && p.Survivor != nil && p.Survivor.outlivedKill()
}

// survivorJSON is a survivor for encoding/json.
type survivorJSON struct {
	PID         uint32      `json:"target_pid"`
	Name        event.Name  `json:"target_name"`
	State       string      `json:"state,omitempty"`
	Wait        event.Name  `json:"wait,omitempty"`
	KillPending bool        `json:"kill_pending,omitempty"`
	KillTime    event.Nanos `json:"kill_time,omitempty"` // of the first SIGKILL
	ExitTime    event.Nanos `json:"exit_time,omitempty"`
	*numberJSON             // of the first signal that was to end it
}

func survivorOf(v *Survivor) survivorJSON {
	e := v.Event
	j := survivorJSON{PID: e.TargetPID, Name: event.Name(e.TargetName), Wait: event.Name(e.Text), KillPending: e.Flags&event.FlagKillPending != 0}
	if e.State != 0 {
		j.State = e.State.String()
	}
	if v.Kill != nil {
		j.KillTime = event.Nanos(v.Kill.Time)
	}
	if v.Fatal != nil {
		by := numberOf(v.Fatal)
		j.numberJSON = &by
	}
	if v.Exit != nil {
		j.ExitTime = event.Nanos(v.Exit.Time)
	}
	return j
}

// survivorsJSON counts the survivors; those that are left out have no record.
type survivorsJSON struct {
	Count   *uint64        `json:"count,omitempty"` // absent: unknown
	LeftOut uint64         `json:"left_out,omitempty"`
	List    []survivorJSON `json:"list"`
}

func (s *Shutdown) survivorsJSON() *survivorsJSON {
	j := &survivorsJSON{List: each(s.Survivors, survivorOf)}
	if s.Reboot != nil {
		if n, ok := s.Reboot.Survivors.Known(); ok {
			j.Count, j.LeftOut = &n, n-min(n, uint64(len(s.Survivors)))
		}
	}
	if j.Count == nil && len(j.List) == 0 {
		return nil
	}
	return j
}
