// SPDX-License-Identifier: GPL-2.0-only

package trail

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

// own is a record of a user's share.
func own(seq uint64, uid uint32) event.Event {
	e := sample(seq)
	e.SenderUID, e.Flags = uid, event.FlagShare
	return e
}

// ReadBoot returns the trail in dir, as Read reads it.
func ReadBoot(dir string) (t *event.Trail, malformed int, err error) {
	t = new(event.Trail)
	t.BootID, malformed, err = Read(dir, func(e event.Event) error {
		t.Events = append(t.Events, e)
		return nil
	}, func(l event.Loss) error {
		t.Losses = append(t.Losses, l)
		return nil
	})
	if err != nil {
		return nil, malformed, err
	}
	return t, malformed, nil
}

func add(w *Writer, list ...event.Event) {
	for i := range list {
		w.Event(&list[i])
	}
}

// numbersOf returns what Read reads, as contents does, of any events.
func numbersOf(t *testing.T, dir string) string {
	t.Helper()
	tr, malformed, err := ReadBoot(dir)
	if err != nil || malformed != 0 {
		t.Errorf("%d malformed, %v", malformed, err)
	}
	return describe(tr)
}

func filesOf(t *testing.T, dir string) string {
	t.Helper()
	parts, err := segments(dir)
	must(t, err)
	var names []string
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// What is of a user's own goes to that user's part, the kernel's and exits of a share to one
// that all have. Eight users have one.
func TestParts(t *testing.T) {
	dir := t.TempDir()
	w := mustOpen(t, dir, boot, 1<<20)
	death := event.Event{Seq: 1, Time: 1e3, Signal: 34, Flags: event.FlagShare, SenderPID: 8, SenderName: "root's", TargetPID: 9}
	all := []event.Event{death}
	for uid := range uint32(10) {
		all = append(all, own(uint64(len(all)+1), 1000+uid), sample(uint64(len(all)+2)))
	}
	summary := event.Event{Seq: 22, Time: 22e3, Kind: event.KindSummary, Count: 7, SenderPID: 9, SenderUID: 1003}
	exit := event.Event{Seq: 23, Time: 23e3, Kind: event.KindExit, TargetPID: 9, Flags: event.FlagShare}
	timer := event.Event{Seq: 24, Time: 24e3, Signal: 14, Flags: event.FlagShare | event.FlagKernel, SenderName: "kernel", TargetPID: 9}
	all = append(all, summary, exit, timer)
	add(w, all...)
	flush(t, w)
	if got, want := filesOf(t, dir), "others trail uid-1000 uid-1001 uid-1002 uid-1003 uid-1004 uid-1005 uid-1006 uid-1007"; got != want {
		t.Errorf("parts %s\nwant  %s", got, want)
	}
	for again := range 2 {
		tr, malformed, err := ReadBoot(dir)
		if err != nil || malformed != 0 || !slices.Equal(tr.Events, all) || tr.Losses != nil {
			t.Fatalf("%+v, %d malformed, %v", tr, malformed, err)
		}
		w.Close()
		w = mustOpen(t, dir, boot, 1<<20)
		if w.Last() != uint64(len(all)) {
			t.Errorf("resumes after %d", w.Last())
		}
		all = append(all, own(uint64(25+again), 1001))
		add(w, all[len(all)-1])
		flush(t, w)
	}
}

// The daemon looks, and notes what it has found, before the records of that time have come from
// the kernel. Its time then says nothing of the order of numbers: no record is lost by it.
func TestPartsNoteEarly(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		dir := t.TempDir()
		w := mustOpen(t, dir, boot, 1<<20)
		var records, notes []event.Event
		for seq := uint64(1); seq <= 20; seq++ {
			e := sample(seq)
			if uid := random.Uint32N(3); uid > 0 {
				e = own(seq, uid)
			}
			add(w, e)
			records = append(records, e)
			for random.Uint32N(3) == 0 {
				note := event.Event{Kind: event.KindNote, Time: random.Uint64N(30e3), Text: fmt.Sprint(len(notes)),
					Flags: e.Flags & event.FlagShare}
				add(w, note)
				notes = append(notes, note)
			}
		}
		flush(t, w)
		w.Close()
		tr, malformed, err := ReadBoot(dir)
		if err != nil || malformed != 0 || tr.Losses != nil {
			t.Fatalf("%d malformed, lost %v, %v", malformed, tr.Losses, err)
		}
		isNote := func(e event.Event) bool { return e.Kind == event.KindNote }
		if got := slices.DeleteFunc(slices.Clone(tr.Events), isNote); !slices.Equal(got, records) {
			t.Fatalf("records %v\nwant %v", got, records)
		}
		if len(tr.Events) != len(records)+len(notes) {
			t.Fatalf("%d events, want %d", len(tr.Events), len(records)+len(notes))
		}
	}
}

