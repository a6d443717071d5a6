/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One kind of evidence verified, and its signatures alone, in turns. */
#include "bench.h"

static double time_of(void (*run)(void *context), void *context)
{
	uint64_t begun = bench_now_ns();

	run(context);
	return (double)(bench_now_ns() - begun) / 1000;
}

json_t *bench_verification(const char *what, unsigned rounds, void (*verify)(void *context),
	void (*floor_once)(void *context), void *context)
{
	static struct series run, floor, ratio;

	run.count = floor.count = ratio.count = 0;
	time_of(verify, context);
	time_of(floor_once, context);
	for (unsigned i = 0; i < rounds; i++) {
		double a = time_of(verify, context);
		double b = time_of(floor_once, context);

		bench_add(&run, a);
		bench_add(&floor, b);
		bench_add(&ratio, a / b);
	}
	return json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f}", "what", what, "per_second",
		1000000 / bench_quantile(&run, 0.5), "tspdm_us", bench_quantile(&run, 0.5), "floor_us",
		bench_quantile(&floor, 0.5), "ratio", bench_quantile(&ratio, 0.5), "ratio_p10",
		bench_quantile(&ratio, 0.1), "ratio_p90", bench_quantile(&ratio, 0.9));
}

json_t *bench_evidence(unsigned rounds)
{
	json_t *rows = json_array();

	json_array_append_new(rows, bench_snp(rounds));
	json_array_append_new(rows, bench_tdx(rounds));
	return rows;
}
