// SPDX-License-Identifier: GPL-2.0-only

package console

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"sigtrail/internal/event"
)

func recordedConsole(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/console-ramoops-0")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// consoleEvents returns the events of all lines.
func consoleEvents(text []byte) []event.Event {
	var all []event.Event
	c := NewReader(text)
	for l, ok := c.Next(); ok; l, ok = c.Next() {
		all = append(all, l.Event())
	}
	return all
}

func TestConsoleLines(t *testing.T) {
	const at = 54154220000
	signal := event.Event{Time: at, Signal: 15, SenderName: "reboot", SenderPID: 696, TargetName: "procd", TargetPID: 1}
	note := func(text string) event.Event { return event.Event{Time: at, Kind: event.KindNote, Text: text} }
	untimed := signal
	untimed.Time = 0
	for line, want := range map[string]event.Event{
		"[   54.154220] Signal :: (reboot 696) --[15]--> (procd 1)":             signal,
		"<6>[   54.154220] Signal :: (reboot 696) --[15]--> (procd 1)":          signal,
		"[   54.154220][    T1] Signal :: (reboot 696) --[15]--> (procd 1)":     signal,
		"<30>[   54.154220][    C0] Signal :: (reboot 696) --[15]--> (procd 1)": signal,
		"[   54.154220][T12345] Signal :: (reboot 696) --[15]--> (procd 1)\r":   signal,
		"[    T1] Signal :: (reboot 696) --[15]--> (procd 1)":                   untimed,
		"Signal :: (reboot 696) --[15]--> (procd 1)":                            untimed,
		"\x00\x00Signal :: (reboot 696) --[15]--> (procd 1)\x00":                untimed,
		"[   54.154220] Signal :: (kernel 0) --[1]--> (ash 116)":                {Time: at, Signal: 1, TargetName: "ash", TargetPID: 116},
		"[   54.154220] Signal :: (a b  7) --[64]--> ( 8)":                      {Time: at, Signal: 64, SenderName: "a b ", SenderPID: 7, TargetPID: 8},
		`[   54.154220] Signal :: (\x29 --\x5b9\x5d--> 7) --[9]--> (\xff\x0a 4294967295)`: {Time: at, Signal: 9, SenderName: ") --[9]-->",
			SenderPID: 7, TargetName: "\xff\n", TargetPID: 4294967295},
		"[   54.154220] Mark :: (sh 123) before the upgrade": {Time: at, Kind: event.KindMark, SenderName: "sh", SenderPID: 123,
			Text: "before the upgrade"},
		"[   54.154220] Reboot :: (procd 1) restart; parent (swapper/0 0)": {Time: at, Kind: event.KindReboot, SenderName: "procd",
			SenderPID: 1, RebootCode: event.RebootRestart, ParentName: "swapper/0"},
		"[   54.154220] Reboot :: (reboot 8) power_off; parent (sh 7); 2026-11-22T02:20:32Z": {Time: at, Wall: 1795314032e9, Kind: event.KindReboot,
			SenderName: "reboot", SenderPID: 8, ParentName: "sh", ParentPID: 7, RebootCode: event.RebootPowerOff},
		"[   54.154220] Reboot :: (reboot 8) halt; parent (sh 7); 2026-11-2": {Time: at, Kind: event.KindReboot,
			SenderName: "reboot", SenderPID: 8, ParentName: "sh", ParentPID: 7, RebootCode: event.RebootHalt},
		"[   54.154220] Reboot :: (reboot 8) power_off; parent (sh 7)": {Time: at, Kind: event.KindReboot, SenderName: "reboot",
			SenderPID: 8, RebootCode: event.RebootPowerOff, ParentName: "sh", ParentPID: 7},
		"[   54.154220] Exit :: (ubusd 95) exited 0":   {Time: at, Kind: event.KindExit, TargetName: "ubusd", TargetPID: 95},
		"[   54.154220] Exit :: (ubusd 95) exited 255": {Time: at, Kind: event.KindExit, TargetName: "ubusd", TargetPID: 95, ExitStatus: 255 << 8},
		"[   54.154220] Exit :: (a b 95) killed by 9":  {Time: at, Kind: event.KindExit, TargetName: "a b", TargetPID: 95, ExitStatus: 9},
		"[   54.154220] Exit :: (ubusd 95) killed by 11, core dumped": {Time: at, Kind: event.KindExit, TargetName: "ubusd", TargetPID: 95,
			ExitStatus: 0x80 | 11},
		"[   54.154220] Exit :: (ubusd 95) exited 3; 1.020345 s after its first signal to end": {Time: at, Kind: event.KindExit,
			TargetName: "ubusd", TargetPID: 95, ExitStatus: 3 << 8, SinceFirst: 1020345e3},
		"[   54.154220] Exit :: (ubusd 95) exited 3; 12.345 s after its start": {Time: at, Kind: event.KindExit,
			TargetName: "ubusd", TargetPID: 95, ExitStatus: 3 << 8, RunTime: 12345e6},
		"[   54.154220] Exit :: (ubusd 95) killed by 11; 0.001 s after its start": {Time: at, Kind: event.KindExit,
			TargetName: "ubusd", TargetPID: 95, ExitStatus: 11, RunTime: 1e6},
		`[   54.154220] Exit :: (\x29 exited 0 95) killed by 6, core dumped; 0.000001 s after its first signal to end`: {Time: at,
			Kind: event.KindExit, TargetName: ") exited 0", TargetPID: 95, ExitStatus: 0x86, SinceFirst: 1e3},
		"[   54.154220] Survivor :: (dd 123) D in percpu_rwsem_wait; KILL pending": {Time: at, Kind: event.KindSurvivor, TargetName: "dd",
			TargetPID: 123, State: 'D', Text: "percpu_rwsem_wait", Flags: event.FlagKillPending},
		"[   54.154220] Survivor :: (dd 123) S in do_wait":    {Time: at, Kind: event.KindSurvivor, TargetName: "dd", TargetPID: 123, State: 'S', Text: "do_wait"},
		"[   54.154220] Survivor :: (dd 123) R; KILL pending": {Time: at, Kind: event.KindSurvivor, TargetName: "dd", TargetPID: 123, State: 'R', Flags: event.FlagKillPending},
		"[   54.154220] Survivor :: (dd 123) t":               {Time: at, Kind: event.KindSurvivor, TargetName: "dd", TargetPID: 123, State: 't'},
		"[   54.154220] sigtrail: held back 12 lines":         note("sigtrail: held back 12 lines"),
		"[   54.154220] EXT4-fs (vda): re-mounted ro":         note("EXT4-fs (vda): re-mounted ro"),
		"[   54.154220]   indented":                           note("  indented"),
		"[   54.154220] [    1.000000] twice":                 note("[    1.000000] twice"),
		"[   54.154220] " + strings.Repeat("x", 5000):         note(strings.Repeat("x", maxNote)),
		"[   54.154220] Signal :: (reboot 696) --[15]-":       note("Signal :: (reboot 696) --[15]-"),
	} {
		want.Origin = event.OriginConsole
		got := consoleEvents([]byte(line + "\n"))
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q has %+v\nwant %+v", line, got, want)
		}
	}

	// A line that the kernel part does not print like this is a note, unchanged.
	for _, text := range []string{
		"Signal :: (reboot 696) --[15]--> (procd 1) ", "Signal :: (reboot 696) --[0]--> (procd 1)",
		"Signal :: (reboot 696) --[300]--> (procd 1)", "Signal :: (reboot -1) --[15]--> (procd 1)",
		"Signal :: (reboot) --[15]--> (procd 1)", "Signal :: reboot 696) --[15]--> (procd 1)",
		"Signal :: (reb\xffoot 696) --[15]--> (procd 1)", "Signal :: (reb\x07oot 696) --[15]--> (procd 1)",
		`Signal :: (reb\xFFoot 696) --[15]--> (procd 1)`, `Signal :: (reb\x41oot 696) --[15]--> (procd 1)`,
		"Signal :: (a name of 16 byt 696) --[15]--> (procd 1)", "signal :: (reboot 696) --[15]--> (procd 1)",
		"x Signal :: (reboot 696) --[15]--> (procd 1)", "Mark :: (sh 123)", "Mark :: (sh 123) a [b]",
		"Mark :: (sh 123) " + strings.Repeat("x", 64), "Reboot :: (procd 1) restart", "Reboot :: (procd 1) song; parent (a 0)",
		"Exit :: (ubusd 95)", "Exit :: (ubusd 95) ", "Exit :: (ubusd 95) exited", "Exit :: (ubusd 95) exited 256", "Exit :: (ubusd 95) exited 01",
		"Exit :: (ubusd 95) exited 0, core dumped", "Exit :: (ubusd 95) exited 0 ", "Exit :: (ubusd 95) exited -1",
		"Exit :: (ubusd 95) killed by 0", "Exit :: (ubusd 95) killed by 128", "Exit :: (ubusd 95) killed by SIGKILL",
		"Exit :: (kernel 0) exited 0", "Exit :: (ubusd 95) exited 0;", "Exit :: (ubusd 95) exited 0; 1.02 s after its first signal to end",
		"Exit :: (ubusd 95) exited 0; 01.020000 s after its first signal to end", "Exit :: (ubusd 95) exited 0; 1.020000 s after its last",
		"Exit :: (ubusd 95) exited 0; 0.000000 s after its first signal to end", "Exit :: (ubusd 95) exited 0; 1.020345 s aft",
		"Exit :: (ubusd 95) exited 0; 1.020345 s after its start", "Exit :: (ubusd 95) exited 0; 0.000 s after its start",
		"Exit :: (ubusd 95) exited 0; .312 s after its start", "Exit :: (ubusd 95) exited 0;  s after its start",
		"Survivor :: (dd 123)", "Survivor :: (dd 123) ", "Survivor :: (dd 123) DD", "Survivor :: (dd 123) 7", "Survivor :: (dd 123) D in ",
		"Survivor :: (dd 123) D in a [b]", "Survivor :: (dd 123) D in " + strings.Repeat("x", 64), "Survivor :: (kernel 0) D",
		"Survivor :: (dd 123) D; KILL", "Survivor :: (dd 123) D; KILL pending ", "Survivor :: (dd 123); KILL pending",
		"Song :: (procd 1) restart", "[x] y", "[   54.15422] short", "<6 x", "<x> y",
	} {
		got := consoleEvents([]byte("[    1.000000] " + text))
		if len(got) != 1 || got[0].Kind != event.KindNote || got[0].Text != text {
			t.Errorf("%q has %+v", text, got)
		}
	}
}

