// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigtrail/internal/procfs"
)

// lastOn runs "sigtrail last" with the kept trails of real directories.
func lastOn(args ...string) (string, error) {
	var b bytes.Buffer
	a := &app{out: &b, proc: procfs.Root("testdata/proc"), kept: keptTrails}
	err := a.run(append([]string{"last"}, args...))
	return b.String(), err
}

// write writes files below dir.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	begunHere = `{"boot_id":"0000000a-0000-4000-8000-000000000000","daemon_pid":62,"clock_local":1000000000,"clock_realtime":1790000000000000000}
{"seq":1,"time":100000000000,"kind":"signal","signal":15,"flags":["printed","shutdown"],"sender_pid":700,"sender_name":"reboot","target_pid":1,"target_name":"procd"}
`
	boxedHere = `{"boot_id":"0000000a-0000-4000-8000-000000000000","merged_by":"0000000c-0000-4000-8000-000000000000","reset":"warm","pstore":"none",` +
		`"box_place":"name","box_found":"records","alive":"120000000000","sources":[{"name":"box","boot":"same","merged":true}]}
{"seq":1,"time":"100000000000","kind":"reboot","flags":["shutdown"],"sender_pid":700,"sender_name":"reboot","reboot_code":"restart","survivors":1,"origin":"box"}
{"seq":2,"time":"100000001000","kind":"survivor","flags":["shutdown","kill_pending"],"target_pid":62,"target_name":"dd","state":"D","text":"percpu_rwsem_wait","origin":"box"}
`
	packedHere = `{"boot_id":"0000000c-0000-4000-8000-000000000000","console":true,"pmsg":true}`
	mergedHere = `{"boot_id":"0000000a-0000-4000-8000-000000000000","merged_by":"0000000b-0000-4000-8000-000000000000","reset":"warm","pstore":"found"}
