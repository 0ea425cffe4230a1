// SPDX-License-Identifier: GPL-2.0

package config

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"sigtrail/internal/event"
)

// key is one key of a section. set puts a value into the Config, or returns
// what is allowed instead, as a phrase that follows "allowed".
type key struct {
	name string
	set  func(c *Config, v string, isSignal func(string) bool) (allowed string)
}

var sections = map[string][]key{
	"log": {
		{"syslog", func(c *Config, v string, _ func(string) bool) string {
			if v == "none" {
				c.Log.Syslog = ""
				return ""
			}
			c.Log.Syslog = v
			return path(v, "an absolute path, or none")
		}},
		{"facility", func(c *Config, v string, _ func(string) bool) string { return word(&c.Log.Facility, v, facilities) }},
		{"level", func(c *Config, v string, _ func(string) bool) string { return word(&c.Log.Level, v, levels) }},
		{"exclude", func(c *Config, v string, isSignal func(string) bool) string {
			return signals(&c.Log.Exclude, v, isSignal)
		}},
	},
	"trail": {
		{"dir", func(c *Config, v string, _ func(string) bool) string {
			c.Trail.Dir = v
			return path(v, "an absolute path")
		}},
		{"size", func(c *Config, v string, _ func(string) bool) string {
			return number(&c.Trail.Size, v, 16, 65536, " (KiB)")
		}},
	},
	"shutdown": {
		{"dir", func(c *Config, v string, _ func(string) bool) string {
			if v == "none" {
				c.Shutdown.Dir = ""
				return ""
			}
			c.Shutdown.Dir = v
			return path(v, "an absolute path, or none")
		}},
		{"keep", func(c *Config, v string, _ func(string) bool) string {
			return number(&c.Shutdown.Keep, v, 1, 64, " (shutdowns)")
		}},
		{"size", func(c *Config, v string, _ func(string) bool) string {
			return number(&c.Shutdown.Size, v, 16, 4096, " (KiB)")
		}},
		{"stall", func(c *Config, v string, _ func(string) bool) string {
			return number(&c.Shutdown.Stall, v, 0, 3600, " (seconds, 0 for never)")
		}},
	},
	"kernel": {
		{"printk", func(c *Config, v string, _ func(string) bool) string {
			var n int
			allowed := word(&n, v, printks)
			printk := event.Printk(n)
			c.Kernel.Printk = &printk
			return allowed
		}},
		{"printk_rate", func(c *Config, v string, _ func(string) bool) string {
			var n int
			allowed := number(&n, v, 1, 10000, " (lines per second)")
			rate := uint32(n)
			c.Kernel.PrintkRate = &rate
			return allowed
		}},
		{"sigchld", func(c *Config, v string, _ func(string) bool) string { return toggle(&c.Kernel.SIGCHLD, v) }},
		{"sigalrm", func(c *Config, v string, _ func(string) bool) string { return toggle(&c.Kernel.SIGALRM, v) }},
		{"sigurg", func(c *Config, v string, _ func(string) bool) string { return toggle(&c.Kernel.SIGURG, v) }},
		{"kthread", func(c *Config, v string, _ func(string) bool) string { return toggle(&c.Kernel.Kthread, v) }},
	},
	"respond": respondKeys,
}

// Words in the order of their codes, as syslog(3) and enum sigtrail_printk have
// them.
var (
	facilities = []string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
		"", "", "", "", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
	levels  = []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
	printks = []string{"off", "auto", "always"}
)

func index(list []string, s string) int {
	for i, w := range list {
		if w == s && s != "" {
			return i
		}
	}
	return -1
}

func word(p *int, v string, list []string) (allowed string) {
	if *p = index(list, v); *p >= 0 {
		return ""
	}
	var words []string
	for _, w := range list {
		if w != "" {
			words = append(words, w)
		}
	}
	return "are " + strings.Join(words, ", ")
}

func number(p *int, v string, low, high int, unit string) (allowed string) {
	n, err := strconv.Atoi(v)
	if *p = n; err == nil && n >= low && n <= high {
		return ""
	}
	return fmt.Sprintf("are numbers from %d to %d%s", low, high, unit)
}

func yesNo(p *bool, v string) (allowed string) {
	if *p = v == "yes" || v == "1"; *p || v == "no" || v == "0" {
		return ""
	}
	return "are yes, no, 1, 0"
}

// toggle sets what is nil until then.
func toggle(p **bool, v string) (allowed string) {
	*p = new(bool)
	return yesNo(*p, v)
}

func signals(p *[]string, v string, isSignal func(string) bool) (allowed string) {
	if list(p, v, isSignal) {
		return ""
	}
	return "are names and numbers of signals, separated by commas"
}

// list sets the items of a list that is separated by commas, each of which has
// to be good; it may be empty.
func list(p *[]string, v string, good func(string) bool) bool {
	*p = nil
	if v == "" {
		return true
	}
	for _, s := range strings.Split(v, ",") {
		s = strings.TrimSpace(s)
		if !good(s) {
			return false
		}
		*p = append(*p, s)
	}
	return true
}

// maxPath leaves room for a file's name within the 107 bytes that a socket's
// address has, see unix(7).
const maxPath = 90

func path(v, what string) (allowed string) {
	if filepath.IsAbs(v) && filepath.Clean(v) == v && len(v) <= maxPath && !strings.ContainsRune(v, 0) {
		return ""
	}
	return fmt.Sprintf("is %s, of %d bytes at the most", what, maxPath)
}
