// SPDX-License-Identifier: GPL-2.0

package wire

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/uapi"
)

var full = event.Event{
	Seq: 1<<40 + 5, Time: 99e9, Kind: event.KindSignal, Signal: 15, Code: -6, Outcome: event.AlreadyPending,
	Scope: event.ScopeThread, Flags: event.FlagCaught | event.FlagShutdown, SenderPID: 883, SenderTID: 884,
	SenderUID: 1000, SenderName: "killall", ParentPID: 645, ParentName: "sh", ContextPID: 7, ContextTID: 8,
	ContextName: "fifteen-bytes-x", TargetPID: 564, TargetTID: 565, TargetName: "\xff\x01\"(",
	ExitStatus: 0x8b, SinceFirst: 1 << 33, SinceLast: 3, RebootCode: event.RebootHalt, Text: "some text",
}

var orders = map[string]binary.ByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian}

func decode(msg []byte, order binary.ByteOrder) (list []event.Event, skipped int, err error) {
	skipped, err = Events(msg, order, func(e event.Event) { list = append(list, e) })
	return list, skipped, err
}

func TestEvents(t *testing.T) {
	for name, order := range orders {
		want := []event.Event{full, {Seq: 2, Kind: event.KindExit, TargetPID: 3}, {Seq: 3, Flags: event.FlagKernel, SenderName: "kernel"}}
		got, skipped, err := decode(AppendEvents(nil, order, want...), order)
		if err != nil || skipped != 0 || len(got) != len(want) {
			t.Fatalf("%s endian: %d events, %d skipped, %v", name, len(got), skipped, err)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s endian: got %+v, want %+v", name, got[i], want[i])
			}
		}
	}
}

// A dump's answers come under the command that asked for them.
func TestDumpAnswer(t *testing.T) {
	msg := AppendEvents(nil, binary.LittleEndian, full)
	msg[0] = uapi.CMD_EVENTS_GET
	if got, skipped, err := decode(msg, binary.LittleEndian); err != nil || skipped != 0 || len(got) != 1 || got[0] != full {
		t.Errorf("got %+v, %d skipped, %v", got, skipped, err)
	}
}

// A message as a big-endian MIPS would send it, byte for byte.
func TestBigEndianFixture(t *testing.T) {
	msg := "\x03\x01\x00\x00" + // SIGTRAIL_CMD_EVENTS, version 1
		"\x00\x3c\x80\x02" + // nest of 60 bytes, SIGTRAIL_ATTR_RECORD, NLA_F_NESTED
		"\x00\x0c\x00\x04\x00\x00\x00\x00\x00\x00\x01\x02" + // SEQ 258
		"\x00\x04\x00\x01" + // PAD
		"\x00\x0c\x00\x05\x00\x00\x00\x00\x3b\x9a\xca\x00" + // TIME 1 s
		"\x00\x08\x00\x06\x00\x00\x00\x01" + // KIND exit
		"\x00\x08\x00\x16\x00\x00\x00\x09" + // TARGET_TID 9
		"\x00\x0a\x00\x17slowd\x00\x00\x00" // TARGET_NAME, padded
	want := event.Event{Seq: 258, Time: 1e9, Kind: event.KindExit, TargetTID: 9, TargetName: "slowd"}
	got, skipped, err := decode([]byte(msg), binary.BigEndian)
	if err != nil || skipped != 0 || len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, %d skipped, %v, want %+v", got, skipped, err, want)
	}
}

func TestInfo(t *testing.T) {
	want := event.Info{RingSize: 1, SeqFirst: 2, SeqLast: 3, RelaySkipped: 4, RelayFailed: 5, HeldBack: 6, ExitForgotten: 7,
		LeftOutSIGCHLD: 8, LeftOutSIGALRM: 9, LeftOutSIGURG: 10, LeftOutKthread: 11, LeftOutOwn: 12, Enable: true,
		Printk: event.PrintkAlways, PrintkRate: 200, SIGCHLD: true, SIGURG: true, ClaimPID: 13, ClaimName: "sigtrail",
		Shutdown: true, ClockLocal: 1 << 50, ClockBoottime: 1 << 51, ClockRealtime: 1 << 60}
	for name, order := range orders {
		if got, err := Info(AppendInfo(nil, order, &want), order); err != nil || got != want {
			t.Errorf("%s endian: got %+v, %v, want %+v", name, got, err, want)
		}
	}
	if _, err := Info(AppendEvents(nil, binary.LittleEndian), binary.LittleEndian); !errors.Is(err, ErrCommand) {
		t.Errorf("events taken for an info: %v", err)
	}
	if _, err := Info([]byte{uapi.CMD_INFO_GET, 1, 0, 0, 5, 0, uapi.ATTR_RING_SIZE, 0, 1, 0, 0, 0}, binary.LittleEndian); !errors.Is(err, ErrLength) {
		t.Errorf("ring size of one byte: %v", err)
	}
}

