// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"sigtrail/test/bench/vmlinux"
	"sigtrail/test/vm"
)

// storm is the number of signals sent as fast as possible: many times the capacity of
// the kernel's ring and the trail.
const storm = 100000

// memory is the memory of a part, in KiB.
type memory struct {
	name     string
	resident int64
	own      int64 // of it, not of a file
	most     int64 // maximum that was resident; 0 if only resident is known
}

func measureMemory(ctx context.Context, in inputs, k kinds) ([]memory, error) {
	kernel, err := kernelMemory(in, k)
	if err != nil {
		return nil, err
	}
	service, err := serviceMemory(ctx, in.patched)
	return append(kernel, service...), err
}

// kernelMemory compares the two kernels, and the memory in use after their boots.
func kernelMemory(in inputs, k kinds) ([]memory, error) {
	var image int64
	for sign, kernel := range map[int64]string{-1: in.plain, +1: in.patched} {
		file, zero, err := vmlinux.Loaded(filepath.Join(kernel, "vmlinux"))
		if err != nil {
			return nil, err
		}
		image += sign * (file + zero)
	}
	used := func(all []boot) int64 { return median(figures(all, func(b boot) int64 { return b.used })) }
	return []memory{
		{name: "kernel part, in its image", resident: kib(image)},
		{name: "kernel part, allocated", resident: used(k.patched) - used(k.plain)},
	}, nil
}

// serviceMemory measures the service's memory after different loads, with the default
// configuration.
func serviceMemory(ctx context.Context, kernel string) ([]memory, error) {
	fmt.Println("The service's memory:")
	guest, err := vm.Start(ctx, vm.Config{Kernel: filepath.Join(kernel, "image")})
	if err != nil {
		return nil, err
	}
	defer guest.Close()
	m := &machine{VM: guest, err: guest.AwaitReady(bootLimit)}

	m.awaitLog(`started: version`)
	m.look("service, after a first boot")
	m.run(fmt.Sprintf("sigplay storm %d && sigtrail mark calm", storm))
	m.awaitLog(`Mark :: .* calm`)
	m.look(fmt.Sprintf("service, after %d signals in a row", storm))
	trail := m.run(fillTrail)
	m.run(fillShutdown)
	if m.err == nil {
		m.err = reboot(guest)
	}
	m.awaitLog(`Last shutdown :: .* left out by the size limit`)
	m.awaitLog(`Last shutdown :: details`)
	m.run("sigtrail mark calm")
	m.awaitLog(`Mark :: .* calm`)
	m.look("service, after a boot with all that can be kept of a shutdown")
	if m.err != nil {
		return nil, m.err
	}
	full, err := strconv.ParseInt(strings.TrimSpace(trail), 10, 64)
	return append(m.looks, memory{name: "trail of the running boot, when full", resident: full}), err
}

// fillTrail signals until the trail's older half is removed, and prints the size of
// both.
const fillTrail = `most=0
	while size=$(du -sk /tmp/sigtrail | cut -f 1); [ $size -ge $most ]; do
		most=$size
		sigplay storm 1000 >/dev/null
		usleep 200000
	done
	echo $most`

// fillShutdown begins a shutdown, and signals more than is kept of one. In between it
// gives the service time to write.
const fillShutdown = `sigtrail mark --shutdown full
	for i in $(seq 20); do
		sigplay storm 2000 >/dev/null
		usleep 300000
	done`

// machine is a guest, the first error, after which its methods do nothing, and the
// results.
type machine struct {
	*vm.VM
	err   error
	looks []memory
}

// run runs a script that must succeed.
func (m *machine) run(script string) (out string) {
	if m.err == nil {
		out, m.err = m.Output(commandLimit, script)
	}
	return out
}

func (m *machine) awaitLog(pattern string) {
	if m.err == nil {
		_, m.err = m.Log.Expect(commandLimit, pattern)
	}
}

func (m *machine) look(name string) {
	status := m.run("cat /proc/$(pidof sigtrail)/status")
	if m.err != nil {
		return
	}
	var l memory
	l, m.err = resident(status)
	l.name = name
	fmt.Printf("  %s: %d KiB, its own %d, at most %d\n", name, l.resident, l.own, l.most)
	m.looks = append(m.looks, l)
}

var residentLine = regexp.MustCompile(`(?m)^(VmHWM|VmRSS|RssAnon):\s+(\d+) kB$`)

// resident parses /proc/PID/status.
func resident(status string) (m memory, err error) {
	fields := map[string]*int64{"VmRSS": &m.resident, "RssAnon": &m.own, "VmHWM": &m.most}
	lines := residentLine.FindAllStringSubmatch(status, -1)
	if len(lines) != len(fields) {
		return m, fmt.Errorf("VmRSS, RssAnon and VmHWM are not there once each: %s", status)
	}
	for _, line := range lines {
		if *fields[line[1]], err = strconv.ParseInt(line[2], 10, 64); err != nil {
			return m, err
		}
	}
	return m, nil
}

// memoryTable returns the result in Markdown. The service is rounded, as a Go program
// does not always do the same.
func memoryTable(all []memory) string {
	round := func(kib int64) int64 { return (kib + 50) / 100 * 100 }
	var b strings.Builder
	b.WriteString("| Memory, in KiB | resident | its own | at most |\n| --- | ---: | ---: | ---: |\n")
	for _, m := range all {
		if m.most == 0 {
			fmt.Fprintf(&b, "| %s | %d | | |\n", m.name, m.resident)
		} else {
			fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", m.name, round(m.resident), round(m.own), round(m.most))
		}
	}
	return b.String()
}
