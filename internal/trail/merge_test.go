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
	"sigtrail/test/golden"
)

func TestMergeOverlap(t *testing.T) {
	whole, text := story(t), recordedConsole(t)
	for from := 0; from < len(whole); from += 2 {
		for to := from; to <= len(whole); to += 5 {
			for _, overlap := range []int{0, 3} {
				p := parts{flash: whole[:from], pmsg: whole[max(0, from-overlap):to], console: text}
				p.check(t, fmt.Sprintf("flash up to %d, pmsg up to %d, overlap %d", from, to, overlap), whole, p.merge(t))
			}
		}
	}
}

// Flash and pmsg have gaps of their own.
func TestMergeGaps(t *testing.T) {
	whole, text := story(t), recordedConsole(t)
	var p parts
	for i, e := range whole {
		if i%5 > 1 {
			p.flash = append(p.flash, e)
		}
		if i%7 > 2 { // only the console has the first one
			p.pmsg = append(p.pmsg, e)
		}
	}
	p.console = text
	p.check(t, "gaps", whole, p.merge(t))
	p.check(t, "gaps, by way of files", whole, p.put(t))
}

// The console's ring has overwritten its beginning, or the reset cut its end.
func TestMergeCutConsole(t *testing.T) {
	whole, text := story(t), recordedConsole(t)
	begun, _ := console.NewReader(text).Beginning(0)
	for _, recorded := range []int{1, 8, 21, len(whole)} {
		for i, c := range text {
			if c != '\n' {
				continue
			}
			p := parts{flash: whole[:recorded], console: text[i+1:]}
			p.check(t, fmt.Sprintf("flash up to %d, console from %d", recorded, i), whole, p.merge(t))
			p.console = text[i-min(i, 20):] // in the middle of a line
			if i < begun {
				p.check(t, fmt.Sprintf("flash up to %d, console from %d", recorded, i-20), whole, p.merge(t))
			}
			p.console = text[:i+1]
			p.check(t, fmt.Sprintf("flash up to %d, console up to %d", recorded, i), whole, p.merge(t))
		}
	}
}

// No stamps, or more before them.
func TestMergeForms(t *testing.T) {
	whole, text := story(t), recordedConsole(t)
	bare, full := new(bytes.Buffer), new(bytes.Buffer)
	for _, line := range bytes.SplitAfter(text, []byte("\n")) {
		if stamp, text, ok := bytes.Cut(line, []byte("] ")); ok {
			bare.Write(text)
			fmt.Fprintf(full, "<6>%s][    T1] %s", stamp, text)
		}
	}
	full.WriteString("\nECC: No errors detected\n")
	for _, recorded := range []int{1, 8, 21, len(whole)} {
		p := parts{flash: whole[:recorded], console: bare.Bytes()}
		p.check(t, fmt.Sprintf("without stamps, flash up to %d", recorded), whole, p.merge(t))
		p.console = full.Bytes()
		p.check(t, fmt.Sprintf("with caller, flash up to %d", recorded), whole, p.merge(t))
	}
}

// A damaged line becomes a note. Its record remains if it was stored, and other
// lines do not change.
func TestMergeCorruptConsole(t *testing.T) {
	whole, text := story(t), recordedConsole(t)
	for seed := range 200 {
		p := parts{flash: whole[:seed%len(whole)+1], console: slices.Clone(text)}
		for i := seed; i < len(text); i += 31 + 7*seed {
			if p.console[i] != '\n' {
				p.console[i] = byte(0x80 | i*31)
			}
		}
		// There may be no whole line that has a record.
		p.console = append([]byte("[    1.100000] "+BootLine+boot+"\n"), p.console...)
		p.check(t, fmt.Sprint("seed ", seed), whole, p.merge(t))
	}
}

