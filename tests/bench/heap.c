/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Counting allocations. Our own objects are linked with --wrap, OpenSSL is given functions of ours: so the two are told
 * apart without guessing from addresses. */
#include <malloc.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "bench.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

static bool is_on;
static struct heap heap;

static void took(void *memory, uint64_t *count)
{
	if (!is_on || memory == NULL)
		return;
	++*count;
	heap.live += malloc_usable_size(memory);
	if (heap.live > heap.peak)
		heap.peak = heap.live;
}

/* What was there before counting began may be given back while it is on. */
static void gave(void *memory)
{
	size_t size = is_on && memory != NULL ? malloc_usable_size(memory) : 0;

	heap.live -= size < heap.live ? size : heap.live;
}

void *__wrap_malloc(size_t size)
{
	void *memory = __real_malloc(size);

	took(memory, &heap.own_count);
	return memory;
}

void *__wrap_calloc(size_t count, size_t size)
{
	void *memory = __real_calloc(count, size);

	took(memory, &heap.own_count);
	return memory;
}

void *__wrap_realloc(void *memory, size_t size)
{
	gave(memory);
	memory = __real_realloc(memory, size);
	took(memory, &heap.own_count);
	return memory;
}

void __wrap_free(void *memory)
{
	gave(memory);
	__real_free(memory);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
	void *memory = size != 0 ? __real_malloc(size) : NULL;

	(void)file, (void)line;
	took(memory, &heap.openssl_count);
	return memory;
}

static void *openssl_realloc(void *memory, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	gave(memory);
	memory = __real_realloc(memory, size);
	took(memory, &heap.openssl_count);
	return memory;
}

static void openssl_free(void *memory, const char *file, int line)
{
	(void)file, (void)line;
	gave(memory);
	__real_free(memory);
}

void bench_heap_init(void)
{
	CHECK(CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1);
}

void bench_heap_start(void)
{
	heap = (struct heap){ 0 };
	is_on = true;
}

struct heap bench_heap_stop(void)
{
	is_on = false;
	return heap;
}
