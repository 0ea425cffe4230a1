// SPDX-License-Identifier: GPL-2.0-only

package why

import (
	"strings"

	"sigtrail/internal/event"
	"sigtrail/internal/found"
)

// AppendJSON appends the answer as one JSON object, without a newline: the newest count ends, or
// for the zero Query the services. Keys are those of event.AppendJSON where the meaning is the
// same; unknown values are left out. text is for people.
func (a *Answer) AppendJSON(b []byte, count int) []byte {
	j := answerJSON{Asked: event.Name(a.query.word()), Ends: len(a.ends), Kept: len(a.boots), List: []endJSON{}}
	if len(a.boots) > 0 && a.boots[0].number == 0 {
		first := &a.boots[0].first
		j.Kept--
		j.Begins = &beginsJSON{event.Nanos(first.Time), wall(first.Wall), first.Seq, a.boots[0].lost}
	}
	if len(a.none) > 0 {
		failed := a.failures()
		j.None = &noneJSON{len(a.none), len(failed), []endJSON{}}
		for _, e := range failed[:min(count, len(failed))] {
			j.None.List = append(j.None.List, endOf(e))
		}
	}
	if a.query == (Query{}) {
		j.Services = []serviceJSON{}
		list, more := a.services()
		j.LeftOut = more
		for _, s := range list {
			j.Services = append(j.Services, serviceJSON{event.Name(s.name), len(s.ends), endOf(s.ends[0]), patternOf(pattern(s.ends))})
		}
		return event.AppendValue(b, &j)
	}
	for _, e := range a.ends[:min(count, len(a.ends))] {
		j.List = append(j.List, endOf(e))
	}
	j.Pattern = patternOf(a.pattern())
	if len(a.ends) == 0 {
		for _, p := range a.signalled() {
			j.Running = append(j.Running, runningJSON{p.pid, event.Name(p.name), event.Name(p.service), asksOf(p.asked), p.more})
		}
	}
	return event.AppendValue(b, &j)
}

type answerJSON struct {
	Asked    event.Name    `json:"asked"`
	Begins   *beginsJSON   `json:"begins,omitempty"` // the running boot's trail; absent: there is none
	Kept     int           `json:"kept"`             // shutdowns that were searched
	Ends     int           `json:"ends"`
	List     []endJSON     `json:"list"` // the newest first
	Pattern  *patternJSON  `json:"pattern,omitempty"`
	Services []serviceJSON `json:"services,omitempty"` // at most 100
	LeftOut  int           `json:"services_left_out,omitempty"`
	Running  []runningJSON `json:"running,omitempty"`    // if no end is recorded
	None     *noneJSON     `json:"no_service,omitempty"` // what is of no service, beside the ends
}

type noneJSON struct {
	Ends   int       `json:"ends"`
	Failed int       `json:"failed"`
	List   []endJSON `json:"list"` // of those that failed, the newest first
}

type beginsJSON struct {
	Time event.Nanos `json:"time,omitempty"`
	Wall string      `json:"wall,omitempty"`
	Seq  uint64      `json:"seq"`
	Lost uint64      `json:"lost,omitempty"` // records after that
}

type serviceJSON struct {
	Name    event.Name   `json:"name"`
	Ends    int          `json:"ends"`
	Last    endJSON      `json:"last"`
	Pattern *patternJSON `json:"pattern,omitempty"`
}

type patternJSON struct {
	Ends   int         `json:"ends"`
	Within event.Nanos `json:"within,omitempty"`
	Loop   string      `json:"loop,omitempty"`
	Text   string      `json:"text"`
}

type runningJSON struct {
	PID     uint32      `json:"target_pid"`
	Name    event.Name  `json:"target_name"`
	Service event.Name  `json:"target_service,omitempty"`
	Signals []askedJSON `json:"signals"`
	More    uint64      `json:"more_signals,omitempty"`
}

