// SPDX-License-Identifier: GPL-2.0-only

package report

import (
	"encoding/json"
	"os"
	"testing"

	"sigtrail/internal/event"
)

// FuzzAnalyse makes reports from any lines: none panics, and each is well-formed
// and printable.
func FuzzAnalyse(f *testing.F) {
	for _, name := range []string{"reboot", "ubus", "sysupgrade", "stalled", "panic", "boxed", "silent", "crashed", "forcedbox", "hung", "started"} {
		b, err := os.ReadFile("testdata/" + name + ".jsonl")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint32(290), uint64(94e9), uint64(1795314934e9), uint32(1), uint32(4))
	}
	f.Add([]byte(`{"seq":1,"time":18446744073709551615,"kind":"signal","signal":15,"target_pid":1,"sender_name":"\\x00<&\\xff"}`),
		uint32(0), uint64(1), uint64(1<<63), uint32(9), uint32(9))
	f.Fuzz(func(t *testing.T, lines []byte, pid uint32, local, realtime uint64, reset, pstore uint32) {
		tr := &event.Trail{Number: int(pid), BootID: "a\"\xff", DaemonPID: pid, ClockLocal: local, ClockRealtime: realtime,
			Reset: event.Reset(reset), Pstore: event.Pstore(pstore), Cut: local,
			Box: event.Box{Place: event.BoxPlace(reset), Found: event.BoxFound(pstore)}, Alive: realtime}
		if reset%2 > 0 {
			tr.Sources = boxSource
		}
		tr.Events, tr.Losses, _ = decode(lines, nil) // malformed lines are skipped
		s, other := Analyse(tr), Analyse(&event.Trail{})
		r := AnalyseBoot(tr, realtime, realtime)
		for _, b := range [][]byte{s.AppendVerdict(nil), s.AppendText(nil, s), s.AppendText(nil, other), r.AppendText(nil),
			s.AppendLine(nil, 1, other), other.AppendLine(nil, 1, s), trailText(t, tr)} {
			for _, c := range b {
				if c != '\n' && (c < 0x20 || c >= 0x7f) {
					t.Fatalf("byte %#x in %s", c, b)
				}
			}
		}
		for _, b := range [][]byte{s.AppendJSON(nil, s), s.AppendJSON(nil, other), r.AppendJSON(nil)} {
			if !json.Valid(b) {
				t.Fatalf("not valid: %s", b)
			}
		}
		checkXML(t, s.AppendSVG(nil))
		checkXML(t, r.AppendSVG(nil))
	})
}
