// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

var full = event.Event{
	Seq: 1<<40 + 5, Time: 99e9, Kind: event.KindSignal, Signal: 15, Code: -6, Outcome: event.AlreadyPending,
	Scope: event.ScopeThread, Flags: event.FlagCaught | event.FlagShutdown, SenderPID: 883, SenderTID: 884,
	SenderUID: 1000, SenderName: "killall", ParentPID: 645, ParentName: "sh", ContextPID: 7, ContextTID: 8,
	ContextName: "fifteen-bytes-x", TargetPID: 564, TargetTID: 565, TargetName: "\xff\x01\"(",
	ExitStatus: 0x8b, SinceFirst: 1 << 33, SinceLast: 3, RebootCode: event.RebootHalt, Survivors: event.CountOf(0),
	Ancestors: event.Ancestors("").With("cr)nd\xff", 80).With("procd", 1), FaultAddress: 1<<63 + 1, FaultPC: 3, PeakRSS: 1 << 33,
	State: 'D', Text: "some text", Count: 48211, TimeLast: 100e9,
}

// appendFields appends a value's fields as attributes, as the kernel sends them.
func appendFields[T any](b []byte, fields []event.Field[T], v *T) []byte {
	for _, f := range fields {
		if f.Attr == 0 {
			continue
		}
		var payload []byte
		switch p := f.At(v).(type) {
		case *event.Count:
			n, ok := p.Known()
			if !ok {
				continue
			}
			if payload = binary.NativeEndian.AppendUint32(nil, uint32(n)); f.Attr >= event.ATTR_SIGNALS || n>>32 != 0 {
				payload = binary.NativeEndian.AppendUint64(nil, n)
			}
		case *event.Nanos:
			payload = binary.NativeEndian.AppendUint64(nil, uint64(*p))
		case *event.Address:
			payload = binary.NativeEndian.AppendUint64(nil, uint64(*p))
		case *event.Ancestors:
			for name, pid := range p.All() {
				nest := attr(event.ATTR_PARENT_PID, string(binary.NativeEndian.AppendUint32(nil, pid)))
				nest += attr(event.ATTR_PARENT_NAME, name+"\x00")
				b = append(b, attr(f.Attr, nest)...)
			}
			continue
		case *uint64:
			payload = binary.NativeEndian.AppendUint64(nil, *p)
		case *string:
			payload = append([]byte(*p), 0)
		case *bool:
			payload = flag(*p)
		default:
			if payload = binary.NativeEndian.AppendUint32(nil, 0); reflect.ValueOf(p).Elem().CanInt() {
				binary.NativeEndian.PutUint32(payload, uint32(reflect.ValueOf(p).Elem().Int()))
			} else {
				binary.NativeEndian.PutUint32(payload, uint32(reflect.ValueOf(p).Elem().Uint()))
			}
		}
		b = append(b, attr(f.Attr, string(payload))...)
	}
	return b
}

// message returns a message of a command with a value's fields.
func message[T any](cmd byte, fields []event.Field[T], v *T) []byte {
	return appendFields([]byte{cmd, 1, 0, 0}, fields, v)
}

// recordsOf returns a message with events as its records.
func recordsOf(events ...event.Event) []byte {
	msg := []byte{CMD_EVENTS, FAMILY_VERSION, 0, 0}
	for i := range events {
		msg = append(msg, attr(event.ATTR_RECORD, string(appendFields(nil, event.Fields, &events[i])))...)
	}
	return msg
}

func TestEvents(t *testing.T) {
	want := []event.Event{full, {Seq: 2, Kind: event.KindExit, TargetPID: 3}, {Seq: 3, Flags: event.FlagKernel, SenderName: "kernel"}}
	sent := append([]event.Event(nil), want...)
	sent[2].SenderName = ""
	for _, cmd := range []byte{CMD_EVENTS, CMD_EVENTS_GET} {
		msg := recordsOf(sent...)
		msg[0] = cmd
		got, malformed := decodeEvents(nil, msg, new(memory))
		if malformed != 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("command %d: %d malformed, got %+v\nwant %+v", cmd, malformed, got, want)
		}
	}
}

