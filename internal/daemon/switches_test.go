// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"encoding/json"
	"errors"
	"os"
	"syscall"
	"testing"

	"sigtrail/internal/event"
)

// The daemon gives back the switches that its configuration has set: those that are
// not set after a reload, and all when it stops.
func TestSwitchesGivenBack(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	k.info.Printk, k.info.SIGALRM = event.PrintkOff, true
	m.configure("[kernel]\nprintk = always\nsigchld = 1\n")
	stop := m.start(k)
	m.log.expect("started")
	m.expectSet(k, `{"Printk":2,"SIGCHLD":true}`)
	m.configure("[kernel]\nprintk = always\nsigalrm = 0\n")
	m.signals <- syscall.SIGHUP
	m.log.expect("configuration reloaded")
	m.expectSet(k, `{"Printk":2,"SIGCHLD":false,"SIGALRM":false}`)

	// A daemon that was killed has left them to the next one.
	path := m.dir + "/trail/switches"
	left := readFile(t, path)
	must(t, stop())
	m.expectSet(k, `{"Printk":0,"SIGALRM":true}`)
	must(t, os.WriteFile(path, left, 0o600))
	next := newKernel(9)
	next.info = k.info
	next.info.Printk, next.info.SIGALRM = event.PrintkAlways, false
	m.configure("[kernel]\nkthread = 1\n")
	stop = m.start(next)
	m.log.expect("stopped", "started")
	m.expectSet(next, `{"Printk":0,"SIGALRM":true,"Kthread":true}`)
	must(t, stop())
	m.expectSet(next, `{"Kthread":false}`)

	// What was given back does not count any more.
	last := newKernel(9)
	last.info.Kthread = true
	stop = m.start(last)
	m.log.expect("stopped", "started")
	must(t, stop())
	m.expectSet(last, `{"Kthread":true}`)
}

// Those of another boot, and a torn file, are not used.
func TestSwitchesOfAnotherBoot(t *testing.T) {
	for _, content := range []string{
		`{"boot_id":"another","found":{"Printk":2},"set":{"Printk":2}}`,
		`{"boot_id":"` + bootID + `","found":{"Printk":2},"se`,
	} {
		m, k := newMachine(t), newKernel(9)
		must(t, os.Mkdir(m.dir+"/trail", 0o755))
		must(t, os.WriteFile(m.dir+"/trail/switches", []byte(content), 0o600))
		m.start(k)
		m.log.expect("started")
		if len(k.sets) != 0 {
			t.Errorf("%s: set %+v", content, k.sets)
		}
	}
}

// An older kernel part does not have the switch exits: the log says so where that matters.
func TestExitsOfOlderKernel(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	k.version = 3
	const says = "kernel.exits is not applied: the kernel part has version 3, and records only the exits of signalled processes"
	m.configure("[kernel]\nexits = all\n")
	m.start(k)
	m.log.expect("started", says)
	m.signals <- syscall.SIGHUP
	m.log.expect("configuration reloaded", says)
	for _, content := range []string{"[kernel]\nexits = signalled\n", ""} {
		m.configure(content)
		m.signals <- syscall.SIGHUP
		m.log.expect("configuration reloaded")
		if lines := m.log.all(); len(lines) > 0 {
			t.Errorf("%q: logged %q", content, lines)
		}
	}
}

// A daemon that may not claim the log leaves nothing behind.
func TestSwitchesWithoutClaim(t *testing.T) {
	m, k := newMachine(t), newKernel(9)
	k.refuses = map[string]error{"claim": errors.New("claimed")}
	m.configure("[kernel]\nsigchld = 1\n")
	if err := m.start(k)(); err == nil {
		t.Error("no error")
	}
	m.expectSet(k, `{"SIGCHLD":false}`)
}

// expectSet compares the last request for switches, as JSON without those that it
// leaves as they are.
func (m *machine) expectSet(k *fakeKernel, want string) {
	m.t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	b, err := json.Marshal(k.sets[len(k.sets)-1])
	must(m.t, err)
	var all map[string]any
	must(m.t, json.Unmarshal(b, &all))
	for name, value := range all {
		if value == nil {
			delete(all, name)
		}
	}
	var wanted map[string]any
	must(m.t, json.Unmarshal([]byte(want), &wanted))
	got, _ := json.Marshal(all)
	sorted, _ := json.Marshal(wanted)
	if string(got) != string(sorted) {
		m.t.Errorf("set %s, want %s", got, sorted)
	}
}
