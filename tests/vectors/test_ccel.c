/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The genuine event log of a Google Cloud TD leads to the registers of its quote; changed anywhere that matters, it does
 * not; cut anywhere, it never reads beyond its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/ccel.h>
#include <tspdm/tdx.h>

static const char directory[] = TSPDM_SHARED_DIR "/testdata/tdx/04-v4-gcp-ccel/";

static uint8_t log_bytes[1 << 20];
static size_t log_len; /* of the area */
static size_t events_end;
static struct tspdm_td_report td;

static size_t read_file(const char *name, uint8_t *out, size_t cap)
{
	char path[512];
	size_t len;
	FILE *f;

	snprintf(path, sizeof path, "%s%s", directory, name);
	f = fopen(path, "rb");
	if (f == NULL)
		return 0;
	len = fread(out, 1, cap, f);
	fclose(f);
	return len;
}

static enum tspdm_status replay(size_t len, uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN], unsigned *count)
{
	return tspdm_ccel_replay((struct tspdm_view){ log_bytes, len }, rtmr, count);
}

static bool is_of_td(uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN])
{
	return memcmp(rtmr, td.rtmr, 3 * sizeof td.rtmr[0]) == 0;
}

static void the_log_leads_to_the_registers(void **state)
{
	uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN];
	struct tspdm_ccel log;
	struct tspdm_ccel_event event;
	unsigned count, events = 0;

	(void)state;
	assert_int_equal(replay(log_len, rtmr, &count), TSPDM_OK);
	assert_true(is_of_td(rtmr));
	assert_memory_equal(rtmr[3], td.rtmr[3], TSPDM_RTMR_LEN); /* both untouched */
	assert_int_equal(tspdm_ccel_open((struct tspdm_view){ log_bytes, log_len }, &log), TSPDM_OK);
	while (tspdm_ccel_next(&log, &event) == TSPDM_OK)
		events++;
	assert_int_equal(events, 43);
	assert_in_range(count, 20, 43);
}

/* A bit of each byte of each digest, register number and type. */
static void a_flip_of_what_is_replayed_never_leads_there(void **state)
{
	uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN];
	struct tspdm_ccel log;
	struct tspdm_ccel_event event;

	(void)state;
	assert_int_equal(tspdm_ccel_open((struct tspdm_view){ log_bytes, log_len }, &log), TSPDM_OK);
	while (tspdm_ccel_next(&log, &event) == TSPDM_OK) {
		size_t at = (size_t)(event.digest.ptr - log_bytes);

		if (event.type == TSPDM_CCEL_NO_ACTION)
			continue;
		for (size_t i = 0; i < TSPDM_RTMR_LEN; i++) {
			log_bytes[at + i] ^= (uint8_t)(1U << i % 8);
			assert_false(replay(log_len, rtmr, NULL) == TSPDM_OK && is_of_td(rtmr));
			log_bytes[at + i] ^= (uint8_t)(1U << i % 8);
		}
		log_bytes[at - 14] ^= 1; /* register */
		assert_false(replay(log_len, rtmr, NULL) == TSPDM_OK && is_of_td(rtmr));
		log_bytes[at - 14] ^= 1;
	}
}

static void a_cut_log_is_refused_or_leads_elsewhere(void **state)
{
	uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN];
	uint8_t *exact;

	(void)state;
	for (size_t len = 0; len < events_end; len += 7) {
		exact = malloc(len + 1); /* the sanitizers see what is read beyond it */
		assert_non_null(exact);
		memcpy(exact, log_bytes, len);
		if (tspdm_ccel_replay((struct tspdm_view){ exact, len }, rtmr, NULL) == TSPDM_OK)
			assert_false(is_of_td(rtmr));
		free(exact);
	}
}

static void a_log_of_another_form_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t bits;
	} rows[] = {
		{ 4, 1 },       /* type of the first event */
		{ 32, 1 },      /* "Spec ID Event03" */
		{ 32 + 24, 1 }, /* number of algorithms */
		{ 32 + 28, 1 }, /* SHA-384 */
		{ 32 + 30, 1 }, /* its length */
		{ 31, 0x80 },   /* length of its data */
	};
	uint8_t rtmr[TSPDM_RTMRS][TSPDM_RTMR_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		log_bytes[rows[i].at] ^= rows[i].bits;
		if (replay(log_len, rtmr, NULL) != TSPDM_ERR_EVIDENCE_FORM)
			fail_msg("row %zu", i);
		log_bytes[rows[i].at] ^= rows[i].bits;
	}
	for (size_t i = 0; i < sizeof rtmr; i++)
		assert_int_equal(((uint8_t *)rtmr)[i], 0);
}

static int open_files(void **state)
{
	static uint8_t quote[16384];
	size_t len = read_file("quote.bin", quote, sizeof quote);
	struct tspdm_quote parts;

	(void)state;
	log_len = read_file("ccel_data.bin", log_bytes, sizeof log_bytes);
	events_end = 18101; /* as the README beside it says */
	if (log_len == 0 || tspdm_read_quote((struct tspdm_view){ quote, len }, &parts) != TSPDM_OK)
		return -1;
	return tspdm_tdx_read_report(parts.body, &td) == TSPDM_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_log_leads_to_the_registers),
		cmocka_unit_test(a_flip_of_what_is_replayed_never_leads_there),
		cmocka_unit_test(a_cut_log_is_refused_or_leads_elsewhere),
		cmocka_unit_test(a_log_of_another_form_is_refused),
	};

	if (read_file("quote.bin", log_bytes, 1) == 0) {
		printf("1..0 # SKIP no genuine event log in %s\n", directory);
		return 0;
	}
	return cmocka_run_group_tests_name("ccel", tests, open_files, NULL);
}
