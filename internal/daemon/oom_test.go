// SPDX-License-Identifier: GPL-2.0-only

package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A daemon in a process of its own, below a shell that stands in for the ujail. With a score
// and a right of which the one is allowed, and the other there, wherever root runs tests:
// TestService has the real ones.
func TestAdjustOOM(t *testing.T) {
	const child = "SIGTRAIL_TEST_OOM"
	if score := os.Getenv(child); score != "" {
		runtime.LockOSThread() // as the next is of the thread
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			t.Fatal(err)
		}
		failed, right := adjustOOM(score, unix.CAP_CHOWN)
		fmt.Println("adjust:", failed != nil, right)
		printRights()
		return
	}
	own, err := os.ReadFile("/proc/self/oom_score_adj")
	if err != nil {
		t.Fatal(err)
	}
	for score, want := range map[string]string{
		"900":  "adjust: false <nil>\nadjusted 900\nrights given up\n900\n",
		"loud": fmt.Sprintf("adjust: true <nil>\nadjusted %srights given up\n%s", own, own), // the write fails
	} {
		shell := exec.Command("sh", "-c", `"$0" -test.run '^TestAdjustOOM$'; cat /proc/$$/oom_score_adj`, os.Args[0])
		shell.Env = append(os.Environ(), child+"="+score, "container=ujail")
		out, err := shell.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		lines := regexp.MustCompile(`(?m)^(PASS|ok .*)\n`).ReplaceAllString(string(out), "")
		if lines != want {
			t.Errorf("%s: %q, want %q", score, lines, want)
		}
	}
}

// printRights prints what the process has now, and whether a thread still has the right.
func printRights() {
	adj, err := os.ReadFile("/proc/self/oom_score_adj")
	fmt.Printf("adjusted %s", adj)
	threads, globErr := filepath.Glob("/proc/self/task/*/status")
	has := len(threads) == 0 || err != nil || globErr != nil
	for _, name := range threads {
		status, err := os.ReadFile(name)
		for _, m := range regexp.MustCompile(`(?m)^Cap(?:Inh|Prm|Eff):\t([0-9a-f]+)$`).FindAllStringSubmatch(string(status), -1) {
			var set uint64
			fmt.Sscanf(m[1], "%x", &set)
			has = has || set>>unix.CAP_CHOWN&1 != 0
		}
		has = has || err != nil || !strings.Contains(string(status), "CapEff")
	}
	if has {
		fmt.Println("rights kept")
	} else {
		fmt.Println("rights given up")
	}
}