// attr makes an attribute by hand, to bend it.
func attr(typ uint16, payload string) string {
	b := binary.LittleEndian.AppendUint16(nil, uint16(4+len(payload)))
	b = binary.LittleEndian.AppendUint16(b, typ)
	return string(b) + payload + strings.Repeat("\x00", -len(payload)&3)
}

const (
	u32of7 = "\x07\x00\x00\x00"
	u64of7 = "\x07\x00\x00\x00\x00\x00\x00\x00"
	head   = "\x03\x01\x00\x00"
)

func TestBadRecords(t *testing.T) {
	base := attr(uapi.ATTR_SEQ, u64of7) + attr(uapi.ATTR_TIME, u64of7) + attr(uapi.ATTR_KIND, "\x00\x00\x00\x00")
	good := attr(uapi.ATTR_RECORD, base)
	for name, rec := range map[string]string{
		"empty":            "",
		"no time":          attr(uapi.ATTR_SEQ, u64of7) + attr(uapi.ATTR_KIND, u32of7),
		"no kind":          attr(uapi.ATTR_SEQ, u64of7) + attr(uapi.ATTR_TIME, u64of7),
		"number 0":         base + attr(uapi.ATTR_SEQ, "\x00\x00\x00\x00\x00\x00\x00\x00"),
		"short u64":        base + attr(uapi.ATTR_TIME, u32of7),
		"long u32":         base + attr(uapi.ATTR_SIGNAL, u64of7),
		"empty name":       base + attr(uapi.ATTR_TARGET_NAME, ""),
		"name without NUL": base + attr(uapi.ATTR_TARGET_NAME, "abcd"),
		"long name":        base + attr(uapi.ATTR_TARGET_NAME, "sixteen-bytes-xy\x00"),
		"NUL in a name":    base + attr(uapi.ATTR_TARGET_NAME, "a\x00b\x00"),
		"long text":        base + attr(uapi.ATTR_TEXT, strings.Repeat("x", 64)+"\x00"),
		"cut attribute":    base + attr(uapi.ATTR_TARGET_NAME, "abc\x00")[:6],
		"length 3":         base + "\x03\x00\x04\x00",
		"length beyond":    base + "\x40\x00\x04\x00",
		"stray bytes":      base + "\x00\x00",
	} {
		got, skipped, err := decode([]byte(head+good+attr(uapi.ATTR_RECORD, rec)+good), binary.LittleEndian)
		if err != nil || skipped != 1 || len(got) != 2 {
			t.Errorf("%s: %d good records, %d skipped, %v; want 2, 1", name, len(got), skipped, err)
		}
	}
	got, skipped, err := decode([]byte(head+attr(900, "new")+attr(uapi.ATTR_RECORD, base+attr(0x3fff, "newer"))), binary.LittleEndian)
	if err != nil || skipped != 0 || len(got) != 1 {
		t.Errorf("unknown attributes: %v, %d skipped, %v", got, skipped, err)
	}
}

func TestBadMessages(t *testing.T) {
	whole := AppendEvents(nil, binary.LittleEndian, full)
	for n := range whole {
		got, _, err := decode(whole[:n], binary.LittleEndian)
		if n == genlHeader {
			continue // a message of no records is whole
		}
		if len(whole)-n > 3 && (err == nil || !errors.Is(err, ErrTruncated)) {
			t.Errorf("cut to %d bytes of %d: %v, %v", n, len(whole), got, err)
		}
	}
	if _, _, err := decode([]byte{uapi.CMD_SET, 1, 0, 0}, binary.LittleEndian); !errors.Is(err, ErrCommand) {
		t.Errorf("another command: %v", err)
	}
	// The good one before the break is told.
	got, _, err := decode(append(whole, 1, 2, 3), binary.LittleEndian)
	if len(got) != 1 || !errors.Is(err, ErrTruncated) {
		t.Errorf("stray bytes at the end: %d events, %v", len(got), err)
	}
}

