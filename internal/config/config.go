// SPDX-License-Identifier: GPL-2.0

// Package config reads the daemon's INI file into a checked Config.
//
// The table of options.go has every option, its default and its bounds, for
// OpenWrt's /etc/config/sigtrail as well: files/sigtrail.init prints that as an
// INI file, and has it checked here. An option that is absent has its default;
// one of [kernel] that is absent leaves the kernel as it is.
package config

import (
	"time"

	"sigtrail/internal/event"
)

// Config is what the file says, checked.
type Config struct {
	Log struct {
		Syslog   string // path of the syslog socket; "" for no logging
		Facility int    // code, see syslog(3): 3 is daemon
		Level    int    // code: 6 is info
		Exclude  event.Signals
	}
	Trail struct {
		Dir  string
		Size int // KiB, bound of the running boot's trail
	}
	Shutdown struct {
		Dir   string        // on flash, where trails of shutdowns are kept; "" for none
		Keep  int           // shutdowns
		Size  int           // KiB, bound of each
		Stall time.Duration // without a sign of life that makes a stall; 0: never
	}
	Kernel  event.Switches
	Respond Respond
	Rules   []Rule // in the file's order
}

// Respond is how processes are ended, whichever rule asks for it.
type Respond struct {
	Enable    bool
	Transport Transport
	RTSig     int // number of the real-time signal
	Workers   int // processes whose end is waited for at a time
	Queue     int // those that wait for a worker
	Protect   []string
}

// Transport is how a trigger's notices come.
type Transport int

const (
	Netlink Transport = iota
	RTSig
)

// Rule says which process is to be ended when, and how. The event is a trigger,
// if it has a Symbol, else a signal.
type Rule struct {
	Name       string
	TargetName string // of the process

	Symbol string // a function of the kernel, or a syscall
	Offset uint32 // bytes into it
	Skip   uint32 // hits that are counted without acting
	Per    event.Per
	Rate   uint32 // notices per second

	Signal event.Signals // any of these

	Send       uint32
	Limit      time.Duration // to end within, and again after Escalate
	Escalate   uint32        // 0 for none
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

// Error is one thing that is wrong with a file, in one line.
type Error struct {
	File string
	What string // section.option, with its value if that is wrong; "" for the file as a whole
	Text string
}

func (e *Error) Error() string {
	if e.What == "" {
		return e.File + ": " + e.Text
	}
	return e.File + ": " + e.What + ": " + e.Text
}
