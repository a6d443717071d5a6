/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Host names, looked up by the system while other tasks run. */
#ifndef VERIFIER_LOOKUP_H
#define VERIFIER_LOOKUP_H

#include <stdint.h>

struct addrinfo;

/* As struct tspdm_wait_hook has it; `tasks` is the struct tasks whose task calls it. */
int lookup_resolve(void *tasks, const char *host, const char *service, const struct addrinfo *hints,
	uint64_t deadline_us, struct addrinfo **out);

#endif
