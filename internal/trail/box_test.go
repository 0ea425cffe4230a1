// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

// What the black box has comes first, and flash, pmsg and console fill what it has lost.
func TestMergeBox(t *testing.T) {
	whole, text := story(t), recordedConsole(t)
	for from := 0; from < len(whole); from += 3 {
		for to := from; to <= len(whole); to += 4 {
			p := parts{flash: whole[:min(len(whole), from+2)], pmsg: whole[from:to], console: text, box: whole[from:to]}
			p.check(t, fmt.Sprintf("black box from %d to %d", from, to), whole, p.merge(t))
		}
	}
	// Damaged records leave gaps.
	for n := 2; n < 9; n++ {
		var p parts
		for i, e := range whole {
			if i%n != 1 {
				p.box = append(p.box, e)
			}
			if i%3 == 0 {
				p.flash = append(p.flash, e)
			}
		}
		p.console = text
		merged := p.put(t)
		p.check(t, fmt.Sprint("every record damaged of ", n), whole, merged)
		stored := make(map[uint64]bool)
		for _, e := range append(p.flash, p.box...) {
			stored[e.Seq] = true
		}
		missing := uint64(len(whole) - len(stored))
		if !stored[whole[len(whole)-1].Seq] {
			missing-- // unknown that there was one
		}
		lost := uint64(0)
		for _, l := range merged.Losses {
			if l.From == 1 {
				continue // what comes before the story
			}
			lost += l.Records()
			if !l.Damaged {
				t.Errorf("overwritten: %+v", l)
			}
		}
		if lost != missing {
			t.Errorf("every record damaged of %d: %v lost, want %d", n, merged.Losses, missing)
		}
	}
}

// The black box has the ids of cgroups. What the daemon has stored names them.
func TestMergeBoxServices(t *testing.T) {
	whole := story(t)
	p := parts{box: slices.Clone(whole), flash: slices.Clone(whole[len(whole)-1:])}
	for i := range p.box {
		p.box[i].SenderCgroup, p.box[i].TargetCgroup = 7, uint64(i%2)
	}
	p.flash[0].SenderCgroup, p.flash[0].SenderService = 7, "cron"
	p.flash[0].TargetService = "of an unknown group"
	merged := p.put(t).Events
	for i := range merged {
		if e := &merged[i]; e.Seq != 0 && (e.SenderService != "cron" || e.TargetService != "") {
			t.Errorf("record %d: %q, %q", e.Seq, e.SenderService, e.TargetService)
		}
	}
}

// The daemon's notes stay after the record that they followed, its losses are filled.
func TestMergeBoxNotes(t *testing.T) {
	whole := story(t)
	note := event.Event{Kind: event.KindNote, Time: whole[4].Time, Text: "Stall :: no signal, exit or mark for 10 s"}
	p := parts{flash: slices.Insert(slices.Clone(whole[:8]), 5, note), box: whole[2:]}
	flash := head
	flash.Events = p.flash
	for i := range flash.Events {
		flash.Events[i].Origin = event.OriginFlash
	}
	flash.Losses = []event.Loss{{From: 190, To: 199}, {From: 203, To: 206}, {From: 500, To: 509}}
	m := merging{Store: Store{Size: 1 << 20}, left: p.left()}
	m.box = m.left.Box.trail()
	merged := m.combine(&flash)
	want := "lost 190-199 200 201 202 203 204 (" + note.Text + ") 205 206"
	if got := describe(merged); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, fmt.Sprintf("%d lost %d-509", whole[len(whole)-1].Seq, whole[len(whole)-1].Seq+1)) {
		t.Errorf("%s\nwant %s", got, want)
	}
	if merged.Events[0].Origin != event.OriginFlash || merged.Events[2].Origin != event.OriginBox {
		t.Errorf("%+v", merged.Events[:3])
	}
}

