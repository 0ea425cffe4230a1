// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sigtrail/internal/event"
	"sigtrail/test/vm"
)

// TestKill ends processes by sigtrail kill, with the kernel part.
func TestKill(t *testing.T) {
	g := boot(t, vm.Config{})
	out := g.run(`sleep 1000 & pid=$!; sigtrail kill $pid`)
	if !regexp.MustCompile(`^\d+ \(sleep\): SIGTERM, killed by SIGTERM after 0\.\d{6} s \(kernel\), 0\.\d{6} s \(pidfd\)\n$`).MatchString(out) {
		t.Errorf("%q", out)
	}
	var c struct {
		End        string
		SeenFirst  event.Nanos `json:"seen_first"`
		SinceFirst event.Nanos `json:"since_first"`
		ExitStatus uint32      `json:"exit_status"`
	}
	out = g.run(`sigtrail kill --json --escalate KILL --after 300ms stubbornd`)
	if err := json.Unmarshal([]byte(out), &c); err != nil || c.End != "escalated" || c.ExitStatus != 9 ||
		c.SinceFirst < 300e6 || c.SeenFirst < c.SinceFirst || c.SeenFirst-c.SinceFirst > 100e6 {
		t.Errorf("%v: %s", err, out)
	}
	for _, c := range []struct {
		script string
		code   int
		says   string
	}{
		{"sigtrail kill no-such-name", 1, "no such process: no-such-name"},
		{"sigtrail kill 1", 1, `(init): SIGTERM not sent: it is init`},
		{"sigtrail kill 2", 1, `2 (kthreadd): SIGTERM not sent: it is a kernel thread`},
		{`trap "" TERM; sleep 1000 & pid=$!; trap - TERM; sigtrail kill --timeout 100ms $pid; code=$?; kill -KILL $pid; (exit $code)`, 5, "it ignores SIGTERM"},
		{"su -s /bin/sh nobody -c 'sigtrail kill slowexitd'", 4, "no permission to signal one process: run as root"},
		{"sigtrail kill -s TERMINATE 1", 2, `-s TERMINATE: "TERMINATE" is not a signal`},
	} {
		out, code, err := g.Run(commandLimit, c.script)
		if err != nil {
			t.Fatal(err)
		}
		if code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%s: exit code %d, not %d: %s", c.script, code, c.code, out)
		}
	}
}

// respondRules are the rules of TestRespond; %s is the transport.
const respondRules = `[respond]
transport = %s
[rule third-write]
target_name = toywriter
symbol = write
skip = 2
timeout = 3
escalate = KILL
max_per_hour = 100
[rule leaving]
target_name = leaver
symbol = do_exit
[rule usr1]
target_name = sleep
signal = USR1
`

// configure writes a configuration, and waits until the daemon has read it.
func (g *guest) configure(ini string) {
	g.t.Helper()
	g.run("cat >/etc/sigtrail.ini <<'EOF'\n%sEOF\nkill -HUP $(pidof sigtrail)", ini)
	g.expectLog(`configuration reloaded\n`)
}

// killed waits for the line about a rule's kill, and returns its middle part.
func (g *guest) killed(pid, name, rule string) string {
	g.t.Helper()
	pattern := fmt.Sprintf(`Kill :: %s \(%s\): ([^\n]*); rule %s\n`, pid, name, rule)
	g.expectLog(pattern)
	all := regexp.MustCompile(pattern).FindAllStringSubmatch(string(g.Log.Bytes()), -1)
	return all[len(all)-1][1]
}

// seconds returns the kernel's time in a line about a kill.
func (g *guest) seconds(line string) float64 {
	g.t.Helper()
	m := regexp.MustCompile(`after (\d+\.\d{6}) s \(kernel\), \d+\.\d{6} s \(pidfd\)$`).FindStringSubmatch(line)
	if m == nil {
		g.t.Fatalf("no time by the kernel: %s", line)
	}
	s, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		g.t.Fatal(err)
	}
	return s
}

