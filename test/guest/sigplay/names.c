// SPDX-License-Identifier: GPL-2.0-only
/* Signals between processes whose names try to forge lines or control a terminal. */
#include "sigplay.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char *const hostile[] = {
	"a\nSignal :: (", /* a second line */
	"a 1) --[9]--> (", /* the form of a printed line */
	"(init 1)",
	"\033[2J\033[31mred", /* clears the screen */
	"\033]0;title\a",
	"\xc2\x9b" "31mred", /* the same escape as a C1 control, in UTF-8 */
	"\x9b" "31mred", /* and as one byte */
	"quote\"quote'",
	"back\\slash\\n\\",
	"\xff\xfe\x80 bad", /* never UTF-8 */
	"cut in a cha\xe2\x82", /* UTF-8 cut short */
	"\xe2\x80\xae" "drawkcab", /* written from right to left */
	"tab\treturn\rend",
	"%s%n%d%x",
	"<b>&amp;</b>",
	"key=val sep,;#",
	"  blanks  ",
	"\x7f\x01",
	"",
};

static pid_t catch_usr2(void)
{
	player_catch(SIGUSR2);
	return gettid();
}

void names(void)
{
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		const struct role role = { hostile[i], catch_usr2, NULL, 1 };
		struct player p;

		prctl(PR_SET_NAME, hostile[i]);
		player_start(&p, &role);
		if (kill(p.pid, SIGUSR2))
			die("names: %m");
		note_write(&(struct note){
			.scenario = "name", .sender_pid = getpid(),
			.sender_tid = gettid(), .sender_name = hostile[i],
			.target_pid = p.pid, .target_tid = p.tid,
			.target_name = hostile[i], .sig = SIGUSR2,
			.code = SI_USER, .scope = "process",
			.outcome = "delivered" });
		player_end(&p, &role);
	}
}
