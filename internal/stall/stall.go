// SPDX-License-Identifier: GPL-2.0-only

// Package stall defines the report of a stalled shutdown, and writes and parses
// its log lines. The daemon writes them, package report reads them.
package stall

import "time"

// Report describes a shutdown that makes no progress, or does not begin.
type Report struct {
	Early    bool          // no shutdown has begun: the suspects are programs that are to ask for one
	Quiet    time.Duration // since the last progress; if Early, since the first of them was started
	Reboot   bool          // reboot(2) was called: its caller is the first suspect
	Err      error         // why the rest is unknown; nil: it is known
	Scripts  []Script      // init scripts that the shutdown waits for
	Suspects []Suspect     // processes that init may wait for, likeliest first
	Others   []string      // names of the other processes
}

// Process is a process by its id and its name, of any bytes.
type Process struct {
	PID  uint32
	Name string
}

// Script is an init script that the shutdown waits for.
type Script struct {
	Process               // named after the script's file
	Stop    bool          // a stop script; else a start script that has not ended
	Age     time.Duration // since its start; negative: unknown; 0 if parsed from a line that does not have it
	ByProcd bool          // started by procd, which limits a stop script's time
}

// Suspect is a process that init may wait for.
type Suspect struct {
	Process
	State  byte          // R, S, D, T, ..., see proc_pid_stat(5)
	Wait   string        // the kernel function that it sleeps in; "": none, or unknown
	Age    time.Duration // since its start; negative: unknown
	Parent Process       // PID 0: unknown
	Args   []string      // the command line
}

// Line is one parsed line of a report.
type Line struct {
	Text    string        // without Prefix
	Early   bool          // the first line of a report with Early
	Quiet   time.Duration // Report.Quiet in the report's first line, else 0
	Script  Script        // that the line is about, without ByProcd; PID 0: none
	Suspect Process       // that the line is about; PID 0: none
}