// A stamp with wrong digits is not a time.
func TestMergeCorruptStamps(t *testing.T) {
	whole, text := story(t), recordedConsole(t)
	digit := byte('0')
	for i := 3; i < len(text); i += 40 {
		at := i + bytes.IndexByte(text[i:], '[')
		if at < i || at+9 > len(text) {
			break
		}
		p := parts{flash: whole[:9], console: slices.Clone(text)}
		p.console[at+5] = digit
		if digit++; digit > '9' {
			digit = '0'
		}
		p.check(t, fmt.Sprint("stamp at ", at), whole, p.merge(t))
	}
}

// Two equal signals are two, even if one of their lines is missing.
func TestMergeAlike(t *testing.T) {
	e := event.Event{Seq: 1, Time: 10e9, Signal: 15, Flags: event.FlagShutdown | event.FlagPrinted, SenderPID: 1, SenderName: "procd",
		TargetPID: 9, TargetName: "x"}
	later := e
	later.Seq, later.Time = 2, 20e9
	const (
		first  = "[   10.000001] Signal :: (procd 1) --[15]--> (x 9)\n"
		second = "[   20.000001] Signal :: (procd 1) --[15]--> (x 9)\n"
		third  = "[   30.000001] Signal :: (procd 1) --[15]--> (x 9)\n"
		line   = " Signal :: (procd 1) --[15]--> (x 9) SIGTERM delivered"
	)
	for _, c := range []struct {
		records []event.Event
		console string
		want    string
	}{
		{[]event.Event{e, later}, first + second, "1 2"},
		{[]event.Event{e, later}, second, "1 2"},
		{[]event.Event{e, later}, first, "1 2"},
		{[]event.Event{e, later}, first + second + third, "1 2" + line},
		{[]event.Event{e, later}, second + third, "1 2" + line},
		{[]event.Event{e, later}, third, "1 2" + line},
		{[]event.Event{e}, first + second, "1" + line},
		{[]event.Event{e}, second, "1" + line},      // the line of 1 was cut off
		{[]event.Event{later}, first + second, "2"}, // it begins with 2
		{nil, first + second, "Signal :: (procd 1) --[15]--> (x 9) SIGTERM delivered" + line},
	} {
		all, m := addText(c.records, []byte(c.console), event.OriginConsole, 99)
		if got := describe(&event.Trail{Events: all}); got != c.want || m.boot([]byte(c.console), false) == event.BelongsOther {
			t.Errorf("%q with %d records: %s\nwant %s", c.console, len(c.records), got, c.want)
		}
	}
}

// The stall watch writes the same lines to the kernel's log and to the trail.
func TestMergeNotes(t *testing.T) {
	whole := story(t)
	stall := event.Event{Kind: event.KindNote, Time: 57e9, Text: "Stall :: no signal, exit or mark for 10 s"}
	flash := slices.Insert(slices.Clone(whole[:12]), 6, stall)
	text := string(recordedConsole(t))
	i := strings.Index(text, "[   57.9")
	text = text[:i] + "[   57.100000] " + stall.Text + "\n[   57.200000] sigtrail: held back 3 lines\n" + text[i:]
	p := parts{flash: flash, pmsg: append([]event.Event{{Kind: event.KindNote, Time: 59e9, Text: "flash: x"}}, whole[12:20]...), console: []byte(text)}
	merged := p.put(t)
	var notes []string
	for _, e := range merged.Events {
		if e.Kind == event.KindNote {
			notes = append(notes, fmt.Sprintf("%v %s", e.Origin, e.Text))
		}
	}
	want := []string{"console chattyd: beat 11", "console chattyd: beat 12", "flash " + stall.Text, "console sigtrail: held back 3 lines",
		"console chattyd: beat 13", "console EXT4-fs (vda): re-mounted d7d4e955-9bce-44cd-b109-fa4291b3713a ro.", "pmsg flash: x",
		"console chattyd: got TERM at n=13", "console chattyd: beat 14", "console reboot: Restarting system"}
	if !slices.Equal(notes, want) {
		t.Errorf("notes are\n%s\nwant\n%s", strings.Join(notes, "\n"), strings.Join(want, "\n"))
	}
	p.flash = whole[:12]
	p.check(t, "notes", whole, merged)
}

