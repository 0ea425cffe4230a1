// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigtrail/test/vm"
)

// boots is the number of measured boots of each kind.
const boots = 10

// traced are the kernel's events that show the progress of a boot.
const traced = "trace_event=sched:sched_process_exec,sock:sock_send_length"

// boot has the results of one boot.
type boot struct {
	ready   time.Duration // from the kernel's start until the guest takes commands
	started time.Duration // of the service: from its exec to its line "started"
	worked  time.Duration // processor time of the whole boot
	used    int64         // memory that is neither free nor cache, in KiB
}

// kinds are the kinds of boots to compare.
type kinds struct {
	plain   []boot // the unpatched kernel
	patched []boot // the patched one, without the service
	service []boot // and with it
}

func measureBoots(ctx context.Context, in inputs) (k kinds, err error) {
	for _, kind := range []struct {
		name, kernel string
		service      bool
		boots        *[]boot
	}{
		{"the unpatched kernel", in.plain, false, &k.plain},
		{"the patched kernel, without the service", in.patched, false, &k.patched},
		{"with the service", in.patched, true, &k.service},
	} {
		fmt.Printf("Boots, %s:\n", kind.name)
		if *kind.boots, err = measureKind(ctx, kind.kernel, kind.service); err != nil {
			return k, fmt.Errorf("%s: %w", kind.name, err)
		}
	}
	return k, nil
}

// measureKind boots a guest several times, each time after an orderly shutdown.
func measureKind(ctx context.Context, kernel string, service bool) ([]boot, error) {
	// With one processor and time that counts instructions, the load of the host
	// only matters for the time that the guest waits for the disk.
	guest, err := vm.Start(ctx, vm.Config{
		Kernel: filepath.Join(kernel, "image"),
		CPUs:   1,
		ICount: "shift=0",
		Append: traced,
	})
	if err != nil {
		return nil, err
	}
	defer guest.Close()
	if err := prepare(guest, service); err != nil {
		return nil, err
	}
	var all []boot
	for range boots {
		if err := reboot(guest); err != nil {
			return nil, err
		}
		b, err := readBoot(guest, service)
		if err != nil {
			return nil, err
		}
		fmt.Printf("  ready after %v, started within %v, worked %v; %d KiB in use\n", b.ready, b.started, b.worked, b.used)
		all = append(all, b)
	}
	return all, nil
}

// prepare waits for the first boot, which is not measured, as it prepares the disk,
// and removes the service for the next ones if it is not wanted.
func prepare(guest *vm.VM, service bool) error {
	err := guest.AwaitReady(bootLimit)
	if err != nil {
		return err
	}
	if service {
		_, err = guest.Log.Expect(commandLimit, `started: version`)
	} else {
		_, err = guest.Output(commandLimit, `sed -i '/sigtrail daemon/d' /etc/inittab`)
	}
	return err
}

// readBoot waits until the boot is complete, and reads the results from the kernel.
func readBoot(guest *vm.VM, service bool) (b boot, err error) {
	if service {
		if _, err := guest.Log.Expect(commandLimit, `Last shutdown :: details`); err != nil {
			return b, err
		}
	}
	// Nothing shows when the log daemons have finished.
	if _, err := guest.Output(commandLimit, "sleep 3"); err != nil {
		return b, err
	}
	// In this order, as reading is also work.
	var files [4]string
	for i, name := range []string{"timer_list", "meminfo", "zoneinfo", "../sys/kernel/tracing/trace"} {
		text, err := guest.ReadFile(commandLimit, "/proc/"+name)
		if err != nil {
			return b, err
		}
		files[i] = string(text)
	}
	if b.worked, err = worked(files[0]); err != nil {
		return b, err
	}
	if b.used, err = used(files[1], files[2]); err != nil {
		return b, err
	}
	err = b.readTrace(files[3], service)
	return b, err
}

// worked returns the time since the kernel's start that the processor was not idle and
// not waiting for the disk, from /proc/timer_list.
func worked(timers string) (time.Duration, error) {
	var ns [3]int64
	for i, pattern := range []string{`(?m)^now at (\d+) nsecs$`, `\.idle_sleeptime *: (\d+) nsecs\n`, `\.iowait_sleeptime *: (\d+) nsecs\n`} {
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(timers, -1)
		if len(found) != 1 {
			return 0, fmt.Errorf("/proc/timer_list: %d times %s, want one", len(found), pattern)
		}
		var err error
		if ns[i], err = strconv.ParseInt(found[0][1], 10, 64); err != nil {
			return 0, err
		}
	}
	return time.Duration(ns[0] - ns[1] - ns[2]), nil
}

