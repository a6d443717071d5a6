/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Hostile quotes: cut, stretched, with lengths that lie. Each quote stands in a buffer of exactly its size, so that
 * valgrind and the sanitizers see a read beyond it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/sgx.h>
#include <tspdm/tdx.h>

#include "base/cursor.h"

enum { CHAIN_LEN = 40, AUTH_LEN = 32, QUOTE_MAX = 2048 };

struct kind {
	const char *name;
	uint16_t version;
	uint32_t tee_type;
	uint16_t body_type; /* version 5 */
	uint32_t body_len;
	enum tspdm_quote_body body;
};

static const struct kind kinds[] = {
	{ "v3", 3, 0, 0, 384, TSPDM_QUOTE_BODY_SGX },
	{ "v4 SGX", 4, 0, 0, 384, TSPDM_QUOTE_BODY_SGX },
	{ "v4 TDX", 4, 0x81, 0, 584, TSPDM_QUOTE_BODY_TD10 },
	{ "v5 SGX", 5, 0, 1, 384, TSPDM_QUOTE_BODY_SGX },
	{ "v5 TD 1.0", 5, 0x81, 2, 584, TSPDM_QUOTE_BODY_TD10 },
	{ "v5 TD 1.5", 5, 0x81, 3, 648, TSPDM_QUOTE_BODY_TD15 },
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

/* Where the lengths and types stand. */
struct places {
	size_t body_type, body_len, signature_len, outer_type, outer_len, auth_len, type, len;
};

static void fill(struct tspdm_buffer *w, uint8_t with, size_t len)
{
	uint8_t *p = write_space(w, len);

	assert_non_null(p);
	memset(p, with, len);
}

static void build_qe_part(struct tspdm_buffer *w, struct places *at)
{
	fill(w, 0x11, 384);
	fill(w, 0x22, 64);
	at->auth_len = w->len;
	write_u16(w, AUTH_LEN);
	fill(w, 0x33, AUTH_LEN);
	at->type = w->len;
	write_u16(w, TSPDM_CERTIFICATION_PCK_CHAIN);
	at->len = w->len;
	write_u32(w, CHAIN_LEN);
	fill(w, 0x44, CHAIN_LEN);
}

static size_t build(const struct kind *kind, uint8_t out[QUOTE_MAX], struct places *at)
{
	struct tspdm_buffer w = { .ptr = out, .cap = QUOTE_MAX };
	size_t qe_len = 384 + 64 + 2 + AUTH_LEN + 6 + CHAIN_LEN;

	*at = (struct places){ 0 };
	write_u16(&w, kind->version);
	write_u16(&w, 2);
	write_u32(&w, kind->tee_type);
	fill(&w, 0x55, 40);
	if (kind->version == 5) {
		at->body_type = w.len;
		write_u16(&w, kind->body_type);
		at->body_len = w.len;
		write_u32(&w, kind->body_len);
	}
	fill(&w, 0x66, kind->body_len);
	at->signature_len = w.len;
	write_u32(&w, (uint32_t)(128 + qe_len + (kind->version == 3 ? 0 : 6)));
	fill(&w, 0x77, 128);
	if (kind->version != 3) {
		at->outer_type = w.len;
		write_u16(&w, TSPDM_CERTIFICATION_QE_REPORT);
		at->outer_len = w.len;
		write_u32(&w, (uint32_t)qe_len);
	}
	build_qe_part(&w, at);
	assert_int_equal(write_end(&w), TSPDM_OK);
	return w.len;
}

static enum tspdm_status read_exact(const uint8_t *bytes, size_t len, struct tspdm_quote *out)
{
	uint8_t *exact = malloc(len != 0 ? len : 1);
	enum tspdm_status status;

	assert_non_null(exact);
	memcpy(exact, bytes, len);
	status = tspdm_read_quote((struct tspdm_view){ exact, len }, out);
	if (status != TSPDM_OK)
		assert_true(out->version == 0 && out->body.ptr == NULL && out->certification.ptr == NULL);
	free(exact);
	return status;
}

static void each_version_and_body_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		uint8_t bytes[QUOTE_MAX];
		struct places at;
		size_t len = build(&kinds[i], bytes, &at);
		struct tspdm_quote quote;

		assert_int_equal(tspdm_read_quote((struct tspdm_view){ bytes, len }, &quote), TSPDM_OK);
		assert_int_equal(quote.version, kinds[i].version);
		assert_int_equal(quote.body_kind, kinds[i].body);
		assert_int_equal(quote.body.len, kinds[i].body_len);
		assert_int_equal(quote.signed_bytes.len, at.signature_len);
		assert_ptr_equal(quote.signed_bytes.ptr, bytes);
		assert_int_equal(quote.qe_report.ptr[0], 0x11);
		assert_int_equal(quote.qe_authentication.len, AUTH_LEN);
		assert_int_equal(quote.certification.len, CHAIN_LEN);
		assert_ptr_equal(quote.certification.ptr + CHAIN_LEN, bytes + len);
	}
}

