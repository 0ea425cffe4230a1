// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"cmp"
	"slices"
	"strings"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

// shownRecords is how many records of the kernel's log have a line of their own.
const shownRecords = 4

// fromPstore returns a line for each source that is not shown to be of this boot, or of
// which a part cannot be read, the black box too; of many records for the worst ones.
func (s *Shutdown) fromPstore() (lines []string) {
	var records []*event.Source
	for i := range s.Trail.Sources {
		o := &s.Trail.Sources[i]
		switch {
		case o.Told:
		case o.Name == event.BoxSource:
			lines = append(lines, boxLines(o)...)
		case strings.HasPrefix(o.Name, "dmesg-"):
			if !o.Merged || o.Fault != "" {
				records = append(records, o)
			}
		case o.Fault != "":
			lines = append(lines, event.Escaped(o.Name)+" in pstore is damaged: "+excerpt(o.Fault))
		case strings.HasPrefix(o.Name, "console-"):
			lines = append(lines, consoleLine(o))
		case o.Boot == event.BelongsOther:
			line := "pstore's pmsg has lines of another boot"
			if o.Text != "" {
				line += ", and says, " + said(o)
			}
			lines = append(lines, line)
		}
	}
	return append(recordLines(records), lines...) // these say most
}

// boxLines returns what is wrong with the black box.
func boxLines(o *event.Source) (lines []string) {
	if !o.Merged {
		line := "the black box is of another boot"
		if o.Text != "" {
			line += ", and says, " + said(o)
		}
		lines = append(lines, line)
	}
	if o.Fault != "" {
		lines = append(lines, "black box: "+excerpt(o.Fault))
	}
	return lines
}

// recordLines returns the lines of the worst records, of the newest ones among these, and
// a line about the others.
func recordLines(records []*event.Source) (lines []string) {
	slices.SortStableFunc(records, func(a, b *event.Source) int {
		short := func(o *event.Source) int { return len(o.Text + o.Fault) }
		return cmp.Or(cmp.Compare(min(1, short(b)), min(1, short(a))), cmp.Compare(console.Classify(a.Text), console.Classify(b.Text)),
			cmp.Compare(b.Wall, a.Wall))
	})
	more, oldest := uint64(0), int64(0)
	for i, o := range records {
		if i < shownRecords && !o.Short {
			lines = append(lines, recordLine(o))
			continue
		}
		if more++; o.Wall != 0 && (oldest == 0 || o.Wall < oldest) {
			oldest = o.Wall
		}
	}
	if len(records) > 0 {
		lines = append(lines, "to read a record: cat /sys/fs/pstore/"+event.Escaped(records[0].Name)+"; it stays until it is removed with rm")
	}
	if more == 0 {
		return lines
	}
	line := event.Counted(more, "more record of the kernel's log lies in pstore", "more records of the kernel's log lie in pstore")
	if oldest != 0 {
		line += ", the oldest from " + string(dateAndTime(nil, oldest)) + " UTC"
	}
	return append(lines, line)
}

// recordLine returns a line about a record of the kernel's log.
func recordLine(o *event.Source) string {
	line := "a record of the kernel's log"
	if console.Classify(o.Text) != console.NoFailure {
		line = "a record of a kernel failure"
	}
	if o.Wall != 0 {
		line += " (file of " + string(dateAndTime(nil, o.Wall)) + " UTC)"
	} else {
		line += ", its date unknown,"
	}
	line += " lies in pstore (" + event.Escaped(o.Name) + ")"
	switch {
	case o.Merged:
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
	switch {
	case o.Short:
		return "pstore's console is " + whose(o.Boot)
	case o.Text == "":
		return ""
	}
	return "pstore's console is " + whose(o.Boot) + ", and says, " + said(o)
}

// caveat returns what is to be known before all else, "" for nothing.
func (s *Shutdown) caveat() string {
	for i := range s.Trail.Sources {
		o := &s.Trail.Sources[i]
		if strings.HasPrefix(o.Name, "console-") && o.Boot == event.BelongsUnknown && o.Merged {
			return "unknown of which boot since the last start of the service: all of this is from pstore's console"
		}
	}
	return ""
}

// unordered says that another boot may be the last one.
func (s *Shutdown) unordered() string {
	if !s.Trail.Unordered {
		return ""
	}
	return "no clock shows whether this boot is later than the one kept before it"
}

func whose(boot event.Belongs) string {
	if boot == event.BelongsOther {
		return "of another boot"
	}
	return "not shown to be of the boot that ended"
}

// said returns a source's most important line, with its time.
func said(o *event.Source) string {
	return timed(&event.Event{Time: o.Time, Text: o.Text}, 0)
}

// worstApart returns the first failure in a source that is not shown to be of the boot
// that ended, "" if there is none.
func (s *Shutdown) worstApart() string {
	for i := range s.Trail.Sources {
		if o := &s.Trail.Sources[i]; !o.Told && console.Classify(o.Text) != console.NoFailure {
			return event.Escaped(o.Name) + " (" + o.Boot.String() + " boot): " + excerpt(o.Text)
		}
	}
	return ""
}
