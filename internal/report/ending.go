// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"slices"
	"strings"

	"sigtrail/internal/event"
)

// seePstore points to the page on how to set pstore up.
const seePstore = "; see docs/pstore.md"

// ended returns where the trail ends, and why.
func (s *Shutdown) ended() string {
	line := ""
	switch s.Ending {
	case EndReboot:
		line = s.rebooted()
	case EndFailure:
		line = "ends with this kernel failure"
	case EndCut:
		line = "ends before reboot(2): the machine may have been reset during the shutdown (a watchdog, by hand), or its last lines are missing"
	case EndSilent:
		line = "ends before reboot(2): " + s.silent()
	default:
		line = "ends with the daemon's last line, the rest is missing: " + s.whyMissing()
		if o := s.offDuring(); o != nil {
			line = "unknown whether reboot(2) was called: " + s.hidden(o)
		}
	}
	if s.RebootFailed != nil {
		line += "; this failed: " + excerpt(s.RebootFailed.Text) + "; unknown what started the machine again"
	}
	if later := between(s.End, s.Trail.Alive); s.Ending == EndReboot && later >= 1e9 {
		line += "; the kernel was last alive " + seconds(later) + " s later"
	}
	if at := s.inReboot(); at != nil {
		line += "; processes still ran " + seconds(at.Duration()) + " s later"
	}
	if gaps := s.missing(); gaps != "" {
		line += "; " + gaps
	}
	return line
}

func (s *Shutdown) rebooted() string {
	e := s.Reboot
	if e == nil {
		return "ends with the kernel's line: " + excerpt(s.LastLine.Text)
	}
	line := "ends with reboot(2): "
	if s.Way != WayForced && s.Way != WaySysupgrade && !byInit(e) {
		line = "cut short by reboot(2): "
	}
	line += e.RebootCode.String()
	if e.Text != "" {
		line += ` "` + event.Escaped(e.Text) + `"`
	}
	switch {
	case s.Way == WayForced:
		return line
	case byInit(e):
		return line + ", called by init (" + process(e.SenderName, e.SenderPID) + ")"
	}
	return line + ", called by " + sender(e)
}

// emptied is what an empty pstore may mean.
const emptied = ", as after a power cut, or a reset that clears RAM"

// whyMissing returns why there is nothing from pstore.
func (s *Shutdown) whyMissing() string {
	why := s.emptyBox()
	if why != "" {
		switch s.Trail.Pstore {
		case event.PstoreNone, event.PstoreUnmounted, event.PstoreUnknown:
			return why
		}
		return why + "; " + s.whyMissingInPstore()
	}
	return s.whyMissingInPstore()
}

// whyMissingInPstore returns why pstore has nothing.
func (s *Shutdown) whyMissingInPstore() string {
	why := ""
	switch s.Trail.Pstore {
	case event.PstoreNone, event.PstoreUnmounted:
		why = NothingIn(s.Trail.Pstore)
	case event.PstoreRecords:
		if len(s.Trail.Sources) > 0 && !slices.ContainsFunc(s.Trail.Sources, func(o event.Source) bool { return !o.Told }) {
			return "pstore has only records of the kernel's log that an earlier start told"
		}
		return "pstore has only records of the kernel's log, and none is shown to be of the boot that ended"
	case event.PstoreOther:
		return "nothing in pstore is shown to be of the boot that ended"
	case event.PstoreFound:
		why = "pstore has no line of the console"
	case event.PstoreEmpty:
		if s.boxKept() {
			return "pstore was empty, the black box was not: RAM survived, at least in part"
		}
		return "pstore was empty" + emptied
	default:
		if s.Trail.MergedBy == "" {
			return "it is not merged with pstore yet, which the service does at its start"
		}
		why = "state of pstore unknown"
	}
	return why + seePstore
}

// NothingIn says that a pstore has nothing, and why.
func NothingIn(p event.Pstore) string {
	switch p {
	case event.PstoreNone:
		return "this kernel has no pstore"
	case event.PstoreUnmounted:
		return "pstore is not mounted"
	}
	return "pstore has nothing new"
}

