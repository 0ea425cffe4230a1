// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
	"sigtrail/internal/service"
	"sigtrail/internal/trail"
	"sigtrail/test/ring"
)

const bootID = "2f1c7b1e-3f2a-4c56-9c49-0d3d0c4f7a11"

// fakeKernel has a ring in memory. Tests fill it.
type fakeKernel struct {
	mu      sync.Mutex
	ring    []event.Event
	size    int
	info    event.Info
	sets    []event.Switches
	did     []string // in order
	refuses map[string]error
	bootID  string // of the claim
	version uint32

	previous []event.Event // of the boot before; info says whether there are any

	live   chan live
	closed chan struct{}
}

type live struct {
	e   event.Event
	err error
}

func newKernel(size int) *fakeKernel {
	return &fakeKernel{size: size, version: 4, live: make(chan live, 4096), closed: make(chan struct{})}
}

func sample(seq uint64) event.Event {
	return event.Event{Seq: seq, Time: seq, Signal: 15, SenderPID: 7, SenderName: "killall", TargetPID: 8, TargetName: "legacyd"}
}

// make adds an event to the ring, and sends it live if heard.
func (k *fakeKernel) make(e event.Event, heard bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ring = append(k.ring, e); len(k.ring) > k.size {
		k.ring = k.ring[1:]
	}
	k.info.SeqLast = e.Seq
	if heard {
		k.live <- live{e: e}
	}
}

func (k *fakeKernel) makeAll(from, to uint64, heard bool) {
	for ; from <= to; from++ {
		k.make(sample(from), heard)
	}
}

func (k *fakeKernel) Next() ([]event.Event, error) {
	select {
	case <-k.closed:
		return nil, os.ErrClosed
	case l := <-k.live:
		return []event.Event{l.e}, l.err
	}
}

func (k *fakeKernel) Ring(from uint64) (kernel.Batches, error) {
	err := k.do("dump")
	k.mu.Lock()
	defer k.mu.Unlock()
	return ring.From(k.ring, from, err), nil
}

func (k *fakeKernel) Previous() (kernel.Batches, error) {
	err := k.do("dump of the boot before")
	return ring.From(k.previous, 0, err), nil
}

func (k *fakeKernel) FreePrevious() error {
	err := k.do("free")
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil {
		k.previous, k.info.Previous = nil, event.Previous{}
	}
	return err
}

func (k *fakeKernel) do(what string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.did = append(k.did, what)
	return k.refuses[what]
}

func (k *fakeKernel) Info() (event.Info, error) {
	err := k.do("info")
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.info, err
}

func (k *fakeKernel) Version() uint32 { return k.version }

func (k *fakeKernel) Set(s event.Switches) error {
	k.mu.Lock()
	k.sets = append(k.sets, s)
	k.mu.Unlock()
	return k.do("set")
}

// Mark adds a mark after the newest event.
func (k *fakeKernel) Mark(text string, shutdown bool) error {
	if err := k.do("mark " + text); err != nil {
		return err
	}
	e := event.Event{Kind: event.KindMark, Seq: k.info.SeqLast + 1, Time: k.info.ClockLocal, Text: text}
	if shutdown {
		e.Flags = event.FlagShutdown
	}
	k.make(e, true)
	return nil
}

func (k *fakeKernel) Malformed() uint64 { return 3 }
func (k *fakeKernel) Join() error       { return k.do("join") }

func (k *fakeKernel) Claim(id string) error {
	k.mu.Lock()
	k.bootID = id
	k.mu.Unlock()
	return k.do("claim")
}

func (k *fakeKernel) Close() error {
	k.mu.Lock()
	select {
	case <-k.closed:
	default:
		close(k.closed)
	}
	k.mu.Unlock()
	return k.do("close")
}

// machine is a directory with all that a daemon needs: configuration, proc, a log
// daemon, and the trail.
type machine struct {
	t       *testing.T
	dir     string
	flash   string // where shutdowns are kept
	config  string
	log     *logDaemon
	signals chan os.Signal
	module  *fakeModule // nil: not loaded
}

func newMachine(t *testing.T) *machine { return newKeepingMachine(t, false) }

