// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sigtrail/internal/event"
	"sigtrail/internal/kernel"
	"sigtrail/internal/procfs"
	"sigtrail/internal/respond"
	"sigtrail/test/ring"
)

// TestMain also runs this binary as the processes to kill.
func TestMain(m *testing.M) {
	switch os.Getenv("CLI_TEST_PART") {
	case "":
		os.Exit(m.Run())
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
	case "slow":
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		go func() {
			<-c
			time.Sleep(1500 * time.Millisecond)
			os.Exit(3)
		}()
	}
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1)) // ends with the test
}

// start starts this binary, or a copy of it, in the part of a process to kill, and
// waits until it is ready. It is not reaped before the test ends.
func start(t *testing.T, path, part string) (pid int) {
	t.Helper()
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), "CLI_TEST_PART="+part, "GORACE=atexit_sleep_ms=0")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%s: %q, %v", part, line, err)
	}
	return cmd.Process.Pid
}

const self = "/proc/self/exe"

func noKernel() (kernelPart, error) { return nil, kernel.ErrNoKernel }

// kill runs "sigtrail kill" without a kernel part.
func kill(args ...any) (out string, code int) { return killWith(&app{dial: noKernel}, args...) }

func killWith(a *app, args ...any) (out string, code int) {
	var b bytes.Buffer
	a.out, a.proc = &b, cmp.Or(a.proc, "/proc")
	if a.stop == nil {
		a.stop = neverStop
	}
	if err := a.run(strings.Fields(fmt.Sprintln(append([]any{"kill"}, args...)...))); err != nil {
		fmt.Fprintf(&b, "sigtrail: %v\n", err)
		code = exitCode(err)
	}
	return b.String(), code
}

// expect compares a kill's output with a pattern: N is a number, T a time.
func expect(t *testing.T, out string, code int, pattern string, want int) {
	t.Helper()
	pattern = strings.NewReplacer("N ", `\d+ `, " T", ` \d+\.\d{6} s`).Replace(pattern)
	if code != want || !regexp.MustCompile("^"+pattern+"$").MatchString(out) {
		t.Errorf("exit code %d, want %d; %s\nwant %s", code, want, out, pattern)
	}
}

func TestKill(t *testing.T) {
	// It becomes a zombie, as its parent, this test, does not reap it.
	pid := start(t, self, "obedient")
	out, code := kill(pid)
	expect(t, out, code, `N \(exe\): SIGTERM, ended after T\n`, 0)
	out, code = kill(pid)
	expect(t, out, code, `N \(exe\): SIGTERM not sent: it is a zombie, not yet reaped\n`, 0)

	out, code = kill("--signal", "kill", "--json", start(t, self, "deaf"))
	var object struct {
		Signal    string `json:"signal_name"`
		End       string
		SeenFirst event.Nanos `json:"seen_first"`
		Name      string      `json:"target_name"`
	}
	err := json.Unmarshal([]byte(out), &object)
	if err != nil || code != 0 || object.Signal != "SIGKILL" || object.End != "exited" || object.SeenFirst == 0 || object.Name != "exe" {
		t.Errorf("exit code %d, %v: %s", code, err, out)
	}
}

func TestKillDeaf(t *testing.T) {
	pid := start(t, self, "deaf")
	out, code := kill("--timeout", "50ms", pid)
	expect(t, out, code, `N \(exe\): SIGTERM, still alive after T: it ignores SIGTERM, it sleeps.*\nsigtrail: one process has not ended\n`, 5)
	out, code = kill("--escalate", "KILL", "--after=20ms", pid)
	expect(t, out, code, `N \(exe\): SIGTERM, SIGKILL after 0\.0\d{5} s, ended after T\n`, 0)
}

func TestKillSlow(t *testing.T) {
	out, code := kill("--escalate", "KILL", start(t, self, "slow"))
	expect(t, out, code, `N \(exe\): SIGTERM, ended after 1\.[5-9]\d{5} s\n`, 0)
}

