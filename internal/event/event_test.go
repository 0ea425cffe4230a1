// SPDX-License-Identifier: GPL-2.0-only

package event

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"sigtrail/test/golden"
)

// samples are one event of every form.
var samples = []Event{
	{Seq: 1, Time: 1204512000, Wall: 1763785512000001000, Signal: 15, Flags: FlagDefault | FlagFatal,
		SenderPID: 883, SenderTID: 883, SenderName: "killall", ParentPID: 645, ParentName: "sh",
		TargetPID: 564, TargetTID: 564, TargetName: "legacyd"},
	{Seq: 2, Time: 1204513999, Wall: 12000001000, Signal: 15, Outcome: Ignored, SenderPID: 883, SenderTID: 883,
		SenderUID: 1000, SenderName: "killall", TargetPID: 560, TargetTID: 560, TargetName: "stubborn"},
	{Seq: 3, Signal: 9, Code: 128, Flags: FlagKernel | FlagDefault | FlagFatal | FlagShutdown, ContextPID: 80,
		ContextTID: 81, ContextName: "dd", TargetPID: 77, TargetTID: 77, TargetName: "hog"},
	{Seq: 4, Signal: 14, Code: -2, Flags: FlagKernel | FlagCaught | FlagPrinted, TargetPID: 77, TargetTID: 78,
		TargetName: "timer", Scope: ScopeThread},
	{Seq: 5, Signal: 44, Code: -1, Outcome: OverflowFail, Flags: FlagBlocked | FlagCaught | FlagBySigtrail,
		SenderPID: 9, SenderTID: 10, SenderName: "evil) --[9]--> (\x1b[2J\xff\"\\", ParentPID: 1,
		ParentName: "init\n", TargetPID: 11, TargetTID: 11, TargetName: " a b "},
	{Seq: 6, Signal: 28, Outcome: AlreadyPending, Flags: FlagDefault, SenderPID: 9, SenderName: "x", TargetPID: 1,
		TargetTID: 1, TargetName: "procd"},
	{Seq: 7, Kind: KindExit, TargetPID: 564, TargetTID: 564, TargetName: "legacyd", ExitStatus: 15,
		SinceFirst: 1204512345, SinceLast: 1204512345},
	{Seq: 8, Kind: KindExit, TargetPID: 565, TargetName: "crashd", ExitStatus: 11 | 0x80, SinceFirst: 2e9, SinceLast: 120999},
	{Seq: 9, Kind: KindExit, TargetPID: 566, TargetName: "polited", ExitStatus: 3 << 8, SinceFirst: 1, SinceLast: 1},
	{Seq: 10, Kind: KindMark, SenderPID: 123, SenderTID: 123, SenderName: "sh", Text: "before the (update)"},
	{Seq: 11, Kind: KindReboot, SenderPID: 1290, SenderTID: 1290, SenderName: "reboot", ParentPID: 1,
		ParentName: "init", RebootCode: RebootRestart, Text: "arg"},
	{Seq: 12, Kind: KindReboot, SenderPID: 1, SenderTID: 1, SenderName: "procd", RebootCode: RebootPowerOff},
	{Time: 12e9, Kind: KindNote, Text: "EXT4-fs (vda): re-mounted\x1b\n ro", Origin: OriginConsole},
	{Signal: 9, SenderPID: 1, SenderName: "procd", TargetPID: 440, TargetName: "stubbornd", Origin: OriginConsole},
	{Seq: 14, Kind: KindExit, TargetPID: 567, TargetName: "alarmd", ExitStatus: 14}, // without a record of its signal
	{Seq: 15, Kind: KindExit, TargetPID: 568, TargetName: "reloadd", ExitStatus: 129 << 8, SinceLast: 2250999},
	{Seq: 16, Kind: KindReboot, SenderPID: 1, SenderTID: 1, SenderName: "procd", RebootCode: RebootRestart, Survivors: CountOf(0)},
	{Seq: 17, Kind: KindReboot, SenderPID: 99, SenderTID: 99, SenderName: "sh", RebootCode: RebootRestart, ParentPID: 1,
		ParentName: "procd", Survivors: CountOf(2), Flags: FlagShutdown},
	{Seq: 18, Kind: KindSurvivor, TargetPID: 123, TargetTID: 123, TargetName: "dd", State: 'D', Text: "percpu_rwsem_wait",
		Flags: FlagShutdown | FlagKillPending},
	{Seq: 19, Kind: KindSurvivor, TargetPID: 124, TargetTID: 126, TargetName: "busyd", State: 'R', Flags: FlagKillPending},
	{Seq: 20, Kind: KindSurvivor, TargetPID: 127, TargetTID: 127, TargetName: "sleepy", State: 'S', Text: "do_wait"},
	{Seq: 21, Kind: KindSurvivor, TargetPID: 128, TargetTID: 128, TargetName: "odd"},
	{Seq: 22, Kind: KindSurvivor, TargetPID: 129, TargetTID: 129, TargetName: "new", State: 200},
	{Seq: 23, Kind: KindSwitch, SenderPID: 99, SenderTID: 99, SenderUID: 0, SenderName: "sh", ParentPID: 98,
		ParentName: "login", Text: "enable=0"},
	{Seq: 24, Kind: KindClaim, SenderPID: 64, SenderTID: 65, SenderName: "sigtrail"},
	{Seq: 25, Kind: KindClaimEnd, SenderPID: 64, SenderTID: 64, SenderName: "sigtrail", Flags: FlagShutdown},
	{Seq: 26, Kind: KindOops, Flags: FlagKernel, ContextPID: 99, ContextTID: 99, ContextName: "sh", Text: "Oops: 0002 [#1] (x)\n"},
	{Seq: 27, Kind: KindPanic, Flags: FlagKernel, Text: "Fatal exception in interrupt"},
	{Seq: 28, Time: 5e9, TimeLast: 5998000999, Signal: 10, Flags: FlagCaught, SenderPID: 120, SenderTID: 120, SenderUID: 65534,
		SenderName: "flooder", ParentPID: 1, ParentName: "procd", TargetPID: 120, TargetTID: 120, TargetName: "flooder", Count: 48211},
	{Seq: 29, Time: 6e9, TimeLast: 7.25e9, Kind: KindSummary, Signal: 10, Flags: FlagCaught, SenderPID: 120, SenderTID: 121,
		SenderUID: 65534, SenderName: "flooder", TargetPID: 130, TargetTID: 130, TargetName: "victim", Count: 5120},
	{Seq: 30, Time: 8e9, Kind: KindSummary, Signal: 14, Code: -2, Flags: FlagKernel | FlagCaught, ContextPID: 130, ContextTID: 130,
		ContextName: "victim", TargetPID: 130, TargetTID: 130, TargetName: "victim"},
	{Seq: 31, Time: 8e9, TimeLast: 9e9, Kind: KindSummary, Signal: 10, Flags: FlagCaught | FlagShare, TargetPID: 130, TargetTID: 130,
		TargetName: "victim", Count: 7},
	{Seq: 32, Time: 9e9, Kind: KindExit, Flags: FlagOfInit, TargetPID: 901, TargetTID: 901, TargetName: "dnsmasq", TargetCgroup: 1<<32 + 7,
		TargetService: "dnsmasq", ExitStatus: 1 << 8, RunTime: 312e6},
	{Seq: 33, Time: 9e9, Kind: KindExit, Flags: FlagOfInit | FlagOOM, TargetPID: 902, TargetTID: 902, TargetName: "hog", TargetCgroup: 1,
		ExitStatus: 9, RunTime: 3600e9, SinceFirst: 5000, SinceLast: 5000},
	{Seq: 34, Time: 9e9, Kind: KindExit, TargetPID: 903, TargetTID: 903, TargetName: "crashd", ExitStatus: 11, RunTime: 1e6},
	{Seq: 36, Time: 9e9, Kind: KindExit, Flags: FlagOfInit | FlagForgotten, TargetPID: 904, TargetTID: 904, TargetName: "oldd", RunTime: 86400e9},
	{Seq: 35, Time: 9e9, Signal: 15, SenderPID: 883, SenderTID: 883, SenderName: "killall", SenderCgroup: 1, SenderService: "crond",
		TargetPID: 564, TargetTID: 564, TargetName: "a", TargetCgroup: 99, TargetService: "a/b"},
	{Seq: 37, Time: 9e9, Signal: 15, SenderPID: 883, SenderTID: 883, SenderName: "killall", ParentPID: 645, ParentName: "reload.sh",
		Ancestors: Ancestors("").With("crond", 80).With("procd", 1), TargetPID: 564, TargetTID: 564, TargetName: "legacyd"},
	{Seq: 38, Time: 9e9, Signal: 15, SenderPID: 883, SenderTID: 883, SenderName: "killall", ParentPID: 645, ParentName: "sh",
		Ancestors: Ancestors("").With("a) < (b 1", 644).With("c\xff", 643).With("d", 642), TargetPID: 564, TargetTID: 564, TargetName: "x"},
	{Seq: 39, Time: 9e9, Signal: 15, Flags: FlagReparented, SenderPID: 883, SenderTID: 883, SenderName: "killall", ParentPID: 1,
		ParentName: "procd", TargetPID: 564, TargetTID: 564, TargetName: "legacyd"},
	{Seq: 40, Time: 9e9, Signal: 11, Code: 1, Flags: FlagKernel | FlagDefault | FlagFatal | FlagFault, ContextPID: 611, ContextTID: 611,
		ContextName: "uhttpd", TargetPID: 611, TargetTID: 611, TargetName: "uhttpd", FaultPC: 0x10434},
	{Seq: 41, Time: 9e9, Signal: 7, Code: 2, Flags: FlagKernel | FlagCaught | FlagFault, ContextPID: 611, ContextTID: 611,
		ContextName: "uhttpd", TargetPID: 611, TargetTID: 611, TargetName: "uhttpd", FaultAddress: 1<<64 - 1, FaultPC: 0x7f00fedcba98},
	{Seq: 42, Time: 9e9, Kind: KindExit, Flags: FlagOfInit | FlagOOM, TargetPID: 902, TargetTID: 902, TargetName: "hog", ExitStatus: 9,
		RunTime: 3600e9, PeakRSS: 152344, SinceFirst: 5000, SinceLast: 5000},
	{Kind: KindExit, TargetPID: 570, TargetName: "calmd", Origin: OriginConsole},
	{Kind: KindSurvivor, TargetPID: 123, TargetName: "dd", State: 'D', Flags: FlagKillPending, Origin: OriginConsole},
	{Seq: 13, Kind: 20, Outcome: 7, Scope: 3, Flags: 1<<20 | FlagKernel, RebootCode: 12, TargetPID: 3},
}