`
)

func TestLastFrom(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		args  []string
		want  []string
		not   string
	}{
		"an oops of MIPS": {map[string]string{"pstore/console-ramoops-0": "<4>[ 9145.233431] Kernel bug detected[#1]:\n<4>[ 9145.237047] CPU: 1\n"},
			nil, []string{"no orderly shutdown", "kernel log, 9145.233 s after boot: Kernel bug detected[#1]:"}, ""},
		"a black box, merged on the router": {map[string]string{"flash/shutdown-1.jsonl": boxedHere, "kernel.json": packedHere}, nil,
			[]string{"1 process was ending at reboot(2), and still there: dd 62 (signal unknown), in uninterruptible sleep (D) in percpu_rwsem_wait\n",
				"ends with reboot(2): restart; the kernel was last alive 20.000 s later\n", "Lines: 2 from the black box\n"}, "pstore"},
		"its lines": {map[string]string{"flash/shutdown-1.jsonl": boxedHere, "kernel.json": packedHere}, []string{"--trail"},
			[]string{"[  100.000001] box      Survivor :: (dd 62) D in percpu_rwsem_wait; KILL pending\n"}, ""},
		"a stall of RCU": {map[string]string{"pstore/console-ramoops-0": "[88992.040892] rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 0-... } 6368 jiffies\n"},
			nil, []string{"kernel log, 88992.040 s after boot: rcu: INFO: rcu_sched detected expedited stalls"}, ""},
		"a driver's DEBUG": {map[string]string{"pstore/console-ramoops-0": "[   12.100000] quectel_qmi: DEBUG: rx urb 3 resubmitted\n"},
			nil, []string{"last kernel line"}, "kernel log, "},
		"a restart that failed": {map[string]string{"pstore/console-ramoops-0": "[  661.387555] reboot: Restarting system\n[  662.418115] Reboot failed -- System halted\n"},
			nil, []string{"reboot: Restarting system; this failed: Reboot failed -- System halted; unknown what started the machine again"}, ""},
		"a power-off that became a halt": {map[string]string{"pstore/console-ramoops-0": "[  661.387555] reboot: Power off not available: System halted instead\n"},
			nil, []string{"halt; ", "this failed: "}, ""},
		"a level that hides signals": {map[string]string{"pstore/console-ramoops-0": "[   29.915927] platform: deferred probe\n[ 6926.883434] reboot: Restarting system\n"},
			nil, []string{"unknown which processes were signalled"}, "no process was signalled"},
		"an empty pstore": {map[string]string{"flash/shutdown-1.jsonl": mergedHere, "pstore/.keep": ""},
			nil, []string{"pstore was empty (cold), as after a power cut, or a reset that clears RAM"}, ""},
		"flash alone": {map[string]string{"flash/shutdown-1.jsonl": begunHere},
			nil, []string{"reboot requested by (reboot 700)"}, "power was off"},
		"no console, no pmsg": {map[string]string{"flash/shutdown-1.jsonl": begunHere, "pstore/.keep": ""},
			[]string{"--no-console", "--no-pmsg"}, []string{"this kernel has no pstore"}, "power was off"},
		// printk.time=0: nothing has a time.
		"no times": {map[string]string{"pstore/console-ramoops-0": "Signal :: (poweroff 812) --[12]--> (procd 1)\n" +
			"Signal :: (procd 1) --[15]--> (odhcpd 640)\nSignal :: (procd 1) --[9]--> (odhcpd 640)\n" +
			"Reboot :: (procd 1044) power_off; parent (procd 1)\nreboot: Power down\n"},
			nil, []string{"poweroff requested by (poweroff 812), time unknown", "duration unknown\n", "1 needed SIGKILL: odhcpd 640",
				"ends with reboot(2): power_off", "        -          -  odhcpd 640"}, "0.000"},
		// The service's records have times, and the kernel's lines after them none.
		"times that are bounds": {map[string]string{"flash/shutdown-1.jsonl": begunHere +
			`{"seq":2,"time":"104500000000","kind":"signal","signal":15,"flags":["printed","shutdown"],"sender_pid":1,"sender_name":"procd","target_pid":62,"target_name":"sigtrail"}
{"seq":3,"time":"104500200000","kind":"signal","signal":15,"flags":["printed","shutdown"],"sender_pid":1,"sender_name":"procd","target_pid":640,"target_name":"odhcpd"}
`, "pstore/console-ramoops-0": "Signal :: (reboot 700) --[15]--> (procd 1)\nSignal :: (procd 1) --[15]--> (sigtrail 62)\n" +
			"Signal :: (procd 1) --[15]--> (odhcpd 640)\nSignal :: (procd 1) --[15]--> (ash 711)\nSignal :: (procd 1) --[9]--> (sigtrail 62)\n" +
			"Signal :: (procd 1) --[9]--> (odhcpd 640)\nReboot :: (procd 1044) restart; parent (procd 1)\nreboot: Restarting system\n"},
			nil, []string{"took at least 4.500 s: stop scripts 4.500 s, TERM to all unknown, KILL to all unknown\n", "1 needed SIGKILL: odhcpd 640",
				"    4.500          -  odhcpd 640              not seen            TERM by procd 1, KILL\n",
				"   >4.500          -  ash 711                 not seen            TERM by procd 1\n"}, "0.000"},
		"times that are bounds, in one line": {map[string]string{"flash/shutdown-1.jsonl": begunHere +
			`{"seq":2,"time":"104500000000","kind":"signal","signal":15,"flags":["printed","shutdown"],"sender_pid":1,"sender_name":"procd","target_pid":62,"target_name":"sigtrail"}