// Package event has the values of the enums anew, as it imports nothing.
func TestEnums(t *testing.T) {
	for _, c := range []struct {
		name       string
		ours, uapi int
	}{
		{"KindReboot", int(event.KindReboot), uapi.KIND_REBOOT},
		{"KindMark", int(event.KindMark), uapi.KIND_MARK},
		{"KindExit", int(event.KindExit), uapi.KIND_EXIT},
		{"Ignored", int(event.Ignored), uapi.OUTCOME_IGNORED},
		{"AlreadyPending", int(event.AlreadyPending), uapi.OUTCOME_ALREADY_PENDING},
		{"OverflowFail", int(event.OverflowFail), uapi.OUTCOME_OVERFLOW_FAIL},
		{"LoseInfo", int(event.LoseInfo), uapi.OUTCOME_LOSE_INFO},
		{"Dying", int(event.Dying), uapi.OUTCOME_DYING},
		{"ScopeThread", int(event.ScopeThread), uapi.SCOPE_THREAD},
		{"FlagKernel", int(event.FlagKernel), uapi.FLAG_KERNEL},
		{"FlagBlocked", int(event.FlagBlocked), uapi.FLAG_BLOCKED},
		{"FlagCaught", int(event.FlagCaught), uapi.FLAG_CAUGHT},
		{"FlagDefault", int(event.FlagDefault), uapi.FLAG_DEFAULT},
		{"FlagFatal", int(event.FlagFatal), uapi.FLAG_FATAL},
		{"FlagPrinted", int(event.FlagPrinted), uapi.FLAG_PRINTED},
		{"FlagBySigtrail", int(event.FlagBySigtrail), uapi.FLAG_BY_SIGTRAIL},
		{"FlagShutdown", int(event.FlagShutdown), uapi.FLAG_SHUTDOWN},
		{"RebootRestart", int(event.RebootRestart), uapi.REBOOT_RESTART},
		{"RebootHalt", int(event.RebootHalt), uapi.REBOOT_HALT},
		{"RebootPowerOff", int(event.RebootPowerOff), uapi.REBOOT_POWER_OFF},
		{"PrintkAuto", int(event.PrintkAuto), uapi.PRINTK_AUTO},
		{"PrintkAlways", int(event.PrintkAlways), uapi.PRINTK_ALWAYS},
		{"PerProcess", int(event.PerProcess), uapi.TRIGGER_PER_PROCESS},
		{"PerName", int(event.PerName), uapi.TRIGGER_PER_NAME},
	} {
		if c.ours != c.uapi {
			t.Errorf("event.%s is %d, the header has %d", c.name, c.ours, c.uapi)
		}
	}
}

// bytesOf is a transport that gives the same message each time.
type bytesOf []byte

func (b bytesOf) Receive(f func([]byte)) error              { f(b); return nil }
func (b bytesOf) DumpEvents(_ uint64, f func([]byte)) error { f(b); return nil }

func (b bytesOf) Info() ([]byte, error) {
	return AppendInfo(nil, binary.NativeEndian, &event.Info{ClockLocal: full.Time, ClockRealtime: 1763785512e9}), nil
}

func TestSource(t *testing.T) {
	msg := bytesOf(AppendEvents(nil, binary.NativeEndian, full, event.Event{}))
	s := Source{Live: msg, Ring: msg[:len(msg)-1]}
	n := 0
	count := func(e event.Event) {
		if n++; e.Wall != 1763785512e9 {
			t.Errorf("wall time %d", e.Wall)
		}
	}
	if s.Receive(count) != nil || s.Dump(1, count) != nil || n != 2 || s.Malformed.Load() != 2 {
		t.Errorf("%d events, %d malformed, want 2, 2", n, s.Malformed.Load())
	}
}

func FuzzDecode(f *testing.F) {
	for _, order := range orders {
		f.Add(AppendEvents(nil, order, full, event.Event{Seq: 1}))
		f.Add(AppendInfo(nil, order, &event.Info{SeqLast: 5, ClaimName: "x"}))
	}
	f.Add([]byte(head + attr(uapi.ATTR_RECORD, "\x40\x00\x04\x00")))
	f.Add([]byte{uapi.CMD_EVENTS})
	f.Fuzz(func(t *testing.T, msg []byte) {
		for name, order := range orders {
			events, _, _ := decode(msg, order)
			again, skipped, err := decode(AppendEvents(nil, order, events...), order)
			if err != nil || skipped != 0 || len(again) != len(events) {
				t.Fatalf("%s endian: %d events, %d once encoded and decoded again, %d skipped, %v",
					name, len(events), len(again), skipped, err)
			}
			for i := range events {
				if events[i] != again[i] {
					t.Errorf("%s endian: %+v, once encoded and decoded again %+v", name, events[i], again[i])
				}
			}
			if i, err := Info(msg, order); err == nil {
				if again, err := Info(AppendInfo(nil, order, &i), order); err != nil || again != i {
					t.Errorf("%s endian: %+v, then %+v, %v", name, i, again, err)
				}
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	batch := make([]event.Event, 32)
	for i := range batch {
		batch[i] = full
	}
	msg := AppendEvents(nil, binary.NativeEndian, batch...)
	b.SetBytes(int64(len(msg)))
	b.ReportAllocs()
	n := 0
	for i := 0; i < b.N; i++ {
		Events(msg, binary.NativeEndian, func(event.Event) { n++ })
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/event")
}
