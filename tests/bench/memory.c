/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Sizes of the objects, allocations, and how deep the stack gets. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tspdm/observer.h>

#include "bench.h"

enum { STACK_LEN = 1024 * 1024, PAINT = 0xA5 };

static void add(json_t *rows, const char *what, size_t value)
{
	json_array_append_new(rows, json_pack("{s:s, s:I}", "what", what, "value", (json_int_t)value));
}

/* ---- Stack ---- */

struct painted {
	void (*run)(void *context);
	void *context;
};

static void *run_painted(void *context)
{
	const struct painted *painted = context;

	painted->run(painted->context);
	return NULL;
}

/* The bytes of a painted stack that were written to: stacks grow downwards. */
static size_t stack_touched(void (*run)(void *context), void *context)
{
	struct painted painted = { run, context };
	uint8_t *stack = aligned_alloc(4096, STACK_LEN);
	pthread_attr_t attributes;
	pthread_t thread;
	size_t clean = 0;

	CHECK(stack != NULL);
	memset(stack, PAINT, STACK_LEN);
	CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack, STACK_LEN) == 0);
	CHECK(pthread_create(&thread, &attributes, run_painted, &painted) == 0 && pthread_join(thread, NULL) == 0);
	pthread_attr_destroy(&attributes);
	while (clean < STACK_LEN && stack[clean] == PAINT)
		clean++;
	free(stack);
	return STACK_LEN - clean;
}

static void run_nothing(void *context)
{
	(void)context;
}

static void run_full(void *context)
{
	bench_full(context);
}

static void run_quiet(void *context)
{
	bench_quiet_attest(context);
}

/* ---- Allocations ---- */

static struct heap heap_of(void (*run)(void *context), void *context)
{
	run(context); /* what is made once and kept is not counted */
	bench_heap_start();
	run(context);
	return bench_heap_stop();
}

static void run_again(void *context)
{
	bench_again(context);
}

static void add_heap(json_t *rows, const char *prefix, const char *suite, const struct heap *heap)
{
	char name[128];

	snprintf(name, sizeof name, "%s, %s: allocations of the backend", suite, prefix);
	add(rows, name, heap->own_count);
	snprintf(name, sizeof name, "%s, %s: allocations of OpenSSL", suite, prefix);
	add(rows, name, heap->openssl_count);
	snprintf(name, sizeof name, "%s, %s: peak heap, bytes", suite, prefix);
	add(rows, name, heap->peak);
}

static void add_suite(json_t *rows, const struct suite *suite, size_t thread_itself)
{
	struct rig *rig = calloc(1, sizeof *rig);
	struct heap heap;
	char name[128];

	CHECK(rig != NULL);
	bench_rig_new(rig, suite);
	heap = heap_of(run_full, rig);
	add_heap(rows, "full", suite->name, &heap);
	snprintf(name, sizeof name, "%s: stack with OpenSSL, bytes", suite->name);
	add(rows, name, stack_touched(run_full, rig) - thread_itself);
	bench_again_open(rig);
	heap = heap_of(run_again, rig);
	bench_again_close(rig);
	add_heap(rows, "chain known", suite->name, &heap);
	snprintf(name, sizeof name, "%s, chain known: messages", suite->name);
	add(rows, name, rig->again.count);
	bench_rig_free(rig);
	free(rig);
}

json_t *bench_memory(void)
{
	struct quiet *quiet = bench_quiet_new();
	size_t thread_itself = stack_touched(run_nothing, NULL);
	struct heap heap = heap_of(run_quiet, quiet);
	json_t *rows = json_array();

	add(rows, "requester, bytes", tspdm_requester_size());
	add(rows, "responder, bytes", tspdm_responder_size());
	add(rows, "session, bytes", tspdm_session_size());
	add(rows, "observer, bytes", tspdm_observer_size());
	add(rows, "core: allocations of an attestation", heap.own_count + heap.openssl_count);
	add(rows, "core: stack of an attestation, bytes", stack_touched(run_quiet, quiet) - thread_itself);
	bench_quiet_free(quiet);
	for (unsigned i = 0; i < bench_suite_count; i++)
		add_suite(rows, &bench_suites[i], thread_itself);
	return rows;
}