// What the kernel printed in another boot is left out, and what nothing shows to be of
// this one.
func TestMergeForeignConsole(t *testing.T) {
	whole := story(t) // from 54 to 61 s
	silent := slices.Clone(whole)
	for i := range silent {
		silent[i].Flags &^= event.FlagPrinted
	}
	for text, want := range map[string][2]event.Belongs{
		// Signals without a record.
		"[   50.000000] a\n[   54.900000] Signal :: (procd 1) --[15]--> (other 1495)\n[   70.000000] panic\n": {event.BelongsOther, event.BelongsUnknown},
		// It covers the time of the printed records, and has none of them: the level may hide them.
		"[   50.000000] a\n[   70.000000] reboot: Restarting system\n": {event.BelongsSame, event.BelongsSame},
		// It ends soon after, which another boot may do.
		"[   70.000000] panic\n": {event.BelongsUnknown, event.BelongsUnknown},
		// It ended before.
		"[    0.000000] Linux version 6.6.93\n[   20.000000] reboot: Restarting system\n": {event.BelongsOther, event.BelongsOther},
		"[    0.000000] Linux version 6.6.93\n[   20.000000] a\n":                         {event.BelongsUnknown, event.BelongsUnknown},
		// It ended days later.
		"[    0.000000] Linux version 6.6.93\n[99000.000000] reboot: Restarting system\n": {event.BelongsUnknown, event.BelongsUnknown},
		// It has no times.
		"Linux version 6.6.93\nreboot: Restarting system\n":   {event.BelongsUnknown, event.BelongsUnknown},
		"[   62.000000] reboot: Restarting system\n":          {event.BelongsSame, event.BelongsSame},
		"reboot: Restarting system\n[   62.100000] machine\n": {event.BelongsUnknown, event.BelongsUnknown}, // when?
	} {
		for i, records := range [][]event.Event{whole, silent} {
			p := parts{flash: records, console: []byte(text)}
			merged := p.merge(t)
			got := merged.Sources[0].Boot
			if got != want[i] || (len(merged.Events) > len(whole)) != (got == event.BelongsSame) {
				t.Errorf("%q: %v, %d events of %d; want %v", text, got, len(merged.Events), len(whole), want[i])
			}
			if got != event.BelongsSame && (merged.Pstore != event.PstoreOther || merged.Reset != event.ResetUnknown || merged.Sources[0].Text == "") {
				t.Errorf("%q: pstore %v, %v, %+v", text, merged.Pstore, merged.Reset, merged.Sources[0])
			}
		}
	}
}

func TestMergeBound(t *testing.T) {
	whole := story(t)
	// The kernel prints a lot.
	text := new(bytes.Buffer)
	for i, line := range bytes.SplitAfter(recordedConsole(t), []byte("\n")) {
		text.Write(line)
		fmt.Fprintf(text, "%.14s] idle talk %d\n", line, i)
	}
	text.WriteString("[   63.000000] Kernel panic - not syncing: x\n")
	events, _ := addText(whole[:20], text.Bytes(), event.OriginConsole, 99)
	full := event.Trail{BootID: boot, MergedBy: other, Events: events, Losses: []event.Loss{{From: 300, To: 301}}}
	size := int64(len(encode(&full)))
	idle := func(tr *event.Trail) (n int, first string) {
		for _, e := range tr.Events {
			if isUnrelated(&e) {
				if n++; first == "" {
					first = e.Text
				}
			}
		}
		return n, first
	}
	all, oldest := idle(&full)
	lines := len(full.Events) + 1
	for bytes := size + 100; bytes > 1000; bytes -= 100 {
		tr := full
		tr.Events = slices.Clone(full.Events)
		bound(&tr, bytes)
		if n := int64(len(encode(&tr))); n > bytes || n < min(bytes, size)-400 {
			t.Errorf("%d bytes, the bound is %d", n, bytes)
		}
		n, first := idle(&tr)
		if len(tr.Events)+len(tr.Losses)+int(tr.Cut)+all-n != lines {
			t.Errorf("%d bytes: %d events, %d losses, %d cut, %d of %d idle notes; there were %d lines", bytes, len(tr.Events), len(tr.Losses), tr.Cut, n, all, lines)
		}
		if tr.Cut > 0 && n > 0 || n > 0 && n < all && first == oldest {
			t.Errorf("%d bytes: %d cut, %d idle notes from %q on", bytes, tr.Cut, n, first)
		}
		if tr.Events[0] != full.Events[0] || tr.Events[len(tr.Events)-1].Text != "Kernel panic - not syncing: x" {
			t.Errorf("%d bytes: from %v to %v", bytes, &tr.Events[0], &tr.Events[len(tr.Events)-1])
		}
	}
}

