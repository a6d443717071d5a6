/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Many connections in flight in one thread: every one takes one step after the other, so that each step finds its
 * objects out of the caches. */
#include <malloc.h>
#include <stdlib.h>

#include "bench.h"

enum { COUNTS = 4, ROUNDS_MAX = 5, LEAST_ATTESTATIONS = 200 };

static const unsigned counts[COUNTS] = { 1, 100, 1000, 10000 };

struct one {
	struct asking asking;
	struct tspdm_responder *responder;
	void *requester_memory;
	void *responder_memory;
	unsigned stage;
	bool is_done;
};

static void open_one(struct rig *rig, struct one *one)
{
	one->stage = 0;
	one->is_done = false;
	bench_rig_requester(rig, &one->asking, one->requester_memory);
	bench_rig_responder(rig, &one->responder, one->responder_memory);
}

static void close_one(struct one *one)
{
	tspdm_requester_wipe(one->asking.requester);
	tspdm_responder_wipe(one->responder);
}

static void step_one(struct one *one)
{
	static uint8_t room[MESSAGE_MAX];
	struct tspdm_buffer response = { room, sizeof room, 0 };
	struct tspdm_io io;
	enum tspdm_step step = tspdm_requester_step(one->asking.requester, 1, &io);

	while (step == TSPDM_STEP_DONE) {
		one->is_done = !bench_begin(&one->asking, &one->stage, 0);
		if (one->is_done)
			return;
		step = tspdm_requester_step(one->asking.requester, 1, &io);
	}
	CHECK(step == TSPDM_STEP_SEND);
	CHECK(tspdm_responder_handle(one->responder, 1, TSPDM_KIND_PLAIN, io.out, &response) == TSPDM_OK);
	CHECK(tspdm_requester_input(one->asking.requester, TSPDM_KIND_PLAIN, tspdm_buffer_view(&response)) == TSPDM_OK);
}

static void attest_all(struct rig *rig, struct one *all, unsigned count)
{
	unsigned left = count;

	for (unsigned i = 0; i < count; i++)
		open_one(rig, &all[i]);
	while (left != 0) {
		for (unsigned i = 0; i < count; i++) {
			if (all[i].is_done)
				continue;
			step_one(&all[i]);
			left -= all[i].is_done;
		}
	}
	for (unsigned i = 0; i < count; i++)
		close_one(&all[i]);
}

/* Microseconds for each attestation. */
static double time_count(struct rig *rig, struct one *all, unsigned count)
{
	unsigned repeat = count < LEAST_ATTESTATIONS ? LEAST_ATTESTATIONS / count : 1;
	uint64_t begun;

	malloc_trim(0); /* thousands of connections leave long free lists behind: each sample begins without them */
	begun = bench_now_ns();
	for (unsigned i = 0; i < repeat; i++)
		attest_all(rig, all, count);
	return (double)(bench_now_ns() - begun) / 1000 / repeat / count;
}

static struct one *make_all(unsigned count)
{
	struct one *all = calloc(count, sizeof *all);

	CHECK(all != NULL);
	for (unsigned i = 0; i < count; i++) {
		all[i].requester_memory = malloc(tspdm_requester_size());
		all[i].responder_memory = malloc(tspdm_responder_size());
		CHECK(all[i].requester_memory != NULL && all[i].responder_memory != NULL);
	}
	return all;
}

static void free_all(struct one *all, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		free(all[i].requester_memory);
		free(all[i].responder_memory);
	}
	free(all);
}

json_t *bench_scaling(unsigned rounds, unsigned most)
{
	static struct series times[COUNTS], ratios[COUNTS];
	struct rig *rig = calloc(1, sizeof *rig);
	struct one *all = make_all(most);
	json_t *rows = json_array();

	CHECK(rig != NULL);
	bench_rig_new(rig, &bench_suites[0]);
	time_count(rig, all, 1);
	for (unsigned round = 0; round < rounds && round < ROUNDS_MAX; round++)
		for (unsigned i = 0; i < COUNTS && counts[i] <= most; i++) {
			bench_add(&times[i], time_count(rig, all, counts[i]));
			bench_add(&ratios[i], times[i].value[round] / times[0].value[round]);
		}
	for (unsigned i = 0; i < COUNTS && counts[i] <= most; i++)
		json_array_append_new(rows, json_pack("{s:s, s:I, s:f, s:f}", "suite", rig->suite->name, "in_flight",
						    (json_int_t)counts[i], "us_each", bench_quantile(&times[i], 0.5),
						    "ratio_to_one", bench_quantile(&ratios[i], 0.5)));
	free_all(all, most);
	bench_rig_free(rig);
	free(rig);
	return rows;
}