// A name selects all processes of that name, and those started from a file of that
// name, but not sigtrail kill.
func TestKillByName(t *testing.T) {
	dir := t.TempDir()
	name := fmt.Sprintf("%d-sleeper-of-this-test", os.Getpid()) // no other test's
	comm := name[:15]                                           // as the kernel cuts it
	long, short := filepath.Join(dir, name), filepath.Join(dir, comm)
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{long, short} {
		if err := os.WriteFile(path, binary, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	line := `N \(` + comm + `\): SIGTERM, ended after T\n`
	start(t, long, "obedient")
	start(t, long, "obedient")
	third := start(t, short, "obedient")
	out, code := kill(filepath.Base(long))
	expect(t, out, code, line+line, 0)
	out, code = kill(filepath.Base(short)+"x", third, filepath.Base(short), third)
	expect(t, out, code, `(?s).*`+line+`.*sigtrail: no such process: `+comm+`x\n`, 1)
	if n := strings.Count(out, strconv.Itoa(third)); n != 1 {
		t.Errorf("%d lines for one process: %s", n, out)
	}
	// Else it would end another run of this test.
	ours := fmt.Sprintf("%d-kills", os.Getpid())
	was, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	defer os.WriteFile("/proc/self/comm", was, 0)
	if err := os.WriteFile("/proc/self/comm", []byte(ours), 0); err != nil {
		t.Fatal(err)
	}
	out, code = kill(ours)
	if strings.Contains(out, "itself") || code == 5 {
		t.Errorf("a name selects sigtrail kill itself: %s", out)
	}
}

// A script has its interpreter first in its command line, and its name is cut off.
func TestKillScript(t *testing.T) {
	file := fmt.Sprintf("%d-script-of-many-bytes.sh", os.Getpid()) // no other test's
	script := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho ready\nread line\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	line := `N \(` + file[:15] + `\): SIGTERM, ended after T\n`
	for _, name := range []string{file, script} {
		start(t, script, "")
		out, code := kill(name)
		expect(t, out, code, line, 0)
	}
	start(t, script, "")
	out, code := kill("many-bytes.sh", "/elsewhere/"+file, file+"x")
	expect(t, out, code, "sigtrail: no such process: many-bytes.sh, /elsewhere/"+file+", "+file+"x\n", 1)
}

// A path is that of the program, whatever its command line says.
func TestKillPath(t *testing.T) {
	file := filepath.Join(t.TempDir(), "program")
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	link := file + "-by-another-name"
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, link} {
		start(t, link, "obedient")
		out, code := kill(path)
		expect(t, out, code, `N \(program-by-anot\): SIGTERM, ended after T\n`, 0)
	}
}

func TestKillRefused(t *testing.T) {
	for _, c := range []struct {
		args    []any
		pattern string
		code    int
	}{
		{[]any{1}, `1 \(.*\): SIGTERM not sent: it is init\nsigtrail: one process was not signalled\n`, 1},
		{[]any{os.Getpid(), 1}, `(?s).*N \(.*\): SIGTERM not sent: it is sigtrail itself\n.*sigtrail: 2 processes were not signalled\n`, 1},
		{[]any{99999999, "no-such\x1b", 1}, `(?s).*sigtrail: no such process: 99999999, no-such\\x1b; one process was not signalled\n`, 1},
		{[]any{0}, `sigtrail: no such process: 0\n`, 1},
		{nil, `sigtrail: PID or NAME is missing; see: sigtrail kill --help\n`, 2},
		{[]any{"-s", "FOO", 1}, `sigtrail: -s FOO: "FOO" is not a signal: .*\n`, 2},
		{[]any{"--signal=FOO", 1}, `sigtrail: --signal FOO: "FOO" is not a signal: .*\n`, 2},
		{[]any{"--escalate", "0", 1}, `sigtrail: --escalate 0: "0" is not a signal: .* a number from 1 to (64|127); .*\n`, 2},
		{[]any{"--after", "5", 1}, `sigtrail: --after 5: allowed are times such as 5s or 500ms; .*\n`, 2},
		{[]any{"--timeout", "-5s", 1}, `sigtrail: --timeout -5s: allowed are times such as 5s or 500ms; .*\n`, 2},
		{[]any{"--after", "5s", 1}, `sigtrail: --after needs --escalate SIGNAL; .*\n`, 2},
	} {
		out, code := kill(c.args...)
		expect(t, out, code, c.pattern, c.code)
	}
}

// The ids of another PID namespace are those of other processes.
func TestKillForeignProc(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	for _, c := range []struct{ link, status string }{
		{"1", ""},
		{"", ""},
		{self, "NSpid:\t" + self + "\t7\n"},
	} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, self), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, self, "status"), []byte(c.status), 0o644); err != nil {
			t.Fatal(err)
		}
		if c.link != "" {
			if err := os.Symlink(c.link, filepath.Join(dir, "self")); err != nil {
				t.Fatal(err)
			}
		}
		out, code := killWith(&app{dial: noKernel, proc: procfs.Root(dir)}, self)
		want := "sigtrail: " + dir + " is of another PID namespace, its ids are those of other processes; first type: mount -t proc proc " + dir + "\n"
		if out != want || code != exitFailure {
			t.Errorf("%q: got %q (%d)", c, out, code)
		}
	}
}

