// SPDX-License-Identifier: GPL-2.0-only

package procfs

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

func TestStat(t *testing.T) {
	self := os.Getpid()
	p, err := Root("/proc").Stat(self)
	if err != nil || p.PID != self || p.Kernel || p.State == 'Z' || p.Parent != os.Getppid() {
		t.Errorf("%+v, %v", p, err)
	}
	// It started after boot, and before now.
	var now syscall.Sysinfo_t
	if err := syscall.Sysinfo(&now); err != nil {
		t.Fatal(err)
	}
	if p.Start <= 0 || p.Start > time.Duration(now.Uptime+1)*time.Second || p.Start%Tick != 0 {
		t.Errorf("started %v after boot, which was %d s ago", p.Start, now.Uptime)
	}
	again, err := Root("/proc").Stat(self)
	if err != nil || again.Start != p.Start {
		t.Errorf("%+v, then %+v, %v", p, again, err)
	}
}

func TestDisposition(t *testing.T) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	defer signal.Stop(c)
	signal.Ignore(syscall.SIGHUP)
	defer signal.Reset(syscall.SIGHUP)
	d, err := Root("/proc").Disposition(os.Getpid())
	if err != nil || !d.Caught.Has(10) || d.Ignored.Has(10) || !d.Ignored.Has(1) || d.Caught.Has(1) || d.Caught.Has(9) {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestGroup(t *testing.T) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil || len(tasks) < 2 {
		t.Fatalf("%d threads, %v", len(tasks), err)
	}
	for _, task := range tasks {
		tid := 0
		for _, digit := range task.Name() {
			tid = tid*10 + int(digit-'0')
		}
		if pid, err := Root("/proc").Group(tid); err != nil || pid != os.Getpid() {
			t.Errorf("thread %d belongs to %d, %v", tid, pid, err)
		}
	}
}

func TestGone(t *testing.T) {
	proc := Root("/proc")
	const none = 1 << 30
	if _, err := proc.Stat(none); !Gone(err) {
		t.Error(err)
	}
	if _, err := proc.Disposition(none); !Gone(err) {
		t.Error(err)
	}
	if _, err := proc.Group(none); !Gone(err) {
		t.Error(err)
	}
	if wait := proc.WaitChannel(none); wait != "" {
		t.Error(wait)
	}
}

func TestPIDFiles(t *testing.T) {
	proc := root(t, map[string]string{
		"2/wchan":  "0",
		"3/wchan":  "pipe_read",
		"4/stat":   "4 (cut) S 0 0",
		"6/status": "Name:\tx\nSigBlk:\t0000000000004000\nSigIgn:\t8000000000000001\nSigCgt:\t00000000000000000000000100000000\n",
		"7/status": "Name:\tx\n",
	})
	if _, err := proc.Stat(4); err == nil || Gone(err) {
		t.Error(err)
	}
	if w := proc.WaitChannel(2) + proc.WaitChannel(3); w != "pipe_read" {
		t.Errorf("wait channels %q", w)
	}
	d, err := proc.Disposition(6)
	if err != nil || !d.Blocked.Has(15) || d.Blocked.Has(14) || !d.Ignored.Has(1) || !d.Ignored.Has(64) || d.Ignored.Has(65) ||
		d.Ignored.Has(1<<32-1) || !d.Caught.Has(33) || d.Caught.Has(0) {
		t.Errorf("%+v, %v", d, err)
	}
	if d, err := proc.Disposition(7); err != nil || d.Blocked.Has(1) {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := proc.Group(7); err == nil || Gone(err) {
		t.Error(err)
	}
}

func TestOfRoot(t *testing.T) {
	if root, err := Root("/proc").OfRoot(os.Getpid()); err != nil || root != (os.Geteuid() == 0) {
		t.Errorf("this process: %v, %v", root, err)
	}
	proc := root(t, map[string]string{"5/status": "Uid:\t1000\t0\t0\t0\nNSpid:\t5\n", "6/status": "Uid:\t0\t0\t0\t0\nNSpid:\t6\t1\n",
		"7/status": "Name:\tx\nUid:\t0\t1000\t0\t0\n", "8/status": "Name:\tx\n"})
	for pid, want := range map[int]bool{5: true, 6: false, 7: false} { // 6: of a container
		if root, err := proc.OfRoot(pid); err != nil || root != want {
			t.Errorf("%d: %v, %v", pid, root, err)
		}
	}
	for _, pid := range []int{8, 9} {
		if _, err := proc.OfRoot(pid); err == nil {
			t.Errorf("%d: no error", pid)
		}
	}
}
