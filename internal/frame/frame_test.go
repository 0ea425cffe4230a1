// SPDX-License-Identifier: GPL-2.0-only

package frame

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

// decoded is what a text has: events, losses, and how much of it cannot be read.
type decoded struct {
	events  []event.Event
	losses  []event.Loss
	headers []string
	skipped int // bytes
	failed  int // frames
}

func decode(text []byte) (all decoded) {
	var d Decoder
	s := NewScanner(text)
	for {
		f, ok := s.Next()
		all.skipped += len(s.Skipped)
		if !ok {
			return all
		}
		switch f.Type {
		case Header:
			all.headers = append(all.headers, string(f.Payload))
		case Records, More:
			err := d.Frame(f)
			for err == nil {
				var e event.Event
				var l event.Loss
				var more bool
				if l, more, err = d.Next(&e); err != nil || !more {
					break
				}
				if l.To != 0 {
					all.losses = append(all.losses, l)
				} else {
					all.events = append(all.events, e)
				}
			}
			if err != nil {
				all.failed++
			}
		}
	}
}

func signal(seq uint64) event.Event {
	return event.Event{Seq: seq, Time: 54e9 + seq*9000, Signal: 15, SenderPID: 7, SenderTID: 7, SenderName: "killall", ParentPID: 1,
		ParentName: "procd", SenderCgroup: 1, TargetPID: 8, TargetTID: 8, TargetName: "a\n\"b", TargetCgroup: 1<<32 + 8,
		TargetService: "a"}
}

func check(t *testing.T, text []byte, events []event.Event, losses ...event.Loss) {
	t.Helper()
	got := decode(text)
	if got.skipped != 0 || got.failed != 0 || !reflect.DeepEqual(got.losses, losses) {
		t.Errorf("%d bytes skipped, %d frames failed, losses %v", got.skipped, got.failed, got.losses)
	}
	for i := range events {
		if i >= len(got.events) || got.events[i] != events[i] {
			t.Fatalf("event %d of %d is not\n%+v, all are\n%+v", i, len(got.events), events[i], got.events)
		}
	}
}

// perturbed returns events that differ from another one in one field each.
func perturbed(base event.Event) (list []event.Event) {
	for i := range reflect.TypeFor[event.Event]().NumField() {
		e := base
		switch v := reflect.ValueOf(&e).Elem().Field(i); v.Kind() {
		case reflect.String:
			v.SetString(v.String() + "(x 1)") // also of ancestors
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Int32, reflect.Int64:
			v.SetInt(v.Int() - 3)
		default:
			v.SetUint(v.Uint() + 5)
		}
		e.Wall = base.Wall // see TestWall
		list = append(list, e)
	}
	return list
}

// Each field alone makes a difference: the dictionaries' keys have all of them.
func TestEachField(t *testing.T) {
	for _, base := range []event.Event{signal(4), {Seq: 9, Kind: event.KindExit}, {Kind: event.KindNote, Time: 7, Text: "a note"}} {
		var c Encoder
		var all []event.Event
		for _, e := range perturbed(base) {
			if e.Seq == 0 && e.Kind != event.KindNote {
				continue // a record has a number
			}
			for _, e := range []event.Event{base, e, base} {
				c.Event(&e)
				all = append(all, e)
			}
		}
		c.Seal(0)
		check(t, c.Buf, all)
	}
}

func TestNumbers(t *testing.T) {
	var c Encoder
	var all []event.Event
	for _, seq := range []uint64{5, 6, 7, 100, 3, 3, 1<<64 - 1, 1, 0, 2} {
		e := signal(seq)
		e.Time = -seq // may go back
		if seq == 0 {
			e.Kind = event.KindNote
		}
		c.Event(&e)
		all = append(all, e)
	}
	losses := []event.Loss{{From: 1, To: 1<<64 - 1}, {From: 7, To: 7, Damaged: true}, {From: 8, To: 9}, {From: 8, To: 9, Dropped: true}}
	for _, l := range losses {
		c.Loss(l)
	}
	e := signal(10)
	c.Event(&e)
	c.Seal(10)
	check(t, c.Buf, append(all, e), losses...)
}

