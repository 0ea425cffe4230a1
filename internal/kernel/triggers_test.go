// SPDX-License-Identifier: GPL-2.0-only

package kernel

import (
	"errors"
	"strings"
	"testing"

	"github.com/vishvananda/netlink/nl"

	"sigtrail/internal/event"
)

var (
	fullTrigger = event.Trigger{ID: 3, Symbol: strings.Repeat("s", 127), Offset: 1 << 20, TargetName: "fifteen-bytes-x",
		Skip: 1e9, Per: event.PerName, Rate: 100, Function: "__arm64_sys_write", Hits: 1 << 40, Acted: 2, RateLimited: 3,
		Dropped: 4, Missed: 5, Forgotten: 6, HeldBack: 7}
	fullNotice = event.Notice{ID: 3, Time: 1 << 50, TargetPID: 1234, TargetTID: 1235, TargetName: "\xff\x01\"(",
		StartTime: 1 << 51, Count: 1 << 33}
)

func noticeOf(n event.Notice) []byte { return message(TRIGGER_CMD_NOTICE, event.NoticeFields, &n) }

func triggerOf(t event.Trigger) []byte { return message(TRIGGER_CMD_GET, event.TriggerFields, &t) }

func TestTriggers(t *testing.T) {
	for _, cmd := range []byte{TRIGGER_CMD_GET, TRIGGER_CMD_ADD, TRIGGER_CMD_DEL} {
		if got, err := decodeTrigger(message(cmd, event.TriggerFields, &fullTrigger)); err != nil || got != fullTrigger {
			t.Errorf("command %d: %+v, %v", cmd, got, err)
		}
	}
	if got, err := decodeNotice(noticeOf(fullNotice)); err != nil || got != fullNotice {
		t.Errorf("%+v, %v", got, err)
	}
}

// A notice as the module sends it, with attributes that are not used here, and one that
// a newer module may add.
func TestWholeNotice(t *testing.T) {
	msg := string(noticeOf(fullNotice)) +
		attr(event.TRIGGER_ATTR_SYMBOL, "write\x00") + attr(event.TRIGGER_ATTR_OFFSET, u32of7) +
		strings.Repeat(attr(event.TRIGGER_ATTR_ARG, u64of7), TRIGGER_ARGS) + attr(900, "new")
	if got, err := decodeNotice([]byte(msg)); err != nil || got != fullNotice {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBadTriggers(t *testing.T) {
	notice := string(noticeOf(fullNotice))
	for name, c := range map[string]struct {
		msg  string
		want error
	}{
		"empty":         {"", errTruncated},
		"no attributes": {"\x04\x01\x00\x00", errNotice},
		"no process":    {notice + attr(event.TRIGGER_ATTR_TARGET_PID, "\x00\x00\x00\x00"), errNotice},
		"no start":      {notice + attr(event.TRIGGER_ATTR_START_TIME, strings.Repeat("\x00", 8)), errNotice},
		"long name":     {notice + attr(event.TRIGGER_ATTR_TARGET_NAME, "sixteen-bytes-xy\x00"), errLength},
		"short start":   {notice + attr(event.TRIGGER_ATTR_START_TIME, u32of7), errLength},
		"cut":           {notice[:len(notice)-5], errTruncated},
		"a trigger":     {string(triggerOf(fullTrigger)), errCommand},
	} {
		if got, err := decodeNotice([]byte(c.msg)); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v, want %v", name, got, err, c.want)
		}
	}
	trigger := string(triggerOf(fullTrigger))
	for name, msg := range map[string]string{
		"long symbol":   trigger + attr(event.TRIGGER_ATTR_SYMBOL, strings.Repeat("s", 128)+"\x00"),
		"long function": trigger + attr(event.TRIGGER_ATTR_FUNCTION, strings.Repeat("s", 512)+"\x00"),
		"short count":   trigger + attr(event.TRIGGER_ATTR_HITS, u32of7),
	} {
		if got, err := decodeTrigger([]byte(msg)); !errors.Is(err, errLength) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := decodeTrigger([]byte(notice)); !errors.Is(err, errCommand) {
		t.Errorf("a notice: %+v, %v", got, err)
	}
}

func serialized(attrs []*nl.RtAttr) string {
	var b []byte
	for _, a := range attrs {
		b = append(b, a.Serialize()...)
	}
	return string(b)
}

// A request has the attributes that are set, byte for byte.
func TestRequests(t *testing.T) {
	got := serialized(encode(event.TriggerSpec, &event.Trigger{Symbol: "write", Offset: 4, TargetName: "toy", Skip: 2,
		Per: event.PerName, Rate: 9, Hits: 7}))
	want := inOrder("\x0a\x00\x03\x00write\x00\x00\x00"+"\x08\x00\x04\x00\x04\x00\x00\x00"+"\x08\x00\x05\x00toy\x00"+
		"\x08\x00\x06\x00\x02\x00\x00\x00"+"\x08\x00\x07\x00\x01\x00\x00\x00"+"\x08\x00\x08\x00\x09\x00\x00\x00",
		"\x00\x0a\x00\x03write\x00\x00\x00"+"\x00\x08\x00\x04\x00\x00\x00\x04"+"\x00\x08\x00\x05toy\x00"+
			"\x00\x08\x00\x06\x00\x00\x00\x02"+"\x00\x08\x00\x07\x00\x00\x00\x01"+"\x00\x08\x00\x08\x00\x00\x00\x09")
	if got != want {
		t.Errorf("a trigger: %x, want %x", got, want)
	}
	if attrs := encode(event.SwitchFields, &event.Switches{}); len(attrs) != 0 {
		t.Errorf("no switch, yet %x", serialized(attrs))
	}
	yes, mode := true, event.PrintkAlways
	got = serialized(encode(event.SwitchFields, &event.Switches{SIGCHLD: &yes, Printk: &mode}))
	want = attr(event.ATTR_PRINTK, inOrder("\x02\x00\x00\x00", "\x00\x00\x00\x02")) + attr(event.ATTR_SIGCHLD, "\x01")
	if got != want {
		t.Errorf("switches: %x, want %x", got, want)
	}
}

func FuzzTrigger(f *testing.F) {
	f.Add(triggerOf(fullTrigger))
	f.Add(noticeOf(fullNotice))
	f.Add([]byte{TRIGGER_CMD_NOTICE})
	f.Fuzz(func(t *testing.T, msg []byte) {
		if n, err := decodeNotice(msg); err == nil {
			if again, err := decodeNotice(noticeOf(n)); err != nil || again != n {
				t.Errorf("%+v, then %+v, %v", n, again, err)
			}
		}
		if tr, err := decodeTrigger(msg); err == nil {
			if again, err := decodeTrigger(triggerOf(tr)); err != nil || again != tr {
				t.Errorf("%+v, then %+v, %v", tr, again, err)
			}
		}
	})
}