// A message as kernels of both byte orders send it, byte for byte. "make test-arch" runs
// this on a big-endian machine, too.
func TestMessageBytes(t *testing.T) {
	msg := inOrder(
		"\x03\x01\x00\x00"+ // SIGTRAIL_CMD_EVENTS, version 1
			"\x3c\x00\x02\x80"+ // nest of 60 bytes, SIGTRAIL_ATTR_RECORD, NLA_F_NESTED
			"\x0c\x00\x04\x00\x02\x01\x00\x00\x00\x00\x00\x00"+ // SEQ 258
			"\x04\x00\x01\x00"+ // PAD
			"\x0c\x00\x05\x00\x00\xca\x9a\x3b\x00\x00\x00\x00"+ // TIME 1 s
			"\x08\x00\x06\x00\x01\x00\x00\x00"+ // KIND exit
			"\x08\x00\x16\x00\x09\x00\x00\x00"+ // TARGET_TID 9
			"\x0a\x00\x17\x00slowd\x00\x00\x00", // TARGET_NAME, padded
		"\x03\x01\x00\x00"+
			"\x00\x3c\x80\x02"+
			"\x00\x0c\x00\x04\x00\x00\x00\x00\x00\x00\x01\x02"+
			"\x00\x04\x00\x01"+
			"\x00\x0c\x00\x05\x00\x00\x00\x00\x3b\x9a\xca\x00"+
			"\x00\x08\x00\x06\x00\x00\x00\x01"+
			"\x00\x08\x00\x16\x00\x00\x00\x09"+
			"\x00\x0a\x00\x17slowd\x00\x00\x00")
	want := event.Event{Seq: 258, Time: 1e9, Kind: event.KindExit, TargetTID: 9, TargetName: "slowd"}
	got, malformed := decodeEvents(nil, []byte(msg), new(memory))
	if malformed != 0 || len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, %d malformed, want %+v", got, malformed, want)
	}
}

// inOrder returns the message in this machine's byte order.
func inOrder(little, big string) string {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return little
	}
	return big
}

func TestInfo(t *testing.T) {
	want := event.Info{Signals: event.CountOf(uint64(1 << 40)), SignalsSkipped: event.CountOf(0), RingSize: 1, SeqFirst: 2, SeqLast: 3, RelaySkipped: 4, RelayFailed: 5, HeldBack: 6, ExitForgotten: 7,
		LeftOutSIGCHLD: 8, LeftOutSIGALRM: 9, LeftOutSIGURG: 10, LeftOutKthread: 11, LeftOutOwn: 12, Enable: true,
		Printk: event.PrintkAlways, PrintkRate: 200, SIGCHLD: true, SIGURG: true, ClaimPID: 13, ClaimName: "sigtrail",
		Shutdown: true, ClockLocal: 1 << 50, ClockBoottime: 1 << 51, ClockRealtime: 1 << 60,
		Box: event.Box{Place: event.BoxName, Found: event.FoundRecords, Address: 1 << 36, Size: 320 << 10},
		Previous: event.Previous{Records: event.CountOf(0), Damaged: event.CountOf(14), BootID: strings.Repeat("x", 36),
			Seq: 15, Local: 1 << 49, Boottime: 1 << 52, Realtime: 1 << 59}}
	if got, err := decodeInfo(message(CMD_INFO_GET, event.InfoFields, &want)); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	none := event.Info{RingSize: 1} // of version 1, or without a boot before
	if got, err := decodeInfo([]byte("\x01\x01\x00\x00" + attr(event.ATTR_RING_SIZE, inOrder("\x01\x00\x00\x00", "\x00\x00\x00\x01")))); err != nil || got != none {
		t.Errorf("got %+v, %v, want %+v", got, err, none)
	}
	if got, err := decodeInfo([]byte("\x01\x02\x00\x00" + attr(event.ATTR_PREVIOUS_BOOT_ID, strings.Repeat("x", 37)+"\x00"))); !errors.Is(err, errLength) {
		t.Errorf("a long boot id: %+v, %v", got, err)
	}
	if _, err := decodeInfo(recordsOf()); !errors.Is(err, errCommand) {
		t.Errorf("events taken for an info: %v", err)
	}
	if _, err := decodeInfo([]byte("\x01\x01\x00\x00" + attr(event.ATTR_RING_SIZE, "\x01"))); !errors.Is(err, errLength) {
		t.Errorf("ring size of one byte: %v", err)
	}
}

// attr makes an attribute byte by byte, so that it can be malformed.
func attr(typ uint16, payload string) string {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	return string(b) + payload + strings.Repeat("\x00", -len(payload)&3)
}

const head = "\x03\x01\x00\x00"

// Numbers that are not 0 in any byte order.
var (
	u32of7 = inOrder("\x07\x00\x00\x00", "\x00\x00\x00\x07")
	u64of7 = inOrder("\x07\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00\x00\x00\x00\x07")
)