func TestConsoleStamps(t *testing.T) {
	for text, want := range map[string][]int{
		"[    1.000000] a\n[    2.000000] b\n[    2.000000] c\n":                                     {1, 2, 2},
		"cut\n[    1.000000] a\nno stamp\n\n[    3.000000] c\n":                                      {0, 1, 1, 3},
		"[    1.000000] a\n[  900.000000] b\n[    2.000000] c\n":                                     {1, 1, 2},    // damaged: too late,
		"[    4.000000] a\n[    5.000000] b\n[    1.000000] c\n[    6.000000] d\n":                   {4, 5, 5, 6}, // too early,
		"[    4.000000] a\n[    5.000000] b\n[    1.000000] c\n":                                     {4, 5, 5},    // at the end,
		"[  900.000000] a\n[    1.000000] b\n[    2.000000] c\n":                                     {0, 1, 2},    // and at the beginning
		"[    1.000000] a\n[    9.000000] b\n[    9.500000] c\n":                                     {1, 9, 9},    // a gap is not damage
		"[    9.000000] a\n[    8.500000] b\n[    9.200000] c\n":                                     {9, 8, 9},    // nor is a difference of two CPUs
		"[  900.000000] a\n[  901.000000] b\n[    2.000000] c\n[    3.000000] d\n[    4.000000] e\n": {900, 901, 2, 3, 4},
	} {
		var got []int
		for _, e := range consoleEvents([]byte(text)) {
			got = append(got, int(e.Time/1e9))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q is of %v, want %v", text, got, want)
		}
	}
}