// Each event has the wall time that it came with, also after a step of the clock in the midst
// of a frame. It is unknown before the first one.
func TestWall(t *testing.T) {
	var c Encoder
	var all []event.Event
	for _, clock := range []int64{0, 1764e15, 1764e15 + 11e6, 1e9, -5e9} {
		for range 5 {
			e := signal(uint64(len(all) + 1))
			if clock != 0 {
				e.Wall = int64(e.Time) + clock
			}
			all = append(all, e)
			if c.Steps(&e) {
				c.Seal(e.Seq - 1)
			}
			c.Event(&e)
			if e.Seq%2 == 0 {
				c.Seal(e.Seq)
			}
		}
	}
	c.Loss(event.Loss{From: 26, To: 27})
	c.Seal(27)
	check(t, c.Buf, all, event.Loss{From: 26, To: 27})
}

// frames returns frames of a few events each, and these.
func frames(n int, restart bool) (list [][]byte, events []event.Event) {
	var c Encoder
	for i := range uint64(n) {
		e := signal(2*i + 1)
		e.TargetPID += uint32(i)
		events = append(events, e, signal(2*i+2))
		c.Event(&events[2*i])
		c.Event(&events[2*i+1])
		c.Seal(2*i + 2)
		if restart {
			c.Restart()
		}
		list = append(list, bytes.Clone(c.Buf))
		c.Buf = c.Buf[:0]
	}
	return list, events
}

func TestFrames(t *testing.T) {
	for _, restart := range []bool{true, false} {
		list, events := frames(5, restart)
		check(t, bytes.Join(list, nil), events)
		got := decode(AppendHeader(AppendHeader(nil, []byte("a")), []byte("b")))
		if len(got.headers) != 2 || got.headers[1] != "b" || got.skipped != 0 {
			t.Errorf("%+v", got)
		}
		s := NewScanner(bytes.Join(list, nil))
		for i := range list {
			if f, ok := s.Next(); !ok || f.UpTo != uint64(2*i+2) || (f.Type == Records) != (restart || i == 0) {
				t.Errorf("frame %d: %+v", i, f)
			}
		}
	}
}

// A frame that is missing or damaged costs none but its own records, and of those that
// continue it these, too. None is believed that is not as it was written.
func TestDamage(t *testing.T) {
	list, events := frames(4, true)
	whole := bytes.Join(list, nil)
	for at := range whole {
		for _, bit := range []byte{1, 0x80} {
			b := bytes.Clone(whole)
			b[at] ^= bit
			if got := decode(b); !hasOnly(got.events, events) || got.failed != 0 || len(got.events) != len(events)-2 || got.skipped == 0 {
				t.Fatalf("byte %d: %+v", at, got)
			}
		}
		for _, part := range [][]byte{whole[:at], whole[at:]} {
			if got := decode(part); !hasOnly(got.events, events) || got.failed != 0 || len(got.events)*len(list[0]) < len(part)/2-len(list[0]) {
				t.Fatalf("cut at %d: %+v", at, got)
			}
		}
	}

	list, events = frames(4, false)
	if got := decode(bytes.Join([][]byte{list[0], list[2], list[3]}, nil)); len(got.events) != 2 || got.skipped == 0 {
		t.Errorf("without the second frame: %+v", got)
	}
	fresh, more := frames(2, false)
	if got := decode(bytes.Join([][]byte{list[0], list[2], fresh[0], fresh[1]}, nil)); len(got.events) != 2+len(more) || !hasOnly(got.events, events) {
		t.Errorf("behind a gap: %+v", got)
	}
	// Of two that begin alike, each is continued by its own.
	if got := decode(bytes.Join([][]byte{list[0], list[1], list[1]}, nil)); len(got.events) != 4 {
		t.Errorf("one twice: %+v", got)
	}
}

func hasOnly(got, events []event.Event) bool {
	for i := range got {
		if got[i].Seq == 0 || got[i].Seq > uint64(len(events)) || got[i] != events[got[i].Seq-1] {
			return false
		}
	}
	return true
}

// Frames are found between the bytes of others.
func TestBetweenOthers(t *testing.T) {
	junk := []string{"a log line\n", string(magic), strings.Repeat(string(magic), 9), "\x00", strings.Repeat("\xff", 70), string(AppendHeader(nil, []byte("header"))[:25]),
		`{"seq":7}` + "\n"}
	list, events := frames(len(junk), true)
	var text []byte
	for i, j := range junk {
		text = append(append(text, j...), list[i]...)
	}
	got := decode(append(text, junk[0]...))
	if len(got.events) != len(events) || !hasOnly(got.events, events) || got.skipped != len(strings.Join(junk, ""))+len(junk[0]) {
		t.Errorf("%+v", got)
	}
}

