// SPDX-License-Identifier: GPL-2.0

package report

import (
	"strings"

	"sigtrail/internal/event"
)

// howToKeep is where one reads how to have pstore.
const howToKeep = "; docs/pstore.md tells how to keep it"

// ended tells where the trail ends, and why.
func (s *Shutdown) ended() string {
	said := ""
	switch s.Ending {
	case EndReboot:
		said = s.rebooted()
	case EndFailure:
		said = "ends with that failure of the kernel"
	case EndCut:
		said = "ends before reboot(2): the machine was reset amid it, by a watchdog or by hand"
	default:
		said = "ends with what the daemon could still write, the rest is missing: " + s.whyMissing()
	}
	if gaps := s.missing(); gaps != "" {
		said += "; " + gaps
	}
	return said
}

func (s *Shutdown) rebooted() string {
	e := s.Reboot
	if e == nil {
		return "ends with the kernel's own line: " + excerpt(s.LastLine.Text)
	}
	said := "ends with reboot(2): "
	if s.Way != WayForced && s.Way != WaySysupgrade && !byInit(e) {
		said = "cut short by reboot(2): "
	}
	said += e.RebootCode.String()
	if e.Text != "" {
		said += ` "` + event.Escaped(e.Text) + `"`
	}
	switch {
	case s.Way == WayForced:
		return said
	case byInit(e):
		return said + ", called by init (" + process(e.SenderName, e.SenderPID) + ")"
	}
	return said + ", called by " + sender(e)
}

// whyMissing tells why nothing of pstore is there.
func (s *Shutdown) whyMissing() string {
	why := ""
	switch s.Trail.Pstore {
	case event.PstoreNone:
		why = "this kernel has no pstore"
	case event.PstoreUnmounted:
		why = "pstore is not mounted"
	case event.PstoreEmpty:
		if s.Code == event.RebootPowerOff || s.Trail.Reset == event.ResetCold {
			return "pstore was empty, as power had been off"
		}
		why = "pstore was empty"
	default:
		if s.Trail.MergedBy == "" {
			return "pstore has not been read, as the service has not started since"
		}
		why = "nothing tells of pstore"
	}
	return why + howToKeep
}

// missing tells what the trail lacks in between.
func (s *Shutdown) missing() string {
	var said []string
	for _, gap := range [...]struct {
		n         uint64
		one, many string
	}{
		{s.lost(), "record was lost", "records were lost"},
		{s.HeldBack, "line was not printed for the rate limit", "lines were not printed for the rate limit"},
		{s.Trail.Cut, "line is left out for the size of the file", "lines are left out for the size of the file"},
	} {
		if gap.n > 0 {
			said = append(said, counted(gap.n, gap.one, gap.many))
		}
	}
	return strings.Join(said, ", ")
}

// lost returns how many records were lost.
func (s *Shutdown) lost() (records uint64) {
	for _, l := range s.Trail.Losses {
		records += l.Records()
	}
	return records
}

// reset tells how an end came about that was no shutdown.
func (s *Shutdown) reset() string {
	switch s.Trail.Reset {
	case event.ResetWarm:
		return "memory has outlived it (warm): a panic, a watchdog or the reset button, not a power cut"
	case event.ResetCold:
		return "memory has not outlived it (cold): power was off"
	}
	return "whether power was off is not known: " + s.whyMissing()
}

// failed tells of the nth failure of the kernel, if there were so many.
func (s *Shutdown) failed(n int) string {
	if n >= len(s.Failures) {
		return ""
	}
	return "the kernel's log has, " + words(s.Failures[n].Note)
}

// lastWords tells the last of the kernel's log, if no failure is in it.
func (s *Shutdown) lastWords() string {
	if len(s.Failures) > 0 {
		return ""
	}
	for i := len(s.Trail.Events) - 1; i >= 0; i-- {
		if e := &s.Trail.Events[i]; e.Kind == event.KindNote && e.Origin == event.OriginConsole {
			return "the kernel's log ends, " + words(e)
		}
	}
	return ""
}

// words returns when a note was made, and what it says.
func words(e *event.Event) string {
	if e.Time == 0 {
		return "at a time that is not known: " + excerpt(e.Text)
	}
	return seconds(e.Time) + " s after boot: " + excerpt(e.Text)
}
