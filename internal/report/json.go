// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strings"

	"sigtrail/internal/event"
)

// AppendJSON appends the report as one JSON object, without a newline. Keys are
// those of event.AppendJSON where the meaning is the same. Times are ns of the
// kernel's clock, see event.Nanos; unknown values are left out. before is an earlier shutdown to
// compare with, nil if there is none.
func (s *Shutdown) AppendJSON(b []byte, before *Shutdown) []byte {
	t := s.Trail
	j := shutdownJSON{
		Number: t.Number, BootID: event.Name(t.BootID),
		Way: s.Way.String(), AskedBy: requesterOf(s.Requester), RebootBy: requesterOf(s.Reboot),
		Begin: event.Nanos(s.Begin), End: event.Nanos(s.End), Duration: event.Nanos(s.Duration()),
		BeginAtLeast: s.BeginAtLeast, EndAtLeast: s.EndAtLeast, DurationAtLeast: s.Duration() > 0 && s.atLeast(),
		Phases:  each(s.Phases, phaseOf),
		Scripts: each(s.Scripts, scriptOf), ScriptsUnknown: s.inScripts() != nil && !withoutSignal(s.Scripts),
		Processes:  each(listed(s.Processes, s.Services), processOf),
		Stalls:     each(s.Stalls, stallOf),
		Failures:   each(s.Failures, s.failureOf),
		Survivors:  s.survivorsJSON(),
		Off:        each(s.Off, offOf),
		Unordered:  t.Unordered,
		Unreadable: event.Name(t.Unreadable),
		Sources: each(t.Sources, func(o *event.Source) event.SourceJSON {
			j := o.JSON()
			j.Sum = "" // for the next merge
			return j
		}),
		Ending: s.Ending.String(), Reset: s.kindOfReset(), Pstore: t.Pstore,
		Lines: linesJSON{
			s.Origins[event.OriginLive], s.Origins[event.OriginFlash], s.Origins[event.OriginPmsg], s.Origins[event.OriginConsole],
			s.Origins[event.OriginDmesg], s.Origins[event.OriginBox], s.lost(), s.OnlyCounted, s.HeldBack, t.Malformed, t.Cut,
		},
	}
	if s.Code != 0 {
		j.RebootCode = s.Code.String()
	}
	if t.Box.Place != event.BoxNone {
		j.BoxPlace = t.Box.Place.String()
	}
	if t.Box.Outlives() {
		j.BoxFound = t.Box.Found.String()
	}
	j.Alive = event.Nanos(t.Alive)
	j.AliveWall, j.AliveWallUnset = s.wallAt(t.Alive, event.AppendWall)
	j.Wall, j.WallUnset = s.wall(event.AppendWall)
	if before != nil && Comparable(before, s) {
		j.comparisonJSON = &comparisonJSON{before.Trail.Number, append([]string{}, compare(before, s)...)}
	}
	return event.AppendValue(b, &j)
}

// AppendJSON appends the report as one JSON object, without a newline.
func (r *Boot) AppendJSON(b []byte) []byte {
	return event.AppendValue(b, &bootJSON{event.Name(r.Trail.BootID), event.Nanos(r.End), event.Nanos(r.Read), each(r.Scripts, scriptOf), !withoutSignal(r.Scripts), each(listed(r.Processes, r.Services), processOf),
		r.OnlyCounted, r.Trail.Malformed})
}