`, "pstore/console-ramoops-0": "Signal :: (reboot 700) --[15]--> (procd 1)\nSignal :: (procd 1) --[15]--> (sigtrail 62)\nreboot: Restarting system\n"},
			[]string{"--trail"}, []string{"[  100.000000] flash    Signal", "[ >104.500000] console  reboot: Restarting system"}, ""},
		"no times, in one line": {map[string]string{"pstore/console-ramoops-0": "Signal :: (reboot 700) --[15]--> (procd 1)\nreboot: Restarting system\n"},
			[]string{"--trail"}, []string{"[           ?] console  reboot: Restarting system"}, "0.000000"},
		"a console of zeros": {map[string]string{"flash/shutdown-1.jsonl": begunHere, "pstore/console-ramoops-0": strings.Repeat("\x00", 4096)},
			nil, []string{"reboot requested by (reboot 700)", "console-ramoops-0 in pstore is damaged: the file has only zero bytes"}, "power"},
		"an empty console": {map[string]string{"pstore/console-ramoops-0": ""},
			nil, []string{"console-ramoops-0 in pstore is damaged: the file is empty"}, "power"},
		"pmsg alone": {map[string]string{"pstore/pmsg-ramoops-0": begunHere},
			nil, []string{"ends with the daemon's last line, the rest is missing: pstore has no line of the console"}, "may have been reset"},
		"flash alone, merged": {map[string]string{"flash/shutdown-1.jsonl": begunHere, "flash/shutdown-2.jsonl": mergedHere},
			nil, []string{"Shutdown 2\n"}, ""},
		"the one before": {map[string]string{"flash/shutdown-1.jsonl": begunHere, "flash/shutdown-2.jsonl": mergedHere, "pstore/.keep": ""},
			[]string{"3"}, []string{"Shutdown 1", "reboot requested by (reboot 700)"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, c.files)
			out, err := lastOn(append([]string{"--from", dir}, c.args...)...)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("%q is missing in\n%s", want, out)
				}
			}
			if c.not != "" && strings.Contains(out, c.not) {
				t.Errorf("%q is in\n%s", c.not, out)
			}
			for file, text := range c.files { // nothing there is changed
				if b, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(b) != text {
					t.Errorf("%s: %q, %v", file, b, err)
				}
			}
			if names, _ := filepath.Glob(dir + "/*/*"); len(names) > len(c.files) {
				t.Errorf("there is more than before: %v", names)
			}
		})
	}
}

// A record of the kernel's log is told with its date.
func TestLastFromRecord(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"pstore/dmesg-efi_pstore-179000000001001": "Panic#2 Part1\n<0>[ 7200.500000] Kernel panic - not syncing: Fatal exception in interrupt\n",
		"pstore/console-ramoops-0":                "[    0.000000] Linux version 6.12.94\n[   61.250000] reboot: Restarting system\n",
		"flash/shutdown-4.jsonl":                  mergedHere,
		"kernel.json":                             packedHere,
	})
	at := time.Date(2026, 11, 20, 10, 30, 0, 0, time.UTC)
	if err := os.Chtimes(dir+"/pstore/dmesg-efi_pstore-179000000001001", at, at); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		args []string
		want []string
	}{
		"report": {nil, []string{"Shutdown 5\n", "a record of a kernel failure (file of 2026-11-20 10:30:00 UTC) lies in pstore (dmesg-efi_pstore-179000000001001), " +
			"not shown to be of the boot that ended: 7200.500 s after boot: Kernel panic - not syncing: Fatal exception in interrupt",
			"pstore's console is not shown to be of the boot that ended, and says, 61.250 s after boot: reboot: Restarting system"}},
		"JSON": {[]string{"--json"}, []string{`"way":"none"`, `"pstore":"other"`, `{"name":"console-ramoops-0","boot":"unknown","time":"61250000000","text":"reboot: Restarting system"}`,
			`"boot":"unknown","wall":"2026-11-20T10:30:00.000000Z","time":"7200500000000","text":"Kernel panic - not syncing: Fatal exception in interrupt"}`}},
		"list":  {[]string{"--all"}, []string{"none, unknown", "dmesg-efi_pstore-179000000001001 (unknown boot): Kernel panic - not syncing"}},
		"chart": {[]string{"--plot", "-"}, []string{"a record of a kernel failure (file of 2026-11-20 10:30:00 UTC)"}},
	} {
		out, err := lastOn(append([]string{"--from", dir}, c.args...)...)
		for _, want := range c.want {
			if err != nil || !strings.Contains(out, want) {
				t.Errorf("%s: %v, %q is missing in\n%s", what, err, want, out)
			}
		}
	}
}

// A record of this boot gives its failure a date.
func TestLastFromDated(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"flash/shutdown-1.jsonl": strings.Replace(mergedHere, `"reset"`, `"merged_at":"1790000000000000000","reset"`, 1),
		"pstore/dmesg-ramoops-0": "Oops#1 Part1\n<4>[ 7000.000000] Kernel bug detected[#1]:\n",
		"pstore/dmesg-ramoops-1": "Panic#2 Part1\n<0>[ 7200.500000] Kernel panic - not syncing: Fatal exception\n<0>[ 7201.000000] end\n",
		"kernel.json":            packedHere,
	})
	for name, up := range map[string]time.Duration{"dmesg-ramoops-0": 7000 * time.Second, "dmesg-ramoops-1": 7201 * time.Second} {
		at := time.Unix(1790000000-60, 0).Add(up) // booted a minute before the service merged
		if err := os.Chtimes(dir+"/pstore/"+name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for what, c := range map[string]struct {
		args []string
		want []string
	}{
		"report": {nil, []string{"kernel log, 7200.500 s after boot, at 2026-09-21 16:12:20 UTC: Kernel panic - not syncing: Fatal exception\n",
			"kernel log, 7000.000 s after boot, at 2026-09-21 16:09:00 UTC: Kernel bug detected[#1]:\n", "RAM survived",
			"Lines: 3 from records of the kernel's log"}},
		"JSON": {[]string{"--json"}, []string{`"time":"7200500000000","wall":"2026-09-21T16:12:20.500000Z","text":"Kernel panic`}},
		"list": {[]string{"--all"}, []string{"2026-09-21 16:12:20   none, warm"}},
	} {
		out, err := lastOn(append([]string{"--from", dir}, c.args...)...)
		for _, want := range c.want {
			if err != nil || !strings.Contains(out, want) {
				t.Errorf("%s: %v, %q is missing in\n%s", what, err, want, out)
			}
		}
	}
}

