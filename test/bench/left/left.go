// SPDX-License-Identifier: GPL-2.0-only

// Package left compares what the black box and ftrace's persistent ring have of a
// shutdown after the reset.
package left

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"sigtrail/test/blackbox"
	"sigtrail/test/vm"
)

// These timeouts are only reached if something is wrong.
const (
	bootLimit    = 5 * time.Minute
	commandLimit = 5 * time.Minute
)

// Crowd is the number of processes that ignore SIGTERM at the reboot.
const Crowd = 300

// ftrace is the kernel's command line for a persistent ring of the same size. Tracing
// is off at first: a new event would end what the boot before has left.
var ftrace = fmt.Sprintf("reserve_mem=%#x:4096:trace trace_instance=boot_map^traceoff@trace", vm.BoxSize)

const instance = "/sys/kernel/tracing/instances/boot_map/"

// traceOn starts the trace of signals and exits.
const traceOn = `cd ` + instance + ` && echo 1 >events/signal/signal_generate/enable &&
echo 1 >events/sched/sched_process_exit/enable && echo 1 >tracing_on`

// Kept is how many of the crowd's signals and exits something has.
type Kept struct{ Term, Kill, Exit int }

// Left is what each has after the same reset.
type Left struct{ Box, Trace Kept }

// Compare reboots a guest with a kernel's image.
func Compare(ctx context.Context, kernel string) (l Left, err error) {
	fmt.Printf("A reboot with %d processes that ignore SIGTERM, black box and ftrace:\n", Crowd)
	guest, err := vm.Start(ctx, vm.Config{Kernel: kernel, BlackBox: vm.ByName, Append: ftrace})
	if err != nil {
		return l, err
	}
	defer guest.Close()
	if err := guest.AwaitReady(bootLimit); err != nil {
		return l, err
	}
	out, err := guest.Output(commandLimit, "sigtrail info --json; "+traceOn)
	if err != nil {
		return l, err
	}
	var info struct {
		Address uint64 `json:"box_address"`
		Size    int    `json:"box_size"`
	}
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		return l, fmt.Errorf("sigtrail info: %w", err)
	}
	if _, err := guest.Output(commandLimit, fmt.Sprintf("witness crowd %d </dev/null >/dev/null 2>&1 &", Crowd)); err != nil {
		return l, err
	}
	if _, err := guest.Notes.Expect(commandLimit, `(?m)^ready `); err != nil {
		return l, err
	}
	pids := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^ignores (\d+) `).FindAllStringSubmatch(string(guest.Notes.Bytes()), -1) {
		pids[m[1]] = true
	}

	if err := guest.StopAtReset(); err != nil {
		return l, err
	}
	if err := guest.Type("reboot\n"); err != nil {
		return l, err
	}
	if err := guest.AwaitStop(commandLimit); err != nil {
		return l, err
	}
	image, err := guest.ReadMemory(info.Address, info.Size)
	if err != nil {
		return l, err
	}
	box := blackbox.Decode(image, binary.LittleEndian)
	if len(box.Records) == 0 {
		return l, fmt.Errorf("the black box at %#x has no records: found %v", info.Address, box.Found)
	}
	l.Box = ofBox(box, pids)
	if err := guest.Reset(); err != nil {
		return l, err
	}
	if err := guest.Continue(); err != nil {
		return l, err
	}
	if err := guest.AwaitReady(bootLimit); err != nil {
		return l, err
	}
	trace, err := guest.ReadFile(commandLimit, instance+"trace")
	l.Trace = ofTrace(string(trace), pids)
	return l, err
}

// ofBox counts a crowd's records.
func ofBox(box blackbox.Box, pids map[string]bool) (k Kept) {
	for _, r := range box.Records {
		switch {
		case !pids[fmt.Sprint(r.TargetPID)]:
		case r.Kind == blackbox.Exit:
			k.Exit++
		case r.Kind == blackbox.Signal:
			k.count(fmt.Sprint(r.Signal))
		}
	}
	return k
}

func (k *Kept) count(signal string) {
	switch signal {
	case "15":
		k.Term++
	case "9":
		k.Kill++
	}
}

var (
	generated = regexp.MustCompile(` signal_generate: sig=(\d+) .* pid=(\d+) `)
	exited    = regexp.MustCompile(` sched_process_exit: .* pid=(\d+) `)
)

// ofTrace counts a crowd's events in a trace.
func ofTrace(trace string, pids map[string]bool) (k Kept) {
	for _, line := range strings.Split(trace, "\n") {
		if m := generated.FindStringSubmatch(line); m != nil && pids[m[2]] {
			k.count(m[1])
		} else if m := exited.FindStringSubmatch(line); m != nil && pids[m[1]] {
			k.Exit++
		}
	}
	return k
}

// Table returns the result in Markdown.
func (l Left) Table() string {
	row := func(name string, k Kept) string {
		return fmt.Sprintf("| %s | %d | %d | %d |\n", name, k.Term, k.Kill, k.Exit)
	}
	return fmt.Sprintf("| after a reboot with %d processes that ignore SIGTERM, each in %d KiB | TERM | KILL | exits |\n"+
		"| --- | ---: | ---: | ---: |\n", Crowd, vm.BoxSize>>10) +
		row("black box", l.Box) + row("ftrace's persistent ring, Linux 6.12", l.Trace)
}