type shutdownJSON struct {
	Number          int                `json:"number,omitempty"`
	BootID          event.Name         `json:"boot_id,omitempty"`
	Way             string             `json:"way"`
	RebootCode      string             `json:"reboot_code,omitempty"`
	AskedBy         *requesterJSON     `json:"asked_by,omitempty"`
	RebootBy        *requesterJSON     `json:"reboot_by,omitempty"`
	Begin           event.Nanos        `json:"begin,omitempty"`
	Wall            string             `json:"wall,omitempty"`
	BeginAtLeast    bool               `json:"begin_at_least,omitempty"`
	EndAtLeast      bool               `json:"end_at_least,omitempty"`
	DurationAtLeast bool               `json:"duration_at_least,omitempty"`
	WallUnset       bool               `json:"wall_unset,omitempty"`
	End             event.Nanos        `json:"end,omitempty"`
	Duration        event.Nanos        `json:"duration,omitempty"`
	Phases          []phaseJSON        `json:"phases"`
	Scripts         []scriptJSON       `json:"scripts"`
	ScriptsUnknown  bool               `json:"scripts_unknown,omitempty"` // no end without a signal is recorded
	Processes       []processJSON      `json:"processes"`
	Stalls          []stallJSON        `json:"stalls"`
	Ending          string             `json:"ending"`
	Reset           event.Reset        `json:"reset"`
	Pstore          event.Pstore       `json:"pstore"`
	BoxPlace        string             `json:"box_place,omitempty"`
	BoxFound        string             `json:"box_found,omitempty"`
	Alive           event.Nanos        `json:"alive,omitempty"` // when it was last known to be alive
	AliveWall       string             `json:"alive_wall,omitempty"`
	AliveWallUnset  bool               `json:"alive_wall_unset,omitempty"`
	Failures        []failureJSON      `json:"failures"`
	Survivors       *survivorsJSON     `json:"survivors,omitempty"`
	Off             []offJSON          `json:"capture_off,omitempty"`
	Unordered       bool               `json:"unordered,omitempty"`
	Unreadable      event.Name         `json:"unreadable,omitempty"`
	Sources         []event.SourceJSON `json:"sources"` // black box and pstore
	Lines           linesJSON          `json:"lines"`
	*comparisonJSON
}

type bootJSON struct {
	BootID    event.Name    `json:"boot_id,omitempty"`
	End       event.Nanos   `json:"end"`
	Read      event.Nanos   `json:"scripts_read"` // up to when their ends were looked for
	Scripts   []scriptJSON  `json:"scripts"`
	Unknown   bool          `json:"scripts_unknown,omitempty"` // no end without a signal is recorded
	Processes []processJSON `json:"processes"`
	Counted   uint64        `json:"only_counted"` // signals
	Malformed uint64        `json:"malformed"`    // damaged places
}

type comparisonJSON struct {
	ComparedTo int      `json:"compared_to"`
	Changed    []string `json:"changed"` // with escaped names
}

type phaseJSON struct {
	Name  string      `json:"name"`
	Begin event.Nanos `json:"begin,omitempty"`
	End   event.Nanos `json:"end,omitempty"`
	Open  bool        `json:"open,omitempty"`

	BeginAtLeast bool `json:"begin_at_least,omitempty"`
	EndAtLeast   bool `json:"end_at_least,omitempty"`
	BeginAtMost  bool `json:"begin_at_most,omitempty"`
}

func phaseOf(p *Phase) phaseJSON {
	return phaseJSON{p.Name, event.Nanos(p.Begin), event.Nanos(p.End), p.Open, p.BeginAtLeast, p.EndAtLeast, p.BeginAtMost}
}

// linesJSON counts the trail's lines by origin, and those that are missing.
type linesJSON struct {
	Live      int    `json:"live,omitempty"`
	Flash     int    `json:"flash,omitempty"`
	Pmsg      int    `json:"pmsg,omitempty"`
	Console   int    `json:"console,omitempty"`
	Dmesg     int    `json:"dmesg,omitempty"`
	Box       int    `json:"box,omitempty"`
	Lost      uint64 `json:"lost"`
	Counted   uint64 `json:"only_counted"` // signals
	HeldBack  uint64 `json:"held_back"`
	Malformed uint64 `json:"malformed"`
	Cut       uint64 `json:"cut"`
}

// requesterJSON is the process that requested a shutdown, with the signal if it
// sent one.
type requesterJSON struct {
	senderJSON
	*parentJSON
	*numberJSON
}

type senderJSON struct {
	PID     uint32     `json:"sender_pid"`
	Name    event.Name `json:"sender_name"`
	Service event.Name `json:"sender_service,omitempty"`
}

type parentJSON struct {
	PID        uint32          `json:"parent_pid"`
	Name       event.Name      `json:"parent_name"`
	Ancestors  event.Ancestors `json:"ancestors,omitempty"`
	Reparented bool            `json:"reparented,omitempty"`
}

type numberJSON struct {
	Number uint32 `json:"signal"`
	Name   string `json:"signal_name"`
}

func requesterOf(e *event.Event) *requesterJSON {
	if e == nil {
		return nil
	}
	j := &requesterJSON{senderJSON: senderOf(e)}
	if e.ParentPID != 0 {
		j.parentJSON = &parentJSON{e.ParentPID, event.Name(e.ParentName), e.Ancestors, e.Flags&event.FlagReparented != 0}
	}
	if e.Kind == event.KindSignal {
		n := numberOf(e)
		j.numberJSON = &n
	}
	return j
}

