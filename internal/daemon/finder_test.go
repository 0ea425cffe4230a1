// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/procfs"
	"sigtrail/internal/trail"
)

// The fake kernel's local clock began 5 s after boot, and a record is made 100 s after boot.
const (
	clockLag   = 5 * time.Second
	recordTime = uint64(100*time.Second - clockLag)
)

func (k *fakeKernel) setClocks() {
	k.info.ClockLocal = recordTime + uint64(time.Second)
	k.info.ClockBoottime = k.info.ClockLocal + uint64(clockLag)
	k.info.ClockRealtime = 1_800_000_000e9
}

// asked is a record of a killall that a script of crond runs.
func asked(seq uint64) event.Event {
	return event.Event{Seq: seq, Time: recordTime, Signal: 15, SenderPID: 120, SenderTID: 120, SenderName: "killall", ParentPID: 99, ParentName: "reload.sh",
		Ancestors: event.Ancestors("").With("crond", 80).With("procd", 1), TargetPID: 8, TargetTID: 8, TargetName: "dnsmasq"}
}

// fault is a record of a fault whose handler lets the process run on.
func fault() event.Event {
	return event.Event{Seq: 1, Time: recordTime, Signal: 11, Flags: event.FlagKernel | event.FlagFault | event.FlagCaught, FaultPC: 0x10434,
		TargetPID: 8, TargetTID: 8, TargetName: "uhttpd", ContextPID: 8, ContextName: "uhttpd"}
}

// outOfMemory is the exit of a victim of the OOM killer.
func outOfMemory(seq uint64) event.Event {
	return event.Event{Seq: seq, Kind: event.KindExit, Time: recordTime, Flags: event.FlagOOM, TargetPID: 8, TargetTID: 8, TargetName: "ubus", ExitStatus: 9}
}

// lookAt has a daemon look up a record, and returns the note.
func lookAt(t *testing.T, proc string, e event.Event) (note string) {
	t.Helper()
	m, k := newMachine(t), newKernel(1)
	must(t, os.RemoveAll(m.dir+"/proc"))
	must(t, os.Rename(proc, m.dir+"/proc"))
	must(t, os.MkdirAll(m.dir+"/proc/sys/kernel/random", 0o755))
	must(t, os.WriteFile(m.dir+"/proc/sys/kernel/random/boot_id", []byte(bootID+"\n"), 0o644))
	k.setClocks()
	m.configure("rate = 0\n")
	m.start(k)
	m.log.expect("started")
	k.make(e, true)
	m.log.until(func(line string) bool {
		return strings.HasPrefix(line, "Signal :: ") || strings.HasPrefix(line, "Exit :: ")
	})
	end := sample(2) // its look-up comes after the other one
	end.Time, end.SenderName, end.SenderPID = recordTime, "end", 4000
	addProcess(t, m.dir+"/proc", "4000 1 S 1 x end end -x")
	k.make(end, true)
	for _, line := range m.log.until(func(line string) bool { return strings.HasPrefix(line, "Found :: for record 2: ") }) {
		if strings.HasPrefix(line, "Found :: for record 1: ") {
			note += strings.TrimPrefix(line, "Found :: for record 1: ")
		}
	}
	return note
}