func TestMergedFile(t *testing.T) {
	whole, text := story(t), recordedConsole(t)
	note := event.Event{Kind: event.KindNote, Time: whole[10].Time, Text: "flash: read-only file system; continuing in /dev/pmsg0"}
	p := parts{flash: whole[:10], pmsg: append([]event.Event{note}, whole[10:24]...), console: text}
	t3 := p.put(t)
	golden.Check(t, "merged.golden", linesOf(t3))
	if wall := t3.Wall(t3.Events[0].Time); wall != 1763785512e9+154217000 {
		t.Errorf("it began at %d", wall)
	}
	golden.Check(t, "console-only.golden", linesOf(parts{console: text}.put(t)))
	crash := bytes.ReplaceAll(text[:bytes.Index(text, []byte("=== reboot typed"))], []byte("beat 10"), []byte("Kernel panic - not syncing: Attempted to kill init!"))
	golden.Check(t, "crash.golden", linesOf(parts{console: crash}.put(t)))
}

func FuzzMerge(f *testing.F) {
	text := recordedConsole(f)
	var file, pmsg, box []byte
	pmsg = append(head.AppendHeader(nil), '\n')
	file = append(file, pmsg...)
	for i, e := range story(f) {
		if i < 20 {
			file = append(e.AppendJSON(file), '\n')
		} else {
			pmsg = append(e.AppendJSON(pmsg), '\n')
		}
		if i%4 > 0 {
			box = append(e.AppendJSON(box), '\n')
		}
	}
	f.Add(file, pmsg, text, []byte(nil), "", uint64(0))
	framed := framesOf(batch(200, 220))
	f.Add([]byte(header(boot)+framed), []byte(framed+"junk\n"+framed[9:]+header(boot)+framed), text, []byte(nil), "", uint64(0))
	f.Add(file, pmsg, text, box, boot, uint64(60e9))
	f.Add(file, []byte(nil), text, box[50:], other, uint64(60e9))
	f.Add([]byte(nil), pmsg, text, box, "", uint64(1))
	f.Add([]byte(olderHead(boot)+`{"kind":"lost","from":1,"to":9}`+"\n"), []byte(nil), text[500:], []byte(nil), "", uint64(0))
	f.Add([]byte(nil), pmsg[20:], []byte(nil), []byte(nil), "", uint64(0))
	f.Add([]byte(nil), []byte(nil), text[:700], []byte("{\"seq\":18446744073709551615,\"kind\":\"panic\"}\n"), "x", uint64(1<<63))
	f.Fuzz(func(t *testing.T, file, pmsg, text, box []byte, id string, alive uint64) {
		s := newStore(t)
		s.Size = 16 << 10
		must(t, os.Mkdir(s.Dir, 0o700))
		name := keptName(1)
		if bytes.HasPrefix(file, []byte("{")) {
			name = olderName(1)
		}
		must(t, os.WriteFile(path(s.Dir, name), file, 0o600))
		before, damaged, _ := List(s.Dir)
		if len(before)+len(damaged) != 1 {
			t.Fatalf("%d kept, %v damaged", len(before), damaged)
		}
		left := PstoreData{State: event.PstoreFound, Console: text, Pmsg: pmsg}
		if len(box) > 0 {
			left.Box = boxOf(id, nil)
			left.Box.Previous.Local, left.Box.Previous.Realtime = alive, alive+uint64(len(box))
			for _, line := range bytes.Split(box, []byte("\n")) {
				if e, _, err := event.DecodeStored(line); err == nil && e.Seq != 0 {
					left.Box.Events = append(left.Box.Events, e)
				}
			}
		}
		merged, err := s.Recover("ffff", left)
		if err != nil {
			t.Fatal(err)
		}
		list, _, _ := List(s.Dir)
		if merged == nil {
			return
		}
		again, malformed, err := list[0].Load()
		if err != nil || malformed != 0 || describe(again) != describe(merged) {
			t.Errorf("%d malformed, %v; kept is\n%s\nwant\n%s", malformed, err, describe(again), describe(merged))
		}
		if info, _ := os.Stat(list[0].Path); info.Size() > s.Size {
			t.Errorf("%d bytes", info.Size())
		}
		seen := make(map[uint64]bool)
		for _, e := range merged.Events {
			if e.Seq != 0 && seen[e.Seq] {
				t.Errorf("number %d twice", e.Seq)
			}
			seen[e.Seq] = true
		}
		if nothing, err := s.Recover("ffff", left); nothing != nil || err != nil {
			t.Errorf("put together again: %+v, %v", nothing, err)
		}
	})
}

