// SPDX-License-Identifier: GPL-2.0-only

// Peers compares sigtrail with what else shows signals on Linux: what it costs, and what
// it keeps. It fails if sigtrail is beyond its limits, or if a peer does not run.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"sigtrail/test/bench/left"
	"sigtrail/test/bench/limits"
	"sigtrail/test/bench/page"
	"sigtrail/test/bench/vmlinux"
)

// limit is only reached if something is wrong.
const limit = 2 * time.Hour

// more is a number of listeners, for which the sender pays what it pays for one.
const more = 16

type inputs struct {
	plain, patched string // directories of kernels
	without        string // of a kernel without BPF, perf and audit
	binary         string // sigtrail's
	doc            string
	only           string // measures and prints only these peers
}

func main() {
	var in inputs
	flag.StringVar(&in.plain, "plain", "", "directory of the unpatched kernel")
	flag.StringVar(&in.patched, "patched", "", "directory of the patched kernel, of the same configuration but for it")
	flag.StringVar(&in.without, "without", "", "directory of an unpatched kernel without BPF, perf and audit")
	flag.StringVar(&in.binary, "binary", "", "sigtrail for the guest")
	flag.StringVar(&in.doc, "doc", "", "page that has the tables between marks, and gets the new ones")
	flag.StringVar(&in.only, "only", "", "measure only these peers, and print what they cost")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), limit)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, in)
	stop()
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, in inputs) error {
	r, err := measureAll(ctx, in)
	if err != nil {
		return err
	}
	if in.only != "" {
		fmt.Print(r.senderTable(), r.systemTable(), r.keptTable())
		return nil
	}
	if r.listener, err = listeners(ctx, in.patched, 1); err != nil {
		return err
	}
	if r.listeners, err = listeners(ctx, in.patched, more); err != nil {
		return err
	}
	if err := r.sizes(in); err != nil {
		return err
	}
	l, err := left.Compare(ctx, filepath.Join(in.patched, "image"))
	if err != nil {
		return err
	}
	checks := r.checks()
	tables := []string{r.senderTable(), r.systemTable(), r.keptTable(), l.Table(), limits.Table(checks)}
	fmt.Print("\n", strings.Join(tables, "\n"), "\n")
	// The page also says which figure is beyond its limit.
	if in.doc != "" {
		if err := page.Rewrite(in.doc, "bench-peers", tables...); err != nil {
			return err
		}
	}
	return limits.Errors(checks)
}

// guests is how many run at the same time: they count instructions, not time.
const guests = 2

// measureAll measures nothing, and all peers or those that were asked for.
func measureAll(ctx context.Context, in inputs) (*results, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &results{peers: map[string]result{}}
	var mu sync.Mutex // r
	var done sync.WaitGroup
	free := make(chan struct{}, guests)
	for _, p := range append([]peer{nothing}, allPeers...) {
		if in.only != "" && p.key != nothing.key && !slices.Contains(strings.Fields(in.only), p.key) {
			continue
		}
		done.Add(1)
		free <- struct{}{}
		go func() {
			defer func() { <-free; done.Done() }()
			kernel := in.plain
			if p.patched {
				kernel = in.patched
			}
			got, err := measure(ctx, kernel, p)
			if err != nil {
				cancel(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if p.key == nothing.key {
				r.plain = got
			} else {
				r.peers[p.key] = got
			}
		}()
	}
	done.Wait()
	return r, context.Cause(ctx)
}

// sizes measures flash: of sigtrail, and of the options that peers need.
func (r *results) sizes(in inputs) error {
	grown, err := growth(in.plain, in.patched, vmlinux.Loaded)
	if err != nil {
		return err
	}
	binary, err := sizeOf(in.binary)
	if err != nil {
		return err
	}
	r.flash = binary + grown
	r.options, err = growth(in.without, in.plain, vmlinux.Loaded)
	return err
}