// A user's flood pushes out what that user did among its own processes, nothing else. What is
// missing is told.
func TestFlood(t *testing.T) {
	const size, flood = 256 << 10, 65534
	dir := t.TempDir()
	w := mustOpen(t, dir, boot, size)
	var kept []event.Event
	seq := uint64(0)
	for range 3000 {
		seq++
		if seq%100 == 1 {
			kept = append(kept, sample(seq), own(seq+1, 453))
			seq += 2
			add(w, kept[len(kept)-2:]...)
		}
		add(w, own(seq, flood))
		if seq%17 == 0 {
			flush(t, w)
		}
		if seq%500 == 0 {
			if n := used(t, dir); n > size {
				t.Fatalf("%d bytes", n)
			}
		}
	}
	flush(t, w)
	tr, malformed, err := ReadBoot(dir)
	if err != nil || malformed != 0 {
		t.Fatalf("%d malformed, %v", malformed, err)
	}
	floods := 0
	for i := range tr.Events {
		if tr.Events[i].SenderUID == flood {
			floods++
		}
	}
	others := slices.DeleteFunc(slices.Clone(tr.Events), func(e event.Event) bool { return e.SenderUID == flood })
	if !slices.Equal(others, kept) {
		t.Errorf("%d events of others, want %d", len(others), len(kept))
	}
	lost := uint64(0)
	for _, l := range tr.Losses {
		if !l.Dropped {
			t.Errorf("%v", l)
		}
		lost += l.Records()
	}
	if floods < 100 || lost == 0 || uint64(len(tr.Events))+lost != seq {
		t.Errorf("%d of the flood, %d lost, %d in all", floods, lost, seq)
	}
}

// A daemon that is killed between the writes of a message resumes before it, and nothing is
// twice or lost.
func TestKilledBetweenWrites(t *testing.T) {
	dir := t.TempDir()
	w := mustOpen(t, dir, boot, 1<<20)
	first := []event.Event{sample(1), own(2, 7), sample(3)}
	add(w, first...)
	flush(t, w)
	name := path(dir, segmentName("uid-7", 1))
	before := readFile(t, name)
	message := []event.Event{own(4, 7), sample(5), own(6, 7), own(7, 7)}
	add(w, message...)
	flush(t, w)
	w.Close()
	must(t, os.WriteFile(name, before, 0o600)) // the common part is written first
	if got := numbersOf(t, dir); got != "1 2 3" {
		t.Errorf("before the next start: %s", got)
	}
	w = mustOpen(t, dir, boot, 1<<20)
	if w.Last() != 3 {
		t.Errorf("resumes after %d", w.Last())
	}
	add(w, message...)
	flush(t, w)
	if got := numbersOf(t, dir); got != "1 2 3 4 5 6 7" {
		t.Errorf("%s", got)
	}
}

