// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/console"
	"sigtrail/internal/event"
)

func recordedConsole(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("../console/testdata/console-ramoops-0")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// story is what the kernel recorded during the shutdown of the recorded console: the
// records that it printed, and after each of them one that it does not print.
func story(t testing.TB) []event.Event {
	t.Helper()
	var all []event.Event
	text := recordedConsole(t)
	c := console.NewReader(text)
	offset, _ := c.Beginning(0)
	c = console.NewReader(text).From(offset)
	for l, ok := c.Next(); ok; l, ok = c.Next() {
		e := l.Event()
		if e.Kind == event.KindNote {
			continue
		}
		seq := uint64(200 + 2*len(all)/2)
		e.Seq, e.Origin, e.Flags = seq, event.OriginLive, event.FlagShutdown|event.FlagPrinted
		e.SenderTID, e.TargetTID = e.SenderPID, e.TargetPID
		e.Time -= 2100 // the line is made a little later, its stamp cut off
		exit := event.Event{Seq: seq + 1, Time: e.Time + 11000, Kind: event.KindExit, Flags: event.FlagShutdown,
			TargetPID: e.TargetPID, TargetTID: e.TargetPID, TargetName: e.TargetName, ExitStatus: e.Signal}
		all = append(all, e, exit)
	}
	return all
}

// parts is what remains of a story after the reset.
type parts struct {
	flash, pmsg []event.Event
	console     []byte
	box         []event.Event // nil: no black box
}

// left returns what pstore has.
func (p parts) left() PstoreData {
	left := PstoreData{State: event.PstoreFound, Reset: event.ResetWarm, Console: p.console}
	if len(p.pmsg) > 0 {
		left.Pmsg = append(head.AppendHeader(nil), '\n')
		for _, e := range p.pmsg {
			left.Pmsg = append(e.AppendJSON(left.Pmsg), '\n')
		}
	}
	if p.box != nil {
		left.Box = boxOf(boot, p.box)
	}
	return left
}

// boxOf is a black box with the records of a boot; id is "" if no daemon ran.
func boxOf(id string, records []event.Event) Box {
	b := Box{State: event.Box{Place: event.BoxName, Found: event.FoundRecords, Address: 1 << 20, Size: 320 << 10},
		Previous: event.Previous{Records: event.CountOf(uint32(len(records))), Damaged: event.CountOf(0), BootID: id,
			Local: 63e9, Boottime: 63e9, Realtime: 1763785521e9}}
	for i := range records {
		b.Add(&records[i])
	}
	return b
}

// merge merges the parts.
func (p parts) merge(t testing.TB) *event.Trail {
	t.Helper()
	flash := head
	flash.Events = slices.Clone(p.flash)
	for i := range flash.Events {
		flash.Events[i].Origin = event.OriginFlash
	}
	m := merging{Store: Store{Size: 1 << 20}, left: p.left()}
	m.box = m.left.Box.trail()
	return m.combine(&flash)
}

// put writes the parts to files and merges these, as the daemon does at its start.
func (p parts) put(t testing.TB) *event.Trail {
	t.Helper()
	s := newStore(t)
	s.Size = 1 << 20
	if len(p.flash) > 0 {
		d := begin(t, s)
		b := new(Batch)
		for _, e := range p.flash {
			b.Event(&e)
		}
		d.Write(b)
	}
	merged, err := s.Recover(other, p.left())
	if err != nil || merged == nil {
		t.Fatalf("%+v, %v", merged, err)
	}
	// The file has what was returned.
	list, damaged, err := List(s.Dir)
	if len(list) != 1 || len(damaged) != 0 || err != nil {
		t.Fatalf("kept: %v, %v damaged, %v", list, damaged, err)
	}
	again, malformed, err := list[0].Load()
	if err != nil || malformed != 0 || describe(again) != describe(merged) || !slices.Equal(again.Events, merged.Events) {
		t.Errorf("%d malformed, %v; kept is\n%s\nwant\n%s", malformed, err, describe(again), describe(merged))
	}
	return merged
}

// check compares a merged trail with the story. Each stored record must be there
// once, with its number; each record that was only printed, too, without a number.
// There are no other records, and the order is the story's. A line must be found if
// it is whole, and may be found if only its stamp is damaged.
func (p parts) check(t testing.TB, what string, whole []event.Event, merged *event.Trail) {
	t.Helper()
	stored := make(map[uint64]event.Origin)
	for _, e := range p.pmsg {
		stored[e.Seq] = event.OriginPmsg
	}
	for _, e := range p.flash {
		stored[e.Seq] = event.OriginFlash
	}
	for _, e := range p.box {
		stored[e.Seq] = event.OriginBox
	}
	var got, want []string
	last := uint64(0)
	for _, e := range merged.Events {
		if e.Kind == event.KindNote {
			continue
		}
		got = append(got, fmt.Sprintf("%v %s", e.Origin, consoleText(&e)))
		if e.Seq != 0 && e.Seq <= last {
			t.Errorf("%s: number %d after %d", what, e.Seq, last)
		}
		last = max(last, e.Seq)
		if (e.Seq == 0) != (e.Origin == event.OriginConsole) {
			t.Errorf("%s: %v of %v has number %d", what, &e, e.Origin, e.Seq)
		}
	}
	for _, e := range whole {
		line := consoleText(&e)
		origin, ok := stored[e.Seq]
		if !ok && e.Flags&event.FlagPrinted != 0 {
			origin = event.OriginConsole
			stamped := fmt.Sprintf("[%12s] %s\n", event.AppendSeconds(nil, e.Time+2100), line)
			ok = bytes.Contains(p.console, []byte(stamped)) ||
				bytes.Contains(p.console, []byte(line+"\n")) && slices.Contains(got, "console "+line)
		}
		if ok {
			want = append(want, fmt.Sprintf("%v %s", origin, line))
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s: got\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// consoleText is the event's line as the kernel prints it.
func consoleText(e *event.Event) string {
	line := e.String()
	if e.Kind == event.KindSignal {
		line, _, _ = strings.Cut(line, " SIG")
	}
	return line
}
