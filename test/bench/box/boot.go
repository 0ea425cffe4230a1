// SPDX-License-Identifier: GPL-2.0-only

package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"sigtrail/test/vm"
)

// added is the limit of the time that a full black box adds to a boot.
const added = 5 * time.Millisecond

// stored is more than the ring has room for.
const stored = 8000

// boots are the times that the kernel part's initcalls take.
type boots struct {
	without, empty, full time.Duration
}

func measureBoots(ctx context.Context, kernel string) (b boots, err error) {
	fmt.Println("Boots without a black box, with an empty and with a full one:")
	if b.without, _, err = measureBoot(ctx, kernel, ""); err != nil {
		return b, err
	}
	b.empty, b.full, err = measureBoot(ctx, kernel, vm.ByName)
	return b, err
}

// measureBoot boots, and again after a reset with a full ring. With one processor and
// time that counts instructions the load of the host does not matter.
func measureBoot(ctx context.Context, kernel, box string) (empty, full time.Duration, err error) {
	guest, err := vm.Start(ctx, vm.Config{Kernel: kernel, BlackBox: box, CPUs: 1, ICount: "shift=0", Append: "initcall_debug"})
	if err != nil {
		return 0, 0, err
	}
	defer guest.Close()
	for _, took := range []*time.Duration{&empty, &full} {
		if err := guest.AwaitReady(bootLimit); err != nil {
			return 0, 0, err
		}
		text, err := guest.Output(commandLimit, "dmesg")
		if err != nil {
			return 0, 0, err
		}
		if *took, err = initcalls(text); err != nil {
			return 0, 0, err
		}
		fmt.Printf("  %v\n", *took)
		if took == &full {
			break
		}
		if _, err := guest.Output(commandLimit, fmt.Sprintf("sigplay storm %d; sync", stored)); err != nil {
			return 0, 0, err
		}
		if err := guest.Reset(); err != nil {
			return 0, 0, err
		}
	}
	return empty, full, nil
}

var initcall = regexp.MustCompile(`(?m)^\[ *(\d+\.\d{6})\] (calling  |initcall )(sigtrail_\w+)\+`)

// initcalls returns the time from each initcall's beginning to its end, by the stamps of
// the kernel's log: early in the boot the durations in its lines are in ticks.
func initcalls(log string) (took time.Duration, err error) {
	began := map[string]time.Duration{}
	ended := 0
	for _, m := range initcall.FindAllStringSubmatch(log, -1) {
		seconds, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, err
		}
		at := time.Duration(seconds * 1e9).Round(time.Microsecond)
		if m[2] == "calling  " {
			began[m[3]] = at
			continue
		}
		start, ok := began[m[3]]
		if !ok {
			return 0, fmt.Errorf("%s has an end, but no beginning", m[3])
		}
		took += at - start
		ended++
	}
	if ended == 0 || ended != len(began) {
		return 0, errors.New("the log lacks initcalls of the kernel part")
	}
	return took, nil
}

// check fails if a full black box takes too long.
func (b boots) check() error {
	if more := b.full - b.without; more > added {
		return fmt.Errorf("a full black box adds %v to a boot, at most %v are allowed", more, added)
	}
	return nil
}

func (b boots) table() string {
	row := func(name string, d time.Duration) string {
		return fmt.Sprintf("| %s | %.2f | %+.2f |\n", name, d.Seconds()*1e3, (d-b.without).Seconds()*1e3)
	}
	return "| the kernel part's initcalls, in ms of guest time | take | adds |\n| --- | ---: | ---: |\n" +
		row("without a black box", b.without) + row("an empty one", b.empty) + row("a full one, set aside", b.full)
}