// Notes about a hang before a shutdown may be all that flash has.
func TestMergeBoxEarlyNotes(t *testing.T) {
	note := func(at uint64) event.Event {
		return event.Event{Kind: event.KindNote, Origin: event.OriginFlash, Time: at, Text: fmt.Sprint(at / 1e6)}
	}
	m := merging{Store: Store{Size: 1 << 20}, left: PstoreData{Box: boxOf(boot, before(4))}}
	m.box = m.left.Box.trail()
	flash := event.Trail{BootID: boot, Events: []event.Event{note(50e6), note(250e6), note(260e6), note(900e6)}}
	if got, want := describe(m.combine(&flash)), "(50) 1 2 (250) (260) 3 4 (900)"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// Records of one kind and process are matched with their lines, exits and survivors too.
func TestMergeBoxPrinted(t *testing.T) {
	const printed = event.FlagShutdown | event.FlagPrinted
	records := []event.Event{
		{Seq: 7, Time: 60e9, Signal: 9, Flags: printed, SenderPID: 1, SenderName: "procd", TargetPID: 66, TargetName: "dd"},
		{Seq: 8, Time: 60.5e9, Kind: event.KindExit, Flags: printed, TargetPID: 67, TargetName: "cat", ExitStatus: 9},
		{Seq: 9, Time: 61e9, Kind: event.KindReboot, Flags: printed, SenderPID: 70, SenderName: "procd", ParentPID: 1, ParentName: "procd", RebootCode: event.RebootRestart},
		{Seq: 10, Time: 61e9, Kind: event.KindSurvivor, Flags: printed | event.FlagKillPending, TargetPID: 66, TargetName: "dd", State: 'D', Text: "io_schedule"},
	}
	for i := range records {
		e := records[i]
		for _, line := range []*event.Event{{Kind: e.Kind, Signal: e.Signal, SenderPID: e.SenderPID, SenderName: e.SenderName, TargetPID: e.TargetPID,
			TargetName: e.TargetName, ExitStatus: e.ExitStatus, Time: e.Time + 1000}} {
			if n, ok := newMerger(records).match(line, true); !ok || n != i {
				t.Errorf("%v is matched with %d, %v", line, n, ok)
			}
			line.TargetPID++
			if n, ok := newMerger(records).match(line, true); ok && e.TargetPID != 0 {
				t.Errorf("%v is matched with %d", line, n)
			}
		}
	}
}

// before is what a boot recorded until its shutdown: one record each 100 ms.
func before(n int) (list []event.Event) {
	for seq := uint64(1); seq <= uint64(n); seq++ {
		list = append(list, event.Event{Seq: seq, Time: seq * 100e6, Signal: 15, SenderPID: 7, SenderTID: 7, SenderName: "killall",
			TargetPID: 8, TargetTID: 8, TargetName: "legacyd"})
	}
	return list
}

// Of a shutdown the records from a little before it are kept, of another end the last ones.
func TestBoxRelevant(t *testing.T) {
	for _, c := range []struct {
		what          string
		records, from int // the first one of the shutdown; 0: none
		forced        bool
		size          int64
		want          uint64 // the first one that is kept
		cut           bool   // of a file that is too small
	}{
		{"a shutdown", 2000, 1501, false, 1 << 20, 1501 - beforeShutdown, false},
		{"a short boot", 100, 15, false, 1 << 20, 1, false},
		{"only a shutdown", 2000, 1, false, 1 << 20, 1, false},
		{"reboot -f", 3000, 2990, true, 1 << 20, 2990 - beforeReset, false},
		{"reboot -f with survivors", 3000, 2500, true, 1 << 20, 2500 - beforeReset, false},
		{"a reset", 3000, 0, false, 1 << 20, 3001 - beforeReset, false},
		{"a reset", 2*beforeReset - 1, 0, false, 1 << 20, beforeReset, false},
		{"a small file", 3000, 0, false, 2 << 10, 0, true},
	} {
		s := newStore(t)
		s.Size = c.size
		list := before(c.records)
		for i := c.from - 1; c.from > 0 && i < len(list); i++ {
			if list[i].Flags = event.FlagShutdown; c.forced {
				list[i].Kind = event.KindSurvivor
			}
		}
		if c.forced {
			list[c.from-1].Kind = event.KindReboot
		}
		tr, err := s.Recover(bootY, PstoreData{Box: boxOf(bootX, list)})
		must(t, err)
		first, last := tr.Events[0].Seq, tr.Events[len(tr.Events)-1].Seq
		if last != uint64(c.records) || len(tr.Losses) != 0 || c.want != 0 && first != c.want || (tr.Cut != 0) != c.cut || len(tr.Events) != int(last-first+1) {
			t.Errorf("%s: records %d to %d, %d cut, %v", c.what, first, last, tr.Cut, tr.Losses)
		}
		kept, _, _ := List(s.Dir)
		info, _ := os.Stat(kept[0].Path)
		if info.Size() > c.size || c.from == 0 && info.Size() > 40<<10 {
			t.Errorf("%s: %d bytes", c.what, info.Size())
		}
	}
}

// What is read of a black box without a shutdown does not need memory for all of it.
func TestBoxMemory(t *testing.T) {
	list := before(5640)
	b := boxOf(boot, list)
	if cap(b.Events) > 4*beforeReset {
		t.Errorf("memory for %d records", cap(b.Events))
	}
}

// A clock that was not set dates nothing, and is better than none.
func TestBoxClocks(t *testing.T) {
	for _, c := range []struct {
		realtime uint64
		stored   uint64 // by the daemon
		want     uint64
	}{
		{1763785521e9, 1763785512e9, 1763785521e9},
		{63e9, 1763785512e9, 1763785512e9},
		{63e9, 0, 63e9},
		{0, 1763785512e9, 1763785512e9},
	} {
		left := PstoreData{Box: boxOf(boot, before(3))}
		if left.Box.Previous.Realtime = c.realtime; c.realtime == 0 {
			left.Box.Previous.Local = 0
		}
		m := merging{Store: Store{Size: 1 << 20}, left: left}
		m.box = m.left.Box.trail()
		tr := m.combine(&event.Trail{BootID: boot, ClockLocal: 54e9, ClockRealtime: c.stored})
		if tr.ClockRealtime != c.want {
			t.Errorf("%+v: %d", c, tr.ClockRealtime)
		}
	}
}

// The daemon that claimed the log last is the one that recorded.
func TestBoxDaemon(t *testing.T) {
	list := before(3)
	list[0] = event.Event{Seq: 1, Kind: event.KindClaim, SenderPID: 30, SenderName: "sigtrail", ParentPID: 29, ParentName: "ujail"}
	list[1] = event.Event{Seq: 2, Kind: event.KindClaim, SenderPID: 40, SenderName: "sigtrail", ParentPID: 1, ParentName: "procd"}
	for n, want := range [][2]uint32{{0, 0}, {30, 29}, {40, 0}} {
		tr, err := newStore(t).Recover(bootY, PstoreData{Box: boxOf(bootX, slices.Delete(slices.Clone(list), n, 2))})
		if err != nil || tr.DaemonPID != want[0] || tr.JailPID != want[1] {
			t.Errorf("%d claims: %d, %d, %v", n, tr.DaemonPID, tr.JailPID, err)
		}
	}
}

// Without an orderly shutdown the console's last lines are merged, not as a shutdown.
func TestBoxConsole(t *testing.T) {
	list := before(30)
	list[29] = event.Event{Seq: 30, Time: 3.1e9, Kind: event.KindPanic, Flags: event.FlagKernel, Text: "sysrq triggered crash", ContextPID: 9, ContextName: "sh"}
	for i := range list[:29] {
		list[i].Flags = event.FlagPrinted
	}
	text := "[    2.900001] Signal :: (killall 7) --[15]--> (legacyd 8)\n[    3.000000] sysrq: Trigger a crash\n[    3.100000] Kernel panic - not syncing: sysrq triggered crash\n"
	tr, err := newStore(t).Recover(bootY, PstoreData{State: event.PstoreFound, Console: []byte(text), Box: boxOf(bootX, list)})
	if err != nil || len(tr.Events) != 32 || len(tr.Sources) != 2 || tr.Sources[1].Boot != event.BelongsSame {
		t.Fatalf("%s, %+v, %v", describe(tr), tr.Sources, err)
	}
	for _, e := range tr.Events {
		if e.Flags&event.FlagShutdown != 0 {
			t.Errorf("of a shutdown: %v", &e)
		}
	}
}

// With a black box the daemon writes nothing to pmsg, and counts only what the black box
// does not have. Once it says why flash is not used.
func TestBoxSparesPmsg(t *testing.T) {
	s := newStore(t)
	s.Box, s.Size = true, 4<<10
	d := begin(t, s)
	if lost, err := d.Write(batch(1, 300)); lost != 0 || err == nil || err.Error() != errFull.Error()+"; the black box has the records" {
		t.Errorf("%d lost, %v", lost, err)
	}
	if d.OnFlash() {
		t.Error("the file was not full")
	}
	b := batch(301, 302)
	b.Event(&event.Event{Kind: event.KindNote, Time: 1, Text: `a "kind":"note"`})
	if lost, err := d.Write(b); lost != 1 || err != nil {
		t.Errorf("%d lost, %v", lost, err)
	}
	d.Close()
	if got := string(readFile(t, s.Pmsg)); got != "" {
		t.Errorf("pmsg has %s", got)
	}
	// The next daemon of this boot goes on in the same way.
	if d = begin(t, s); d.OnFlash() || d.Last() != 302 {
		t.Errorf("on flash: %v, after %d", d.OnFlash(), d.Last())
	}
	// Before a sysupgrade nothing is written at all.
	s = newStore(t)
	s.Box, s.Upgrade = true, true
	store(t, begin(t, s), 1, 3)
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) || len(readFile(t, s.Pmsg)) != 0 {
		t.Errorf("flash or pmsg was written: %v", err)
	}
}