// A loss that begins at stored numbers, as after a kill between the writes of a message, is
// told from the first number that is not there.
func TestLossOfStored(t *testing.T) {
	for first := uint64(3); first <= 6; first++ {
		dir := t.TempDir()
		w := mustOpen(t, dir, boot, 1<<20)
		add(w, sample(1), own(2, 7), sample(3))
		flush(t, w)
		name := path(dir, segmentName("uid-7", 1))
		before := readFile(t, name)
		add(w, sample(4), own(5, 7))
		flush(t, w)
		w.Close()
		must(t, os.WriteFile(name, before, 0o600))
		w = mustOpen(t, dir, boot, 1<<20)
		w.Loss(event.Loss{From: first, To: 20})
		add(w, sample(21))
		flush(t, w)
		tr, malformed, err := ReadBoot(dir)
		if err != nil || malformed != 0 {
			t.Fatalf("%d malformed, %v", malformed, err)
		}
		want := []event.Loss{{From: 5, To: 20}}
		if first == 6 {
			want = []event.Loss{{From: 5, To: 5, Dropped: true}, {From: 6, To: 20}}
		}
		if got := describe(tr); !slices.Equal(tr.Losses, want) || !strings.HasPrefix(got, "1 2 3 4 lost 5-") || !strings.HasSuffix(got, " 21") {
			t.Errorf("loss from %d: %s, %+v", first, got, tr.Losses)
		}
	}
}

// A loss comes after an event of the same number in another part, and does not hide it.
func TestLossOfAnothers(t *testing.T) {
	for range 10 { // the parts are in no order
		dir := t.TempDir()
		w := mustOpen(t, dir, boot, 1<<20)
		add(w, sample(1), own(2, 7))
		w.Loss(event.Loss{From: 2, To: 9})
		flush(t, w)
		if got := numbersOf(t, dir); got != "1 2 lost 3-9" {
			t.Fatal(got)
		}
	}
}

// A trail that is read while it is written has no gaps that are not there. No part is so full
// that it loses a segment.
func TestReadWhileWritten(t *testing.T) {
	const newest = 6000
	dir := t.TempDir()
	w := mustOpen(t, dir, boot, 16<<20)
	written, read := make(chan error, 1), make(chan bool)
	go func() {
		for seq := uint64(1); seq <= newest; seq++ {
			e := sample(seq)
			if seq%3 != 0 {
				e = own(seq, uint32(1000+seq%2))
			}
			add(w, e)
			if seq%5 == 0 {
				if _, err := w.Flush(); err != nil {
					written <- err
					return
				}
			}
			if seq%(newest/5) == 0 {
				<-read // a reading has ended, so there are several
			}
		}
		written <- nil
	}()
	reads := 0
	for done := false; !done; {
		select {
		case err := <-written:
			must(t, err)
			done = true // one reading of all
		default:
		}
		tr, malformed, err := ReadBoot(dir)
		if !done {
			select {
			case read <- true:
			default:
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue // not begun
		}
		if err != nil || malformed != 0 {
			t.Fatalf("%d malformed, %v", malformed, err)
		}
		if len(tr.Losses) != 0 {
			t.Fatal(tr.Losses)
		}
		reads++
		for i, e := range tr.Events {
			if e.Seq != uint64(i+1) {
				t.Fatalf("%d after %d events", e.Seq, i)
			}
		}
		if done && len(tr.Events) != newest {
			t.Errorf("%d events at the end", len(tr.Events))
		}
	}
	if reads < 3 {
		t.Errorf("only %d readings", reads)
	}
}

// Even the smallest trail keeps its bound, with fewer parts.
func TestSmallTrail(t *testing.T) {
	const size = 16 << 10
	dir := t.TempDir()
	w := mustOpen(t, dir, boot, size)
	for seq := uint64(1); seq <= 4000; seq += 2 {
		add(w, sample(seq), own(seq+1, uint32(seq)))
		flush(t, w)
		if n := used(t, dir); n > size {
			t.Fatalf("%d bytes", n)
		}
	}
	if got := numbersOf(t, dir); !strings.HasSuffix(got, fmt.Sprint(" ", 4000)) {
		t.Errorf("%s", got)
	}
}
