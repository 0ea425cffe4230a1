// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
)

const triggerRules = "[rule write]\ntarget_name = victim\nsymbol = write\nskip = 2\n" +
	"[rule exit]\ntarget_name = victim\nsymbol = do_exit\nper = name\n" +
	"[rule bad]\ntarget_name = victim\nsymbol = nowhere\n" // its line says that the others are there

func TestTriggerRules(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	m.module = newModule(
		event.Trigger{ID: 7, Symbol: "do_exit", TargetName: "victim", Per: event.PerName, Rate: 100, Hits: 5},
		event.Trigger{ID: 8, Symbol: "write", TargetName: "victim", Rate: 100})
	m.configure(triggerRules)
	first, second, third := m.victim(), m.victim(), m.victim()
	stop := m.start(k)
	m.log.expect("started", "Rule bad is inactive: no such function")

	// Another trigger; an earlier process with this PID; lost by an overrun.
	stranger, former := first.noticed(8), third.noticed(7)
	former.StartTime -= 1e9
	for _, n := range []event.Notice{stranger, former, {}, first.noticed(101), first.noticed(101), second.noticed(7)} {
		m.module.notices <- n
	}
	m.log.expectMatch(fmt.Sprintf(`^Kill :: %d \(victim\): SIGTERM not sent: its PID was reused by \(victim\); rule exit$`, third.PID))
	for _, v := range []victim{first, second} {
		v.cmd.Wait()
		k.kills(v)
	}
	m.awaitStatus(func(s event.Status) bool { return s.Kills == 3 })
	if err := third.cmd.Process.Signal(syscall.Signal(0)); err != nil {
		t.Error(err)
	}
	stop()
	if got := m.module.done(); got != "join, add 101 write, del 101, del 7, close" && got != "join, add 101 write, del 7, del 101, close" {
		t.Errorf("asked the module to %s", got)
	}
}

func TestNoModule(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	m.configure(triggerRules + signalRule)
	v := m.victim()
	m.start(k)
	m.log.expect("started", "Rules with a symbol are inactive: "+kernel.ErrNoModule.Error())
	k.make(v.signalled(1, 10), true)
	v.cmd.Wait() // the other rule still works

	// Once the module is loaded, a reload is enough. With all triggers added, a
	// reload changes nothing.
	m.module = newModule()
	m.configure(strings.Replace(triggerRules, "nowhere", "open", 1) + signalRule)
	m.signals <- syscall.SIGHUP
	m.log.expectMatch("configuration reloaded")
	first := m.module
	for range 2 {
		m.module = newModule()
		m.signals <- syscall.SIGHUP
		m.log.expectMatch("configuration reloaded")
	}
	if got := first.done(); got != "join, add 101 write, add 102 do_exit, add 103 open" {
		t.Errorf("asked the module to %s", got)
	}
}

// A real-time signal finds its rule by the process's name.
func TestTriggerRulesBySignal(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	m.module = newModule()
	m.configure("[respond]\ntransport = rtsig\nrtsig = 45\n" + triggerRules)
	v := m.victim()
	stop := m.start(k)
	m.log.expect("started", "Rules with a symbol are inactive: open "+m.dir+"/ksig_task: no such file or directory")
	stop()
	threadEnds(t, 45)

	m.module = newModule()
	if err := os.WriteFile(m.dir+"/ksig_task", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	k = newKernel(100)
	stop = m.start(k)
	m.log.expect("stopped", "started", "Rule bad is inactive: no such function")
	tid := blocking(t, 45)
	for range 2 {
		queue(t, tid, 45, siQueue, 0, int32(os.Getpid())) // not in proc
	}
	queue(t, tid, 45, siQueue, 0, int32(v.PID))
	v.cmd.Wait()
	k.kills(v)
	m.log.expectMatch(fmt.Sprintf(`^Kill :: %d: no signal sent: it ended before`, os.Getpid()))
	m.log.expectMatch(fmt.Sprintf(`^Kill :: %d \(victim\): SIGTERM, killed by SIGTERM after .*; rule write$`, v.PID))
	must(t, os.RemoveAll(fmt.Sprintf("%s/proc/%d", m.dir, v.PID)))
	queue(t, tid, 45, siQueue, 0, int32(v.PID)) // already ended by us
	queue(t, tid, 45, siQueue, 0, int32(os.Getppid()))
	m.log.expectMatch(fmt.Sprintf(`^Kill :: %d: no signal sent: it ended before`, os.Getppid()))
	stop()
	threadEnds(t, 45)
	if got := m.module.done(); got != "add 101 write, add 102 do_exit, del 101, del 102, close" && got != "add 101 write, add 102 do_exit, del 102, del 101, close" {
		t.Errorf("asked the module to %s", got)
	}
}

func (m *machine) dialModule() (module, error) {
	if m.module == nil {
		return nil, kernel.ErrNoModule
	}
	return m.module, nil
}