func senderOf(e *event.Event) senderJSON {
	name, pid := e.Sender()
	return senderJSON{pid, event.Name(name), event.Name(e.SenderService)}
}

func numberOf(e *event.Event) numberJSON { return numberJSON{e.Signal, event.SignalName(e.Signal)} }

type processJSON struct {
	PID        uint32       `json:"target_pid"`
	Name       event.Name   `json:"target_name"`
	Service    event.Name   `json:"target_service,omitempty"`
	Signals    []signalJSON `json:"signals"`
	ExitTime   event.Nanos  `json:"exit_time,omitempty"`
	ExitStatus *uint32      `json:"exit_status,omitempty"`
	Took       event.Nanos  `json:"took,omitempty"`
	AtLeast    bool         `json:"took_at_least,omitempty"`
	Traits
}

func processOf(p *Process) processJSON {
	j := processJSON{PID: p.PID, Name: event.Name(p.Name), Service: event.Name(p.Service), Signals: each(p.Signals, signalOf),
		Took: event.Nanos(p.Took), AtLeast: p.AtLeast, Traits: p.Traits}
	if p.Exit != nil {
		j.ExitTime, j.ExitStatus = event.Nanos(p.Exit.Time), &p.Exit.ExitStatus
	}
	return j
}

type signalJSON struct {
	Time event.Nanos `json:"time,omitempty"`
	numberJSON
	senderJSON
	Count    uint32      `json:"count,omitempty"` // of signals; absent: one
	TimeLast event.Nanos `json:"time_last,omitempty"`
	AtLeast  bool        `json:"time_at_least,omitempty"`
	Outcome  string      `json:"outcome"`
	Flags    []string    `json:"flags,omitempty"`
}

func signalOf(e **event.Event) signalJSON {
	s := *e
	j := signalJSON{Time: event.Nanos(s.Time), numberJSON: numberOf(s), senderJSON: senderOf(s), AtLeast: s.TimeAtLeast, Outcome: s.Outcome.String(),
		Count: s.Count, TimeLast: event.Nanos(s.TimeLast)}
	if s.Flags != 0 {
		j.Flags = strings.Split(s.Flags.String(), ",")
	}
	return j
}

type stallJSON struct {
	Begin    event.Nanos  `json:"begin,omitempty"`
	End      event.Nanos  `json:"end,omitempty"`
	Duration event.Nanos  `json:"duration"`
	Open     bool         `json:"open,omitempty"`
	Early    bool         `json:"early,omitempty"` // before a shutdown began
	Lines    []event.Name `json:"lines"`
}

func stallOf(s *Stall) stallJSON {
	return stallJSON{event.Nanos(s.Begin), event.Nanos(s.End), event.Nanos(s.Duration()), s.Open, s.Early, each(s.Lines, func(line *string) event.Name { return event.Name(*line) })}
}

type failureJSON struct {
	Time    event.Nanos `json:"time,omitempty"`
	AtLeast bool        `json:"time_at_least,omitempty"`
	Wall    string      `json:"wall,omitempty"`
	Kind    string      `json:"kind,omitempty"` // of a record; absent: a line of the kernel's log
	Text    event.Name  `json:"text"`
	*contextJSON
	Fatal bool `json:"fatal,omitempty"`
}

type contextJSON struct {
	PID  uint32     `json:"context_pid"`
	Name event.Name `json:"context_name"`
}

func (s *Shutdown) failureOf(f *Failure) failureJSON {
	e := f.Event
	j := failureJSON{Time: event.Nanos(e.Time), AtLeast: e.TimeAtLeast, Text: event.Name(e.Text), Fatal: f.Fatal}
	if e.Kind != event.KindNote {
		j.Kind = e.Kind.String()
	}
	if e.ContextPID != 0 {
		j.contextJSON = &contextJSON{e.ContextPID, event.Name(e.ContextName)}
	}
	if wall := s.wallOf(e); wall != 0 {
		j.Wall = string(event.AppendWall(nil, wall))
	}
	return j
}

// each converts a list for JSON. An empty one is [], not null.
func each[T, J any](list []T, as func(*T) J) []J {
	all := make([]J, 0, len(list))
	for i := range list {
		all = append(all, as(&list[i]))
	}
	return all
}
