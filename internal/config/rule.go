// SPDX-License-Identifier: GPL-2.0

package config

import (
	"fmt"
	"slices"
	"strings"
)

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

var transports = []string{"netlink", "rtsig"}

// Rule says which process is to be ended when, and how. The event is a trigger,
// if it has a Symbol, else a signal.
type Rule struct {
	Name       string
	TargetName string // of the process

	Symbol string // a function of the kernel, or a syscall
	Offset int    // bytes into it
	Skip   int    // hits that are counted without acting
	Per    int    // what is counted together, as enum sigtrail_trigger_per has it
	Rate   int    // notices per second

	Signal []string // any of these, each one good for isSignal

	Send       string // good for isSignal
	Limit      int    // seconds to end within, and again after Escalate
	Escalate   string // "" for none
	DryRun     bool
	MaxPerHour int
}

var (
	pers = []string{"process", "name"}

	// What is protected by default has no other way in, or takes the rest of
	// the system with it: the network and its log, ubus and who answers there,
	// the shell that people come by.
	defaultRespond = Respond{Enable: true, RTSig: 44, Workers: 4, Queue: 32,
		Protect: []string{"procd", "ubusd", "netifd", "logd", "dropbear"}}

	defaultRule = Rule{Rate: 100, Send: "TERM", Limit: 5, MaxPerHour: 10}
)

var respondKeys = []key{
	{"enable", func(c *Config, v string, _ func(string) bool) string { return yesNo(&c.Respond.Enable, v) }},
	{"transport", func(c *Config, v string, _ func(string) bool) string {
		return word((*int)(&c.Respond.Transport), v, transports)
	}},
	{"rtsig", func(c *Config, v string, _ func(string) bool) string {
		return number(&c.Respond.RTSig, v, 34, 64, " (real-time signals)")
	}},
	{"workers", func(c *Config, v string, _ func(string) bool) string {
		return number(&c.Respond.Workers, v, 1, 64, "")
	}},
	{"queue", func(c *Config, v string, _ func(string) bool) string {
		return number(&c.Respond.Queue, v, 1, 1024, "")
	}},
	{"protect", func(c *Config, v string, _ func(string) bool) string {
		if list(&c.Respond.Protect, v, isName) {
			return ""
		}
		return "are names of processes, of 15 bytes at the most, separated by commas"
	}},
}

// ruleKeys are those of a section [rule NAME]: they are for the last one.
var ruleKeys = []key{
	{"target_name", func(c *Config, v string, _ func(string) bool) string {
		c.last().TargetName = v
		if isName(v) {
			return ""
		}
		return "is the name of a process, of 15 bytes at the most"
	}},
	{"symbol", func(c *Config, v string, _ func(string) bool) string {
		c.last().Symbol = v
		if isSymbol(v) {
			return ""
		}
		return "is a function of the kernel, or a syscall, of 127 letters, digits, _ and . at the most"
	}},
	{"offset", func(c *Config, v string, _ func(string) bool) string {
		return number(&c.last().Offset, v, 0, 1<<20, " (bytes)")
	}},
	{"skip", func(c *Config, v string, _ func(string) bool) string {
		return number(&c.last().Skip, v, 0, 1e9, " (hits)")
	}},
	{"per", func(c *Config, v string, _ func(string) bool) string { return word(&c.last().Per, v, pers) }},
	{"rate", func(c *Config, v string, _ func(string) bool) string {
		return number(&c.last().Rate, v, 1, 10000, " (notices per second)")
	}},
	{"signal", func(c *Config, v string, isSignal func(string) bool) string {
		return signals(&c.last().Signal, v, isSignal)
	}},
	{"send", func(c *Config, v string, isSignal func(string) bool) string {
		c.last().Send = v
		if isSignal(v) {
			return ""
		}
		return "is the name or number of a signal"
	}},
	{"limit", func(c *Config, v string, _ func(string) bool) string {
		return number(&c.last().Limit, v, 1, 3600, " (seconds)")
	}},
	{"escalate", func(c *Config, v string, isSignal func(string) bool) string {
		if c.last().Escalate = v; v == "none" {
			c.last().Escalate = ""
		}
		if isSignal(v) || v == "none" {
			return ""
		}
		return "is the name or number of a signal, or none"
	}},
	{"dry_run", func(c *Config, v string, _ func(string) bool) string { return yesNo(&c.last().DryRun, v) }},
	{"max_per_hour", func(c *Config, v string, _ func(string) bool) string {
		return number(&c.last().MaxPerHour, v, 1, 3600, "")
	}},
}

const rulePrefix = "rule "

// The kernel has no more triggers, SIGTRAIL_TRIGGER_LIMIT.
const maxRules = 32

// addRule begins a rule, or returns what is wrong with it.
func (c *Config) addRule(name string) (wrong string) {
	section := "[" + printable(rulePrefix+name) + "]: "
	switch {
	case !isRuleName(name):
		return section + "allowed are names of 32 letters, digits, - and _ at the most"
	case slices.ContainsFunc(c.Rules, func(r Rule) bool { return r.Name == name }):
		return section + "stands there twice; a rule has a name of its own"
	case len(c.Rules) == maxRules:
		return fmt.Sprintf("%s%d rules are allowed", section, maxRules)
	}
	r := defaultRule
	r.Name = name
	c.Rules = append(c.Rules, r)
	return ""
}

func (c *Config) last() *Rule { return &c.Rules[len(c.Rules)-1] }

// checkRules checks what takes more than one key to tell.
func (c *Config) checkRules(at lines) *Error {
	for _, r := range c.Rules {
		section := rulePrefix + r.Name
		complain := func(key, text string) *Error {
			line := at.find(section, key)
			if line == 0 {
				line = at.find(section, "")
			}
			return &Error{Line: line, Text: "[" + section + "]: " + text}
		}
		switch {
		case r.TargetName == "":
			return complain("", "target_name is missing: the process that it is for")
		case slices.Contains(c.Respond.Protect, r.TargetName):
			return complain("target_name", r.TargetName+" is protected by protect of [respond]")
		case r.Symbol == "" && len(r.Signal) == 0:
			return complain("", "symbol or signal is missing: the event that it is for")
		case r.Symbol != "" && len(r.Signal) > 0:
			return complain("signal", "symbol and signal exclude each other: it is for one event")
		}
		for _, key := range []string{"offset", "skip", "per", "rate"} {
			if r.Symbol == "" && at.find(section, key) > 0 {
				return complain(key, key+" is for a rule with a symbol")
			}
		}
	}
	return nil
}

// isName reports whether s is what the kernel keeps as a process's name.
func isName(s string) bool {
	return s != "" && len(s) <= 15 && !strings.ContainsRune(s, 0)
}

func isSymbol(s string) bool {
	return s != "" && len(s) <= 127 && !strings.ContainsFunc(s, func(c rune) bool { return !isWord(c) && c != '.' })
}

func isRuleName(s string) bool {
	return s != "" && len(s) <= 32 && !strings.ContainsFunc(s, func(c rune) bool { return !isWord(c) && c != '-' })
}

func isWord(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}