static void a_quote_cut_anywhere_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		uint8_t bytes[QUOTE_MAX];
		struct places at;
		size_t len = build(&kinds[i], bytes, &at);
		struct tspdm_quote quote;

		for (size_t cut = 0; cut < len; cut++)
			if (read_exact(bytes, cut, &quote) != TSPDM_ERR_EVIDENCE_FORM)
				fail_msg("%s cut to %zu bytes", kinds[i].name, cut);
	}
}

static void only_zeros_may_follow(void **state)
{
	uint8_t bytes[QUOTE_MAX] = { 0 };
	struct places at;
	size_t len = build(&kinds[2], bytes, &at);
	struct tspdm_quote quote;

	(void)state;
	memset(bytes + len, 0, sizeof bytes - len);
	assert_int_equal(read_exact(bytes, sizeof bytes, &quote), TSPDM_OK);
	bytes[sizeof bytes - 1] = 1;
	assert_int_equal(read_exact(bytes, sizeof bytes, &quote), TSPDM_ERR_EVIDENCE_FORM);
}

/* Puts a value in place of a length and expects a refusal, whatever it is. */
static void refused_with(const struct kind *kind, size_t place, size_t size, uint32_t value)
{
	uint8_t bytes[QUOTE_MAX];
	struct places at;
	struct tspdm_quote quote;
	size_t len = build(kind, bytes, &at);
	uint32_t was = 0;

	for (size_t i = 0; i < size; i++) {
		was |= (uint32_t)bytes[place + i] << 8 * i;
		bytes[place + i] = (uint8_t)(value >> 8 * i);
	}
	if (was != value && read_exact(bytes, len, &quote) != TSPDM_ERR_EVIDENCE_FORM)
		fail_msg("%s with %#x instead of %#x at %zu", kind->name, (unsigned)value, (unsigned)was, place);
}

static void a_length_that_lies_is_refused(void **state)
{
	static const uint32_t values[] = { 0, 1, 31, 33, 39, 41, 127, 128, 383, 384, 385, 584, 648, 0x7FFF, 0x8000,
		0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF };

	(void)state;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		uint8_t bytes[QUOTE_MAX];
		struct places at;

		(void)build(&kinds[i], bytes, &at);
		for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
			refused_with(&kinds[i], at.signature_len, 4, values[v]);
			refused_with(&kinds[i], at.auth_len, 2, values[v] & 0xFFFF);
			refused_with(&kinds[i], at.len, 4, values[v]);
			if (at.outer_len != 0)
				refused_with(&kinds[i], at.outer_len, 4, values[v]);
			if (at.body_len != 0)
				refused_with(&kinds[i], at.body_len, 4, values[v]);
		}
	}
}

