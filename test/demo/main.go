// SPDX-License-Identifier: GPL-2.0-only

// Demo boots the guest, signals a few of its services, reboots it, and shows the
// lines of the kernel and the daemon. It fails if one of them is missing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"sigtrail/test/vm"
)

// patience is the timeout of one milestone, limit that of all of them. A busy machine
// needs only a small part of it.
const (
	patience = time.Minute
	limit    = 5 * time.Minute
)

func main() {
	dir := flag.String("dir", "build/demo", "directory for console.log and the report of the last shutdown")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), limit)
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, *dir)
	stop()
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demo is a guest, and the screen that shows it.
type demo struct {
	*vm.VM
	screen *screen
	dir    string
	err    error // the first; nothing is done after it
}

func run(ctx context.Context, dir string) error {
	s := newScreen(os.Stdout)
	s.say("== A patched Linux boots in QEMU (%s)", vm.Arch())
	s.say("%s is the serial line, where the kernel prints; %s is the output of logread,\n"+
		"without the kernel's lines.", consoleMark, logMark)
	guest, err := vm.Start(ctx, vm.Config{
		Dir:     dir,
		Console: s.column(consoleMark, ""),
		Log:     s.column(logMark, " kernel: "),
	})
	if err != nil {
		return err
	}
	defer guest.Close()

	d := &demo{VM: guest, screen: s, dir: dir}
	start := time.Now()
	d.booted()
	d.heading("The prompt, after %.1f s. What runs:", time.Since(start).Seconds())
	d.show("ps | grep -v ' \\[' | grep -E 'PID|httpd|stubbornd|slowexitd|syslogd|sigtrail' | grep -v grep")
	d.logged(`started`)
	d.heading("State of the kernel part:")
	d.show("sigtrail info")

	d.heading("Kill the web server: init starts it again")
	d.show("kill $(pidof httpd)")
	d.logged(`Signal :: \(sh \d+\) --\[15\]--> \(httpd \d+\)`)
	d.heading("Send TERM to a service that ignores it")
	d.show("killall stubbornd")
	d.logged(`Signal :: \(killall \d+\) --\[15\]--> \(stubbornd \d+\)`)

	d.heading("Reboot: now the kernel prints the signals that it delivers, as the log daemon ends before the last one")
	start = time.Now()
	d.typed("reboot\n")
	d.printed(`Signal :: \(reboot \d+\) --\[15\]--> \(init 1\)`)
	d.printed(`Signal :: \(killall \d+\) --\[15\]--> \(slowexitd \d+\)`)
	d.printed(`Signal :: \(init 1\) --\[15\]--> \(sigtrail \d+\)`)
	d.printed(`Signal :: \(init 1\) --\[9\]--> \(stubbornd \d+\)`)
	d.printed(`reboot: Restarting system`)
	down := time.Since(start)
	d.printed(vm.Booting)
	d.heading("Reset %.1f s after the command. The machine boots again, from the same disk", down.Seconds())
	d.booted()
	d.heading("The prompt again. The log of this boot reports the last shutdown:")
	d.logged(`started`)
	d.logged(`Last shutdown :: details`)
	d.show("logread | grep 'Last shutdown'")
	d.heading("The full report:")
	d.show("sigtrail last")
	d.keep("last.txt", "sigtrail last")
	d.keep("last.json", "sigtrail last --json")
	d.keep("last.svg", "sigtrail last --plot -")
	d.heading("Saved as last.txt, last.json and, as a chart, last.svg, in %s", dir)

	d.heading("Power off")
	d.typed("poweroff\n")
	if d.err == nil {
		d.do(d.Wait(patience))
	}
	d.heading("Done. Output of the serial line, both boots: %s", filepath.Join(dir, "console.log"))
	return d.err
}

// heading shows a heading of the demo's own.
func (d *demo) heading(format string, args ...any) {
	if d.err == nil {
		d.screen.say("\n== "+format, args...)
	}
}

// do keeps the first error.
func (d *demo) do(err error) {
	if d.err == nil {
		d.err = err
	}
}

// booted waits until a boot has reached the prompt.
func (d *demo) booted() {
	d.printed(`Run /sbin/init as init process`)
	d.printed(`(?m)^` + vm.Prompt)
	if d.err == nil {
		d.do(d.AwaitReady(patience))
	}
}

// typed types on the serial line.
func (d *demo) typed(text string) {
	if d.err == nil {
		d.do(d.Type(text))
	}
}

// printed waits for a line on the serial line.
func (d *demo) printed(pattern string) {
	if d.err == nil {
		_, err := d.Console.Expect(patience, pattern)
		d.do(err)
	}
}

// logged waits for a line by the daemon that begins with pattern.
func (d *demo) logged(pattern string) {
	if d.err == nil {
		_, err := d.Log.Expect(patience, ` sigtrail\[\d+\]: `+pattern+`.*\n`)
		d.do(err)
	}
}

// keep runs a command in the guest, and saves its output to a file.
func (d *demo) keep(name, command string) {
	if d.err != nil {
		return
	}
	out, err := d.Output(patience, command)
	if err == nil {
		err = os.WriteFile(filepath.Join(d.dir, name), []byte(out), 0o644)
	}
	d.do(err)
}

// show runs a command in the guest and shows it with its output.
func (d *demo) show(command string) {
	if d.err != nil {
		return
	}
	out, err := d.Output(patience, command)
	d.screen.say("# %s\n%s", command, out)
	d.do(err)
}