func TestKillResult(t *testing.T) {
	for _, c := range []struct {
		ends []event.CaseEnd
		code int
		text string
	}{
		{[]event.CaseEnd{event.CaseExited, event.CaseEscalated, event.CaseVanished}, 0, ""},
		{[]event.CaseEnd{event.CaseExited, event.CaseNotPermitted}, 4, "no permission to signal one process: run as root"},
		{[]event.CaseEnd{event.CaseOther, event.CaseNotPermitted, event.CaseNotPermitted, event.CaseSurvived, event.CaseAbandoned}, 4,
			"one process was not signalled; 2 processes have not ended; no permission to signal 2 processes: run as root"},
		{[]event.CaseEnd{event.CaseProtected, event.CaseAbandoned}, 5, "one process was not signalled; one process has not ended"},
	} {
		k := &killer{app: &app{out: io.Discard}}
		for _, end := range c.ends {
			k.show(event.Case{End: end})
		}
		if err := k.result(); err == nil && c.code != 0 || err != nil && (exitCode(err) != c.code || err.Error() != c.text) {
			t.Errorf("%v: %v", c.ends, err)
		}
	}
}

func TestKillInterrupted(t *testing.T) {
	stop := make(chan os.Signal, 1)
	stop <- syscall.SIGINT
	out, code := killWith(&app{dial: noKernel, stop: func() <-chan os.Signal { return stop }}, "--escalate", "KILL", start(t, self, "deaf"))
	expect(t, out, code, `N \(exe\): SIGTERM, still alive after T, stopped waiting\nsigtrail: one process has not ended\n`, 5)
}

// recorder is a kernel part that has the exit's record only in the second dump.
type recorder struct {
	*fakeKernel
	target uint32
	dumps  int
}

func (r *recorder) Ring(from uint64) (kernel.Batches, error) {
	if from != 6 {
		return nil, fmt.Errorf("dump from %d, where 5 is the newest", from)
	}
	list := []event.Event{{Seq: 6, Time: 1e9, Signal: 15, SenderPID: uint32(os.Getpid()), TargetPID: r.target}}
	if r.dumps++; r.dumps > 1 {
		list = append(list, event.Event{Seq: 7, Kind: event.KindExit, Time: 1123301e3, TargetPID: r.target, ExitStatus: 3 << 8, SinceFirst: 5e9})
	}
	return ring.From(list, from, nil), nil
}

func TestKillRecorded(t *testing.T) {
	pid := start(t, self, "obedient")
	r := &recorder{newKernel(), uint32(pid), 0}
	out, code := killWith(&app{dial: func() (kernelPart, error) { return r, nil }}, pid)
	expect(t, out, code, `N \(exe\): SIGTERM, exited 3 after 0.123301 s \(kernel\), T \(pidfd\)\n`, 0)
	select {
	case <-r.closed:
	default:
		t.Error("the kernel part's sockets are left open")
	}

	// Without records, with records of another process, and switched off.
	for _, dial := range []func() (kernelPart, error){
		func() (kernelPart, error) { return newKernel(), nil },
		func() (kernelPart, error) { return &recorder{newKernel(), 1, 0}, nil },
		func() (kernelPart, error) { k := newKernel(); k.info.Enable = false; return k, nil },
	} {
		out, code = killWith(&app{dial: dial}, start(t, self, "obedient"))
		expect(t, out, code, `N \(exe\): SIGTERM, ended after T\n`, 0)
	}
}

// On a terminal a progress line is shown while it waits, and removed at the end.
func TestKillOnTerminal(t *testing.T) {
	terminal, other := openTerminal(t)
	a := &app{out: other, proc: "/proc", dial: noKernel, stop: neverStop}
	pid := start(t, self, "deaf")
	err := a.run([]string{"kill", "--escalate", "KILL", "--after", "1200ms", strconv.Itoa(pid)})
	if err != nil {
		t.Error(err)
	}
	shown, err := bufio.NewReader(terminal).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	line := fmt.Sprintf("\r%d (exe): SIGTERM, waiting for 1 s, SIGKILL in 0 s", pid)
	want := line + "\r" + strings.Repeat(" ", len(line)-1) + "\r" + fmt.Sprintf("%d (exe): SIGTERM, SIGKILL after ", pid)
	if !strings.HasPrefix(shown, want) {
		t.Errorf("%q, want %q", shown, want)
	}
}

// openTerminal makes a pseudo-terminal, see pty(7).
func openTerminal(t *testing.T) (ours, theirs *os.File) {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close() })
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetUint32(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { theirs.Close() })
	return ours, theirs
}

func TestProgressLine(t *testing.T) {
	k := &killer{want: respond.Kill{Signal: 15, After: 2 * time.Second, Escalate: 9, Timeout: 10 * time.Second}}
	for since, want := range map[time.Duration]string{
		time.Second:             "2 of 0 processes: SIGTERM, waiting for 1 s, SIGKILL in 1 s",
		2 * time.Second:         "2 of 0 processes: SIGKILL, waiting for 2 s, giving up in 10 s",
		3500 * time.Millisecond: "2 of 0 processes: SIGKILL, waiting for 3 s, giving up in 8 s",
	} {
		if got := k.waiting(2, since); got != want {
			t.Errorf("after %v: %s, want %s", since, got, want)
		}
	}
}