static void every_other_type_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		uint8_t bytes[QUOTE_MAX];
		struct places at;

		(void)build(&kinds[i], bytes, &at);
		for (uint32_t type = 0; type <= 0x200; type++) {
			if (type < 1 || type > 5)
				refused_with(&kinds[i], at.type, 2, type);
			if (at.outer_type != 0)
				refused_with(&kinds[i], at.outer_type, 2, type);
			if (at.body_type != 0)
				refused_with(&kinds[i], at.body_type, 2, type);
			if (type != 3)
				refused_with(&kinds[i], 2, 2, type);
			refused_with(&kinds[i], 0, 2, type);
			refused_with(&kinds[i], 4, 4, type);
		}
	}
}

static void another_key_type_is_told(void **state)
{
	uint8_t bytes[QUOTE_MAX];
	struct places at;
	struct tspdm_quote quote;
	size_t len = build(&kinds[2], bytes, &at);

	(void)state;
	bytes[2] = 3; /* ECDSA P-384 */
	assert_int_equal(read_exact(bytes, len, &quote), TSPDM_ERR_UNSUPPORTED);
}

static void reports_have_one_length(void **state)
{
	uint8_t bytes[700] = { 0 };
	struct tspdm_sgx_report sgx;
	struct tspdm_td_report td;

	(void)state;
	for (size_t len = 0; len <= sizeof bytes; len++) {
		struct tspdm_view view = { bytes, len };

		assert_int_equal(tspdm_read_sgx_report(view, &sgx), len == 384 ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM);
		assert_int_equal(tspdm_tdx_read_report(view, &td),
			len == 584 || len == 648 ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM);
	}
}

static void any_bit_of_the_debug_group_is_debug(void **state)
{
	uint8_t bytes[584] = { 0 };
	struct tspdm_td_report td;

	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		memset(bytes + 120, 0, 8);
		bytes[120 + bit / 8] = (uint8_t)(1U << bit % 8);
		assert_int_equal(tspdm_tdx_read_report((struct tspdm_view){ bytes, sizeof bytes }, &td), TSPDM_OK);
		assert_int_equal(td.is_debug, bit < 8);
		assert_true(td.attributes == UINT64_C(1) << bit);
	}
}

/* The vendor is filled with 0x55 here: a sound layout is not yet a quote of Intel's. */
static void a_quote_of_another_vendor_is_not_verified(void **state)
{
	static struct tspdm_tdx_finding finding;
	uint8_t bytes[QUOTE_MAX];
	struct places at;
	size_t len = build(&kinds[2], bytes, &at);
	struct tspdm_dcap_input in = { .size = sizeof in, .time = 1, .without_collateral = true };

	(void)state;
	in.evidence = (struct tspdm_evidence){ .tee = TSPDM_TEE_TDX, .report = { bytes, len } };
	assert_int_equal(tspdm_tdx_verify(&in, &finding), TSPDM_ERR_EVIDENCE_FORM);
	memcpy(bytes + 12, "\x93\x9a\x72\x33\xf7\x9c\x4c\xa9\x94\x0a\x0d\xb3\x95\x7f\x06\x07", 16);
	assert_int_equal(tspdm_tdx_verify(&in, &finding), TSPDM_ERR_EVIDENCE_CHAIN);
	in.reserved[6] = 1;
	assert_int_equal(tspdm_tdx_verify(&in, &finding), TSPDM_ERR_UNSUPPORTED);
	in.reserved[6] = 0;
	in.size--;
	assert_int_equal(tspdm_tdx_verify(&in, &finding), TSPDM_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_and_body_is_read),
		cmocka_unit_test(a_quote_cut_anywhere_is_refused),
		cmocka_unit_test(only_zeros_may_follow),
		cmocka_unit_test(a_length_that_lies_is_refused),
		cmocka_unit_test(every_other_type_is_refused),
		cmocka_unit_test(another_key_type_is_told),
		cmocka_unit_test(reports_have_one_length),
		cmocka_unit_test(any_bit_of_the_debug_group_is_debug),
		cmocka_unit_test(a_quote_of_another_vendor_is_not_verified),
	};

	return cmocka_run_group_tests_name("dcap quote", tests, NULL, NULL);
}
