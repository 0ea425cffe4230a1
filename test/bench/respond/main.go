// SPDX-License-Identifier: GPL-2.0-only

// Respond compares the time that a process takes to end, as measured in user space by
// the service and in other ways, with the kernel's record; and measures the processor
// time of each way. It fails if the service's error is above the limits.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sigtrail/test/bench/page"
	"sigtrail/test/vm"
)

// These timeouts are only reached if something is wrong.
const (
	bootLimit    = 5 * time.Minute
	commandLimit = 20 * time.Minute
	limit        = time.Hour
)

func main() {
	kills := flag.Int("kills", 1000, "processes that each way ends")
	doc := flag.String("doc", "", "page that has the table between two marks, and gets the new one")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), limit)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, *kills, *doc)
	stop()
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-respond:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kills int, doc string) error {
	m, err := start(ctx)
	if err != nil {
		return err
	}
	defer m.Close()
	var ways []way
	for _, w := range allWays {
		ways = append(ways, m.measure(w, kills))
	}
	if m.err != nil {
		return m.err
	}
	text := table(ways)
	fmt.Print("\n", text, "\n")
	// The page only gets tables within the limits.
	if err := check(ways); err != nil || doc == "" {
		return err
	}
	return page.Rewrite(doc, "bench-respond", text)
}

// allWays are the ways to compare. Each script reads process ids, ends these processes
// one after another, and prints for each its id and the time.
var allWays = []way{
	{name: "service", what: "sigtrail's service, by a rule", daemon: true, script: `killtime ask`},
	{name: "kill", what: "`sigtrail kill`, started for each", script: `while read pid; do sigtrail kill --json $pid; done`},
	{name: "poll", what: "C, `poll()` of a pidfd", script: `killtime poll`},
	{name: "loop", what: "C, `kill(pid, 0)` and `usleep(1)`", script: `killtime loop`},
	{name: "shell", what: "shell, `kill -0` and /proc/uptime", script: `while read pid; do
		read start idle </proc/uptime
		kill $pid
		while kill -0 $pid 2>/dev/null; do :; done
		read end idle </proc/uptime
		echo $pid ${start%.*}${start#*.} ${end%.*}${end#*.}
	done`},
}

// rules makes the service end each process that gets SIGUSR1, and gives its trail room
// for all lines.
const rules = `[trail]
size = 16384
[rule bench]
target_name = victim
signal = USR1
timeout = 60
max_per_hour = 3600
`

// machine is a guest, and the first error: its methods do nothing after it.
type machine struct {
	*vm.VM
	err error
}

func start(ctx context.Context) (*machine, error) {
	fmt.Println("The guest boots.")
	// With one processor and time that counts instructions, the load of the host
	// does not matter. The ring has room for the records of one way.
	guest, err := vm.Start(ctx, vm.Config{CPUs: 1, ICount: "shift=0", Append: "sigtrail.ring=16384"})
	if err != nil {
		return nil, err
	}
	m := &machine{VM: guest, err: guest.AwaitReady(bootLimit)}
	m.run("until sigtrail info | grep -q 'claimed by sigtrail'; do sleep 1; done")
	m.run("cat >/etc/sigtrail.ini <<'EOF'\n" + rules + "EOF\nkill -HUP $(pidof sigtrail)")
	m.run("until logread | grep -q 'configuration reloaded'; do sleep 1; done")
	return m, nil
}

// run runs a script that must succeed.
func (m *machine) run(script string) string {
	if m.err != nil {
		return ""
	}
	out, err := m.Output(commandLimit, script)
	m.err = err
	return out
}

// measure ends processes in one way, and compares its times with the kernel's records.
func (m *machine) measure(w way, kills int) way {
	m.run(fmt.Sprintf(`rm -f /tmp/pids
		victims %d /tmp/pids >/dev/null 2>&1 </dev/null &
		until [ -e /tmp/pids ]; do sleep 1; done
		cat >/tmp/way <<'EOF'
%s
EOF`, kills, w.script))
	before := m.daemonTime()
	cpu := m.run(`time -f '%U %S' -o /tmp/cpu sh /tmp/way </tmp/pids >/tmp/out && cat /tmp/cpu`)
	after := m.daemonTime()
	said := m.run("cat /tmp/out")
	if w.daemon {
		said = m.run("sigtrail boot --trail --json --for 86400 | grep 'rule bench'")
	}
	recorded := m.run("sigtrail watch --once --json --target victim")
	if m.err != nil {
		return w
	}
	if w.daemon {
		w.cpu = after - before
	} else {
		w.cpu, m.err = parseTimes(cpu)
	}
	if m.err == nil {
		m.err = w.compare(said, recorded, kills)
	}
	if m.err == nil {
		fmt.Printf("  %s: median %v, p99 %v, processor time %v\n", w.name, w.quantile(50), w.quantile(99), w.cpu)
	} else {
		m.err = fmt.Errorf("%s: %w", w.name, m.err)
	}
	return w
}

// daemonTime returns the processor time of the daemon so far: utime and stime of
// /proc/PID/stat, in ticks of 10 ms.
func (m *machine) daemonTime() time.Duration {
	f := strings.Fields(m.run(`sed 's/.*) //' /proc/$(pidof sigtrail)/stat`))
	if m.err != nil {
		return 0
	}
	ticks := 0
	for _, field := range f[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			m.err = err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// parseTimes reads seconds of user and of system time.
func parseTimes(s string) (time.Duration, error) {
	var sum time.Duration
	for _, field := range strings.Fields(s) {
		d, err := time.ParseDuration(field + "s")
		if err != nil {
			return 0, err
		}
		sum += d
	}
	return sum, nil
}
