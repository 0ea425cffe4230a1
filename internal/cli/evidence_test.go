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
		"a stall of RCU": {map[string]string{"pstore/console-ramoops-0": "[88992.040892] rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 0-... } 6368 jiffies\n"},
			nil, []string{"kernel log, 88992.040 s after boot: rcu: INFO: rcu_sched detected expedited stalls"}, ""},
		"a driver's DEBUG": {map[string]string{"pstore/console-ramoops-0": "[   12.100000] quectel_qmi: DEBUG: rx urb 3 resubmitted\n"},
			nil, []string{"last kernel line"}, "kernel log, "},
		"a restart that failed": {map[string]string{"pstore/console-ramoops-0": "[  661.387555] reboot: Restarting system\n[  662.418115] Reboot failed -- System halted\n"},
			nil, []string{"reboot: Restarting system; this failed, and the machine did not come back by itself: Reboot failed -- System halted"}, ""},
		"a power-off that became a halt": {map[string]string{"pstore/console-ramoops-0": "[  661.387555] reboot: Power off not available: System halted instead\n"},
			nil, []string{"halt, ", "this failed, "}, ""},
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
		"times that are bounds, in one line": {map[string]string{"flash/shutdown-1.jsonl": begunHere,
			"pstore/console-ramoops-0": "Signal :: (reboot 700) --[15]--> (procd 1)\nreboot: Restarting system\n"},
			[]string{"--trail"}, []string{"[  100.000000] flash    Signal", "[ >100.000000] console  reboot: Restarting system"}, ""},
		"no times, in one line": {map[string]string{"pstore/console-ramoops-0": "Signal :: (reboot 700) --[15]--> (procd 1)\nreboot: Restarting system\n"},
			[]string{"--trail"}, []string{"[           ?] console  reboot: Restarting system"}, "0.000000"},
		"pmsg alone": {map[string]string{"pstore/pmsg-ramoops-0": begunHere},
			nil, []string{"ends with the daemon's last line, the rest is missing: pstore has no line of the console"}, "may have been reset"},
		"the one before": {map[string]string{"flash/shutdown-1.jsonl": begunHere, "flash/shutdown-2.jsonl": mergedHere},
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

func TestLastFromRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--from", dir}, 1, "has no directory pstore and no directory flash"},
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
	})
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
	}
	if len(unpacked) != 3 || unpacked[kernelFile] != `{"boot_id":"`+boot+`","console":true,"pmsg":false}`+"\n" {
		t.Errorf("packed %q", unpacked)
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
