// SPDX-License-Identifier: GPL-2.0-only

package cli

import (
	"fmt"

	"sigtrail/internal/event"
)

// overview is what "sigtrail info" shows.
type overview struct {
	version   uint32 // of the netlink family
	kernel    event.Info
	last      uint64 // of the newest record of the boot before, in ns of its local_clock(); 0: none
	unread    error  // why later records than that one could not be read
	console   int    // console log level; -1: unknown
	pstore    bool
	pstoreDir string
	daemon    *event.Status // nil: no answer
	dir       string        // of the daemon's socket
}

var infoCommand = command{
	name:    "info",
	summary: "show the state of the kernel part and of the daemon",
	usage:   "[OPTION...]",
	about: `Shows the state of the kernel part: its ring, its switches, and how much was
lost or left out; where the ring is, and what a reset has left of the boot
before. Shows the daemon's counters.
`,
	setup: func() ([]option, action) {
		var json bool
		var where place
		options := append([]option{
			{"--json", "", "print one JSON object", on(&json)},
		}, where.options("directory of the trail")...)
		return options, func(a *app, _ []string) error { return a.info(json, &where) }
	},
}

func (a *app) info(json bool, where *place) error {
	k, err := a.dial()
	if err != nil {
		return err
	}
	defer k.Close()
	r := overview{version: k.Version()}
	if r.kernel, err = k.Info(); err != nil {
		return err
	}
	// Without these records, or /proc, the other rows are still useful.
	r.last, r.unread = newestPrevious(k, &r.kernel)
	if r.console, err = a.proc.ConsoleLevel(); err != nil {
		r.console = -1
	}
	r.pstore, r.pstoreDir, _ = a.proc.Pstore()
	if r.dir, err = where.boot(); err != nil {
		return err
	}
	r.daemon = askDaemon(r.dir)
	if json {
		return a.write(append(r.json(), '\n'))
	}
	return a.write(r.text())
}

func (r *overview) text() []byte {
	k := &r.kernel
	var b []byte
	row := func(name, format string, args ...any) {
		b = fmt.Appendf(b, "%-10s  ", name)
		b = append(fmt.Appendf(b, format, args...), '\n')
	}
	row("kernel", "sigtrail, netlink version %d%s", r.version, words(!k.Enable, ", switched off"))
	ring := fmt.Sprintf("%d records", k.RingSize)
	if k.Box.Size != 0 {
		ring += fmt.Sprintf(" in %d KiB", k.Box.Size>>10)
	}
	if k.SeqLast == 0 {
		row("ring", "%s, empty", ring)
	} else {
		row("ring", "%s, holds %d to %d", ring, k.SeqFirst, k.SeqLast)
	}
	if n, ok := k.Signals.Known(); ok {
		row("signals", "%d since boot", n)
	}
	name := "black box"
	for _, line := range r.boxLines() {
		row(name, "%s", line)
		name = ""
	}
	skipped := ""
	if n, ok := k.SignalsSkipped.Known(); ok {
		skipped = fmt.Sprintf(", signals_skipped %d", n)
	}
	row("losses", "relay_skipped %d%s, relay_failed %d, held_back %d, exit_forgotten %d", k.RelaySkipped, skipped, k.RelayFailed,
		k.HeldBack, k.ExitForgotten)
	row("left out", "sigchld %d, sigalrm %d, sigurg %d, kthread %d, own %d", k.LeftOutSIGCHLD, k.LeftOutSIGALRM,
		k.LeftOutSIGURG, k.LeftOutKthread, k.LeftOutOwn)
	row("switches", "sigchld %s, sigalrm %s, sigurg %s, kthread %s, exits %s", yesNo(k.SIGCHLD), yesNo(k.SIGALRM), yesNo(k.SIGURG),
		yesNo(k.Kthread), k.Exits)
	row("printk", "%s, at most %d lines a second", k.Printk, k.PrintkRate)
	if k.ClaimPID == 0 {
		row("log", "not claimed: no daemon owns the log")
	} else {
		row("log", "claimed by %s %d", event.Escaped(k.ClaimName), k.ClaimPID)
	}
	row("shutdown", "%s", words(!k.Shutdown, "not ")+"begun")
	if r.console >= 0 {
		row("console", "level %d", r.console)
	}
	switch {
	case !r.pstore:
		row("pstore", "not in this kernel")
	case r.pstoreDir == "":
		row("pstore", "not mounted")
	default:
		row("pstore", "mounted on %s", r.pstoreDir)
	}
	if s := r.daemon; s == nil {
		row("daemon", "no answer: no daemon with the trail directory %s", r.dir)
	} else {
		row("daemon", "pid %d, trail up to %d", s.PID, s.Seq)
		row("", "records %d, lines logged %d, records excluded %d, printed by the kernel %d", s.Records, s.Logged, s.Excluded, s.Printed)
		row("", "log_held_back %d, log_dropped %d, trail_failed %d, overruns %d, healed %d, lost %d, malformed_events %d", s.LogHeldBack, s.LogDropped,
			s.TrailFailed, s.Overruns, s.Healed, s.Lost, s.MalformedEvents)
		row("", "flash_writes %d, shutdown_dropped %d", s.FlashWrites, s.ShutdownDropped)
		row("", "kills %d, kills_dropped %d, kills_held_back %d", s.Kills, s.KillsDropped, s.KillsHeldBack)
	}
	if hint := r.hint(); hint != "" {
		b = append(append(append(b, "\nhint: "...), hint...), '\n')
	}
	return b
}

// hint returns advice if the console level hides the kernel's lines.
func (r *overview) hint() string {
	// The lines are KERN_INFO, 6, and a line is printed if it is below the console
	// level: see suppress_message_printing() in kernel/printk/printk.c.
	if r.console < 0 || r.console > 6 || r.kernel.Printk == event.PrintkOff {
		return ""
	}
	return fmt.Sprintf("console level %d hides the kernel's lines from the console and from ramoops (pstore): "+
		"set 7 or more with dmesg -n 7 or loglevel=7", r.console)
}

func (r *overview) json() []byte {
	// One object has the kernel's keys and the others.
	b := fmt.Appendf(nil, `{"version":%d,`, r.version)
	kernel := r.kernel.AppendJSON(nil)
	b = append(b, kernel[1:len(kernel)-1]...)
	if r.console >= 0 {
		b = fmt.Appendf(b, `,"console_level":%d,"console_too_low":%t`, r.console, r.hint() != "")
	}
	rest := event.AppendValue(nil, struct {
		Pstore bool          `json:"pstore"`
		Dir    event.Name    `json:"pstore_dir"`
		Daemon *event.Status `json:"daemon"`
	}{r.pstore, event.Name(r.pstoreDir), r.daemon})
	return append(append(b, ','), rest[1:]...)
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

func words(when bool, s string) string {
	if when {
		return s
	}
	return ""
}
