// SPDX-License-Identifier: GPL-2.0-only

package report

import "sigtrail/internal/event"

// Survivor is a user process that was there when reboot(2) was called.
type Survivor struct {
	Event *event.Event // its record, or the kernel's line
	Exit  *event.Event // after that; nil: not recorded
}

// survivors returns the survivors that have a record or a line, in order.
func survivors(events []event.Event) []Survivor {
	var list []Survivor
	current := make(map[uint32]int) // by process id: index in list
	for i := range events {
		e := &events[i]
		if at, known := current[e.TargetPID]; known && e.Kind == event.KindExit {
			list[at].Exit = e
		}
		if e.Kind == event.KindSurvivor {
			current[e.TargetPID] = len(list)
			list = append(list, Survivor{Event: e})
		}
	}
	return list
}

// outlivedKill reports whether SIGKILL did not end the process.
func (v *Survivor) outlivedKill() bool {
	return v.Event.Flags&event.FlagKillPending != 0 && v.Exit == nil
}

// outlived returns which processes outlived SIGKILL, and where in the kernel they were.
func (s *Shutdown) outlived() string {
	n, all, shown := 0, "", 0
	for i := range s.Survivors {
		v := &s.Survivors[i]
		if !v.outlivedKill() {
			continue
		}
		n++
		text := process(v.Event.TargetName, v.Event.TargetPID) + ", " + where(v.Event)
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
	line := counted(uint64(n), "process outlived SIGKILL: ", "processes outlived SIGKILL: ") + all
	if shown < n {
		line += "; and " + number(uint64(n-shown)) + " more"
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
	total, known := uint32(0), false
	if s.Reboot != nil {
		total, known = s.Reboot.Survivors.Known()
	}
	recorded, outlived := uint32(len(s.Survivors)), uint32(0)
	for i := range s.Survivors {
		if s.Survivors[i].outlivedKill() {
			outlived++
		}
	}
	total = max(total, recorded)
	if total == outlived {
		return ""
	}
	other := ""
	if outlived > 0 {
		other = "other "
	}
	line := atLeast(!known) + counted(uint64(total-outlived), other+"process was", other+"processes were") + " still running at reboot(2)"
	if total > recorded {
		line += "; of " + number(uint64(total-recorded)) + " it is unknown whether SIGKILL was sent: they have no record"
	}
	return line
}

// survivorEnd returns the end of a process's row, if its exit was not recorded.
func survivorEnd(e *event.Event) string {
	end := "still running"
	if e.Flags&event.FlagKillPending != 0 {
		end = "outlived KILL"
	}
	if e.State != 0 {
		end += " (" + e.State.String() + ")"
	}
	return end
}

// outlivedKill reports whether SIGKILL did not end the process until reboot(2).
func outlivedKill(p *Process) bool {
	return p.Exit == nil && p.Survivor != nil && p.Survivor.Flags&event.FlagKillPending != 0
}

// survivorJSON is a survivor for encoding/json.
type survivorJSON struct {
	PID         uint32      `json:"target_pid"`
	Name        event.Name  `json:"target_name"`
	State       string      `json:"state,omitempty"`
	Wait        event.Name  `json:"wait,omitempty"`
	KillPending bool        `json:"kill_pending,omitempty"`
	ExitTime    event.Nanos `json:"exit_time,omitempty"`
}

func survivorOf(v *Survivor) survivorJSON {
	e := v.Event
	j := survivorJSON{PID: e.TargetPID, Name: event.Name(e.TargetName), Wait: event.Name(e.Text), KillPending: e.Flags&event.FlagKillPending != 0}
	if e.State != 0 {
		j.State = e.State.String()
	}
	if v.Exit != nil {
		j.ExitTime = event.Nanos(v.Exit.Time)
	}
	return j
}

// survivorsJSON counts the survivors; those that are left out have no record.
type survivorsJSON struct {
	Count   *uint32        `json:"count,omitempty"` // absent: unknown
	LeftOut uint32         `json:"left_out,omitempty"`
	List    []survivorJSON `json:"list"`
}

func (s *Shutdown) survivorsJSON() *survivorsJSON {
	j := &survivorsJSON{List: each(s.Survivors, survivorOf)}
	if s.Reboot != nil {
		if n, ok := s.Reboot.Survivors.Known(); ok {
			j.Count, j.LeftOut = &n, n-min(n, uint32(len(s.Survivors)))
		}
	}
	if j.Count == nil && len(j.List) == 0 {
		return nil
	}
	return j
}
