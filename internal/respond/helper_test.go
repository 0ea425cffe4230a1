// SPDX-License-Identifier: GPL-2.0-only

package respond

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain also runs the test binary as the processes that are killed: see parts.
func TestMain(m *testing.M) {
	if part, ok := parts[os.Getenv("RESPOND_TEST_PART")]; ok {
		part()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// How long the slow one takes to end.
const slowness = 200 * time.Millisecond

var parts = map[string]func(){
	"sandboxed": sandboxed,
	"obedient": func() {
		ready()
		select {}
	},
	"deaf": func() {
		signal.Ignore(syscall.SIGTERM)
		ready()
		select {}
	},
	"stubborn": func() {
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		ready()
		for range c {
			fmt.Println("caught")
		}
	},
	"slow": func() {
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		ready()
		<-c
		time.Sleep(slowness)
	},
}

// ready reports to the test that the process is set up. The process ends with
// the test, even if that is killed.
func ready() {
	fmt.Println("ready")
	go func() {
		os.Stdin.Read(make([]byte, 1))
		os.Exit(1)
	}()
}

// child is a process that runs a part.
type child struct {
	*exec.Cmd
	out   *bufio.Reader
	ended chan struct{} // closed when it has been reaped
}

// expect waits for a line that the part prints.
func (c *child) expect(t *testing.T, want string) {
	t.Helper()
	if line, err := c.out.ReadString('\n'); line != want+"\n" {
		t.Fatalf("%q, %v, want %q", line, err, want)
	}
}

// start starts a part, and reaps it when it ends.
func start(t *testing.T, part string) *child {
	t.Helper()
	c := startUnreaped(t, part)
	go c.reap()
	return c
}

func (c *child) reap() {
	c.Wait()
	close(c.ended)
}

func startUnreaped(t *testing.T, part string) *child {
	t.Helper()
	c := startSilent(t, part)
	c.expect(t, "ready")
	return c
}

// startSilent starts a part that does not report that it is ready.
func startSilent(t *testing.T, part string) *child {
	t.Helper()
	c := &child{exec.Command("/proc/self/exe"), nil, make(chan struct{})}
	// The race detector would delay its exit by a second.
	c.Env = append(os.Environ(), "RESPOND_TEST_PART="+part, "GORACE=atexit_sleep_ms=0")
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		c.Process.Kill()
	})
	c.out = bufio.NewReader(stdout)
	return c
}

func (c *child) pid() int { return c.Process.Pid }

// held returns how many pidfds this process has of another.
func held(t *testing.T, pid int) (n int) {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fdinfo/*")
	if err != nil || len(fds) == 0 {
		t.Fatalf("%d descriptors, %v", len(fds), err)
	}
	for _, fd := range fds {
		info, _ := os.ReadFile(fd) // it may be closed by now
		if strings.Contains(string(info), fmt.Sprintf("\nPid:\t%d\n", pid)) {
			n++
		}
	}
	return n
}
