// SPDX-License-Identifier: GPL-2.0

package report

import "sigtrail/internal/event"

// howToKeep is where one reads how to have pstore.
const howToKeep = "; docs/pstore.md tells how to keep it"

func (s *Shutdown) appendEnding(b []byte) []byte {
	switch s.Ending {
	case EndReboot:
		b = s.appendReboot(b)
	case EndFailure:
		b = append(b, "ends with that failure of the kernel"...)
	case EndCut:
		b = append(b, "ends before reboot(2): the machine was reset amid it, by a watchdog or by hand"...)
	default:
		b = append(b, "ends with what the daemon could still write, the rest is missing: "...)
		b = append(append(b, s.whyMissing()...), howToKeep...)
	}
	return s.appendMissing(b, "; ")
}

func (s *Shutdown) appendReboot(b []byte) []byte {
	if s.Reboot == nil {
		return appendText(append(b, "ends with the kernel's own line: "...), s.LastLine.Text)
	}
	orderly := s.Way == WayForced || s.Way == WaySysupgrade || byInit(s.Reboot)
	if orderly {
		b = append(b, "ends with "...)
	} else {
		b = append(b, "cut short by "...)
	}
	b = append(append(b, "reboot(2): "...), s.Reboot.RebootCode.String()...)
	if s.Reboot.Text != "" {
		b = append(event.AppendEscaped(append(b, ` "`...), s.Reboot.Text), '"')
	}
	switch {
	case s.Way == WayForced:
		return b
	case byInit(s.Reboot):
		return append(appendName(append(b, ", called by init ("...), s.Reboot.SenderName, s.Reboot.SenderPID), ')')
	}
	return appendSender(append(b, ", called by "...), s.Reboot)
}

func (s *Shutdown) whyMissing() string {
	switch s.Trail.Pstore {
	case event.PstoreNone:
		return "this kernel has no pstore"
	case event.PstoreUnmounted:
		return "pstore is not mounted"
	case event.PstoreEmpty:
		if s.Code == event.RebootPowerOff || s.Trail.Reset == event.ResetCold {
			return "pstore was empty, as power had been off"
		}
		return "pstore was empty"
	}
	if s.Trail.MergedBy == "" {
		return "pstore has not been read, as the service has not started since"
	}
	return "nothing tells of pstore"
}

// appendMissing appends what the trail lacks in between.
func (s *Shutdown) appendMissing(b []byte, first string) []byte {
	records := uint64(0)
	for _, l := range s.Trail.Losses {
		records += l.Records()
	}
	sep := first
	for _, gap := range [...]struct {
		n         uint64
		one, many string
	}{
		{records, "record was lost", "records were lost"},
		{s.HeldBack, "line was not printed for the rate limit", "lines were not printed for the rate limit"},
		{s.Trail.Cut, "line is left out for the size of the file", "lines are left out for the size of the file"},
	} {
		if gap.n > 0 {
			b = appendCount(append(b, sep...), gap.n, gap.one, gap.many)
			sep = ", "
		}
	}
	return b
}

func (s *Shutdown) appendGaps(b []byte) []byte { return s.appendMissing(b, "") }

// What follows is told of an end that was no shutdown.

func appendNotOrderly(b []byte) []byte {
	return append(b, "not orderly: no request to init, no kill-all and no reboot(2) was recorded"...)
}

func (s *Shutdown) appendReset(b []byte) []byte {
	switch s.Trail.Reset {
	case event.ResetWarm:
		return append(b, "memory has outlived it (warm): a panic, a watchdog or the reset button, not a power cut"...)
	case event.ResetCold:
		return append(b, "memory has not outlived it (cold): power was off"...)
	}
	b = append(b, "whether power was off is not known: "...)
	return append(append(b, s.whyMissing()...), howToKeep...)
}

func (s *Shutdown) appendFailure(n int) func(b []byte) []byte {
	return func(b []byte) []byte {
		if n >= len(s.Failures) {
			return b
		}
		return appendNote(append(b, "the kernel's log has, "...), s.Failures[n].Note)
	}
}

// appendLastNote tells the kernel's last words, if no failure is among them.
func (s *Shutdown) appendLastNote(b []byte) []byte {
	if len(s.Failures) > 0 {
		return b
	}
	for i := len(s.Trail.Events) - 1; i >= 0; i-- {
		if e := &s.Trail.Events[i]; e.Kind == event.KindNote && e.Origin == event.OriginConsole {
			return appendNote(append(b, "the kernel's log ends, "...), e)
		}
	}
	return b
}

func appendNote(b []byte, e *event.Event) []byte {
	if e.Time == 0 {
		b = append(b, "at a time that is not known"...)
	} else {
		b = append(appendSeconds(b, e.Time), " s after boot"...)
	}
	return appendText(append(b, ": "...), e.Text)
}