// TestRespond runs toys that rules kill.
func TestRespond(t *testing.T) {
	g := boot(t, vm.Config{})
	g.run("insmod /usr/lib/sigtrail_trigger.ko; ln -s /usr/bin/toywriter /tmp/leaver")
	respondWithoutRight(t, g)
	g.run("cp /etc/capabilities/sigtrail-trigger.json /etc/capabilities/sigtrail.json; echo >/etc/sigtrail.ini; kill $(pidof sigtrail)")
	g.expectLog(`sigtrail\[\d+\]: .*started`)
	if got := g.run("grep CapEff /proc/$(pidof sigtrail)/status"); got != "CapEff:\t0000000000281020\n" {
		t.Errorf("with CAP_SYS_ADMIN the daemon has %s", got)
	}
	for _, transport := range []string{"netlink", "rtsig"} {
		t.Run(transport, func(t *testing.T) {
			on := *g
			on.t = t
			g := &on
			g.configure(fmt.Sprintf(respondRules, transport))
			respondToys(t, g)
			if transport == "netlink" {
				respondReusedID(t, g)
			}
		})
	}
	t.Run("load", func(t *testing.T) {
		on := *g
		on.t = t
		respondLoad(t, &on)
	})
	g.configure("")
	if list := g.run("sigtrail trigger list"); list != "" {
		t.Errorf("triggers are left:\n%s", list)
	}
	g.run("rmmod sigtrail_trigger")
	own := g.trail().pick(func(e *event.Event) bool {
		return e.Kind == event.KindSignal && e.Flags&event.FlagBySigtrail != 0 && (e.TargetName == "toywriter" || e.TargetName == "sleep")
	})
	if len(own) < 20 {
		t.Errorf("only %d signals have the flag of the daemon", len(own))
	}
}

// respondWithoutRight gives rules with a trigger to a daemon without CAP_SYS_ADMIN: it
// says what it lacks, and keeps running.
func respondWithoutRight(t *testing.T, g *guest) {
	for transport, says := range map[string]string{
		"netlink": `Rule third-write is inactive: adding and deleting triggers needs CAP_SYS_ADMIN [^\n]*run service sigtrail restart\n`,
		"rtsig":   `Rules with a symbol are inactive: open [^\n]*: operation not permitted: it needs CAP_SYS_ADMIN \(run service sigtrail restart\)`,
	} {
		g.run("cat >/etc/sigtrail.ini <<'EOF'\n%sEOF\nkill -HUP $(pidof sigtrail)", fmt.Sprintf(respondRules, transport))
		g.expectLog(says)
		g.expectLog(`configuration reloaded\n`)
	}
	if list := g.run("sigtrail trigger list"); list != "" {
		t.Errorf("added without the right:\n%s", list)
	}
}

func respondToys(t *testing.T, g *guest) {
	start := func(format string, args ...any) string {
		return strings.TrimSpace(g.run(format+" >/dev/null 2>&1 </dev/null & echo $!", args...))
	}
	pid := start("toywriter -n 5 -p 1000000 /tmp/third")
	if line := g.killed(pid, "toywriter", "third-write"); !strings.HasPrefix(line, "SIGTERM, killed by SIGTERM after 0.") {
		t.Error(line)
	}
	if out := g.run("wc -l </tmp/third; rm /tmp/third"); strings.TrimSpace(out) != "3" {
		t.Errorf("%s writes, not 3", out)
	}
	var five []string
	for range 5 {
		five = append(five, start("toywriter -n 9 /dev/null"))
	}
	// In any order.
	ended := make(map[string]string)
	for range five {
		found, err := g.Log.Expect(commandLimit, `Kill :: (\d+) \(toywriter\): ([^\n]*); rule third-write\n`)
		if err != nil {
			t.Fatal(err)
		}
		ended[found[1]] = found[2]
	}
	for _, pid := range five {
		g.seconds(ended[pid])
	}
	pid = start("toywriter -c 1500 -n 3 /dev/null")
	if line := g.killed(pid, "toywriter", "third-write"); !strings.HasPrefix(line, "SIGTERM, exited 0 ") || g.seconds(line) < 1.5 {
		t.Error(line)
	}
	pid = start("toywriter -i -n 3 /dev/null")
	if line := g.killed(pid, "toywriter", "third-write"); !strings.HasPrefix(line, "SIGTERM, SIGKILL after 3.0") || g.seconds(line) < 3 {
		t.Error(line)
	}
	// Its parent does not reap it: the time is until it is a zombie. A shell would reap
	// it, so it begins when the shell has become sleep.
	pid = strings.TrimSpace(g.run(`sh -c 'sh -c "until grep -q sleep /proc/\$PPID/comm; do usleep 10000; done; exec toywriter -n 3 /dev/null" & echo $! >/tmp/zombie; exec sleep 1000' >/dev/null 2>&1 </dev/null &
		until [ -s /tmp/zombie ]; do usleep 10000; done; cat /tmp/zombie; rm /tmp/zombie`))
	if s := g.seconds(g.killed(pid, "toywriter", "third-write")); s > 1 {
		t.Errorf("a zombie took %v s", s)
	}
	if out := g.run("grep State /proc/%s/status", pid); !strings.Contains(out, "Z (zombie)") {
		t.Errorf("not a zombie: %s", out)
	}
	// It is exiting when it hits: it may have ended before the signal or not.
	pid = strings.TrimSpace(g.run(`/tmp/leaver >/dev/null 2>&1 </dev/null & echo $!`))
	g.expectLog(fmt.Sprintf(`Kill :: %s( \(leaver\))?: (SIGTERM not sent: it (has already ended|is a zombie).*|SIGTERM, (ended|exited 2) after .*|no signal sent: .*)(; rule leaving)?\n`, pid))
	pid = start("sleep 1000")
	g.run("kill -USR1 %s", pid)
	if line := g.killed(pid, "sleep", "usr1"); !strings.Contains(line, "SIGTERM") {
		t.Error(line)
	}
}