// Files that were copied by hand have the dates of the copy, perhaps.
func TestLastFromCopied(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"flash/shutdown-1.jsonl": strings.Replace(mergedHere, `"reset"`, `"merged_at":"1790000000000000000","reset"`, 1),
		"pstore/dmesg-ramoops-0": "Panic#1 Part1\n<0>[428855.335418] Kernel panic - not syncing: sysrq triggered crash\n",
	})
	at := time.Unix(1790000000+400000, 0)
	if err := os.Chtimes(dir+"/pstore/dmesg-ramoops-0", at, at); err != nil {
		t.Fatal(err)
	}
	const want = "a record of a kernel failure (file of 2026-09-26 05:20:00 UTC) lies in pstore (dmesg-ramoops-0), not shown to be of the boot that ended: " +
		"428855.335 s after boot: Kernel panic - not syncing: sysrq triggered crash\n" +
		"  to read a record: cat /sys/fs/pstore/dmesg-ramoops-0; it stays until it is removed with rm\n"
	if out, err := lastOn("--from", dir); err != nil || !strings.Contains(out, want) {
		t.Errorf("%v, %q is missing in\n%s", err, want, out)
	}
}

// A record of the boot that packed is left to that boot's own report.
func TestLastFromRunning(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 11, 20, 10, 30, 0, 0, time.UTC)
	write(t, dir, map[string]string{
		"flash/shutdown-1.jsonl": mergedHere,
		"pstore/dmesg-ramoops-0": "Oops#1 Part1\n<4>[   10.000000] Oops: 0000 [#1] SMP\n",
		"kernel.json": `{"boot_id":"0000000c-0000-4000-8000-000000000000","console":true,"pmsg":true,` +
			`"started":"2026-11-20T10:29:50Z","packed":"2026-11-20T11:00:00Z"}`,
	})
	if err := os.Chtimes(dir+"/pstore/dmesg-ramoops-0", at, at); err != nil {
		t.Fatal(err)
	}
	if out, err := lastOn("--from", dir); err != nil || strings.Contains(out, "Oops") {
		t.Errorf("%v\n%s", err, out)
	}
}