var losses = []Loss{{From: 5, To: 124}, {From: 7, To: 7}, {From: 8, To: 9, Damaged: true}, {From: 8, To: 9, Dropped: true}}

func TestLines(t *testing.T) {
	var b []byte
	for _, e := range samples {
		b = append(e.AppendLine(b), '\n')
	}
	for _, l := range losses {
		b = append(l.AppendLine(b), '\n')
	}
	golden.Check(t, "lines.golden", b)
	for _, c := range b {
		if c != '\n' && (c < 0x20 || c >= 0x7f) {
			t.Errorf("byte %#x in a line", c)
		}
	}
}

func TestJSON(t *testing.T) {
	var b []byte
	for _, e := range samples {
		start := len(b)
		b = e.AppendJSON(b)
		if !json.Valid(b[start:]) {
			t.Errorf("not valid JSON: %s", b[start:])
		}
		got, loss, err := DecodeJSON(b[start:])
		if err != nil || got != e || loss != (Loss{}) {
			t.Errorf("%s\nreads back as %+v, %+v, %v\nwant          %+v", b[start:], got, loss, err, e)
		}
		b = append(b, '\n')
	}
	for _, l := range losses {
		start := len(b)
		b = l.AppendJSON(b)
		got, loss, err := DecodeJSON(b[start:])
		if err != nil || loss != l || got != (Event{}) {
			t.Errorf("%s reads back as %+v, %+v, %v", b[start:], got, loss, err)
		}
		b = append(b, '\n')
	}
	golden.Check(t, "events.golden", b)
}

