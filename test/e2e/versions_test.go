// SPDX-License-Identifier: GPL-2.0-only

//go:build e2e

package e2e

import "fmt"

// kernelBefore reports whether the guest's kernel is older than a version.
func (g *guest) kernelBefore(major, minor int) bool {
	g.t.Helper()
	var haveMajor, haveMinor int
	release := g.run("uname -r")
	if _, err := fmt.Sscanf(release, "%d.%d", &haveMajor, &haveMinor); err != nil {
		g.t.Fatalf("no kernel release: %q", release)
	}
	return haveMajor < major || haveMajor == major && haveMinor < minor
}

// asOfKernel changes sigplay's notes, which are for newer kernels, for the guest's
// kernel: up to 5.15 a signal to a dying process is queued, and before 7.2 one to an
// exiting thread.
func (g *guest) asOfKernel(notes []note) {
	g.t.Helper()
	processes, threads := g.kernelBefore(6, 1), g.kernelBefore(7, 2)
	for _, n := range notes {
		if n["outcome"] == "dying" && (processes || threads && n["scope"] == "thread") {
			n["outcome"] = "delivered"
		}
	}
}
