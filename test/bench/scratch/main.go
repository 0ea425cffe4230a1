package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"sigtrail/test/vm"
)

func main() {
	ctx := context.Background()
	g, err := vm.Start(ctx, vm.Config{Kernel: "/tmp/wireq/k/image", CPUs: 1, ICount: "shift=0"})
	if err != nil {
		panic(err)
	}
	defer g.Close()
	if err := g.AwaitReady(5 * time.Minute); err != nil {
		panic(err)
	}
	run := func(s string) string {
		out, err := g.Output(5*time.Minute, s)
		if err != nil {
			fmt.Println("error", err)
		}
		return out
	}
	run(`sed -i '/sigtrail daemon/d' /etc/inittab && kill -HUP 1
		while pidof sigtrail; do killall -9 sigtrail; sleep 1; done
		echo off >/proc/sys/kernel/sigtrail/printk`)
	for _, w := range os.Args[1:] {
		run("(" + w + ") >/tmp/out 2>&1 & sleep 2")
		for _, how := range []string{"system 100", "system 1"} {
			fmt.Printf("%-40s %-12s %s", w, how, run("killcost handler "+how))
		}
		fmt.Println(run("killall sigtrail cat sleep; sleep 1; wc -l /tmp/out; head -c 600 /tmp/out; rm /tmp/out"))
	}
}