var (
	meminfoLine = regexp.MustCompile(`(?m)^(\w+): +(\d+) kB$`)
	pagesetLine = regexp.MustCompile(`(?m)^ +count: +(\d+)$`)
)

// used returns the memory in use, from /proc/meminfo, and from /proc/zoneinfo, as
// MemFree does not have the free pages in the processors' lists.
func used(meminfo, zoneinfo string) (kib int64, err error) {
	signs := map[string]int64{"MemTotal": +1, "MemFree": -1, "Buffers": -1, "Cached": -1, "SReclaimable": -1}
	found := 0
	for _, m := range meminfoLine.FindAllStringSubmatch(meminfo, -1) {
		if sign, ok := signs[m[1]]; ok {
			n, err := strconv.ParseInt(m[2], 10, 64)
			if err != nil {
				return 0, err
			}
			kib += sign * n
			found++
		}
	}
	pagesets := pagesetLine.FindAllStringSubmatch(zoneinfo, -1)
	if found != len(signs) || len(pagesets) == 0 {
		return 0, errors.New("unexpected format of /proc/meminfo or /proc/zoneinfo")
	}
	for _, m := range pagesets {
		pages, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return 0, err
		}
		kib -= pages * 4
	}
	return kib, nil
}

// The kernel's events, each with its time in seconds. The service has started when it
// sends its first line to the log daemon, even if that is busy.
var (
	readyEvent   = regexp.MustCompile(` (\d+\.\d+): sched_process_exec: filename=/usr/libexec/command-port `)
	execEvent    = regexp.MustCompile(` (\d+\.\d+): sched_process_exec: filename=/usr/sbin/sigtrail `)
	startedEvent = regexp.MustCompile(` sigtrail-\d+ .* (\d+\.\d+): sock_send_length: .* family = 0x1 `)
)

// at returns the time of the first such event of a trace, and the rest of the trace.
func at(trace string, event *regexp.Regexp) (time.Duration, string, error) {
	m := event.FindStringSubmatchIndex(trace)
	if m == nil {
		return 0, "", fmt.Errorf("the trace has no %s", event)
	}
	t, err := time.ParseDuration(trace[m[2]:m[3]] + "s")
	return t, trace[m[1]:], err
}

func (b *boot) readTrace(trace string, service bool) (err error) {
	if b.ready, _, err = at(trace, readyEvent); err != nil || !service {
		return err
	}
	executed, rest, err := at(trace, execEvent)
	if err != nil {
		return err
	}
	started, _, err := at(rest, startedEvent)
	b.started = started - executed
	return err
}

// figures returns a value of each boot, sorted.
func figures[T cmp.Ordered](all []boot, figure func(boot) T) []T {
	var sorted []T
	for _, b := range all {
		sorted = append(sorted, figure(b))
	}
	slices.Sort(sorted)
	return sorted
}

func median[T any](sorted []T) T {
	return sorted[len(sorted)/2]
}

// bootTable returns the result in Markdown, rounded. Each kind adds to the one before.
// Of durations it has the shortest: it has the least time of the disk and of other
// processes.
func bootTable(k kinds) string {
	ms := func(d time.Duration) float64 { return math.Round(d.Seconds()*1e3) + 0 } // no -0
	ready := func(all []boot) time.Duration { return figures(all, func(b boot) time.Duration { return b.ready })[0] }
	worked := func(all []boot) time.Duration {
		return median(figures(all, func(b boot) time.Duration { return b.worked }))
	}
	started := figures(k.service, func(b boot) time.Duration { return b.started })[0]

	var b strings.Builder
	fmt.Fprintf(&b, "| %d boots, in ms of guest time | ready after, shortest | processor time, median | adds |\n"+
		"| --- | ---: | ---: | ---: |\n", boots)
	before := worked(k.plain)
	fmt.Fprintf(&b, "| unpatched kernel | %.0f | %.0f | |\n", ms(ready(k.plain)), ms(before))
	row := func(name string, all []boot) {
		now := worked(all)
		fmt.Fprintf(&b, "| %s | %.0f | %.0f | %+.0f |\n", name, ms(ready(all)), ms(now), ms(now-before))
		before = now
	}
	row("patched, without the service", k.patched)
	row("with the service", k.service)
	fmt.Fprintf(&b, "| the service, from exec to \"started\" | %.0f | | |\n", ms(started))
	return b.String()
}
