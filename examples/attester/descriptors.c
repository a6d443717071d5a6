/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Descriptors: each connection is one, and systems give few unless asked. */
#include <stdio.h>
#include <sys/resource.h>

#include "server.h"

enum { OTHER_DESCRIPTORS = 64 /* standard ones, listeners, the loop, files of application data, a TEE's device */ };

enum exit_status descriptors_open(struct options *o, char *why)
{
	const rlim_t others = OTHER_DESCRIPTORS + o->listen.count;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return EXIT_GOOD; /* the system has no such limit */
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= o->limits.connections + others)
		return EXIT_GOOD;
	if (o->limits.has_connections || limit.rlim_cur <= others) {
		snprintf(why, WHY_MAX,
			"--max-connections %u: that takes %llu descriptors, and this process may have %llu; raise the "
			"hard "
			"limit (ulimit -Hn, LimitNOFILE= of systemd) or ask for fewer",
			o->limits.connections, (unsigned long long)o->limits.connections + others,
			(unsigned long long)limit.rlim_cur);
		return EXIT_USAGE;
	}
	o->limits.connections = (uint32_t)(limit.rlim_cur - others);
	return EXIT_GOOD;
}