// A damaged file is named where it would have been the answer.
func TestLastDamaged(t *testing.T) {
	whole := begunHere + `{"seq":2,"time":"101000000000","kind":"reboot","sender_pid":7,"sender_name":"reboot","reboot_code":"restart"}` + "\n"
	merged := strings.Replace(whole, `"daemon_pid"`, `"merged_by":"0000000b-0000-4000-8000-000000000000","daemon_pid"`, 1)
	for name, c := range map[string]struct{ damaged, why string }{
		"empty":   {"", "shutdown-2.jsonl: not a trail: the file is empty"},
		"zeros":   {strings.Repeat("\x00", 512), "shutdown-2.jsonl: not a trail: the file has only zero bytes"},
		"torn":    {whole[:40], "shutdown-2.jsonl: not a trail: its first line is cut short"},
		"to come": {`{"v":9,"boots":[]}` + "\n", "shutdown-2.jsonl: not a trail: its first line is not a header: damaged, or of a newer version"},
		"huge":    {merged + strings.Repeat("x", 4<<20), "shutdown-2.jsonl: not a trail: the file has more than 4 MiB"},
	} {
		dir := t.TempDir()
		write(t, dir, map[string]string{"flash/shutdown-1.jsonl": merged, "flash/shutdown-2.jsonl": c.damaged})
		out, err := lastOn("--dir", dir+"/flash")
		if out != "" || err == nil || !strings.Contains(err.Error(), c.why+"; for the one before: sigtrail last 2") {
			t.Errorf("%s, last: %v\n%s", name, err, out)
		}
		out, err = lastOn("--dir", dir+"/flash", "2")
		if err != nil || !strings.HasPrefix(out, "Shutdown 1\n") {
			t.Errorf("%s, last 2: %v\n%s", name, err, out)
		}
		out, err = lastOn("--dir", dir+"/flash", "--all")
		if err == nil || !strings.Contains(err.Error(), c.why) || !strings.Contains(out, "\n  2       1  ") {
			t.Errorf("%s, last --all: %v\n%s", name, err, out)
		}
		// A start after it has nothing else to tell.
		out, err = lastOn("--from", dir)
		if err != nil || !strings.HasPrefix(out, "Shutdown 3\n  shutdown-2.jsonl cannot be read; it may be the trail of this shutdown: "+strings.TrimPrefix(c.why, "shutdown-2.jsonl: ")+"\n") {
			t.Errorf("%s, --from: %v\n%s", name, err, out)
		}
		out, err = lastOn("--from", dir, "--all")
		if err == nil || !strings.Contains(out, "cannot be read: "+c.why+"\n") {
			t.Errorf("%s, --from --all: %v\n%s", name, err, out)
		}
		out, err = lastOn("--from", dir, "--json")
		if err != nil || !strings.Contains(out, `"unreadable":"`+c.why+`"`) {
			t.Errorf("%s, --from --json: %v\n%s", name, err, out)
		}
	}
	// Lines that cannot be read are counted.
	dir := t.TempDir()
	write(t, dir, map[string]string{"flash/shutdown-1.jsonl": strings.Replace(merged, `{"seq":2`, `{"se`+"\x00\x00"+`q":2`, 1) + `{"seq":3`})
	if out, err := lastOn("--dir", dir+"/flash"); err != nil || !strings.Contains(out, "; 2 damaged places in its file were skipped\n") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := lastOn("--dir", dir+"/flash", "--json"); err != nil || !strings.Contains(out, `"malformed":2`) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestLastFromRefuses(t *testing.T) {
	dir, nothing := t.TempDir(), t.TempDir()
	write(t, nothing, map[string]string{"pstore/.keep": ""})
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--from", dir}, 1, "has no directory pstore and no directory flash"},
		{[]string{"--from", nothing}, 1, "no shutdown is kept there, and pstore has nothing"},
		{[]string{"--from", dir, "--dir", dir}, 2, "leave out --dir and --config"},
		{[]string{"--pack", dir + "/x", "--json"}, 2, "leave out the other options"},
		{[]string{"--pack", dir + "/x.tar", "--dir", dir}, 1, "nothing to pack: pstore has no file, and no shutdown is kept in " + dir},
		{[]string{"--pack", dir + "/none/x.tar", "--dir", dir}, 1, "no such file or directory"},
	} {
		_, err := lastOn(c.args...)
		if err == nil || exitCode(err) != c.code || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s (%d)", c.args, err, c.want, c.code)
		}
	}
}

