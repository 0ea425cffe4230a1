// SPDX-License-Identifier: GPL-2.0-only

// Package counted runs a guest whose time counts instructions, and measures signals in
// it with test/guest/killcost.
package counted

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigtrail/test/vm"
)

// A machine that counts instructions is slow, and slower on a busy host. These
// timeouts are only reached if something is wrong.
const (
	bootLimit    = 5 * time.Minute
	commandLimit = 10 * time.Minute
)

// Guest is a guest, and the first error: its methods do nothing after it.
type Guest struct {
	*vm.VM
	Err  error
	name string
}

// Start boots the kernel in a directory that test/kernel/build has made. It is told of its
// black box as by vm.Config.
func Start(ctx context.Context, name, kernel, box string) (*Guest, error) {
	config, err := os.ReadFile(filepath.Join(kernel, "config"))
	if err != nil {
		return nil, err
	}
	// Without it a disabled hook would load and test a word.
	if !strings.Contains(string(config), "\nCONFIG_JUMP_LABEL=y\n") {
		return nil, fmt.Errorf("%s: CONFIG_JUMP_LABEL is off", kernel)
	}
	guest, err := vm.Start(ctx, vm.Config{
		Kernel:   filepath.Join(kernel, "image"),
		BlackBox: box,
		CPUs:     1,
		ICount:   "shift=0",
		Memory:   512, // files of 100,000 signals are on tmpfs
	})
	if err != nil {
		return nil, err
	}
	g := &Guest{VM: guest, name: name, Err: guest.AwaitReady(bootLimit)}
	// It sends the log to the host, which a router does not do.
	g.EndService("log-port", "logread")
	return g, nil
}

// Run runs a script that must succeed.
func (g *Guest) Run(script string) string {
	if g.Err != nil {
		return ""
	}
	out, err := g.Output(commandLimit, script)
	if err != nil {
		g.Err = fmt.Errorf("%s: %w", g.name, err)
	}
	return out
}

// Number runs a script that prints a number in its last line.
func (g *Guest) Number(script string) (n float64) {
	out := strings.TrimSpace(g.Run(script))
	if g.Err != nil {
		return 0
	}
	n, err := strconv.ParseFloat(out[strings.LastIndexByte(out, '\n')+1:], 64)
	if err != nil {
		g.Err = fmt.Errorf("%s: %s: no number: %s", g.name, script, out)
	}
	return n
}

// Median runs a script that prints a number three times, and returns the middle one. What a
// daemon does now and then in any case, as Go's garbage collection every two minutes, can fall
// into one of them.
func (g *Guest) Median(script string) float64 {
	numbers := []float64{g.Number(script), g.Number(script), g.Number(script)}
	slices.Sort(numbers)
	return numbers[1]
}

// EndService ends a process of inittab for good.
func (g *Guest) EndService(line, process string) {
	g.Run(fmt.Sprintf(`sed -i '/%s/d' /etc/inittab && kill -HUP 1
		while pidof %s; do killall -9 %[2]s; sleep 1; done`, line, process))
}

// EndDaemon ends the service.
func (g *Guest) EndDaemon() { g.EndService("sigtrail daemon", "sigtrail") }

// AwaitDaemon waits until the daemon has claimed the log.
func (g *Guest) AwaitDaemon() {
	g.Run("until sigtrail info | grep -q 'claimed by sigtrail'; do sleep 1; done")
}

// Configure lets the daemon start again with this configuration.
func (g *Guest) Configure(ini string) {
	g.Run("cat >/etc/sigtrail.ini <<'EOF'\n" + ini + "EOF\n" +
		"old=$(pidof sigtrail); kill $old; while [ -d /proc/$old ]; do usleep 10000; done")
	g.AwaitDaemon()
}

// Cost is in instructions for each signal, by killcost's loads.
type Cost struct {
	Handler, Ignored, Differ float64
}

// Minus returns what a cost adds to another one.
func (c Cost) Minus(other Cost) Cost {
	return Cost{c.Handler - other.Handler, c.Ignored - other.Ignored, c.Differ - other.Differ}
}

// Measure measures with all loads. The prefix is for a program that runs killcost; how is
// the rest of killcost's arguments.
func (g *Guest) Measure(what, prefix, how string) (c Cost) {
	for load, to := range map[string]*float64{"handler": &c.Handler, "ignored": &c.Ignored, "others": &c.Differ} {
		*to = g.Median(prefix + " killcost " + load + " " + how)
	}
	if g.Err == nil {
		fmt.Printf("%s: %s: %.2f with a handler, %.2f ignored, %.2f if each differs\n", g.name, what, c.Handler, c.Ignored, c.Differ)
	}
	return c
}
