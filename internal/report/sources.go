// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"strings"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

// fromPstore returns a line for each source in pstore that is not shown to be of this
// boot, or of which a part cannot be read.
func (s *Shutdown) fromPstore() (lines []string) {
	for i := range s.Trail.Sources {
		o := &s.Trail.Sources[i]
		switch {
		case o.Told:
		case strings.HasPrefix(o.Name, "dmesg-"): // these say most
			lines = append([]string{recordLine(o)}, lines...)
		case o.Fault != "":
			lines = append(lines, event.Escaped(o.Name)+" in pstore cannot be read: "+excerpt(o.Fault))
		case strings.HasPrefix(o.Name, "console-"):
			lines = append(lines, consoleLine(o))
		case o.Boot == event.BelongsOther:
			lines = append(lines, "pstore's pmsg is of another boot")
		}
	}
	return lines
}

// recordLine returns a line about a record of the kernel's log, "" if its lines are in
// the trail.
func recordLine(o *event.Source) string {
	line := "a record of the kernel's log"
	if console.Classify(o.Text) != console.NoFailure {
		line = "a record of a kernel failure"
	}
	if o.Wall != 0 {
		line += " from " + string(dateAndTime(nil, o.Wall)) + " UTC"
	} else {
		line += ", its date unknown,"
	}
	line += " lies in pstore (" + event.Escaped(o.Name) + ")"
	switch {
	case o.Text == "" && o.Fault == "":
		return ""
	case o.Text == "" && o.Boot == event.BelongsSame:
		return "a part of the record " + event.Escaped(o.Name) + " in pstore cannot be read: " + excerpt(o.Fault)
	case o.Text == "":
		return line + ", and cannot be read: " + excerpt(o.Fault)
	}
	line += ", " + whose(o.Boot) + ": " + said(o)
	if o.Fault != "" {
		line += "; a part of it cannot be read: " + excerpt(o.Fault)
	}
	return line
}

func consoleLine(o *event.Source) string {
	if o.Text == "" {
		return ""
	}
	return "pstore's console is " + whose(o.Boot) + ", and says, " + said(o)
}

// caveat returns what is to be known before all else, "" for nothing.
func (s *Shutdown) caveat() string {
	for i := range s.Trail.Sources {
		o := &s.Trail.Sources[i]
		if strings.HasPrefix(o.Name, "console-") && o.Boot == event.BelongsUnknown && o.Text+o.Fault == "" && !o.Told {
			return "unknown of which boot since the last start of the service: all of this is from pstore's console"
		}
	}
	return ""
}

func whose(boot event.Belongs) string {
	if boot == event.BelongsOther {
		return "of another boot"
	}
	return "not shown to be of this boot"
}

// said returns a source's most important line, with its time.
func said(o *event.Source) string {
	return timed(&event.Event{Time: o.Time, Text: o.Text}, 0)
}

// worstApart returns the first failure in a record that is not shown to be of this boot,
// "" if there is none.
func (s *Shutdown) worstApart() string {
	for i := range s.Trail.Sources {
		if o := &s.Trail.Sources[i]; !o.Told && console.Classify(o.Text) != console.NoFailure {
			return event.Escaped(o.Name) + ": " + excerpt(o.Text)
		}
	}
	return ""
}
