// SPDX-License-Identifier: GPL-2.0

package report

import (
	"strings"

	"sigtrail/internal/event"
)

// AppendJSON appends the report as one JSON object, without a newline. Its keys
// are those of events, see event.AppendJSON, where they stand for the same
// thing. Times are ns of the kernel's clock; what is not known is left out.
// before is an earlier shutdown that it is compared to, nil if there is none.
func (s *Shutdown) AppendJSON(b []byte, before *Shutdown) []byte {
	t := s.Trail
	o := object{b: b}
	o.open('{')
	if t.Number > 0 {
		o.uint("number", uint64(t.Number))
	}
	if t.BootID != "" {
		o.text("boot_id", t.BootID)
	}
	o.word("way", s.Way.String())
	if s.Code != 0 {
		o.word("reboot_code", s.Code.String())
	}
	o.asker(s)
	o.bounds(s)
	o.phases(s.Phases)
	o.processes(s.Processes)
	o.stalls(s.Stalls)
	o.word("ending", s.Ending.String())
	o.word("reset", t.Reset.String())
	o.word("pstore", t.Pstore.String())
	o.failures(s.Failures)
	o.lines(s)
	if before != nil && Comparable(before, s) {
		o.uint("compared_to", uint64(before.Trail.Number))
		o.key("changed")
		o.open('[')
		for _, change := range Compare(before, s) {
			o.item(escapeJSON(change)) // the names in it are escaped
		}
		o.close(']')
	}
	o.close('}')
	return o.b
}

// AppendJSON appends the report as one JSON object, without a newline.
func (r *Boot) AppendJSON(b []byte) []byte {
	o := object{b: b}
	o.open('{')
	if r.Trail.BootID != "" {
		o.text("boot_id", r.Trail.BootID)
	}
	o.uint("end", r.End)
	o.processes(r.Processes)
	o.close('}')
	return o.b
}

func (o *object) asker(s *Shutdown) {
	for _, one := range [...]struct {
		key string
		e   *event.Event
	}{{"asked_by", s.Asker}, {"reboot_by", s.Reboot}} {
		if one.e == nil {
			continue
		}
		o.key(one.key)
		o.open('{')
		o.sender(one.e)
		if one.e.ParentPID != 0 {
			o.uint("parent_pid", uint64(one.e.ParentPID))
			o.text("parent_name", one.e.ParentName)
		}
		if one.e.Kind == event.KindSignal {
			o.signal(one.e.Signal)
		}
		o.close('}')
	}
}

func (o *object) sender(e *event.Event) {
	name, pid := e.Sender()
	o.uint("sender_pid", uint64(pid))
	o.text("sender_name", name)
}

func (o *object) signal(number uint32) {
	o.uint("signal", uint64(number))
	o.word("signal_name", event.SignalName(number))
}

func (o *object) bounds(s *Shutdown) {
	o.time("begin", s.Begin)
	if wall, unset := s.wall(event.AppendWall); wall != "" {
		o.word("wall", wall)
		o.flag("wall_unset", unset)
	}
	o.time("end", s.End)
	if s.Duration() > 0 {
		o.uint("duration", s.Duration())
	}
}

func (o *object) phases(list []Phase) {
	o.key("phases")
	o.open('[')
	for i := range list {
		p := &list[i]
		o.open('{')
		o.word("name", p.Name)
		o.time("begin", p.Begin)
		o.time("end", p.End)
		if p.Open {
			o.bool("open", true)
		}
		o.close('}')
	}
	o.close(']')
}

func (o *object) processes(list []Process) {
	o.key("processes")
	o.open('[')
	for i := range list {
		o.process(&list[i])
	}
	o.close(']')
}

func (o *object) process(p *Process) {
	o.open('{')
	o.uint("target_pid", uint64(p.PID))
	o.text("target_name", p.Name)
	o.key("signals")
	o.open('[')
	for _, e := range p.Signals {
		o.open('{')
		o.time("time", e.Time)
		o.signal(e.Signal)
		o.sender(e)
		o.word("outcome", e.Outcome.String())
		if e.Flags != 0 {
			o.texts("flags", strings.Split(e.Flags.String(), ","))
		}
		o.close('}')
	}
	o.close(']')
	if p.Exit != nil {
		o.time("exit_time", p.Exit.Time)
		o.uint("exit_status", uint64(p.Exit.ExitStatus))
	}
	if p.Took > 0 {
		o.uint("took", p.Took)
		o.flag("took_at_least", p.AtLeast)
	}
	o.flag("ignored_sigterm", p.IgnoredTerm)
	o.flag("blocked_sigterm", p.BlockedTerm)
	o.flag("needed_sigkill", p.NeededKill)
	o.flag("recorder", p.Recorder)
	o.close('}')
}

func (o *object) stalls(list []Stall) {
	o.key("stalls")
	o.open('[')
	for i := range list {
		s := &list[i]
		o.open('{')
		o.time("begin", s.Begin)
		o.time("end", s.End)
		o.uint("duration", s.Duration())
		o.flag("open", s.Open)
		o.texts("lines", s.Lines)
		o.close('}')
	}
	o.close(']')
}

func (o *object) failures(list []Failure) {
	o.key("failures")
	o.open('[')
	for _, f := range list {
		o.open('{')
		o.time("time", f.Note.Time)
		o.text("text", f.Note.Text)
		o.flag("fatal", f.Fatal)
		o.close('}')
	}
	o.close(']')
}

// lines adds where the trail's lines are from, and which are missing.
func (o *object) lines(s *Shutdown) {
	o.key("lines")
	o.open('{')
	for i, n := range s.Origins {
		if n > 0 {
			o.uint(originKey(event.Origin(i)), uint64(n))
		}
	}
	o.uint("lost", s.lost())
	o.uint("held_back", s.HeldBack)
	o.uint("cut", s.Trail.Cut)
	o.close('}')
}

func originKey(o event.Origin) string {
	if o == event.OriginLive {
		return "live"
	}
	return o.String()
}
