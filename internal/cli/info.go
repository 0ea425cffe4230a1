// SPDX-License-Identifier: GPL-2.0

package cli

import (
	"encoding/json"
	"fmt"

	"sigtrail/internal/event"
)

// overview is all that "sigtrail info" shows.
type overview struct {
	version   uint32 // of the kernel's family
	kernel    event.Info
	console   int // console log level; -1: not known
	pstore    bool
	pstoreDir string
	daemon    *event.Status // nil: it does not answer
	dir       string        // where it was asked
}

var infoCommand = command{
	name:    "info",
	summary: "show the kernel part's state, and what was lost",
	usage:   "[OPTION...]",
	about: `Shows the kernel part's state, what it left out, what was lost where, and
what the daemon counted.
`,
	setup: func() ([]option, action) {
		var json bool
		var where place
		options := append([]option{
			{"--json", "", "as one JSON object", on(&json)},
		}, where.options("the trail's directory")...)
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
	// What proc does not tell is no reason to hide the rest.
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
	row("kernel", "sigtrail, version %d%s", r.version, words(!k.Enable, ", switched off"))
	if k.SeqLast == 0 {
		row("ring", "%d records, none yet", k.RingSize)
	} else {
		row("ring", "%d records, holds %d to %d", k.RingSize, k.SeqFirst, k.SeqLast)
	}
	row("losses", "relay_skipped %d, relay_failed %d, held_back %d, exit_forgotten %d", k.RelaySkipped, k.RelayFailed,
		k.HeldBack, k.ExitForgotten)
	row("left out", "sigchld %d, sigalrm %d, sigurg %d, kthread %d, own %d", k.LeftOutSIGCHLD, k.LeftOutSIGALRM,
		k.LeftOutSIGURG, k.LeftOutKthread, k.LeftOutOwn)
	row("switches", "sigchld %s, sigalrm %s, sigurg %s, kthread %s", yesNo(k.SIGCHLD), yesNo(k.SIGALRM), yesNo(k.SIGURG),
		yesNo(k.Kthread))
	row("printk", "%s, %d lines a second at the most", k.Printk, k.PrintkRate)
	if k.ClaimPID == 0 {
		row("log", "claimed by nobody")
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
		row("daemon", "gives no answer in %s", r.dir)
	} else {
		row("daemon", "pid %d, trail up to %d", s.PID, s.Seq)
		row("", "records %d, logged %d, excluded %d, printed %d", s.Records, s.Logged, s.Excluded, s.Printed)
		row("", "log_dropped %d, trail_failed %d, overruns %d, healed %d, lost %d, malformed_events %d", s.LogDropped,
			s.TrailFailed, s.Overruns, s.Healed, s.Lost, s.MalformedEvents)
		row("", "flash_writes %d, shutdown_dropped %d", s.FlashWrites, s.ShutdownDropped)
		row("", "kills %d, kills_dropped %d, kills_held_back %d", s.Kills, s.KillsDropped, s.KillsHeldBack)
	}
	if hint := r.hint(); hint != "" {
		b = append(append(append(b, "\nhint: "...), hint...), '\n')
	}
	return b
}

// hint says what stands in the way of the kernel's own lines.
func (r *overview) hint() string {
	// KERN_INFO is 6, and what is below the level goes out: see
	// suppress_message_printing() in kernel/printk/printk.c.
	if r.console < 0 || r.console > 6 || r.kernel.Printk == event.PrintkOff {
		return ""
	}
	return fmt.Sprintf("at console level %d the kernel's lines reach neither console nor ramoops (pstore): "+
		"set 7 or more, by dmesg -n 7 or loglevel=7", r.console)
}

func (r *overview) json() []byte {
	// The kernel's keys stand beside ours, in one object.
	b := fmt.Appendf(nil, `{"version":%d,`, r.version)
	kernel := r.kernel.AppendJSON(nil)
	b = append(b, kernel[1:len(kernel)-1]...)
	if r.console >= 0 {
		b = fmt.Appendf(b, `,"console_level":%d,"console_too_low":%t`, r.console, r.hint() != "")
	}
	rest, _ := json.Marshal(struct {
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
