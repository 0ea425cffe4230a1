// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// inexact returns the keys of a JSON object whose numbers not every reader has
// exactly.
func inexact(t *testing.T, object []byte) (keys []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil {
		t.Fatalf("%v: %s", err, object)
	}
	for key, v := range members {
		if n, ok := v.(json.Number); ok {
			if i, err := n.Int64(); err != nil || i > 1<<53 {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// After 104 days a time in ns is beyond 2^53, and a wall time always is.
func TestTimesAreExact(t *testing.T) {
	const day = 24 * 3600 * 1e9
	e := Event{Seq: 1, Kind: KindExit, Time: 200 * day, SinceFirst: 150 * day, SinceLast: 110*day + 1, TargetPID: 2}
	head := Trail{BootID: "a", ClockLocal: 200*day + 1, ClockRealtime: 1790000000123456789}
	info := Info{ClockLocal: 200*day + 1, ClockBoottime: 200 * day, ClockRealtime: 1790000000123456789}
	notice := Notice{Time: 200*day + 1, StartTime: 150 * day}
	c := Case{End: CaseExited, SeenFirst: 200 * day, SeenLast: 200 * day, Recorded: true, SinceFirst: 200 * day, SinceLast: 200 * day}
	for what, b := range map[string][]byte{
		"event": e.AppendJSON(nil), "header": head.AppendHeader(nil), "info": info.AppendJSON(nil),
		"notice": appendAll(nil, NoticeFields, &notice), "case": c.AppendJSON(nil),
	} {
		if keys := inexact(t, b); keys != nil {
			t.Errorf("%s: numbers beyond 2^53 of %v: %s", what, keys, b)
		}
	}
	if got, _, err := DecodeStored(e.AppendJSON(nil)); err != nil || got.Time != e.Time || got.SinceLast != e.SinceLast {
		t.Errorf("read back as %+v, %v", got, err)
	}
	if got, err := DecodeHeader(head.AppendHeader(nil)); err != nil || !reflect.DeepEqual(got, head) {
		t.Errorf("read back as %+v, %v", got, err)
	}
}

// Trails that were written before have times as numbers.
func TestTimesAsNumbers(t *testing.T) {
	e, _, err := DecodeStored([]byte(`{"seq":1,"time":103000100000,"kind":"exit","target_pid":7,"since_first":5,"since_last":4}`))
	if err != nil || e.Time != 103000100000 || e.SinceFirst != 5 || e.SinceLast != 4 {
		t.Errorf("%+v, %v", e, err)
	}
	h, err := DecodeHeader([]byte(`{"boot_id":"a","clock_local":1000000000,"clock_realtime":1790000000000000000}`))
	if err != nil || h.ClockLocal != 1000000000 || h.ClockRealtime != 1790000000000000000 {
		t.Errorf("%+v, %v", h, err)
	}
	for _, bad := range []string{`{"seq":1,"time":"x"}`, `{"seq":1,"time":""}`, `{"seq":1,"time":-1}`, `{"seq":1,"time":"1.5"}`} {
		if e, _, err := DecodeJSON([]byte(bad)); err == nil {
			t.Errorf("no error for %s: %+v", bad, e)
		}
	}
}

// A string of JSON needs no escapes of its own for brackets and quotes.
func TestJSONTextIsPlain(t *testing.T) {
	const text = `EXT4-fs (vda): "a" & <b> [#1]`
	e := Event{Kind: KindNote, Text: text, Origin: OriginConsole}
	name, _ := json.Marshal(Name("(sd-pam)"))
	for _, b := range [][]byte{e.AppendJSON(nil), AppendValue(nil, struct{ Text Name }{text}), name} {
		if s := string(b); strings.Contains(s, `\x`) || strings.Contains(s, `\u0`) {
			t.Errorf("escaped: %s", s)
		}
	}
	if got, _, err := DecodeJSON(e.AppendJSON(nil)); err != nil || got.Text != text {
		t.Errorf("read back as %q, %v", got.Text, err)
	}
	for _, odd := range []string{"a\nb", "\x1b[2J", "\\x41", "\xff", "\u009b", "\""} {
		e.Text = odd
		b := e.AppendJSON(nil)
		if got, _, err := DecodeStored(b); err != nil || got.Text != odd {
			t.Errorf("%q is written as %s, and read back as %q, %v", odd, b, got.Text, err)
		}
		for _, c := range b {
			if c < 0x20 || c >= 0x7f {
				t.Errorf("byte %#x in %q", c, b)
			}
		}
	}
}

// A count that is null is unknown, not 0.
func TestNullCount(t *testing.T) {
	e, _, err := DecodeJSON([]byte(`{"seq":1,"kind":"reboot","survivors":null}`))
	if _, known := e.Survivors.Known(); known || err != nil {
		t.Errorf("%+v, %v", e, err)
	}
}
