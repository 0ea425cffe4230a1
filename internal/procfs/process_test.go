// SPDX-License-Identifier: GPL-2.0-only

package procfs

import (
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// stat is a line of /proc/PID/stat as Linux 6.12 writes it.
func stat(pid int, name, state string, parent int, flags uint, start int) string {
	return fmt.Sprintf("%d (%s) %s %d 812 812 0 -1 %d 154 0 0 0 1 2 0 0 20 0 1 0 %d 1024000 87 4294967295 65536 "+
		"1234567 3203399680 0 0 0 0 0 65538 1 0 0 17 0 0 0 0 0 0 1300000 1310000 17559552 3203400000 3203400040 "+
		"3203400040 3203403765 0\n", pid, name, state, parent, flags, start)
}

func TestProcesses(t *testing.T) {
	proc := root(t, map[string]string{
		"uptime":     "90.00 100.00\n",
		"self/stat":  stat(1, "no number", "R", 0, 0, 0),
		"1/stat":     stat(1, "procd", "S", 0, 0x400100, 1),
		"1/cmdline":  "/sbin/procd\x00",
		"1/wchan":    "ep_poll",
		"2/stat":     stat(2, "kthreadd", "S", 0, 0x208040, 1),
		"2/wchan":    "kthreadd",
		"15/stat":    stat(15, "kworker/u8:1-ext4-rsv-conversion", "I", 2, 0x4208060, 12),
		"812/stat":   stat(812, "S95foo", "S", 1, 0x400000, 1234),
		"812/wchan":  "do_wait",
		"900/stat":   stat(900, "ends meanwhile", "S", 1, 0, 9)[:20],
		"901/wchan":  "0",
		"902/stat":   stat(902, "gone", "Z", 812, 0x40000c, 99),
		"902/wchan":  "0",
		"1000/stat":  stat(1000, "long", "D", 812, 0x400040, 4000),
		"1000/wchan": "nfs_wait_bit_killable\n",

		"812/cmdline":  "/bin/sh\x00/etc/rc.common\x00/etc/rc.d/S95foo\x00boot\x00",
		"902/cmdline":  "",
		"1000/cmdline": "/bin/long\x00" + strings.Repeat("x", 400) + "\x00",
	})
	want := []Process{
		{PID: 1, Name: "procd", State: 'S', Threads: 1, Start: 10 * time.Millisecond, Args: []string{"/sbin/procd"}, Wait: "ep_poll"},
		{PID: 2, Name: "kthreadd", State: 'S', Threads: 1, Start: 10 * time.Millisecond, Kernel: true, Forked: true},
		{PID: 15, Parent: 2, Name: "kworker/u8:1-ext4-rsv-conversion", State: 'I', Threads: 1, Start: 120 * time.Millisecond, Kernel: true, Forked: true},
		{PID: 812, Parent: 1, Name: "S95foo", State: 'S', Threads: 1, Start: 12340 * time.Millisecond,
			Args: []string{"/bin/sh", "/etc/rc.common", "/etc/rc.d/S95foo", "boot"}, Wait: "do_wait"},
		{PID: 902, Parent: 812, Name: "gone", State: 'Z', Threads: 1, Start: 990 * time.Millisecond},
		{PID: 1000, Parent: 812, Name: "long", State: 'D', Threads: 1, Start: 40 * time.Second, Forked: true,
			Args: []string{"/bin/long", strings.Repeat("x", maxCommand-len("/bin/long\x00"))}, Wait: "nfs_wait_bit_killable"},
	}
	got, err := proc.Processes()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
	if got, err := Root(t.TempDir() + "/none").Processes(); err == nil {
		t.Errorf("got %+v, and no error without proc", got)
	}
}

// A name may have any bytes except NUL, and look like the fields after it.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{"", ")", "(", ") S 1 (", "a) R 99 (b", "\n", "new\nline", "two  blanks", "\xff\x1b[2J", "1 (sh) S 0"} {
		p, err := parseStat(stat(812, name, "D", 77, 0, 5))
		want := Process{PID: 812, Parent: 77, Name: name, State: 'D', Threads: 1, Start: 50 * time.Millisecond}
		if err != nil || !reflect.DeepEqual(p, want) {
			t.Errorf("%q: got %+v, %v", name, p, err)
		}
	}
}

func TestBadStat(t *testing.T) {
	whole := stat(812, "x", "S", 1, 0, 5)
	for _, s := range []string{"", "812", "812 x S 1", ")(", whole[:50], strings.Replace(whole, "812", "", 1), strings.Replace(whole, "812", "-1", 1),
		strings.Replace(whole, "812", "0", 1), strings.Replace(whole, " S 1 ", " S x ", 1), strings.Replace(whole, " S ", " SS ", 1)} {
		if p, err := parseStat(s); err == nil {
			t.Errorf("%q: got %+v", s, p)
		}
	}
}

// There is no bound, as nobody would be told of it.
func TestManyProcesses(t *testing.T) {
	files := make(map[string]string)
	const many = 5000
	for pid := 1; pid <= many; pid++ {
		files[strconv.Itoa(pid)+"/stat"] = stat(pid, "x", "S", 1, 0, 5)
	}
	if got, err := root(t, files).Processes(); err != nil || len(got) != many {
		t.Errorf("%d processes, %v", len(got), err)
	}
}

// The names of the real proc are those of its stat files.
func TestNames(t *testing.T) {
	proc := Root("/proc")
	same, self := 0, ""
	err := proc.Names(func(pid int, name string) {
		if p, err := proc.Stat(pid); err == nil && p.Name == name {
			same++
		}
		if pid == os.Getpid() {
			self = name
		}
	})
	if p, _ := proc.Stat(os.Getpid()); err != nil || same == 0 || self != p.Name {
		t.Errorf("%d names, this is %q, want %q, %v", same, self, p.Name, err)
	}
	if err := Root(t.TempDir() + "/none").Names(func(int, string) {}); err == nil {
		t.Error("no error without proc")
	}
}

// This test and its child, in the real proc.
func TestRealProcesses(t *testing.T) {
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait()
	defer child.Process.Kill()
	// Before exec it is a copy of this test. In exec it has its name before its command line.
	for range 1000 {
		all, err := Root("/proc").Processes()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.PID == child.Process.Pid && p.Name == "sleep" && p.Args != nil {
				if p.Parent != os.Getpid() || p.Kernel || p.Start <= 0 || !reflect.DeepEqual(p.Args, []string{"sleep", "1000"}) {
					t.Errorf("got %+v", p)
				}
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("the child is not there")
}

func FuzzParseStat(f *testing.F) {
	f.Add(stat(812, "S95foo", "S", 1, 0x400000, 1234))
	f.Add(stat(2, ") S 1 (", "S", 0, 0x208040, 1))
	f.Add("1 () \xc2\x85")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parseStat(s)
		if err == nil && (p.PID <= 0 || p.Parent < 0 || p.State == 0 || !strings.Contains(s, "("+p.Name+")")) {
			t.Errorf("%q: got %+v", s, p)
		}
	})
}
