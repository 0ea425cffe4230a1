// SPDX-License-Identifier: GPL-2.0-only

// Package config reads and checks the daemon's INI file.
//
// The table in options.go has every option with its default and bounds, also for
// OpenWrt's /etc/config/sigtrail, which files/sigtrail.init converts to INI. A
// missing option has its default; a missing option of [kernel] leaves the kernel
// as it is.
package config

import (
	"time"

	"sigtrail/internal/event"
)

// Config is a checked configuration.
type Config struct {
	Log struct {
		Syslog   string // path of the syslog socket; "": no logging
		Facility int    // code, see syslog(3): 3 is daemon
		Level    int    // code: 6 is info
		Exclude  event.Signals
		Rate     int // lines of records a second; 0: no limit
	}
	Trail struct {
		Dir  string
		Size int // KiB, at most
	}
	Shutdown struct {
		Dir   string        // on flash, for the trails of shutdowns; "": none
		Keep  int           // shutdowns
		Size  int           // KiB of each, at most
		Stall time.Duration // without progress until a stall is reported; 0: never
	}
	Kernel  event.Switches
	Respond Respond
	Rules   []Rule // in the file's order
}

// Respond is how processes are ended, for all rules.
type Respond struct {
	Enabled   bool
	Transport Transport
	RTSig     int // number of the real-time signal
	Workers   int // kills at the same time
	Queue     int // kills that wait for a worker
	Protect   []string
}

// Transport is how a trigger's notices reach the daemon.
type Transport int

const (
	Netlink Transport = iota
	RTSig
)

// Rule is which process to end, on which event, and how. The event is a notice if
// there is a Symbol, else a signal.
type Rule struct {
	Name       string
	TargetName string // of the process

	Symbol string // a kernel function or a syscall
	Offset uint32 // bytes into it
	Skip   uint32 // hits that are only counted
	Per    event.Per
	Rate   uint32 // notices per second

	Signal event.Signals // any of these

	Send       uint32
	Timeout    time.Duration // after Send, and again after Escalate
	Escalate   uint32        // 0: none
	DryRun     bool
	MaxPerHour int
}

// Default returns the Config of an empty file.
func Default() *Config {
	c := new(Config)
	for _, o := range options {
		if o.section != "rule" && o.section != "kernel" {
			o.setDefault(c, nil)
		}
	}
	return c
}

func defaultRule(name string) Rule {
	r := Rule{Name: name}
	for _, o := range options {
		if o.section == "rule" {
			o.setDefault(nil, &r)
		}
	}
	return r
}

// Error is one error in a file, in one line.
type Error struct {
	File string
	What string // section.option, with a wrong value; "": the whole file
	Text string
}

func (e *Error) Error() string {
	if e.What == "" {
		return e.File + ": " + e.Text
	}
	return e.File + ": " + e.What + ": " + e.Text
}