type endJSON struct {
	Text       string        `json:"text"`
	Cause      string        `json:"cause"`
	PID        uint32        `json:"target_pid"`
	Name       event.Name    `json:"target_name"`
	Service    event.Name    `json:"target_service,omitempty"`
	Time       event.Nanos   `json:"time,omitempty"`
	Wall       string        `json:"wall,omitempty"`
	Shutdown   int           `json:"shutdown,omitempty"` // number of the kept one; absent: the running boot
	Down       bool          `json:"went_down,omitempty"`
	ExitStatus *uint32       `json:"exit_status,omitempty"`
	ExitCode   *uint32       `json:"exit_code,omitempty"` // absent: it did not exit
	RunTime    event.Nanos   `json:"run_time,omitempty"`
	PeakRSS    uint64        `json:"peak_rss,omitempty"`     // KiB
	Shmem      uint64        `json:"shmem,omitempty"`        // KiB, found
	Total      uint64        `json:"memory_total,omitempty"` // KiB, found
	SinceFirst event.Nanos   `json:"since_first,omitempty"`
	By         *askedJSON    `json:"by,omitempty"`
	Stop       *askedJSON    `json:"stop,omitempty"`
	Before     []askedJSON   `json:"before,omitempty"`
	More       uint64        `json:"more_signals,omitempty"`
	Missing    *gapJSON      `json:"missing,omitempty"`
	Sender     *relativeJSON `json:"sender_end,omitempty"`
	Fellow     *relativeJSON `json:"fellow_end,omitempty"`
	Follower   *relativeJSON `json:"follower_end,omitempty"`
	Again      uint32        `json:"again_pid,omitempty"`
	AgainAfter event.Nanos   `json:"again_after,omitempty"`
	Running    *[]runsJSON   `json:"running,omitempty"` // absent: unknown
}

// runsJSON is a process that the service has now.
type runsJSON struct {
	PID  uint32     `json:"pid"`
	Name event.Name `json:"name"`
}

// relativeJSON is the end of another process.
type relativeJSON struct {
	PID  uint32     `json:"target_pid"`
	Name event.Name `json:"target_name"`
	Text string     `json:"text"`
}

type gapJSON struct {
	Records uint64      `json:"records,omitempty"`
	From    event.Nanos `json:"from,omitempty"`
	To      event.Nanos `json:"to,omitempty"`
	Off     bool        `json:"capture_off,omitempty"`
	Counted bool        `json:"only_counted,omitempty"`
}

type askedJSON struct {
	First      event.Nanos     `json:"time,omitempty"`
	Last       event.Nanos     `json:"time_last,omitempty"`
	Signal     uint32          `json:"signal"`
	SignalName string          `json:"signal_name"`
	Count      uint64          `json:"count"`
	Outcome    string          `json:"outcome"`
	Became     string          `json:"became"`
	PID        uint32          `json:"sender_pid"`
	Name       event.Name      `json:"sender_name"`
	Service    event.Name      `json:"sender_service,omitempty"`
	ParentPID  uint32          `json:"parent_pid,omitempty"`
	ParentName event.Name      `json:"parent_name,omitempty"`
	Ancestors  event.Ancestors `json:"ancestors,omitempty"`
	ContextPID uint32          `json:"context_pid,omitempty"`
	Context    event.Name      `json:"context_name,omitempty"`
	Address    string          `json:"fault_address,omitempty"`
	PC         string          `json:"fault_pc,omitempty"`
	Flags      []string        `json:"flags,omitempty"`
	Found      *foundJSON      `json:"found,omitempty"`
}

// foundJSON is what the daemon found about a signal.
type foundJSON struct {
	Sender  []processJSON `json:"sender,omitempty"`
	Asker   []processJSON `json:"asker,omitempty"`
	More    bool          `json:"more,omitempty"` // of sender, or asker
	File    event.Name    `json:"file,omitempty"`
	Removed bool          `json:"removed,omitempty"` // the file, when it was found
	Offset  string        `json:"offset,omitempty"`
}

type processJSON struct {
	Name    event.Name `json:"name"`
	PID     uint32     `json:"pid"`
	Command event.Name `json:"command,omitempty"`
}

