// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"
	"syscall"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/trail"
)

// mountCgroups mounts a hierarchy in a machine. It returns what makes a service, and returns the
// service's cgroup.
func mountCgroups(t *testing.T, m *machine) (group func(name string) uint64) {
	must(t, os.WriteFile(m.dir+"/proc/mounts", []byte("cgroup2 "+m.dir+"/cgroup cgroup2 rw 0 0\n"), 0o644))
	must(t, os.Mkdir(m.dir+"/cgroup", 0o755))
	return func(name string) uint64 {
		dir := m.dir + "/cgroup/services/" + name + "/instance1"
		must(t, os.MkdirAll(dir, 0o755))
		info, err := os.Stat(dir)
		must(t, err)
		return uint64(uint32(info.Sys().(*syscall.Stat_t).Ino))
	}
}

// A record's services are found by its cgroups, in log and trail.
func TestServices(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	group := mountCgroups(t, m)
	cron := group("cron")
	stop := m.start(k)
	m.log.expect("started")
	e := sample(1)
	e.SenderCgroup, e.TargetCgroup = cron, 1
	k.make(e, true)
	m.log.expect("Signal :: (killall 7) --[15]--> (legacyd 8) SIGTERM delivered; uid 0; by service cron")
	e.Seq, e.TargetCgroup = 2, group("legacy") // since then
	k.make(e, true)
	m.log.expect("Signal :: (killall 7) --[15]--> (legacyd 8) SIGTERM delivered; uid 0; service legacy, by service cron")

	m.trail("1 2")
	var services []string
	_, _, err := trail.Read(m.dir+"/trail", func(e event.Event) error {
		services = append(services, e.SenderService+">"+e.TargetService)
		return nil
	}, func(event.Loss) error { return nil })
	if err != nil || len(services) != 2 || services[0] != "cron>" || services[1] != "cron>legacy" {
		t.Errorf("%q, %v", services, err)
	}

	// A daemon that starts again has the names of groups that have gone from its trail.
	must(t, stop())
	must(t, os.Rename(m.dir+"/cgroup/services", m.dir+"/gone"))
	next := newKernel(100)
	next.make(e, false)
	m.start(next)
	m.log.expect("stopped", "started")
	e.Seq = 3
	next.make(e, true)
	m.log.expect("Signal :: (killall 7) --[15]--> (legacyd 8) SIGTERM delivered; uid 0; service legacy, by service cron")
}

// Ends of init's scripts, which are in no service, are not logged unless they fail. Where no
// service is known, a daemon's end looks the same.
func TestEndsOfScriptsAreNotLogged(t *testing.T) {
	for _, services := range []bool{true, false} {
		m, k := newMachine(t), newKernel(100)
		cron := uint64(99)
		if services {
			cron = mountCgroups(t, m)("cron")
		}
		m.start(k)
		m.log.expect("started")
		for i, e := range []event.Event{
			{TargetName: "script", TargetCgroup: 1},
			{TargetName: "failed", TargetCgroup: 1, ExitStatus: 1 << 8},
			{TargetName: "killed", TargetCgroup: 1, ExitStatus: 9},
			{TargetName: "asked", TargetCgroup: 1, SinceFirst: 1e9, SinceLast: 1e9},
			{TargetName: "forgotten", TargetCgroup: 1, Flags: event.FlagForgotten},
			{TargetName: "unknown", TargetCgroup: 0},
			{TargetName: "daemon", TargetCgroup: cron},
			{Kind: event.KindMark, Text: "last"},
		} {
			e.Seq = uint64(i + 1)
			if e.Kind == 0 {
				e.Kind, e.RunTime = event.KindExit, 2e9
			}
			k.make(e, true)
		}
		want := []string{"Exit :: (failed", "Exit :: (killed", "Exit :: (asked", "Exit :: (forgotten", "Exit :: (unknown", "Exit :: (daemon", "Mark"}
		if !services {
			want = append([]string{"Exit :: (script"}, want...)
		}
		m.log.expect(want...)
		m.trail("1 2 3 4 5 6 7 8")
		m.awaitStatus(func(s event.Status) bool { return s.Excluded == 1 == services })
	}
}