func TestBadRecords(t *testing.T) {
	base := attr(event.ATTR_SEQ, u64of7) + attr(event.ATTR_TIME, u64of7) + attr(event.ATTR_KIND, "\x00\x00\x00\x00")
	good := attr(event.ATTR_RECORD, base)
	raw := func(n, typ uint16) string { return attr(typ, strings.Repeat("x", int(n)-4))[:4] }
	for name, rec := range map[string]string{
		"empty":            "",
		"no time":          attr(event.ATTR_SEQ, u64of7) + attr(event.ATTR_KIND, u32of7),
		"no kind":          attr(event.ATTR_SEQ, u64of7) + attr(event.ATTR_TIME, u64of7),
		"number 0":         base + attr(event.ATTR_SEQ, "\x00\x00\x00\x00\x00\x00\x00\x00"),
		"short u64":        base + attr(event.ATTR_TIME, u32of7),
		"long u32":         base + attr(event.ATTR_SIGNAL, u64of7),
		"empty name":       base + attr(event.ATTR_TARGET_NAME, ""),
		"name without NUL": base + attr(event.ATTR_TARGET_NAME, "abcd"),
		"long name":        base + attr(event.ATTR_TARGET_NAME, "sixteen-bytes-xy\x00"),
		"NUL in a name":    base + attr(event.ATTR_TARGET_NAME, "a\x00b\x00"),
		"long text":        base + attr(event.ATTR_TEXT, strings.Repeat("x", 64)+"\x00"),
		"cut attribute":    base + attr(event.ATTR_TARGET_NAME, "abc\x00")[:6],
		"length beyond":    base + raw(64, event.ATTR_SEQ),
		"stray bytes":      base + "\x00\x00",
		"length 0":         base + "\x00\x00\x00\x00",
	} {
		got, malformed := decodeEvents(nil, []byte(head+good+attr(event.ATTR_RECORD, rec)+good), new(memory))
		if malformed != 1 || len(got) != 2 {
			t.Errorf("%s: %d good records, %d malformed; want 2, 1", name, len(got), malformed)
		}
	}
	got, malformed := decodeEvents(nil, []byte(head+attr(900, "new")+attr(event.ATTR_RECORD, base+attr(0x3fff, "newer"))), new(memory))
	if malformed != 0 || len(got) != 1 {
		t.Errorf("unknown attributes: %v, %d malformed", got, malformed)
	}
}

func TestBadMessages(t *testing.T) {
	whole := recordsOf(full)
	for n := range whole {
		got, malformed := decodeEvents(nil, whole[:n], new(memory))
		if n == len(head) {
			continue // a message without records is valid
		}
		if len(whole)-n > 3 && (malformed != 1 || len(got) > 0) {
			t.Errorf("cut to %d bytes of %d: %v, %d malformed", n, len(whole), got, malformed)
		}
	}
	if got, malformed := decodeEvents(nil, []byte{CMD_SET, 1, 0, 0}, new(memory)); malformed != 1 || len(got) != 0 {
		t.Errorf("another command: %v, %d malformed", got, malformed)
	}
	// The valid record before the truncation is returned.
	if got, malformed := decodeEvents(nil, append(whole, 1, 2, 3), new(memory)); len(got) != 1 || malformed != 1 {
		t.Errorf("stray bytes at the end: %d events, %d malformed", len(got), malformed)
	}
}