// What Cache appends is what AppendJSON does, whatever came before.
func TestCache(t *testing.T) {
	var c Cache
	check := func(e *Event) {
		t.Helper()
		if got, want := c.AppendJSON([]byte("x"), e), e.AppendJSON([]byte("x")); string(got) != string(want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for range 2 {
		for i := range samples {
			check(&samples[i])
			check(&samples[i])
		}
	}
	// Each field differs from the event before, and back.
	for i := range Fields {
		for j := range samples {
			e, odd := samples[j], filled[Event]()
			dst, src := reflect.ValueOf(Fields[i].At(&e)).Elem(), reflect.ValueOf(Fields[i].At(&odd)).Elem()
			if i := Fields[i].Form; i == FormBool || i == FormString || i == FormAncestors || i == FormWall || i == FormInt32 {
				dst.Set(src)
			} else {
				dst.SetUint(dst.Uint() ^ 1)
			}
			check(&e)
			check(&samples[j])
		}
	}
	b := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { b = c.AppendJSON(b[:0], &samples[0]) }); n != 0 {
		t.Errorf("%v allocations for a record", n)
	}
}

// TestStored reads lines as an older version stored them.
func TestStored(t *testing.T) {
	line := `{"seq":3,"time":"7","kind":"signal","signal":15,"sender_pid":5,"sender_name":"a","target_pid":8,"target_tid":9`
	want := Event{Seq: 3, Time: 7, Signal: 15, SenderPID: 5, SenderTID: 5, SenderName: "a", TargetPID: 8, TargetTID: 9}
	if got, _, err := DecodeStored([]byte(line + "}")); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	want.Origin, want.SenderTID = OriginConsole, 0
	if got, _, err := DecodeStored([]byte(line + `,"origin":"console"}`)); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestHeader(t *testing.T) {
	for _, want := range []Trail{
		{},
		{BootID: "2f1c7b1e-3f2a-4c56-9c49-0d3d0c4f7a11", DaemonPID: 812, JailPID: 811, BootLine: true, ClockLocal: 54e9, ClockRealtime: 1763785512e9},
		{BootID: "a", MergedBy: "b\"", Reset: ResetWarm, Pstore: PstoreFound, Cut: 12},
		{BootID: "a", MergedBy: "b", Reset: 9, Pstore: 9},
		{BootID: "a", MergedBy: "b", MergedAt: 1790000000e9, Pstore: PstoreOther, Malformed: 2, Unreadable: "shutdown-2.jsonl: zero length",
			Sources: []Source{{Name: "console-ramoops-0", Boot: BelongsSame}, {Name: "dmesg-ramoops-0", Sum: 0xabc, Told: true,
				Boot: BelongsOther, Wall: 1790000000123456000, Time: 5e9, Text: "Kernel panic (\"x\")", Fault: "cut short"}}},
		{BootID: "a", MergedBy: "b", Reset: ResetWarm, Box: Box{Place: BoxName, Found: FoundRecords}, Alive: 1<<60 + 1,
			Sources: []Source{{Name: BoxSource, Boot: BelongsSame, Merged: true, Fault: "3 torn or damaged records were skipped"}}},
		{BootID: "a", MergedBy: "b", Box: Box{Place: BoxFailed}},
	} {
		b := want.AppendHeader(nil)
		if !json.Valid(b) {
			t.Errorf("not valid JSON: %s", b)
		}
		got, err := DecodeHeader(b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s reads back as %+v, %v, want %+v", b, got, err, want)
		}
		if e, _, err := DecodeJSON(b); err == nil {
			t.Errorf("%s passes for an event: %+v", b, e)
		}
		for i := range b {
			if _, err := DecodeHeader(b[:i]); err == nil {
				t.Errorf("no error for a header cut short: %s", b[:i])
			}
		}
	}
	for _, bad := range []string{
		`{"seq":1}`, `{}`, `{"boot_id":"\\y"}`, `{"boot_id":"a","reset":"hot"}`, `{"boot_id":"a","cut":-1}`,
		`{"boot_id":"a","sources":[{"boot":"mine"}]}`, `{"boot_id":"a","sources":[{"sum":"x"}]}`, `{"boot_id":"a","sources":[{"wall":"x"}]}`, `{"boot_id":"a"} x`,
		`{"boot_id":"a","box_place":"attic"}`, `{"boot_id":"a","box_place":"name","box_found":"gold"}`,
	} {
		if got, err := DecodeHeader([]byte(bad)); err == nil {
			t.Errorf("no error for %s: %+v", bad, got)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(`{"boot_id":"a","daemon_pid":1,"jail_pid":1,"clock_local":2,"clock_realtime":3,"merged_by":"b","reset":"warm","pstore":"9","cut":4}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		head, err := DecodeHeader(line)
		if err != nil {
			return
		}
		if head.MergedBy == "" { // else they are not written
			head.Reset, head.Pstore = 0, 0
		}
		again, err := DecodeHeader(head.AppendHeader(nil))
		if err != nil || !reflect.DeepEqual(again, head) {
			t.Errorf("%s\nreads as %+v,\nwritten and read again: %+v, %v", line, head, again, err)
		}
	})
}

// TestJSONAgrees decodes AppendJSON's output with encoding/json.
func TestJSONAgrees(t *testing.T) {
	for _, e := range samples {
		var m map[string]any
		if err := json.Unmarshal(e.AppendJSON(nil), &m); err != nil {
			t.Fatal(err)
		}
		if name, ok := m["sender_name"].(string); ok {
			if raw, err := Unescape(name); err != nil || raw != e.SenderName {
				t.Errorf("sender_name %q, want %q", raw, e.SenderName)
			}
		}
	}
}

func TestDecodeJSON(t *testing.T) {
	e, _, err := DecodeJSON([]byte(` { "seq" : 3 , "new" : [ "a" , {} ] , "more":-1.5e3, "t":true, "target_name":"a\u00e9\/\n\\x41" } ` + "\r\n"))
	if want := (Event{Seq: 3, TargetName: "a\u00e9/\nA"}); err != nil || e != want {
		t.Errorf("got %+v, %v, want %+v", e, err, want)
	}
	whole := string(samples[4].AppendJSON(nil))
	for i := range whole {
		if _, _, err := DecodeJSON([]byte(whole[:i])); err == nil {
			t.Errorf("no error for a line cut short: %s", whole[:i])
		}
	}
	for _, bad := range []string{
		`{"seq":1}{`, `{"seq":1,}`, `{,"seq":1}`, `{"seq":-1}`, `{"seq":1,"kind":"song"}`, `{"seq":1,"flags":["x"]}`,
		`{"seq":1,"signal":4294967296}`, `{"seq":1,"text":"\\y"}`, `{"seq":1,"text":"\q"}`, `{"seq":1,"text":"\u12"}`,
		`{"seq":1,"wall":"today"}`, `{"kind":"signal"}`, `{"kind":"lost","from":3,"to":2}`, `[]`, ``,
	} {
		if e, l, err := DecodeJSON([]byte(bad)); err == nil {
			t.Errorf("no error for %s: %+v, %+v", bad, e, l)
		}
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"seq":1}`), "name")
	for _, e := range samples {
		f.Add(e.AppendJSON(nil), e.SenderName)
	}
	f.Fuzz(func(t *testing.T, line []byte, name string) {
		if raw, err := Unescape(Escaped(name)); err != nil || raw != name {
			t.Errorf("%q is escaped as %q, and comes back as %q, %v", name, Escaped(name), raw, err)
		}
		e, l, err := DecodeJSON(line)
		if err != nil || l != (Loss{}) {
			return
		}
		e.Wall -= e.Wall % 1000
		again, _, err := DecodeJSON(e.AppendJSON(nil))
		if err != nil || again != e {
			t.Errorf("%s\nreads as %+v,\nwritten and read again: %+v, %v", line, e, again, err)
		}
	})
}

func TestEscaped(t *testing.T) {
	if got, want := Escaped("a b\n(c)[d]\\\"\x7f\xff<>'"), `a b\x0a\x28c\x29\x5bd\x5d\x5c\x22\x7f\xff<>'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, bad := range []string{`\`, `\x`, `\x4`, `\x4g`, `\n`, `a\xg1`} {
		if s, err := Unescape(bad); err == nil {
			t.Errorf("no error for %s: %q", bad, s)
		}
	}
}

func TestInfo(t *testing.T) {
	i := Info{RingSize: 4096, SeqFirst: 1, SeqLast: 20, Printk: PrintkAuto, PrintkRate: 200, Enable: true,
		ClaimPID: 7, ClaimName: "sig(trail", ClockLocal: 50e9, ClockBoottime: 51e9, ClockRealtime: 1763785512e9 + 999}
	if got, want := i.Wall(40e9+5000), int64(1763785502e9+5000); got != want {
		t.Errorf("wall time %d, want %d", got, want)
	}
	if got := new(Info).Wall(5); got != 0 {
		t.Errorf("wall time %d without clocks", got)
	}
	var m map[string]any
	b := i.AppendJSON(nil)
	if err := json.Unmarshal(b, &m); err != nil || m["printk"] != "auto" || m["claim_name"] != `sig(trail` {
		t.Errorf("%v: %s", err, b)
	}
	for key := range m {
		if key != strings.ToLower(key) {
			t.Errorf("key %s", key)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	buf := make([]byte, 0, 512)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		buf = samples[0].AppendLine(buf[:0])
	}
}

func BenchmarkJSON(b *testing.B) {
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		buf = samples[0].AppendJSON(buf[:0])
	}
}

func BenchmarkDecodeJSON(b *testing.B) {
	line := samples[0].AppendJSON(nil)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if _, _, err := DecodeJSON(line); err != nil {
			b.Fatal(err)
		}
	}
}