// What a newer version adds is skipped: fields, and frames of another type.
// Ancestors come out as they are written to the log: another text is not believed.
func TestAncestors(t *testing.T) {
	for text, want := range map[event.Ancestors]int{
		"(crond 80) < (procd 1)":    0,
		"(a\\x28 80)":               0,
		"(crond 80)\nExit :: (x 1)": 1,
		"(crond 80) (procd 1)":      1,
		"(crond 080)":               1,
		"(cr(ond 80)":               1,
		"x":                         1,
	} {
		var c Encoder
		c.Event(&event.Event{Seq: 1, Time: 1, ParentPID: 99, ParentName: "sh", Ancestors: text})
		c.Seal(1)
		if got := decode(c.Buf); got.failed != want || len(got.events) != 1-want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestNewer(t *testing.T) {
	unknown := []field{
		{tag: 900 << 1, at: func(e *event.Event) any { v := uint64(1 << 60); return &v }},
		{tag: 901<<1 | 1, at: func(e *event.Event) any { s := "unknown"; return &s }},
	}
	for _, group := range []*[]field{&classFields, &senderFields, &contextFields, &targetFields, &otherFields} {
		old := *group
		*group = append(unknown[:1:1], append(old, unknown[1])...)
		var c Encoder
		var all []event.Event
		for i := range uint64(3) {
			e := signal(i + 1)
			e.ContextPID, e.ExitStatus = 3, 9
			all = append(all, e)
			c.Event(&e)
		}
		*group = old
		c.Seal(3)
		check(t, c.Buf, all)
	}
	list, events := frames(2, true)
	newer := bytes.Clone(list[0])
	seal(newer, 77, 0, 0)
	if got := decode(bytes.Join([][]byte{newer, list[1]}, nil)); len(got.events) != 2 || !hasOnly(got.events, events) || got.skipped+got.failed != 0 {
		t.Errorf("another type: %+v", got)
	}
}

// The dictionaries are bounded; full ones begin again.
func TestBounds(t *testing.T) {
	var c Encoder
	var all []event.Event
	for i := range uint64(5000) {
		e := signal(i + 1)
		e.TargetPID, e.TargetTID = uint32(i), uint32(i)
		e.SenderName = strings.Repeat("x", int(i%700))
		all = append(all, e)
		if c.Full(MaxLimit) {
			c.Seal(i)
		}
		c.Event(&e)
	}
	long := event.Event{Kind: event.KindNote, Text: strings.Repeat("y", 1<<20)}
	c.Event(&long)
	c.Seal(5000)
	long.Text = long.Text[:maxText]
	check(t, c.Buf, append(all, long))
}

// storm is the nth of signals that do not repeat: sender, target and number vary.
func storm(n uint64, e *event.Event) {
	*e = event.Event{Seq: 1000 + n, Time: 54e9 + n*23456, Signal: uint32(34 + n%30), Flags: event.FlagCaught,
		SenderPID: uint32(2000 + n%16), SenderTID: uint32(2000 + n%16), SenderName: "storm", ParentPID: 1999, ParentName: "storm",
		TargetPID: uint32(3000 + n%40), TargetTID: uint32(3000 + n%40), TargetName: "victim"}
}

// BenchmarkStorm codes a storm as the daemon does: a frame for each message of the kernel.
func BenchmarkStorm(b *testing.B) {
	const inMessage = 17
	var c Encoder
	var e event.Event
	size := 0
	b.ReportAllocs()
	for i := range b.N {
		storm(uint64(i), &e)
		c.Event(&e)
		if i%inMessage == inMessage-1 {
			c.Seal(e.Seq)
			size += len(c.Buf)
			c.Buf = c.Buf[:0]
		}
	}
	b.ReportMetric(float64(size)/float64(b.N), "bytes/record")
}

func BenchmarkDecode(b *testing.B) {
	var c Encoder
	var e event.Event
	const n = 500
	for i := range uint64(n) {
		storm(i, &e)
		c.Event(&e)
	}
	c.Seal(0)
	f, _ := NewScanner(c.Buf).Next()
	var d Decoder
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if i%n == 0 {
			d.Frame(f)
		}
		d.Next(&e)
	}
}
