// SPDX-License-Identifier: GPL-2.0-only

package page

import "testing"

func TestReplace(t *testing.T) {
	const begin = "<!-- make it writes this table -->\n"
	other := "<!-- make other writes this table -->\nstays\n" + end
	got, err := replace([]byte(other+begin+"old\n"+end+"between\n"+begin+end+"after\n"), "it", []string{"new\n", "second\n"})
	if want := other + begin + "new\n" + end + "between\n" + begin + "second\n" + end + "after\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
	for _, page := range []string{"", begin, end + begin, other, begin + end + begin + end} {
		if _, err := replace([]byte(page), "it", []string{"new\n"}); err == nil {
			t.Errorf("no error for the wrong marks in %q", page)
		}
	}
}
