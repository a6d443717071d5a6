/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The clock and the statistics of tspdm-bench. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

void bench_check(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "tspdm-bench: failed: %s\n", what);
	exit(1);
}

uint64_t bench_now_ns(void)
{
	struct timespec now;

	CHECK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void bench_add(struct series *series, double value)
{
	CHECK(series->count < SERIES_MAX);
	series->value[series->count++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_quantile(struct series *series, double part)
{
	double at = part * (double)(series->count - 1);
	unsigned below = (unsigned)at;
	unsigned above = below + 1 < series->count ? below + 1 : below;

	CHECK(series->count != 0);
	qsort(series->value, series->count, sizeof series->value[0], compare);
	return series->value[below] + (at - (double)below) * (series->value[above] - series->value[below]);
}
