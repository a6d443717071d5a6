/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * How far a run over many endpoints has come: one line on standard error where that is a terminal. */
#include <stdio.h>
#include <unistd.h>

#include <tspdm/transport.h>

#include "fleet.h"

enum {
	REDRAW_US = 100000,
	S_US = 1000000,
	DS_US = 100000,
};

void progress_begin(struct progress *p, const struct options *o)
{
	*p = (struct progress){
		.is_shown = !o->is_quiet && isatty(STDERR_FILENO) == 1,
		.started_us = tspdm_now_us(),
		.total = o->endpoints.count,
	};
}

void progress_hide(struct progress *p)
{
	if (!p->is_drawn)
		return;
	fputs("\r\033[K", stderr);
	(void)fflush(stderr);
	p->is_drawn = false;
}

void progress_show(struct progress *p)
{
	uint64_t now_us = tspdm_now_us();

	if (!p->is_shown || (p->is_drawn && now_us - p->drawn_us < REDRAW_US))
		return;
	fprintf(stderr, "\r\033[K%zu of %zu attested, %zu at work, %zu not trusted, %zu without a verdict, %llu s",
		p->done, p->total, p->running, p->done - p->trusted - p->failed, p->failed,
		(unsigned long long)((now_us - p->started_us) / S_US));
	(void)fflush(stderr);
	p->is_drawn = true;
	p->drawn_us = now_us;
}

void progress_sum(const struct progress *p, char *out, size_t cap)
{
	uint64_t ds = (tspdm_now_us() - p->started_us) / DS_US;

	snprintf(out, cap, "%zu endpoints: %zu trusted, %zu not trusted, %zu without a verdict, in %llu.%llu s",
		p->done, p->trusted, p->done - p->trusted - p->failed, p->failed, (unsigned long long)(ds / 10),
		(unsigned long long)(ds % 10));
}
