// SPDX-License-Identifier: GPL-2.0-only

// Package setup tests the script that installs Debian packages, with stand-ins for
// dpkg-query and apt-get.
package setup

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Stand-ins. Packages are installed, except for zopfli and file: these are after a
// call of apt-get install. Its calls are in $CALLS.
var commands = map[string]string{
	"dpkg-query": `for name; do :; done
case $name in
zopfli | file) grep -qs "install .* $name" "$CALLS" || exit 1 ;;
esac
echo installed`,
	"apt-get": `echo "$*" >>"$CALLS"`,
	"sudo":    `exec "$@"`,
	"id":      `echo "$ID"`,
}

// run runs the script without a terminal, or on one that answers, and returns what it
// prints, and the calls of apt-get.
func run(t *testing.T, answer string, env ...string) (said, calls string, code int) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range commands {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command("./packages")
	c.Env = append([]string{"PATH=" + dir + ":" + os.Getenv("PATH"), "HOME=" + dir, "CALLS=" + dir + "/calls", "ID=0"}, env...)
	if answer != "" {
		c.Stdin = terminal(t, answer)
	}
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	b, err := os.ReadFile(dir + "/calls")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(out), string(b), c.ProcessState.ExitCode()
}

// terminal returns a terminal on which a line has been typed.
func terminal(t *testing.T, line string) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	if _, err := io.WriteString(master, line); err != nil {
		t.Fatal(err)
	}
	return slave
}

func TestPackages(t *testing.T) {
	const (
		install = "apt-get install --no-install-recommends file zopfli"
		list    = "==> missing Debian packages: file zopfli\n"
		call    = "-q -y install --no-install-recommends file zopfli\n"
	)
	for _, c := range []struct {
		name, answer string
		env          []string
		says, calls  string
		code         int
	}{
		{"without a terminal", "", nil, list + "    " + install + "\n", call, 0},
		{"not as root", "", []string{"ID=1000"}, list + "    sudo " + install + "\n", call, 0},
		{"yes", "", []string{"SIGTRAIL_INSTALL=yes"}, list, call, 0},
		{"no", "", []string{"SIGTRAIL_INSTALL=no"}, "packages: missing Debian packages: file zopfli; to install them: " + install + "\n", "", 1},
		{"neither", "", []string{"SIGTRAIL_INSTALL=maybe"}, "packages: SIGTRAIL_INSTALL=maybe: must be yes or no\n", "", 1},
		{"answer y", "y\n", nil, "Install these packages? [y/N] ", call, 0},
		{"answer n", "n\n", nil, "Install these packages? [y/N] packages: nothing installed\n", "", 1},
		{"no answer", "\n", nil, "packages: nothing installed\n", "", 1},
		{"CI on a terminal", "n\n", []string{"CI=true"}, list, call, 0},
		{"yes on a terminal", "n\n", []string{"SIGTRAIL_INSTALL=yes"}, list, call, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			said, calls, code := run(t, c.answer, c.env...)
			if !strings.Contains(said, c.says) || calls != c.calls || code != c.code {
				t.Errorf("exit code %d, want %d; calls %q, want %q; it prints\n%s\nwant\n%s", code, c.code, calls, c.calls, said, c.says)
			}
			if c.env != nil && c.env[0] == "SIGTRAIL_INSTALL=no" && strings.Count(said, "\n") != 1 {
				t.Errorf("not one line:\n%s", said)
			}
		})
	}
}

// If nothing is missing, it prints nothing and asks nothing, even if it may not
// install.
func TestNothingMissing(t *testing.T) {
	missing := commands["dpkg-query"]
	commands["dpkg-query"] = "echo installed"
	defer func() { commands["dpkg-query"] = missing }()
	for _, env := range []string{"SIGTRAIL_INSTALL=no", "SIGTRAIL_INSTALL="} {
		if said, calls, code := run(t, "n\n", env); said != "" || calls != "" || code != 0 {
			t.Errorf("%s: exit code %d, calls %q, it prints %q", env, code, calls, said)
		}
	}
}