// What --pack wrote, --from reads: a shutdown that this boot has merged already is
// not merged again.
func TestLastPack(t *testing.T) {
	dir := t.TempDir()
	const boot = "0000000b-0000-4000-8000-000000000000"
	write(t, dir, map[string]string{
		"proc/sys/kernel/random/boot_id": boot + "\n",
		"proc/filesystems":               "nodev\tpstore\n",
		"proc/mounts":                    "pstore " + dir + "/ps pstore rw 0 0\n",
		"proc/consoles":                  "ramoops-1            -W- (E  p  )\n",
		"ps/console-ramoops-0":           "[  105.000000] reboot: Restarting system\n",
		"kept/shutdown-1.jsonl":          mergedHere + `{"seq":1,"time":100000000000,"kind":"reboot","sender_pid":7,"sender_name":"reboot","reboot_code":"restart"}` + "\n",
		"kept/other":                     "not ours",
		"ps/dmesg-ramoops-0":             "Panic#1 Part1\n[    5.000000] Kernel panic - not syncing: x\n",
		"ps/ftrace-ramoops-0":            "not read",
		"ps/pmsg-ramoops-0":              strings.Repeat("another program's line\n", 300000), // more than 4 MiB
	})
	written := time.Date(2026, 11, 20, 10, 30, 0, 0, time.UTC)
	if err := os.Chtimes(dir+"/ps/dmesg-ramoops-0", written, written); err != nil {
		t.Fatal(err)
	}
	file := dir + "/evidence.tar"
	a := &app{out: io.Discard, proc: procfs.Root(dir + "/proc"), kept: keptTrails}
	if err := a.run([]string{"last", "--pack", file, "--dir", dir + "/kept"}); err != nil {
		t.Fatal(err)
	}
	unpacked := map[string]string{}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		unpacked[h.Name] = string(b)
		if h.Name == "pstore/dmesg-ramoops-0" && !h.ModTime.Equal(written) {
			t.Errorf("%s is of %v", h.Name, h.ModTime)
		}
	}
	if len(unpacked) != 5 || unpacked[kernelFile] != `{"boot_id":"`+boot+`","console":true,"pmsg":false}`+"\n" ||
		len(unpacked["pstore/pmsg-ramoops-0"]) != 23*300000 {
		t.Errorf("packed %d files, %q", len(unpacked), unpacked[kernelFile])
	}
	there := t.TempDir()
	write(t, there, unpacked)
	want, err := lastOn("--dir", dir+"/kept")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := lastOn("--from", there); err != nil || got != want {
		t.Errorf("from the pack:\n%s%v\non the router:\n%s", got, err, want)
	}
	if err := a.run([]string{"last", "--pack", file, "--dir", dir + "/kept"}); err == nil {
		t.Error("a file that was there is written over")
	}
}