// A record that begins as the one before it is decoded as if it came alone.
func TestRecordsAlike(t *testing.T) {
	var list []event.Event
	for i := range 6 {
		e := full
		e.Seq, e.Time = uint64(i+1), uint64(i+10)
		e.TargetName, e.Count = string(rune('a'+i)), uint32(i%2)
		if i == 3 {
			e.SenderName = "another"
		}
		list = append(list, e, event.Event{Seq: uint64(i + 100), Time: 5, Kind: event.KindExit, TargetPID: uint32(i)})
	}
	list = append(list, list[0], list[2], list[4], list[1], list[3])
	got, malformed := decodeEvents(nil, recordsOf(list...), new(memory))
	if malformed != 0 || !reflect.DeepEqual(got, list) {
		t.Errorf("%d malformed, got %+v\nwant %+v", malformed, got, list)
	}
	var before memory
	msg := killAll(3)
	got, _ = decodeEvents(nil, msg, &before)
	if n := testing.AllocsPerRun(100, func() { got, _ = decodeEvents(got[:0], msg, &before) }); n != 0 {
		t.Errorf("%v allocations for a message", n)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(recordsOf(full, event.Event{Seq: 1}))
	f.Add(recordsOf(event.Event{Seq: 2, Kind: event.KindReboot, Survivors: event.CountOf(uint32(1<<32 - 1))},
		event.Event{Seq: 3, Kind: event.KindSurvivor, State: 'D', Text: "do_exit", Flags: event.FlagKillPending},
		event.Event{Seq: 4, Kind: event.KindSwitch, SenderPID: 5, SenderName: "sh", Text: "enable=0"},
		event.Event{Seq: 5, Time: 1e9, Signal: 10, SenderPID: 5, TargetPID: 5, Count: 2, TimeLast: 2e9},
		event.Event{Seq: 7, Time: 1e9, Kind: event.KindSummary, SenderUID: 65534, Count: 1<<32 - 1, TimeLast: 2e9},
		event.Event{Seq: 6, Kind: event.KindPanic, Flags: event.FlagKernel, Text: "x"}))
	f.Add(message(CMD_INFO_GET, event.InfoFields, &event.Info{SeqLast: 5, ClaimName: "x"}))
	f.Add(message(CMD_INFO_GET, event.InfoFields, &event.Info{Signals: event.CountOf(3), SignalsSkipped: event.CountOf(0)}))
	f.Add(message(CMD_INFO_GET, event.InfoFields, &event.Info{Box: event.Box{Place: event.BoxFailed, Size: 1},
		Previous: event.Previous{Records: event.CountOf(0), BootID: "y", Local: 7}}))
	f.Add([]byte(head + attr(event.ATTR_RECORD, "\x40\x00\x04\x00")))
	f.Add([]byte{CMD_EVENTS})
	f.Fuzz(func(t *testing.T, msg []byte) {
		events, bad := decodeEvents(nil, msg, new(memory))
		// What came before makes no difference.
		before := new(memory)
		list, _ := decodeEvents(nil, msg, before)
		for i := range list {
			list[i] = event.Event{SenderName: "earlier", TargetName: "earlier", Text: "earlier", Count: 7, FaultPC: 7}
		}
		if again, worse := decodeEvents(list[:0], msg, before); worse != bad || !reflect.DeepEqual(again, events) {
			t.Errorf("%+v, %d malformed\nthen %+v, %d malformed", events, bad, again, worse)
		}
		if again, malformed := decodeEvents(nil, recordsOf(events...), new(memory)); malformed != 0 || len(again) != len(events) {
			t.Errorf("%+v\nthen %+v, %d malformed", events, again, malformed)
		} else if len(events) > 0 && !reflect.DeepEqual(again, events) {
			t.Errorf("%+v\nthen %+v", events, again)
		}
		if i, err := decodeInfo(msg); err == nil {
			if again, err := decodeInfo(message(CMD_INFO_GET, event.InfoFields, &i)); err != nil || again != i {
				t.Errorf("%+v, then %+v, %v", i, again, err)
			}
		}
	})
}

// killAll returns a message with records of a kill-all, as the kernel sends it.
func killAll(records int) []byte {
	msg := []byte{CMD_EVENTS, FAMILY_VERSION, 0, 0}
	kill := event.Event{Seq: 1000, Time: 1 << 40, Signal: 15, Flags: event.FlagDefault | event.FlagFatal, SenderPID: 883, SenderTID: 883,
		SenderName: "killall", ParentPID: 645, ParentName: "ash"}
	for i := range records {
		kill.Seq++
		kill.Time += 50000
		kill.TargetPID, kill.TargetTID, kill.TargetName = uint32(500+i), uint32(500+i), "service-"+string(rune('a'+i%26))
		var rec []byte
		for _, f := range event.Fields {
			if f.Attr != 0 && (f.Attr <= event.ATTR_PARENT_NAME || f.Attr >= event.ATTR_TARGET_PID && f.Attr <= event.ATTR_TARGET_NAME) {
				rec = appendFields(rec, []event.Field[event.Event]{f}, &kill)
			}
		}
		msg = append(msg, attr(event.ATTR_RECORD, string(rec))...)
	}
	return msg
}

func BenchmarkDecode(b *testing.B) {
	const records = 20
	msg := killAll(records)
	var list []event.Event
	var before memory
	b.ReportAllocs()
	for range b.N / records {
		list, _ = decodeEvents(list[:0], msg, &before)
	}
}
