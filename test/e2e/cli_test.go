// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"sigtrail/test/vm"
)

// TestCommands runs the command line, also with errors.
func TestCommands(t *testing.T) {
	g := boot(t, vm.Config{})
	t.Run("watch", func(t *testing.T) { watchJSON(t, g) })
	t.Run("info", func(t *testing.T) { infoJSON(t, g) })
	t.Run("complaints", func(t *testing.T) { complaints(t, g) })
}

// watchJSON watches for two of four signals.
func watchJSON(t *testing.T, g *guest) {
	g.run(`sleep 1000 & echo $! >/tmp/victim
		sigtrail watch --json --count 2 --signal 'WINCH,KILL' --target '!httpd,sleep' >/tmp/watched &
		echo $! >/tmp/watcher`)
	g.run(`until grep -q sigtrail /proc/net/netlink /proc/$(cat /tmp/watcher)/comm; do usleep 10000; done
		victim=$(cat /tmp/victim)
		while [ -d /proc/$(cat /tmp/watcher) ] && ! [ -s /tmp/watched ]; do kill -WINCH $victim; usleep 50000; done
		kill -CONT $victim
		kill -WINCH $(pidof httpd)
		kill -KILL $victim
		while [ -d /proc/$(cat /tmp/watcher) ]; do usleep 10000; done`)
	victim := strings.TrimSpace(g.run("cat /tmp/victim"))
	var last struct {
		SignalName string      `json:"signal_name"`
		Outcome    string      `json:"outcome"`
		TargetPID  json.Number `json:"target_pid"`
		Flags      []string    `json:"flags"`
	}
	watched := lines(g.run("cat /tmp/watched"))
	if len(watched) != 2 {
		t.Fatalf("%d lines: %q", len(watched), watched)
	}
	for i, want := range []string{"SIGWINCH ignored", "SIG"} {
		if err := json.Unmarshal([]byte(watched[i]), &last); err != nil {
			t.Fatalf("%s: %v", watched[i], err)
		}
		if got := last.SignalName + " " + last.Outcome; !strings.HasPrefix(got, want) || last.TargetPID.String() != victim {
			t.Errorf("%s: want %s to %s", watched[i], want, victim)
		}
	}
}

func infoJSON(t *testing.T, g *guest) {
	var info struct {
		RingSize  int    `json:"ring_size"`
		ClaimPID  int    `json:"claim_pid"`
		ClaimName string `json:"claim_name"`
		Printk    string `json:"printk"`
	}
	out := g.run("sigtrail info --json")
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if info.RingSize != 5120 || info.ClaimName != "sigtrail" || info.ClaimPID == 0 || info.Printk != "auto" {
		t.Errorf("info: %+v", info)
	}
	g.run("dmesg -n 5")
	if out := g.run("sigtrail info"); !strings.Contains(out, "console") {
		t.Errorf("info does not say that the console level is too low for pstore:\n%s", out)
	}
	g.run("dmesg -n 8")
}

// complaints checks errors: one line that says what to do, and the exit code.
func complaints(t *testing.T, g *guest) {
	for _, c := range []struct {
		script string
		code   int
		says   []string
	}{
		{"sigtrail daemon --config /nowhere.ini", 2, []string{"/nowhere.ini"}},
		{"printf '[log]\\nlevel = loud\\n' >/tmp/bad.ini; sigtrail daemon --config /tmp/bad.ini", 2, []string{"/tmp/bad.ini: log.level = loud: ", "info"}},
		{"printf '[kernel]\\nprintk\\n' >/tmp/bad.ini; sigtrail daemon --config /tmp/bad.ini", 2, []string{"/tmp/bad.ini: malformed: ", "printk"}},
		{"sigtrail watch --signal NOSUCH", 2, []string{"NOSUCH"}},
		{"sigtrail frobnicate", 2, []string{"frobnicate"}},
		{"su -s /bin/sh nobody -c 'sigtrail info'", 4, []string{"CAP_NET_ADMIN", "root"}},
		{"su -s /bin/sh nobody -c 'sigtrail watch'", 4, []string{"CAP_NET_ADMIN"}},
		{"unshare -n sigtrail info", 3, []string{"namespace"}},
	} {
		out, code, err := g.Run(commandLimit, c.script)
		if err != nil {
			t.Fatal(err)
		}
		if code != c.code {
			t.Errorf("%s: exit code %d, not %d: %s", c.script, code, c.code, out)
		}
		if strings.Count(out, "\n") != 1 {
			t.Errorf("%s: not one line: %q", c.script, out)
		}
		for _, word := range c.says {
			if !strings.Contains(out, word) {
				t.Errorf("%s: does not say %q: %q", c.script, word, out)
			}
		}
	}
}