func TestSender(t *testing.T) {
	const script, cron = "99 80 S 98 do_wait reload.sh /bin/sh /etc/reload.sh", "80 1 S 20 x crond crond -f"
	killall := asked(1)
	thread := asked(1)
	thread.SenderTID = 121
	nobody := asked(1)
	nobody.Ancestors = event.Ancestors("").With("procd", 1)
	older := asked(1) // of a kernel part that records no ancestors
	older.Ancestors = ""
	for _, c := range []struct {
		name      string
		e         event.Event
		processes []string
		want      string
	}{
		{"all run", killall, []string{"120 99 S 99 x killall killall dnsmasq", script, cron},
			`(killall 120) "killall dnsmasq" < (reload.sh 99) "/bin/sh /etc/reload.sh" < (crond 80) "crond -f"`},
		{"the sender has ended", killall, []string{script, cron}, `(killall 120) < (reload.sh 99) "/bin/sh /etc/reload.sh" < (crond 80) "crond -f"`},
		{"of the tick of the record", killall, []string{"120 99 S 100 x killall killall dnsmasq"}, `(killall 120) "killall dnsmasq" < (reload.sh 99) < (crond 80)`},
		{"a zombie", killall, []string{"120 99 Z 99 x killall", script}, `(killall 120) < (reload.sh 99) "/bin/sh /etc/reload.sh" < (crond 80)`},
		{"all ended", killall, nil, ""},
		{"no more than the names", killall, []string{"120 99 S 99 x killall killall", "99 80 S 98 x reload.sh -reload.sh", "80 1 S 20 x crond /usr/sbin/crond"}, ""},
		{"a login shell", killall, []string{"120 99 S 99 x killall killall", "99 80 S 98 x reload.sh /bin/reload.sh --login", "80 1 S 20 x crond crond"}, ""},
		{"one has more", killall, []string{"120 99 S 99 x killall killall", "80 1 S 20 x crond /usr/sbin/crond -f"}, `(killall 120) "killall" < (reload.sh 99) < (crond 80) "/usr/sbin/crond -f"`},
		{"started after the record", killall, []string{"120 99 S 101 x killall killall other", "99 80 S 101 x reload.sh other"}, ""},
		{"exec since", killall, []string{"120 99 S 99 x sleep sleep 1", "99 80 S 98 x sh /bin/sh other", cron}, `(killall 120) < (reload.sh 99) < (crond 80) "crond -f"`},
		{"a thread", thread, []string{"120 99 S 50 x killall /bin/prog", "121 99 S 99 x worker /bin/prog"}, `(killall 120) "/bin/prog" < (reload.sh 99) < (crond 80)`},
		{"in a shell", killall, []string{"120 99 S& 99 x killall /bin/sh /etc/reload.sh", script, "80 1 S& 20 x crond crond -f"},
			`(killall 120) < (reload.sh 99) "/bin/sh /etc/reload.sh" < (crond 80) "crond -f"`},
		{"two of one line", killall, []string{"99 80 S 98 x reload.sh sh x", "80 1 S 20 x crond sh x"}, `(killall 120) < (reload.sh 99) "sh x" < (crond 80) "sh x"`},
		{"without ancestors", older, []string{script}, `(killall 120) < (reload.sh 99) "/bin/sh /etc/reload.sh" < ...`},
		{"child of init", nobody, []string{"120 99 S 99 x killall killall dnsmasq", script}, `(killall 120) "killall dnsmasq" < (reload.sh 99) "/bin/sh /etc/reload.sh"`},
	} {
		proc := t.TempDir() + "/proc"
		must(t, os.Mkdir(proc, 0o755))
		for _, p := range c.processes {
			addProcess(t, proc, p)
		}
		if got := lookAt(t, proc, c.e); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFault(t *testing.T) {
	const maps = "00010000-00011000 r-xp 00000000 fe:00 42      /usr/sbin/uhttpd\n"
	for _, c := range []struct{ process, maps, want string }{
		{"8 1 S 50 x uhttpd uhttpd -f", maps, "pc 0x10434 is offset 0x434 of /usr/sbin/uhttpd"},
		{"8 1 S 50 x other other", maps, ""},
		{"8 1 S 101 x uhttpd uhttpd", maps, ""},
		{"8 1 Z 50 x uhttpd", "", ""},
	} {
		proc := t.TempDir() + "/proc"
		addProcess(t, proc, c.process)
		must(t, os.WriteFile(proc+"/8/maps", []byte(c.maps), 0o644))
		if got := lookAt(t, proc, fault()); got != c.want {
			t.Errorf("%s: %q, want %q", c.process, got, c.want)
		}
	}
}

// Memory that no kill frees is told if it is a large part.
func TestMemoryHeld(t *testing.T) {
	for text, want := range map[string]string{
		"MemTotal: 106701 kB\nShmem: 98304 kB\n": "tmpfs and shared memory held 96.0 of 104.2 MiB",
		"MemTotal: 106700 kB\nShmem: 26675 kB\n": "tmpfs and shared memory held 26.0 of 104.2 MiB",
		"MemTotal: 106700 kB\nShmem: 26674 kB\n": "",
		"MemTotal: 106700 kB\n":                  "",
	} {
		proc := t.TempDir() + "/proc"
		must(t, os.Mkdir(proc, 0o755))
		must(t, os.WriteFile(proc+"/meminfo", []byte(text), 0o644))
		if got := lookAt(t, proc, outOfMemory(1)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A note comes after its record in the trail, with a time. The log has none of an excluded signal.
func TestNote(t *testing.T) {
	m, k := newMachine(t), newKernel(100)
	k.setClocks()
	m.configure("exclude = TERM\n")
	addProcess(t, m.dir+"/proc", "120 99 S 99 x killall killall dnsmasq")
	m.start(k)
	m.log.expect("started")
	k.make(asked(1), true)
	m.trail("1 0")
	other := asked(2)
	other.Signal, other.Flags = 9, event.FlagShare
	k.make(other, true)
	m.log.expect("Signal :: (killall 120) --[9]-->", `Found :: for record 2: (killall 120) "killall dnsmasq"`)
	var notes []event.Event
	_, _, err := trail.Read(m.dir+"/trail", func(e event.Event) error {
		if e.Kind == event.KindNote {
			notes = append(notes, e)
		}
		return nil
	}, func(event.Loss) error { return nil })
	if err != nil || len(notes) != 2 {
		t.Fatalf("%v, %v", notes, err)
	}
	// The fake's clock does not run.
	slices.SortFunc(notes, func(a, b event.Event) int { return strings.Compare(a.Text, b.Text) })
	if n := notes[0]; n.Time <= recordTime || n.Wall <= 1_800_000_000e9 || !strings.HasPrefix(n.Text, "Found :: for record 1: ") || n.Flags != 0 {
		t.Errorf("%+v", n)
	}
	if n := notes[1]; n.Flags != event.FlagShare { // it takes no room of other users
		t.Errorf("%+v", n)
	}
}

// A process whose memory is locked hangs the look-up, and nothing else.
func TestHangingLook(t *testing.T) {
	m, k := newMachine(t), newKernel(1000)
	k.setClocks()
	m.configure("rate = 0\n")
	addProcess(t, m.dir+"/proc", "120 99 S 99 x killall")
	fifo := m.dir + "/proc/120/cmdline"
	must(t, os.Remove(fifo))
	must(t, syscall.Mkfifo(fifo, 0o600))
	stop := m.start(k)
	m.log.expect("started")
	k.make(asked(1), true)
	m.log.expect("Signal :: ")
	for seq := uint64(2); seq < 200; seq++ {
		e := asked(seq)
		e.SenderPID += uint32(seq)
		k.make(e, true)
		m.log.expect("Signal :: ")
	}
	must(t, stop())
	m.log.expect("stopped after record 199: 199 records, 200 lines logged")
	f, err := os.OpenFile(fifo, os.O_RDWR, 0) // lets the look-up end
	must(t, err)
	f.Close()
}

// A look-up that hangs is told once.
func TestHangIsTold(t *testing.T) {
	s, log, _ := budgetedLog(t, 10)
	f := newFinder(&recorder{log: s}, "/none")
	f.current.Store(&lookUp{7, time.Now().Add(-findHangs - time.Second)})
	for seq := range uint64(3) {
		e := asked(8 + seq)
		e.SenderPID += uint32(seq)
		f.event(&e)
	}
	e := sample(11)
	s.record(&e, time.Now())
	log.expect("the look-up for record 7 hangs in /proc: nothing more is found until it ends", "Signal :: ")
}

// Notes leave half of the log's budget to records.
func TestNoteBudget(t *testing.T) {
	s, log, _ := budgetedLog(t, 1)
	note, e := event.Event{Kind: event.KindNote, Text: "Found :: x"}, sample(1)
	for range burstTimes {
		s.note(&note)
	}
	for range burstTimes / 2 {
		s.record(&e, time.Now())
	}
	log.expect("Found :: x", "Found :: x", "Signal :: ", "Signal :: ")
	(*syslog)(nil).note(&note)
}

func TestSubjects(t *testing.T) {
	for name, change := range map[string]func(e *event.Event){
		"of the kernel":     func(e *event.Event) { e.Flags = event.FlagKernel },
		"to itself":         func(e *event.Event) { e.TargetPID = e.SenderPID },
		"of sigtrail":       func(e *event.Event) { e.Flags = event.FlagBySigtrail },
		"in a shutdown":     func(e *event.Event) { e.Flags = event.FlagShutdown },
		"ignored":           func(e *event.Event) { e.Outcome = event.Ignored },
		"pending":           func(e *event.Event) { *e = byInit("x"); e.Outcome = event.AlreadyPending },
		"HUP":               func(e *event.Event) { e.Signal = 1 },
		"an exit":           func(e *event.Event) { e.Kind = event.KindExit },
		"fault in shutdown": func(e *event.Event) { *e = fault(); e.Flags |= event.FlagShutdown },
		"OOM in shutdown":   func(e *event.Event) { *e = outOfMemory(1); e.Flags |= event.FlagShutdown },
	} {
		e := asked(1)
		change(&e)
		if s, ok := subjectOf(&e); ok {
			t.Errorf("%s: %+v", name, s)
		}
	}
	e := asked(1)
	e.Signal, e.Flags = 1, event.FlagFatal
	if _, ok := subjectOf(&e); !ok {
		t.Error("a fatal HUP is not looked up")
	}
	// procd sends SIGKILL later, when who has asked has ended.
	e = byInit("x")
	e.Outcome = event.Ignored
	if _, ok := subjectOf(&e); !ok {
		t.Error("a TERM of init that is ignored is not looked up")
	}
}

// A loop of one sender is looked up once, and one that makes processes has a limit.
func TestFindBudget(t *testing.T) {
	counted := func(change func(e *event.Event, i uint32)) int {
		f := newFinder(nil, procfs.Root(t.TempDir()))
		for i := range uint32(100) {
			e := asked(uint64(i))
			change(&e, i)
			f.event(&e)
		}
		return len(f.queue)
	}
	for name, change := range map[string]func(e *event.Event, i uint32){
		"targets": func(e *event.Event, i uint32) { e.TargetPID += i },
		"faults":  func(e *event.Event, i uint32) { *e = fault(); e.Seq = uint64(i) },
		"victims": func(e *event.Event, i uint32) { *e = outOfMemory(uint64(i)); e.TargetPID += i },
	} {
		if n := counted(change); n != 1 {
			t.Errorf("%s: %d look-ups, want 1", name, n)
		}
	}
	for name, change := range map[string]func(e *event.Event, i uint32){
		"senders":  func(e *event.Event, i uint32) { e.SenderPID += i },
		"services": func(e *event.Event, i uint32) { *e = byInit("x"); e.TargetPID += i },
		"parents":  func(e *event.Event, i uint32) { e.ParentPID += i },
		"chains":   func(e *event.Event, i uint32) { e.Ancestors = e.Ancestors.With("sh", i) },
		"signals":  func(e *event.Event, i uint32) { e.Signal, e.Flags = i+1, event.FlagFatal },
		"pcs":      func(e *event.Event, i uint32) { *e = fault(); e.FaultPC += uint64(i) },
	} {
		if n := counted(change); n != findBurst {
			t.Errorf("%s: %d look-ups, want %d", name, n, findBurst)
		}
	}
	began := time.Now()
	n := counted(func(e *event.Event, i uint32) { e.Flags, e.SenderPID = event.FlagShare, e.SenderPID+i })
	if earned := int(time.Since(began) / findEvery); n < findBurst/2 || n > findBurst/2+earned {
		t.Errorf("a user's: %d look-ups, want half of them, and %d that are earned meanwhile", n, earned)
	}
}