// missing returns which lines and records the trail lacks.
func (s *Shutdown) missing() string {
	var parts []string
	for _, gap := range [...]struct {
		n         uint64
		one, many string
	}{
		{s.lost(), "record was lost", "records were lost"},
		{s.OnlyCounted, onlyCounted1, onlyCounted},
		{s.heldBack(), "line was held back by the rate limit", "lines were held back by the rate limit"},
		{s.Trail.Malformed, "damaged place in its file was skipped", "damaged places in its file were skipped"},
		{s.Trail.Cut, "line was left out by the size limit", "lines were left out by the size limit"},
	} {
		if gap.n > 0 {
			parts = append(parts, event.Counted(gap.n, gap.one, gap.many))
		}
	}
	return strings.Join(parts, ", ")
}

// What summaries say of the signals that they count.
const (
	onlyCounted1 = "signal of a user's processes was only counted"
	onlyCounted  = "signals of users' processes were only counted"
)

// heldBack returns how many of the kernel's lines are missing because of the rate limit. The
// black box has the records that they were of.
func (s *Shutdown) heldBack() uint64 {
	if s.Trail.Boxed() {
		return 0
	}
	return s.HeldBack
}

// lost returns how many records were lost.
func (s *Shutdown) lost() (records uint64) {
	for _, l := range s.Trail.Losses {
		records += l.Records()
	}
	return records
}

// reset returns what caused the end of a boot without a shutdown.
func (s *Shutdown) reset() string {
	switch {
	case s.Ending == EndSilent:
		return s.silent()
	case s.Trail.Boxed() && s.Ending == EndFailure:
		return "" // that line follows
	case s.offAtEnd() != nil:
		return "unknown how it ended: " + s.hidden(s.offAtEnd())
	}
	switch s.kindOfReset() {
	case event.ResetWarm:
		return "warm reset, RAM survived, as after a panic, a watchdog or the reset button"
	case event.ResetCold:
		return "pstore was empty (cold)" + emptied
	}
	return "unknown how it ended: " + s.whyMissing()
}

// failed returns the line of the nth kernel failure, "" if there were fewer.
func (s *Shutdown) failed(n int) string {
	if n >= len(s.Failures) {
		return ""
	}
	f := &s.Failures[n]
	if f.Event.Kind != event.KindNote {
		return f.text() + ", " + s.whenAt(f.Event.Time, false)
	}
	return "kernel log, " + s.timed(f.Event)
}

// soonAfter is the time, in ns, within which the kernel's lines may be of one failure, and
// stop scripts follow a request.
const soonAfter = 10e9

// lastKernelLine returns the last line of the kernel's log, unless it follows a failure
// at once.
func (s *Shutdown) lastKernelLine() string {
	for i := len(s.Trail.Events) - 1; i >= 0; i-- {
		e := &s.Trail.Events[i]
		if e.Kind != event.KindNote || !e.FromText() {
			continue
		}
		if slices.ContainsFunc(s.Failures, func(f Failure) bool { return between(f.Event.Time, e.Time) < soonAfter }) {
			return ""
		}
		return "last kernel line, " + s.timed(e)
	}
	return ""
}

// timed returns a note's time and text.
func (s *Shutdown) timed(e *event.Event) string { return timed(e, s.wallOf(e)) }

// timed returns a line's time and text; wall is in ns since 1970, 0 if it is unknown.
func timed(e *event.Event, wall int64) string {
	at := atLeast(e.TimeAtLeast) + seconds(e.Time) + " s after boot"
	if e.Time == 0 {
		at = "time unknown"
	}
	if wall != 0 {
		at += ", at " + string(dateAndTime(nil, wall)) + " UTC"
	}
	return at + ": " + excerpt(e.Text)
}

// wallOf returns the wall time of an event, by the trail's clocks or else by the date of
// the record that has it; 0: unknown, or not set.
func (s *Shutdown) wallOf(e *event.Event) int64 {
	if e.Time == 0 || e.TimeAtLeast {
		return 0
	}
	timed := event.Event{Wall: s.Trail.Wall(e.Time)}
	for i := range s.Trail.Sources {
		o := &s.Trail.Sources[i]
		if o.Merged && timed.Wall == 0 && o.Wall != 0 && o.Time >= e.Time {
			timed.Wall = o.Wall - int64(o.Time-e.Time)
		}
	}
	if timed.WallUnset() {
		return 0
	}
	return timed.Wall
}