// respondReusedID stops the daemon, and lets a toy hit the trigger, end, and another
// one get its id.
func respondReusedID(t *testing.T, g *guest) {
	// The kernel does not reuse ids below 300.
	out := g.run(`until [ $(sh -c 'echo $$') -gt 300 ]; do :; done
		echo 400 >/proc/sys/kernel/pid_max
		kill -STOP $(pidof sigtrail)
		toywriter -n 3 /dev/null >/dev/null 2>&1 </dev/null & old=$!
		until grep -q toywriter /proc/$old/comm && grep -q '^State:.S' /proc/$old/status; do usleep 10000; done
		kill -KILL $old; wait $old 2>/dev/null
		new=0
		until [ $new = $old ]; do
			toywriter -n 1 /dev/null >/dev/null 2>&1 </dev/null & new=$!
			[ $new = $old ] || { kill -KILL $new; wait $new 2>/dev/null; }
		done
		kill -CONT $(pidof sigtrail)
		echo $new`)
	pid := strings.TrimSpace(out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:])
	if line := g.killed(pid, "toywriter", "third-write"); !strings.HasPrefix(line, "SIGTERM not sent: its PID was reused by (toywriter)") {
		t.Error(line)
	}
	g.run("kill -0 %s && kill -KILL %s; echo 32768 >/proc/sys/kernel/pid_max", pid, pid)
}

// respondLoad makes a thousand hits a second for 20 s.
func respondLoad(t *testing.T, g *guest) {
	g.configure(`[rule storm]
target_name = toywriter
symbol = write
rate = 50
dry_run = yes
max_per_hour = 20
`)
	before := strings.Count(string(g.Log.Bytes()), "; rule storm\n")
	g.run("dmesg -n 4; timeout 20 toywriter -p 500 /dev/null & wait $!; dmesg -n 8")
	g.settle()
	said := string(g.Log.Bytes())
	if n := strings.Count(said, "; rule storm\n") - before; n != 20 {
		t.Errorf("%d kills, not 20", n)
	}
	if n := strings.Count(said, "Held back :: rule storm: limit "); n != 1 {
		t.Errorf("it is said %d times that kills are held back", n)
	}
	var s struct {
		Daemon struct {
			HeldBack uint64 `json:"kills_held_back"`
		}
	}
	if err := json.Unmarshal([]byte(g.run("sigtrail info --json")), &s); err != nil || s.Daemon.HeldBack < 300 {
		t.Errorf("%d kills held back, %v", s.Daemon.HeldBack, err)
	}
	var trigger struct {
		Hits, Acted uint64
		RateLimited uint64 `json:"rate_limited"`
	}
	list := g.run("sigtrail trigger list --json")
	if err := json.Unmarshal([]byte(list), &trigger); err != nil || trigger.Hits < 5000 || trigger.Acted > 22*50 ||
		trigger.RateLimited < trigger.Hits/2 {
		t.Errorf("%v: %s", err, list)
	}
}