// newKeepingMachine returns a machine that may keep trails of shutdowns in flash.
func newKeepingMachine(t *testing.T, keeps bool) *machine {
	m := &machine{t: t, dir: t.TempDir(), flash: "none", signals: make(chan os.Signal)}
	if keeps {
		m.flash = m.dir + "/flash"
	}
	m.config = m.dir + "/sigtrail.ini"
	m.configure("")
	id := m.dir + "/proc/sys/kernel/random/boot_id"
	must(t, os.MkdirAll(filepath.Dir(id), 0o755))
	must(t, os.WriteFile(id, []byte(bootID+"\n"), 0o644))
	must(t, os.WriteFile(m.dir+"/pmsg0", nil, 0o600))
	m.log = startLog(t, m.dir+"/log")
	return m
}

func (m *machine) configure(more string) {
	m.t.Helper()
	content := fmt.Sprintf("[trail]\ndir = %s/trail\n[shutdown]\ndir = %s\n[log]\nsyslog = %s/log\n%s",
		m.dir, m.flash, m.dir, more)
	if err := os.WriteFile(m.config, []byte(content), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// start runs a daemon on k; stop ends it and returns its error.
func (m *machine) start(k *fakeKernel) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, options{
			config: m.config, version: "test", signals: m.signals,
			kmsg: m.dir + "/kmsg", ksig: m.dir + "/ksig_task",
			kernel: func() (kernelPart, error) { return k, nil }, module: m.dialModule,
		}.on(m))
	}()
	stop = sync.OnceValue(func() error {
		cancel()
		return m.wait(done)
	})
	m.t.Cleanup(func() { stop() })
	return stop
}

func (o options) on(m *machine) options {
	o.proc = procRoot(m.dir)
	o.pmsg = m.dir + "/pmsg0"
	o.logread = m.dir + "/logread"
	o.names = func(proc procfs.Root) *service.Names {
		var s syscall.Statfs_t
		must(m.t, syscall.Statfs(m.dir, &s))
		return service.NewNamesIn(proc, uint32(s.Type))
	}
	if o.outlive == nil {
		o.outlive = func() (failed, right error) { return nil, nil }
	}
	return o
}

func (m *machine) wait(done <-chan error) error {
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		m.t.Error("the daemon does not end")
		return nil
	}
}

// trail waits until the trail has the expected content.
func (m *machine) trail(want string) {
	m.t.Helper()
	var got string
	for range 500 {
		if got = m.contents(); got == want {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	m.t.Errorf("the trail is %s, want %s", got, want)
}

func (m *machine) contents() string {
	var list []string
	trail.Read(m.dir+"/trail", func(e event.Event) error {
		list = append(list, fmt.Sprint(e.Seq))
		return nil
	}, func(l event.Loss) error {
		list = append(list, fmt.Sprintf("lost %d-%d", l.From, l.To))
		return nil
	})
	return strings.Join(list, " ")
}

// logDaemon is a datagram socket like /dev/log.
type logDaemon struct {
	t    *testing.T
	conn *net.UnixConn
}

func startLog(t *testing.T, path string) *logDaemon {
	t.Helper()
	must(t, os.RemoveAll(path))
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &logDaemon{t, conn}
}

// next returns the next line without its prefix; "": no line came.
func (l *logDaemon) next() string {
	l.t.Helper()
	b := make([]byte, 4096)
	l.conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	n, err := l.conn.Read(b)
	if err != nil {
		return ""
	}
	tag := fmt.Sprintf(" sigtrail[%d]: ", syscall.Getpid())
	head, line, _ := strings.Cut(string(b[:n]), tag)
	stamp, ok := strings.CutPrefix(head, "<30>")
	if _, err := time.Parse(time.Stamp, stamp); !ok || err != nil {
		l.t.Errorf("%q does not begin with <30>, a time and %q: %v", b[:n], tag, err)
	}
	return line
}

func (l *logDaemon) expect(beginnings ...string) {
	l.t.Helper()
	for _, want := range beginnings {
		if got := l.next(); !strings.HasPrefix(got, want) {
			l.t.Errorf("logged %q, want %q", got, want)
		}
	}
}

// until returns the lines up to one, included.
func (l *logDaemon) until(last func(line string) bool) (lines []string) {
	l.t.Helper()
	for {
		line := l.next()
		if line == "" {
			l.t.Errorf("no line came after %d", len(lines))
			return lines
		}
		lines = append(lines, line)
		if last(line) {
			return lines
		}
	}
}

// all returns the lines that wait.
func (l *logDaemon) all() (lines []string) {
	l.t.Helper()
	b := make([]byte, 4096)
	for {
		l.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		n, err := l.conn.Read(b)
		if err != nil {
			return lines
		}
		_, line, _ := strings.Cut(string(b[:n]), "]: ")
		lines = append(lines, line)
	}
}