// The line that pstore adds is not one of the kernel's.
func TestConsoleTrailer(t *testing.T) {
	for _, trailer := range []string{"\nECC: No errors detected\n", "\nECC: 3 Corrected bytes, 1 unrecoverable blocks\n"} {
		got := consoleEvents([]byte("[    1.000000] ECC: a\n[    2.000000] b\n" + trailer))
		if len(got) != 2 || got[0].Text != "ECC: a" || got[1].Text != "b" {
			t.Errorf("%q has %+v", trailer, got)
		}
	}
}

// beginningOf returns the text's first line from the beginning on.
func beginningOf(text string, begun uint64) (line string, found bool) {
	offset, found := NewReader([]byte(text)).Beginning(begun)
	line, _, _ = strings.Cut(text[offset:], "\n")
	return line, found
}

func TestBeginning(t *testing.T) {
	stamped := func(lines ...string) (text string) {
		for i, l := range lines {
			text += fmt.Sprintf("[%5d.000000] %s\n", i+1, l)
		}
		return text
	}
	burst := func(n, sig int) (text string) {
		for i := range n {
			text += fmt.Sprintf("[   10.%06d] Signal :: (procd 1) --[%d]--> (x %d)\n", i, sig, 100+i)
		}
		return text
	}
	for _, c := range []struct {
		text  string
		begun uint64
		want  string
		found bool
	}{
		{stamped("a", "b", "c"), 2e9, "[    2.000000] b", true},
		{stamped("a", "b", "c"), 2e9 + 900, "[    2.000000] b", true}, // stamps are truncated
		{stamped("a", "b", "c"), 4e9, "", true},
		// The line of the daemon's first record is missing.
		{stamped("a", "Signal :: (reboot 9) --[15]--> (procd 1)", "c"), 3e9, "[    2.000000] Signal :: (reboot 9) --[15]--> (procd 1)", true},
		{stamped("a", "Signal :: (reboot 9) --[15]--> (procd 1)", "c"), 0, "[    2.000000] Signal :: (reboot 9) --[15]--> (procd 1)", true},
		{stamped("a", "Signal :: (sh 9) --[1]--> (procd 1)", "Mark :: (sh 9) hello", "Mark :: (K99x 9) stop scripts begin"), 0,
			"[    4.000000] Mark :: (K99x 9) stop scripts begin", true},
		{stamped("a", "Reboot :: (reboot 9) restart; parent (sh 1)", "c"), 0, "[    2.000000] Reboot :: (reboot 9) restart; parent (sh 1)", true},
		{"[    1.000000] Signal :: (procd 1) --[15]--> (y 9)\n" + burst(3, 15), 0, "[   10.000000] Signal :: (procd 1) --[15]--> (x 100)", true},
		// A small system: two processes.
		{burst(2, 15) + "[   12.000000] Reboot :: (procd 1) restart; parent (swapper/0 0)\n", 0, "[   10.000000] Signal :: (procd 1) --[15]--> (x 100)", true},
		{burst(2, 15) + "[   22.000000] Reboot :: (reboot 9) restart; parent (sh 1)\n", 0, "[   22.000000] Reboot :: (reboot 9) restart; parent (sh 1)", true},
		// The beginning was overwritten: exits are printed only in a shutdown.
		{stamped("a", "Exit :: (ubusd 95) exited 0", "Signal :: (killall 9) --[15]--> (b 9)"), 0, "[    2.000000] Exit :: (ubusd 95) exited 0", true},
		{burst(2, 15) + "[   10.500000] Exit :: (x 100) exited 0\n", 0, "[   10.000000] Signal :: (procd 1) --[15]--> (x 100)", true},
		// Services that are restarted, one after the other, are not a shutdown.
		{stamped("Signal :: (procd 1) --[15]--> (a 9)", "x", "Signal :: (procd 1) --[15]--> (b 9)", "x", "Signal :: (procd 1) --[15]--> (c 9)"), 0,
			"[    1.000000] Signal :: (procd 1) --[15]--> (a 9)", false},
		// A sysupgrade ends what procd has left.
		{stamped("a", "Signal :: (stage2 9) --[15]--> (sh 20)", "c"), 0, "[    2.000000] Signal :: (stage2 9) --[15]--> (sh 20)", true},
		{burst(2, 15) + "[   12.000000] Signal :: (stage2 9) --[15]--> (sh 20)\n", 0, "[   10.000000] Signal :: (procd 1) --[15]--> (x 100)", true},
		{stamped("Signal :: (stage2 9) --[1]--> (a 9)"), 0, "[    1.000000] Signal :: (stage2 9) --[1]--> (a 9)", false},
		{stamped("a", "b"), 0, "[    1.000000] a", false},
		{"", 0, "", false},
		{"", 5, "", false},
		{"a\nSignal :: (reboot 9) --[15]--> (procd 1)\nc\n", 7e9, "Signal :: (reboot 9) --[15]--> (procd 1)", true}, // no stamps
	} {
		if got, found := beginningOf(c.text, c.begun); got != c.want || found != c.found {
			t.Errorf("of %q, begun %d: %q, %v; want %q", c.text, c.begun, got, found, c.want)
		}
	}
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprint("line ", i))
	}
	if got, found := beginningOf(stamped(many...), 0); got != fmt.Sprintf("[%5d.000000] line 60", 61) || found {
		t.Errorf("the last words begin with %q, %v", got, found)
	}
	if got, found := beginningOf(string(recordedConsole(t)), 0); got != "[   54.154220] Signal :: (reboot 696) --[15]--> (procd 1)" || !found {
		t.Errorf("the recorded shutdown begins with %q, %v", got, found)
	}
}