func endOf(e *End) endJSON {
	j := endJSON{Text: e.headline(), Cause: e.Cause.String(), PID: e.PID, Name: event.Name(e.Name), Service: event.Name(e.Service),
		Time: event.Nanos(e.Time), Wall: wall(e.Wall), Shutdown: e.Boot.number, Down: e.Down, Shmem: e.Shmem, Total: e.Total, By: askOf(e.By), Stop: askOf(e.Stop),
		Before: asksOf(e.Before), More: e.More, Sender: relativeOf(e.Sender), Fellow: relativeOf(e.Fellow),
		Follower: relativeOf(e.Follower), Again: e.Again, AgainAfter: event.Nanos(e.AgainAfter)}
	if x := e.Record; x != nil && x.Kind == event.KindExit {
		j.ExitStatus, j.RunTime, j.PeakRSS, j.SinceFirst = &x.ExitStatus, event.Nanos(x.RunTime), x.PeakRSS, event.Nanos(x.SinceFirst)
		if sig, _ := x.ExitSignal(); sig == 0 {
			code := x.ExitCode()
			j.ExitCode = &code
		}
	}
	if e.asksNow() && e.Boot.now != nil {
		list := []runsJSON{}
		for _, p := range e.Boot.now[e.Service] {
			list = append(list, runsJSON{p.PID, event.Name(p.Name)})
		}
		j.Running = &list
	}
	if g := e.Gap; g != nil {
		j.Missing = &gapJSON{g.Records, event.Nanos(g.From), event.Nanos(g.To), g.Off, g.Counted}
	}
	return j
}

func relativeOf(e *End) *relativeJSON {
	if e == nil {
		return nil
	}
	return &relativeJSON{e.PID, event.Name(e.Name), e.headline()}
}

func askOf(a *Asked) *askedJSON {
	if a == nil {
		return nil
	}
	e := &a.Event
	name, pid := e.Sender()
	j := &askedJSON{First: event.Nanos(a.First), Last: event.Nanos(e.Last()), Signal: e.Signal, SignalName: event.SignalName(e.Signal), Count: a.Count,
		Outcome: e.Outcome.String(), Became: a.became(), PID: pid, Name: event.Name(name), Service: event.Name(e.SenderService), ParentPID: e.ParentPID,
		ParentName: event.Name(e.ParentName), Ancestors: e.Ancestors, ContextPID: e.ContextPID, Context: event.Name(e.ContextName), Found: foundOf(&a.Found)}
	if e.Flags != 0 {
		j.Flags = strings.Split(e.Flags.String(), ",")
	}
	if e.Flags&event.FlagFault != 0 {
		j.Address, j.PC = event.Address(e.FaultAddress).String(), event.Address(e.FaultPC).String()
	}
	return j
}

func foundOf(n *found.Note) *foundJSON {
	name, removed := fileOf(n)
	j := &foundJSON{File: event.Name(name), Removed: removed, More: n.More}
	if n.File != "" {
		j.Offset = event.Address(n.Offset).String()
	}
	for _, p := range n.Sender {
		j.Sender = append(j.Sender, processJSON{event.Name(p.Name), p.PID, event.Name(p.Command)})
	}
	for _, p := range n.Asker {
		j.Asker = append(j.Asker, processJSON{event.Name(p.Name), p.PID, event.Name(p.Command)})
	}
	if n.File == "" && j.Sender == nil && j.Asker == nil {
		return nil
	}
	return j
}

func asksOf(list []*Asked) []askedJSON {
	var all []askedJSON
	for _, a := range list {
		all = append(all, *askOf(a))
	}
	return all
}

func patternOf(p Pattern) *patternJSON {
	if p.Ends == 0 {
		return nil
	}
	return &patternJSON{p.Ends, event.Nanos(p.Within), p.Loop.String(), p.text("")}
}

func wall(ns int64) string {
	if ns == 0 {
		return ""
	}
	return string(event.AppendWall(nil, ns))
}
