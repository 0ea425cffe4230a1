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

var (
	fullTrigger = event.Trigger{ID: 3, Symbol: strings.Repeat("s", 127), Offset: 1 << 20, TargetName: "fifteen-bytes-x",
		Skip: 1e9, Per: event.PerName, Rate: 100, Function: "__arm64_sys_write", Hits: 1 << 40, Acted: 2, RateLimited: 3,
		Dropped: 4, Missed: 5, Forgotten: 6, HeldBack: 7}
	fullNotice = event.Notice{ID: 3, Time: 1 << 50, TargetPID: 1234, TargetTID: 1235, TargetName: "\xff\x01\"(",
		StartTime: 1 << 51, Count: 1 << 33}
)

func TestTrigger(t *testing.T) {
	for name, order := range orders {
		for _, cmd := range []byte{uapi.TRIGGER_CMD_GET, uapi.TRIGGER_CMD_ADD, uapi.TRIGGER_CMD_DEL} {
			msg := AppendTrigger(nil, order, &fullTrigger)
			msg[0] = cmd
			if got, err := Trigger(msg, order); err != nil || got != fullTrigger {
				t.Errorf("%s endian, command %d: %+v, %v", name, cmd, got, err)
			}
		}
		if got, err := Notice(AppendNotice(nil, order, &fullNotice), order); err != nil || got != fullNotice {
			t.Errorf("%s endian: %+v, %v", name, got, err)
		}
	}
}

// A notice as the module makes one, with what nobody here wants, and what a
// newer one may add.
func TestWholeNotice(t *testing.T) {
	msg := string(AppendNotice(nil, binary.LittleEndian, &fullNotice)) +
		attr(uapi.TRIGGER_ATTR_SYMBOL, "write\x00") + attr(uapi.TRIGGER_ATTR_OFFSET, u32of7) +
		strings.Repeat(attr(uapi.TRIGGER_ATTR_ARG, u64of7), uapi.TRIGGER_ARGS) + attr(900, "new")
	if got, err := Notice([]byte(msg), binary.LittleEndian); err != nil || got != fullNotice {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBadTriggers(t *testing.T) {
	notice := string(AppendNotice(nil, binary.LittleEndian, &fullNotice))
	for name, c := range map[string]struct {
		msg  string
		want error
	}{
		"empty":         {"", ErrTruncated},
		"no attributes": {"\x04\x01\x00\x00", ErrNotice},
		"no process":    {notice + attr(uapi.TRIGGER_ATTR_TARGET_PID, "\x00\x00\x00\x00"), ErrNotice},
		"no start":      {notice + attr(uapi.TRIGGER_ATTR_START_TIME, strings.Repeat("\x00", 8)), ErrNotice},
		"long name":     {notice + attr(uapi.TRIGGER_ATTR_TARGET_NAME, "sixteen-bytes-xy\x00"), ErrLength},
		"short start":   {notice + attr(uapi.TRIGGER_ATTR_START_TIME, u32of7), ErrLength},
		"cut":           {notice[:len(notice)-5], ErrTruncated},
		"a trigger":     {string(AppendTrigger(nil, binary.LittleEndian, &fullTrigger)), ErrCommand},
	} {
		if got, err := Notice([]byte(c.msg), binary.LittleEndian); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v, want %v", name, got, err, c.want)
		}
	}
	trigger := string(AppendTrigger(nil, binary.LittleEndian, &fullTrigger))
	for name, msg := range map[string]string{
		"long symbol":   trigger + attr(uapi.TRIGGER_ATTR_SYMBOL, strings.Repeat("s", 128)+"\x00"),
		"long function": trigger + attr(uapi.TRIGGER_ATTR_FUNCTION, strings.Repeat("s", 512)+"\x00"),
		"short count":   trigger + attr(uapi.TRIGGER_ATTR_HITS, u32of7),
	} {
		if got, err := Trigger([]byte(msg), binary.LittleEndian); !errors.Is(err, ErrLength) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := Trigger([]byte(notice), binary.LittleEndian); !errors.Is(err, ErrCommand) {
		t.Errorf("a notice: %+v, %v", got, err)
	}
}

// module answers as the trigger module does.
type module struct {
	attrs []byte // of the last one that was added
	fails error
}

func (m *module) AddTrigger(attrs []byte) ([]byte, error) {
	m.attrs = attrs
	return AppendTrigger(nil, binary.NativeEndian, &fullTrigger), m.fails
}

func (m *module) DelTrigger(id uint32) ([]byte, error) {
	return AppendTrigger(nil, binary.NativeEndian, &event.Trigger{ID: id, Hits: 5}), m.fails
}

func (m *module) DumpTriggers(f func([]byte)) error {
	for id := range uint32(3) {
		f(AppendTrigger(nil, binary.NativeEndian, &event.Trigger{ID: id + 1}))
	}
	f(nil)
	return m.fails
}

func TestModule(t *testing.T) {
	m := &module{}
	triggers := Triggers{m}
	got, err := triggers.Add(event.Trigger{Symbol: "write", Offset: 4, TargetName: "toy", Skip: 2, Per: event.PerName, Rate: 9, Hits: 7})
	if err != nil || got != fullTrigger {
		t.Errorf("added %+v, %v", got, err)
	}
	want := "\x0a\x00\x03\x00write\x00\x00\x00" + "\x08\x00\x04\x00\x04\x00\x00\x00" + "\x08\x00\x05\x00toy\x00" +
		"\x08\x00\x06\x00\x02\x00\x00\x00" + "\x08\x00\x07\x00\x01\x00\x00\x00" + "\x08\x00\x08\x00\x09\x00\x00\x00"
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 && string(m.attrs) != want {
		t.Errorf("asked for it by %x, want %x", m.attrs, want)
	}
	if got, err := triggers.Del(8); err != nil || got != (event.Trigger{ID: 8, Hits: 5}) {
		t.Errorf("deleted %+v, %v", got, err)
	}
	if list, err := triggers.List(); err != nil || len(list) != 3 || list[2].ID != 3 {
		t.Errorf("list %+v, %v", list, err)
	}
	m.fails = errors.New("refused")
	if _, err := triggers.Add(event.Trigger{}); err != m.fails {
		t.Errorf("added, though it %v", err)
	}
	if _, err := triggers.Del(1); err != m.fails {
		t.Errorf("deleted, though it %v", err)
	}
	if _, err := triggers.List(); err != m.fails {
		t.Errorf("listed, though it %v", err)
	}
}

func FuzzTrigger(f *testing.F) {
	for _, order := range orders {
		f.Add(AppendTrigger(nil, order, &fullTrigger))
		f.Add(AppendNotice(nil, order, &fullNotice))
	}
	f.Add([]byte{uapi.TRIGGER_CMD_NOTICE})
	f.Fuzz(func(t *testing.T, msg []byte) {
		for name, order := range orders {
			if n, err := Notice(msg, order); err == nil {
				if again, err := Notice(AppendNotice(nil, order, &n), order); err != nil || again != n {
					t.Errorf("%s endian: %+v, then %+v, %v", name, n, again, err)
				}
			}
			if tr, err := Trigger(msg, order); err == nil {
				if again, err := Trigger(AppendTrigger(nil, order, &tr), order); err != nil || again != tr {
					t.Errorf("%s endian: %+v, then %+v, %v", name, tr, again, err)
				}
			}
		}
	})
}