// printedLine returns what print.c prints of an event, of a call of reboot(2) up to the
// parent, and of a note nothing.
func printedLine(e *event.Event) string {
	line := e.String()
	signal, core := e.ExitSignal()
	switch {
	case e.Kind == event.KindNote:
		return ""
	case e.Kind == event.KindExit:
		how := fmt.Sprintf(" exited %d", e.ExitCode())
		if signal != 0 {
			how = fmt.Sprintf(" killed by %d", signal)
		}
		if core {
			how += ", core dumped"
		}
		line = "Exit :: " + string(e.AppendSince(append(event.AppendProcess(nil, e.TargetName, e.TargetPID), how...), "; "))
	case e.Kind == event.KindReboot && e.RebootCode == 0:
		line, _, _ = strings.Cut(line, "; parent ")
		line = strings.TrimSuffix(line, " 0")
	case e.Kind == event.KindReboot:
		line, _, _ = strings.Cut(line, "; parent ")
	case e.Kind == event.KindSignal:
		line, _, _ = strings.Cut(line, " SIG")
	}
	return line
}

func FuzzConsole(f *testing.F) {
	f.Add(recordedConsole(f))
	f.Add([]byte("[    1.000000] Exit :: (a b 2) killed by 11, core dumped; 1.020345 s after its first signal to end\n" +
		"Exit :: (\\x29 exited 0 2) exited 3; 0.000001 s after its first signal to end\nExit :: (a 1) killed by 9\n"))
	f.Add([]byte("[    1.000000] Survivor :: (dd 123) D in percpu_rwsem_wait; KILL pending\nSurvivor :: (dd 2) R; KILL pending\nSurvivor :: (dd 3) S in do_wait\n"))
	f.Add([]byte("<6>[    1.000000][    T1] Mark :: (sh 1) \\x29\n\x00\x00\nReboot :: (a 1) halt; parent (b 2)\n\nECC: No errors detected\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, e := range consoleEvents(text) {
			if len(e.Text) > 1<<10 {
				t.Errorf("%+v is too long for a trail", e)
			}
			// A line that is accepted as the kernel's is one that it prints.
			if line := printedLine(&e); !bytes.Contains(text, []byte(line)) {
				t.Errorf("%q stands nowhere", line)
			}
			again, _, err := event.DecodeJSON(e.AppendJSON(nil))
			if err != nil || again != e {
				t.Errorf("%+v is written and read as %+v, %v", e, again, err)
			}
		}
		for _, begun := range []uint64{0, 1, 54e9} {
			if offset, _ := NewReader(text).Beginning(begun); offset < 0 || offset > len(text) {
				t.Errorf("begins at %d of %d", offset, len(text))
			}
		}
	})
}
