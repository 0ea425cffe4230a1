// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A shell stands in for the ujail: it waits for the daemon, and is killed.
func TestEndWithJail(t *testing.T) {
	const jailed = "SIGTRAIL_TEST_JAILED"
	if os.Getenv(jailed) != "" {
		beJailed()
		return
	}
	for _, c := range []struct{ container, want string }{
		{"ujail", "jailed, terminated"},
		{"lxc", "free"},
	} {
		jail := exec.Command("sh", "-c", `"$0" -test.run '^TestEndWithJail$' & wait`, os.Args[0])
		jail.Env = append(os.Environ(), jailed+"=1", "container="+c.container)
		said, err := jail.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := jail.Start(); err != nil {
			t.Fatal(err)
		}
		out := bufio.NewReader(said)
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatalf("%s: %q, %v", c.container, line, err)
		}
		jail.Process.Kill()
		if strings.HasPrefix(line, "jailed") {
			rest, err := out.ReadString('\n') // until the end of the ujail is received
			if err != nil {
				t.Fatalf("%s: %q, %v", c.container, rest, err)
			}
			line = strings.TrimSpace(line) + ", " + rest
		}
		if got := strings.TrimSpace(line); got != c.want {
			t.Errorf("%s: %q, want %q", c.container, got, c.want)
		}
		io.Copy(io.Discard, out)
		jail.Wait()
	}
}

// beJailed prints whether there is a ujail, and what happens when that ends.
func beJailed() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	jail := jailPID()
	undo := endWithJail()
	if jail == 0 {
		fmt.Println("free")
		undo()
		return
	}
	fmt.Println("jailed")
	select {
	case s := <-signals:
		fmt.Println(s)
	case <-time.After(time.Minute):
		fmt.Println("still here")
	}
	undo()
}
