// SPDX-License-Identifier: GPL-2.0-only

package config

import "sigtrail/internal/event"

// option is one option of a section; the section "rule" is every [rule NAME].
type option struct {
	section, name string
	value         string // the default; "": none
	// in returns the parser that sets the option in a Config, or in a Rule.
	in func(c *Config, r *Rule) parser
}

// oldNames are earlier names of options, which are still read.
var oldNames = map[string]string{"respond.enabled": "enable", "rule.timeout": "limit"}

// is reports whether name is the option's, or its old one.
func (o *option) is(name string) bool {
	return name == o.name || name != "" && name == oldNames[o.section+"."+o.name]
}

// options has the names, defaults and bounds of all options. The defaults of
// [kernel] are those of the kernel itself.
var options = []option{
	{"service", "enabled", "1", func(*Config, *Rule) parser { return initScript }},

	{"log", "syslog", "/dev/log", func(c *Config, _ *Rule) parser { return orNone(&c.Log.Syslog, path) }},
	{"log", "facility", "daemon", func(c *Config, _ *Rule) parser { return word(&c.Log.Facility, facilities) }},
	{"log", "level", "info", func(c *Config, _ *Rule) parser { return word(&c.Log.Level, levels) }},
	{"log", "exclude", "", func(c *Config, _ *Rule) parser { return signals(&c.Log.Exclude) }},
	{"log", "rate", "50", func(c *Config, _ *Rule) parser {
		return number(&c.Log.Rate, 0, 10000, "lines a second, 0 for no limit")
	}},

	{"trail", "dir", "/tmp/sigtrail", func(c *Config, _ *Rule) parser { return path(&c.Trail.Dir) }},
	{"trail", "size", "1024", func(c *Config, _ *Rule) parser { return number(&c.Trail.Size, 16, 65536, "KiB") }},

	{"shutdown", "dir", "/etc/sigtrail", func(c *Config, _ *Rule) parser { return orNone(&c.Shutdown.Dir, path) }},
	{"shutdown", "keep", "8", func(c *Config, _ *Rule) parser { return number(&c.Shutdown.Keep, 1, 64, "shutdowns") }},
	{"shutdown", "size", "384", func(c *Config, _ *Rule) parser { return number(&c.Shutdown.Size, 16, 4096, "KiB") }},
	{"shutdown", "stall", "5", func(c *Config, _ *Rule) parser {
		return seconds(&c.Shutdown.Stall, 0, 3600, "seconds, 0 for never")
	}},

	{"kernel", "printk", "auto", func(c *Config, _ *Rule) parser {
		return word(fresh(&c.Kernel.Printk), names(event.PrintkAlways))
	}},
	{"kernel", "printk_rate", "200", func(c *Config, _ *Rule) parser {
		return number(fresh(&c.Kernel.PrintkRate), 1, 10000, "lines a second")
	}},
	{"kernel", "sigchld", "0", func(c *Config, _ *Rule) parser { return boolean(fresh(&c.Kernel.SIGCHLD)) }},
	{"kernel", "sigalrm", "0", func(c *Config, _ *Rule) parser { return boolean(fresh(&c.Kernel.SIGALRM)) }},
	{"kernel", "sigurg", "0", func(c *Config, _ *Rule) parser { return boolean(fresh(&c.Kernel.SIGURG)) }},
	{"kernel", "kthread", "0", func(c *Config, _ *Rule) parser { return boolean(fresh(&c.Kernel.Kthread)) }},
	{"kernel", "exits", "services", func(c *Config, _ *Rule) parser {
		return word(fresh(&c.Kernel.Exits), names(event.ExitsAll))
	}},

	{"respond", "enabled", "1", func(c *Config, _ *Rule) parser { return boolean(&c.Respond.Enabled) }},
	{"respond", "transport", "netlink", func(c *Config, _ *Rule) parser { return word(&c.Respond.Transport, transports) }},
	{"respond", "rtsig", "44", func(c *Config, _ *Rule) parser {
		return number(&c.Respond.RTSig, 34, 64, "real-time signals")
	}},
	{"respond", "workers", "4", func(c *Config, _ *Rule) parser { return number(&c.Respond.Workers, 1, 64, "processes") }},
	{"respond", "queue", "32", func(c *Config, _ *Rule) parser { return number(&c.Respond.Queue, 1, 1024, "processes") }},
	// Without the network, the log, ubus or SSH a router cannot be repaired from
	// outside, and procd and ubusd take other services with them.
	{"respond", "protect", "procd, ubusd, netifd, logd, dropbear", func(c *Config, _ *Rule) parser {
		return processes(&c.Respond.Protect)
	}},

	{"rule", "target_name", "", func(_ *Config, r *Rule) parser { return process(&r.TargetName) }},
	{"rule", "symbol", "", func(_ *Config, r *Rule) parser { return symbol(&r.Symbol) }},
	{"rule", "offset", "0", func(_ *Config, r *Rule) parser { return number(&r.Offset, 0, 1<<20, "bytes") }},
	{"rule", "skip", "0", func(_ *Config, r *Rule) parser { return number(&r.Skip, 0, 1e9, "hits") }},
	{"rule", "per", "process", func(_ *Config, r *Rule) parser { return word(&r.Per, names(event.PerName)) }},
	{"rule", "rate", "100", func(_ *Config, r *Rule) parser { return number(&r.Rate, 1, 10000, "notices a second") }},
	{"rule", "signal", "", func(_ *Config, r *Rule) parser { return signals(&r.Signal) }},
	{"rule", "send", "TERM", func(_ *Config, r *Rule) parser { return signal(&r.Send) }},
	{"rule", "timeout", "5", func(_ *Config, r *Rule) parser { return seconds(&r.Timeout, 1, 3600, "seconds") }},
	{"rule", "escalate", "none", func(_ *Config, r *Rule) parser { return orNone(&r.Escalate, signal) }},
	{"rule", "dry_run", "0", func(_ *Config, r *Rule) parser { return boolean(&r.DryRun) }},
	{"rule", "max_per_hour", "10", func(_ *Config, r *Rule) parser { return number(&r.MaxPerHour, 1, 3600, "processes") }},
}

// Words in the order of their codes; the first two lists are from syslog(3).
var (
	facilities = []string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
		"", "", "", "", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
	levels     = []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
	transports = []string{"netlink", "rtsig"}
)

// setDefault panics if the default is not allowed.
func (o *option) setDefault(c *Config, r *Rule) {
	if o.value == "" || o.section == "service" {
		return
	}
	if allowed := o.in(c, r)(o.value); allowed != "" {
		panic("config: default of " + o.section + "." + o.name + ": allowed " + allowed)
	}
}
