/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Attestations against their floor: samples of both are taken in turns, so that what disturbs one disturbs the other. */
#include <stdlib.h>

#include "bench.h"

enum { CASES = 4, SUITES_MAX = 8, WARM_UP = 3 };

/* What is run, and its floor. */
struct work {
	const char *name;
	void (*run)(struct rig *rig);
	void (*floor)(struct floor *floor);
	bool is_again;
};

static void floor_both(struct floor *floor)
{
	bench_floor_responder(floor);
	bench_floor_requester(floor);
}

static const struct work works[CASES] = {
	{ "full, both roles", bench_full, floor_both, false },
	{ "full, requester", bench_full_requester, bench_floor_requester, false },
	{ "full, responder", bench_full_responder, bench_floor_responder, false },
	{ "chain known, both roles", bench_again, bench_floor_again, true },
};

struct results {
	struct series run;
	struct series floor;
	struct series ratio;
};

struct bench {
	struct rig rig;
	struct floor *floor;
	struct results results[CASES];
};

static double time_run(struct bench *b, const struct work *work)
{
	unsigned repeat = b->rig.suite->repeat;
	uint64_t begun;
	double taken;

	if (work->is_again)
		bench_again_open(&b->rig);
	begun = bench_now_ns();
	for (unsigned i = 0; i < repeat; i++)
		work->run(&b->rig);
	taken = (double)(bench_now_ns() - begun) / 1000 / repeat;
	if (work->is_again)
		bench_again_close(&b->rig);
	return taken;
}

static double time_floor(struct bench *b, const struct work *work)
{
	unsigned repeat = b->rig.suite->repeat;
	uint64_t begun = bench_now_ns();

	for (unsigned i = 0; i < repeat; i++)
		work->floor(b->floor);
	return (double)(bench_now_ns() - begun) / 1000 / repeat;
}

static void take_sample(struct bench *b, unsigned round)
{
	for (unsigned i = 0; i < CASES; i++) {
		struct results *results = &b->results[i];
		double floor = round % 2 != 0 ? time_floor(b, &works[i]) : 0;
		double run = time_run(b, &works[i]);

		if (round % 2 == 0)
			floor = time_floor(b, &works[i]);
		bench_add(&results->run, run);
		bench_add(&results->floor, floor);
		bench_add(&results->ratio, run / floor);
	}
}

static void forget_warm_up(struct bench *b)
{
	for (unsigned i = 0; i < CASES; i++)
		b->results[i].run.count = b->results[i].floor.count = b->results[i].ratio.count = 0;
}

static json_t *row_of(struct bench *b, unsigned i)
{
	struct results *r = &b->results[i];

	return json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:f}", "suite", b->rig.suite->name, "what", works[i].name,
		"tspdm_us", bench_quantile(&r->run, 0.5), "floor_us", bench_quantile(&r->floor, 0.5), "ratio",
		bench_quantile(&r->ratio, 0.5), "ratio_p10", bench_quantile(&r->ratio, 0.1), "ratio_p90",
		bench_quantile(&r->ratio, 0.9));
}

json_t *bench_attestation(unsigned rounds)
{
	struct bench *benches = calloc(bench_suite_count, sizeof *benches);
	json_t *rows = json_array();

	CHECK(benches != NULL);
	for (unsigned s = 0; s < bench_suite_count; s++) {
		bench_rig_new(&benches[s].rig, &bench_suites[s]);
		benches[s].floor = bench_floor_new(&benches[s].rig);
	}
	for (unsigned round = 0; round < WARM_UP + rounds; round++)
		for (unsigned s = 0; s < bench_suite_count; s++) {
			if (round == WARM_UP)
				forget_warm_up(&benches[s]);
			take_sample(&benches[s], round);
		}
	for (unsigned s = 0; s < bench_suite_count; s++) {
		for (unsigned i = 0; i < CASES; i++)
			json_array_append_new(rows, row_of(&benches[s], i));
		bench_floor_free(benches[s].floor);
		bench_rig_free(&benches[s].rig);
	}
	free(benches);
	return rows;
}