// Once shutdown has begun the kernel prints exits, and at reboot(2) survivors. A line that
// has a record is the record's.
func TestMergeExits(t *testing.T) {
	const text = `[   10.000000] Signal :: (reboot 90) --[15]--> (procd 1)
[   10.150000] Exit :: (cron 45) exited 0
[   10.200000] Exit :: (ubusd 50) exited 0; 0.100000 s after its first signal to end
[   10.300000] Exit :: (ubusd 50) killed by 15; 0.050000 s after its first signal to end
[   12.000000] Exit :: (sigtrail 40) killed by 9; 1.000000 s after its first signal to end
[   13.000000] Reboot :: (procd 95) restart; parent (procd 1)
[   13.000100] Survivor :: (dd 51) D in percpu_rwsem_wait; KILL pending
`
	const printedFlags = event.FlagShutdown | event.FlagPrinted
	flash := []event.Event{
		{Seq: 7, Time: 9999999000, SenderPID: 90, SenderName: "reboot", TargetPID: 1, TargetName: "procd", Signal: 15, Flags: printedFlags},
		{Seq: 8, Time: 10099999000, Kind: event.KindExit, TargetPID: 49, TargetName: "held back", ExitStatus: 9, Flags: event.FlagShutdown},
		{Seq: 9, Time: 10199999000, Kind: event.KindExit, TargetPID: 50, TargetName: "ubusd", Flags: printedFlags},
		// The process id was used again.
		{Seq: 10, Time: 10299999000, Kind: event.KindExit, TargetPID: 50, TargetName: "ubusd", ExitStatus: 15, Flags: printedFlags},
	}
	var got []string
	for _, e := range (parts{flash: flash, console: []byte(text)}).merge(t).Events {
		got = append(got, fmt.Sprintf("%d %v %v", e.Seq, e.Origin, &e))
	}
	want := []string{
		"7 flash Signal :: (reboot 90) --[15]--> (procd 1) SIGTERM delivered; uid 0",
		"8 flash Exit :: (held back 49) killed by SIGKILL",
		"0 console Exit :: (cron 45) exited 0", // its record was lost
		"9 flash Exit :: (ubusd 50) exited 0",
		"10 flash Exit :: (ubusd 50) killed by SIGTERM",
		"0 console Exit :: (sigtrail 40) killed by SIGKILL, 1.000000 s after its first signal to end",
		"0 console Reboot :: (procd 95) restart; parent (procd 1)",
		"0 console Survivor :: (dd 51) D in percpu_rwsem_wait; KILL pending",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestJoinOneSource has a damaged file, with a number twice.
func TestJoinOneSource(t *testing.T) {
	twice := []event.Event{{Seq: 3, Time: 1}, {Kind: event.KindNote}, {Seq: 4, Time: 2}, {Seq: 4, Time: 3}}
	if got := join(twice, nil); len(got) != 3 || got[2].Time != 2 {
		t.Errorf("%+v", got)
	}
}
